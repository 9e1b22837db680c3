"""Changes of a scenario: which sites are open and how large, places put on the map, moved and taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from recycling import network
from recycling.accounts.actors import Actor
from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.fleet import Fleet
from recycling.kept_network import the_community
from recycling.models import Scenario, ScenarioSite
from recycling.settings import Settings
from recycling.sites.assumed import STANDING, Assumed, assumed_now
from recycling.sites.facts import facts_of, usable
from recycling.sites.scenarios import LONGEST_NAME, begin_change, centres, end_change

MOST_SITES = 400
"""Sites of a scenario, open or closed."""


def choose_sites(
    session: Session,
    scenario: Scenario,
    version: int,
    opened: Collection[str],
    sizes: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Open the sites of these codes, close all others, and give those that are named another size.

    Raises
    ------
    ConflictError, NotFoundError, BadRequestError
        When it was changed meanwhile; for a code that is not there; for a size that is none of the scenario's.
    """
    begin_change(session, scenario, version)
    rows = {row.code: row for row in scenario.sites}
    missing = sorted({*opened, *sizes} - rows.keys())
    if missing:
        raise _no_site(missing[0])
    names = {size.name for size in Assumed(**scenario.assumed).sizes}
    before, after = {}, {}
    for code, row in rows.items():
        size = row.size if row.size == STANDING else sizes.get(code, row.size)
        if size != row.size and size not in names:
            raise BadRequestError.one(
                "no-size", N_("There is no size %(size)s. Choose one of the list."), where="size", size=size[:20]
            )
        if code in opened and not usable(row):
            raise BadRequestError.one(
                "no-building",
                N_("%(name)s lies on land that may not be built on. It cannot be opened."),
                where="site",
                name=row.name,
            )
        if (row.is_open, row.size) != (code in opened, size):
            before[code] = _said(row)
            row.is_open, row.size = code in opened, size
            after[code] = _said(row)
    if after:
        end_change(session, scenario, "sites-chosen", before, after, actor, now)


def put_place(
    session: Session, scenario: Scenario, version: int, lonlat: tuple[float, float], name: str, actor: Actor,
    now: datetime,
) -> ScenarioSite:  # fmt: skip
    """Put an own place on the map, open and of the smallest size; without a name it gets a number.

    Raises
    ------
    ConflictError, BadRequestError
        When the scenario was changed meanwhile; outside the area; for a name that is too long; for too many sites.
    """
    begin_change(session, scenario, version)
    lon, lat = inside_area(session, lonlat)
    number = next_number(scenario)
    return _add(session, scenario, f"P{number}", "own", _named(name, number), (lon, lat), actor, now)


def put_community(
    session: Session, scenario: Scenario, version: int, code: str, actor: Actor, now: datetime
) -> ScenarioSite:
    """Put a place where a community lies; it bears the community's code and name."""
    begin_change(session, scenario, version)
    community = the_community(session, code)
    if community is None:
        raise BadRequestError.one(
            "unknown-community",
            N_("We do not know this community. Choose one from the list."),
            where="community",
        )
    if any(row.code == code for row in scenario.sites):
        raise BadRequestError.one(
            "site-there",
            N_("%(name)s is among the sites already. Open it in the list."),
            where="community",
            name=community.name,
        )
    name = f"{community.town} {community.name}"
    at = (round(community.lon, 6), round(community.lat, 6))
    return _add(session, scenario, code, "town", (name, name), at, actor, now)


def move_place(
    session: Session, scenario: Scenario, version: int, code: str, lonlat: tuple[float, float], name: str,
    actor: Actor, now: datetime,
) -> ScenarioSite:  # fmt: skip
    """Move an own place, and name it anew unless the name is empty."""
    begin_change(session, scenario, version)
    row = _own(scenario, code)
    before = _said(row) | {"name": row.name, "lon": row.lon, "lat": row.lat}
    row.lon, row.lat = inside_area(session, lonlat)
    if name.strip():
        row.name, row.name_en = _named(name, 0)
    after = _said(row) | {"name": row.name, "lon": row.lon, "lat": row.lat}
    if after != before:
        end_change(session, scenario, "place-moved", {code: before}, {code: after}, actor, now)
    return row


def try_elsewhere(
    session: Session, scenario: Scenario, version: int, code: str, actor: Actor, now: datetime
) -> ScenarioSite:
    """Close a site of the network and put an own place where it stands, to be moved from there.

    The place is as large as the smallest size that sorts what the site could, or the largest there is.
    """
    begin_change(session, scenario, version)
    row = next((row for row in scenario.sites if row.code == code), None)
    if row is None:
        raise _no_site(code)
    assumed = Assumed(**scenario.assumed)
    sizes = sorted(assumed.sizes, key=lambda size: size.tonnes)
    room = facts_of(row).capacity or assumed.capacity(row.code, row.size)
    row.is_open = False
    number = next_number(scenario)
    name, name_en = (f"{text[: LONGEST_NAME - 8]} · {number}" for text in (row.name, row.name_en))
    new = _add(session, scenario, f"P{number}", "own", (name, name_en), (row.lon, row.lat), actor, now, instead=code)
    new.size = next((size.name for size in sizes if size.tonnes >= room), sizes[-1].name)
    session.flush()
    return new


