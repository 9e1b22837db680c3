"""Markets and dismantlers of a scenario: added, changed, closed and taken away; and as the models take them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from recycling import network
from recycling.accounts.actors import Actor
from recycling.errors import N_, BadRequestError, Fault, NotFoundError
from recycling.models import Area, Scenario, ScenarioMarket
from recycling.settings import Settings
from recycling.sites.facts import SiteFacts, facts_of
from recycling.sites.scenarios import begin_change, end_change
from recycling.siting import Place
from recycling.tier_markets import Beyond, Buyer

MOST_MARKETS = 60
"""Markets and dismantlers of a scenario."""

NUMBERED = re.compile(r"M[1-9]\d{0,5}")


def buyers_of(session: Session, scenario: Scenario) -> list[Buyer] | None:
    """Return the open markets of a scenario as models take them; None where it has none, and the configuration's count.

    A stated way is the whole way where the place lies outside the area, else it follows the roads to the place.
    """
    if not scenario.markets:
        return None
    area = network.the_area(session)
    return [_buyer(area, row) for row in scenario.markets if row.is_open]


def _buyer(area: Area, row: ScenarioMarket) -> Buyer:
    known = facts_of(row)
    tonnes = dict(known.materials) if known.tonnes is None else {"": known.tonnes, **known.materials}
    return Buyer(
        Place(row.code, row.name, row.name_en, row.lon, row.lat),
        known.prices,
        tonnes,
        known.yuan or 0.0,
        known.tonne_yuan or 0.0,
        None
        if known.way_km is None
        else Beyond.of(known.way_km, known.way_min, not network.inside(area, row.lon, row.lat)),
    )


def configured(settings: Settings) -> list[ScenarioMarket]:
    """Return the markets of the configuration as those of a scenario, not yet of any."""
    return [
        ScenarioMarket(
            code=one.code,
            position=position,
            kind="market",
            name=one.zh,
            name_en=one.en,
            lon=one.lon,
            lat=one.lat,
            is_open=True,
            facts=SiteFacts(prices=one.yuan_a_tonne, way_km=one.way_km, way_min=one.way_minutes).kept(),
        )
        for position, one in enumerate(settings.siting.tiers.markets)
    ]


def in_force(settings: Settings, scenario: Scenario) -> list[ScenarioMarket]:
    """Return the markets that a scenario sells to: its own, or (where it has none) those of the configuration."""
    return list(scenario.markets) or configured(settings)


def no_way(area: Area, row: ScenarioMarket) -> Fault | None:
    """Return a fault where a market lies outside the area and nobody says how far that is."""
    if facts_of(row).way_km is not None or network.inside(area, row.lon, row.lat):
        return None
    sentence = N_(
        "%(name)s lies outside the area, where none of our roads leads. Write the kilometres from the centres to it."
    )
    return Fault("way_km", "no-way-there", sentence, {"name": row.name})


def too_many(count: int) -> Fault | None:
    """Return a fault for more markets than a scenario may have."""
    if count <= MOST_MARKETS:
        return None
    values: dict[str, object] = {"most": MOST_MARKETS, "count": count}
    sentence = N_("A scenario has %(most)s markets and dismantlers at most; with these it would have %(count)s.")
    return Fault("", "too-many-markets", sentence, values)


def free_code(rows: Sequence[ScenarioMarket]) -> str:
    """Return a code that none of these markets has."""
    return f"M{1 + max((int(row.code[1:]) for row in rows if NUMBERED.fullmatch(row.code)), default=0)}"


def put(
    session: Session,
    settings: Settings,
    scenario: Scenario,
    version: int,
    row: ScenarioMarket,
    actor: Actor,
    now: datetime,
) -> ScenarioMarket:
    """Add a market without a code, which gets a number, or put it in place of that with its code.

    The first change makes those of the configuration the scenario's own.

    Raises
    ------
    ConflictError, NotFoundError, BadRequestError
        When the scenario was changed meanwhile; for a code that is not there; outside the area without a stated way,
        and for too many of them.
    """
    begin_change(session, scenario, version)
    fault = no_way(network.the_area(session), row)
    if fault is not None:
        raise BadRequestError(fault)
    rows = _own(settings, scenario)
    known = next((one for one in rows if one.code == row.code), None)
    before = None if known is None else {known.code: said(known)}
    if known is None and row.code:
        raise _none(row.code)
    if known is None:
        row.code = free_code(rows)
        row.position = 1 + max((one.position for one in rows), default=0)
        scenario.markets.append(row)
        full = too_many(len(scenario.markets))
        if full is not None:
            raise BadRequestError(full)
    else:
        fill(known, row)
    changed = known or row
    if before is None or before[changed.code] != said(changed):
        end_change(session, scenario, "market-put", before, {changed.code: said(changed)}, actor, now)
    return changed


def take_away(
    session: Session, settings: Settings, scenario: Scenario, version: int, code: str, actor: Actor, now: datetime
) -> None:
    """Take a market out of a scenario; without any of its own it sells to those of the configuration again.

    Raises
    ------
    ConflictError, NotFoundError
        When the scenario was changed meanwhile; for a market that is not there.
    """
    begin_change(session, scenario, version)
    row = next((one for one in _own(settings, scenario) if one.code == code), None)
    if row is None:
        raise _none(code)
    scenario.markets.remove(row)
    end_change(session, scenario, "market-taken-away", {code: said(row)}, None, actor, now)


def drop_all(session: Session, scenario: Scenario, version: int, actor: Actor, now: datetime) -> None:
    """Let a scenario sell to the markets of the configuration again."""
    begin_change(session, scenario, version)
    if scenario.markets:
        before = {row.code: said(row) for row in scenario.markets}
        scenario.markets.clear()
        end_change(session, scenario, "markets-dropped", before, None, actor, now)


def fill(row: ScenarioMarket, like: ScenarioMarket) -> None:
    """Give a market all that another one has but its code."""
    row.kind, row.name, row.name_en = like.kind, like.name, like.name_en
    row.lon, row.lat, row.is_open, row.facts = like.lon, like.lat, like.is_open, dict(like.facts or {})


def said(row: ScenarioMarket) -> dict[str, object]:
    """Return what is known of a market, for the log and to see whether it changes."""
    known = {name: getattr(row, name) for name in ("kind", "name", "name_en", "lon", "lat")}
    return {**known, "open": row.is_open, "facts": dict(row.facts or {})}


def _own(settings: Settings, scenario: Scenario) -> list[ScenarioMarket]:
    """Return the markets of a scenario, which are those of the configuration from now on where it had none."""
    if not scenario.markets:
        scenario.markets.extend(configured(settings))
    return list(scenario.markets)


def _none(code: str) -> NotFoundError:
    return NotFoundError.one("no-such-market", N_("There is no market %(code)s in this scenario."), code=code[:20])