def take_away(session: Session, scenario: Scenario, version: int, code: str, actor: Actor, now: datetime) -> None:
    """Take a place out of a scenario that the planner put there."""
    begin_change(session, scenario, version)
    row = next((row for row in scenario.sites if row.code == code), None)
    if row is None:
        raise _no_site(code)
    if row.kind not in ("own", "town"):
        raise BadRequestError.one(
            "site-stands", N_("%(name)s is a site of the network: close it instead."), name=row.name
        )
    before = {code: _said(row) | {"name": row.name, "lon": row.lon, "lat": row.lat}}
    scenario.sites.remove(row)
    end_change(session, scenario, "place-taken-away", before, None, actor, now)


def assume(
    session: Session, settings: Settings, fleet: Fleet, scenario: Scenario, version: int, asked: Mapping[str, object],
    actor: Actor, now: datetime,
) -> None:  # fmt: skip
    """Change what a scenario assumes: ``reach_minutes``, ``demand_percent``, ``vehicle``; or all ``anew``.

    Another vehicle, or ``anew``, takes costs, rates and sizes as the configuration has them now.
    """
    begin_change(session, scenario, version)
    known = Assumed(**scenario.assumed)
    vehicle = str(asked.get("vehicle", known.vehicle))
    found = known
    if vehicle != known.vehicle or asked.get("anew"):
        found = assumed_now(settings, fleet, centres(network.sites(session)), vehicle)
        found = found.model_copy(update={"reach_minutes": known.reach_minutes, "demand_percent": known.demand_percent})
        lost = next((row for row in scenario.sites if row.size != STANDING and not found.yuan_a_year(row.size)), None)
        if lost is not None and lost.size not in {size.name for size in found.sizes}:
            raise BadRequestError.one(
                "size-gone",
                N_("%(name)s has the size %(size)s, which [siting] does not know any more. Give it another one first."),
                where="vehicle",
                name=lost.name,
                size=lost.size,
            )
    minutes, percent = (
        asked.get("reach_minutes", found.reach_minutes),
        asked.get("demand_percent", found.demand_percent),
    )
    for name, value, least, most in (("reach_minutes", minutes, 1, 240), ("demand_percent", percent, 1, 1000)):
        if not isinstance(value, int) or not least <= value <= most:
            raise BadRequestError.one(
                "out-of-range",
                N_("Write a whole number from %(least)s to %(most)s."),
                where=name,
                least=least,
                most=most,
            )
    found = found.model_copy(update={"reach_minutes": minutes, "demand_percent": percent})
    if found != known:
        before, after = known.model_dump(mode="json"), found.model_dump(mode="json")
        changed = [name for name in after if after[name] != before[name]]
        scenario.assumed = after
        end_change(
            session, scenario, "assumed-otherwise",
            {name: before[name] for name in changed}, {name: after[name] for name in changed}, actor, now,
        )  # fmt: skip


def inside_area(session: Session, lonlat: tuple[float, float]) -> tuple[float, float]:
    """Return a position as it is kept; BadRequestError outside the area."""
    lon, lat = round(lonlat[0], 6), round(lonlat[1], 6)
    if not network.inside(network.the_area(session), lon, lat):
        raise BadRequestError.one(
            "outside", N_("This place lies outside the area. Choose one inside its outline."), where="position"
        )
    return lon, lat


def next_number(scenario: Scenario) -> int:
    """Return the number of the next own place."""
    return 1 + max((int(row.code[1:]) for row in scenario.sites if row.kind == "own"), default=0)


def _add(
    session: Session, scenario: Scenario, code: str, kind: str, name: tuple[str, str], lonlat: tuple[float, float],
    actor: Actor, now: datetime, instead: str = "",
) -> ScenarioSite:  # fmt: skip
    if len(scenario.sites) >= MOST_SITES:
        raise BadRequestError.one(
            "too-many-sites", N_("A scenario has %(most)s sites at most. Take one away first."), most=MOST_SITES
        )
    row = ScenarioSite(
        code=code,
        position=1 + max((row.position for row in scenario.sites), default=0),
        kind=kind,
        name=name[0],
        name_en=name[1],
        lon=lonlat[0],
        lat=lonlat[1],
        size=Assumed(**scenario.assumed).smallest,
        is_open=True,
    )
    scenario.sites.append(row)
    after: dict[str, object] = {code: _said(row) | {"name": row.name, "lon": row.lon, "lat": row.lat}}
    before = {instead: {"open": True}} if instead else None
    end_change(session, scenario, "place-put", before, after, actor, now)
    return row


def _own(scenario: Scenario, code: str) -> ScenarioSite:
    row = next((row for row in scenario.sites if row.code == code), None)
    if row is None:
        raise _no_site(code)
    if row.kind != "own":
        raise BadRequestError.one(
            "not-own", N_("%(name)s stands where it stands. Close it, and put a place of your own."), name=row.name
        )
    return row


def _named(name: str, number: int) -> tuple[str, str]:
    wanted = " ".join(name.split())
    if len(wanted) > LONGEST_NAME or not wanted.isprintable():
        raise BadRequestError.one(
            "bad-place-name",
            N_("Give the place a name of at most %(most)s characters."),
            where="place",
            most=LONGEST_NAME,
        )
    return (wanted, wanted) if wanted else (f"自选点{number}", f"Own place {number}")


def _said(row: ScenarioSite) -> dict[str, object]:
    return {"open": row.is_open, "size": row.size}


def _no_site(code: str) -> NotFoundError:
    return NotFoundError.one("no-such-site", N_("There is no site %(site)s in this scenario."), site=code[:20])
