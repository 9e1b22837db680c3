"""Searches for stations and centres together, and for fronts: worked off, kept, and their centres made a scenario."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from recycling import clock, network
from recycling.accounts.actors import Actor
from recycling.db import Database, hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.fleet import Fleet
from recycling.models import Community, Scenario, ScenarioSite, SiteSearch
from recycling.settings import Settings
from recycling.sites.assumed import Assumed
from recycling.sites.facts import facts_of, usable
from recycling.sites.markets import buyers_of
from recycling.sites.people import layer_of, people_for
from recycling.sites.reasons import Asked
from recycling.sites.running import Row, followed, keep, the_search
from recycling.sites.scenarios import as_it_stands, copied, free_name, put_in, the_scenario
from recycling.sites.tier_asking import TierQuestion
from recycling.sites.ways import WaysDesk, question
from recycling.siting import FEN, Place
from recycling.tiers import Bringing, Haul, Own, Sketch, sketched

STATIONS, CENTRES = 0, 1
PATIENCE = 3.0
"""Where there is no answer, the changes that would do are searched for once the time is over."""


def work(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    told: Row,
    search: SiteSearch,
    scenario: Scenario,
) -> bool:
    """Search; False when it was stopped before it had an answer."""
    asked, assumed = TierQuestion(**search.asked), Assumed(**scenario.assumed)
    with database.read() as session:
        today = settings.clock.today(clock.utc_now())
        drawn = drawn_of(session, settings, fleet, scenario, asked)
        roads = question(session, settings, fleet, people_for(session, scenario), assumed.vehicle, today).roads
    people = sum(one.people for one in drawn.sources)
    told.asked = Asked(_names(drawn), len(drawn.years), people, drawn.besides / FEN)
    from recycling.sites.tier_apart import search_tiers

    values = (drawn, roads, asked, assumed.reach_minutes, settings.planning.memory_mb)
    answer: dict[str, Any] | None = followed(search_tiers, values, asked.search_seconds, told, PATIENCE)
    if answer is None:
        return False
    keep(database, search.id, answer)
    return True


def drawn_of(session: Session, settings: Settings, fleet: Fleet, scenario: Scenario, asked: TierQuestion) -> Sketch:
    """Return the network that is asked about under the scenario's assumptions, its own places among the candidates.

    What stations cost and hold is what the configuration says now, and so are the markets of a scenario without any of
    its own. Where routes have taught it, ways
    to stations count as those routes do.
    """
    assumed = Assumed(**scenario.assumed)
    rates = {name: getattr(assumed, name) for name in ("vehicle", "grams_a_week_urban", "grams_a_week_rural")}
    costs = {name: getattr(assumed, name) for name in ("standing_yuan", "yuan_a_tonne", "sizes")}
    rules = settings.model_copy(
        update={
            "timetable": settings.timetable.model_copy(update=rates),
            "siting": settings.siting.model_copy(update=costs),
        }
    )
    own = [_own(row) for row in scenario.sites if row.kind in ("own", "town") and usable(row)]
    wanted = asked.wanted(scenario.depot_code, assumed.demand_percent)
    today, bringing = settings.clock.today(clock.utc_now()), _bringing(session, scenario)
    drawn = sketched(session, rules, fleet, wanted, today, own, bringing, buyers_of(session, scenario))
    share = assumed.routes_share
    first = Haul(
        assumed.load_tonnes, assumed.cost_per_km * share, assumed.cost_per_hour * share, assumed.grams_co2_per_km
    )
    return replace(drawn, hauls=(first, *drawn.hauls[1:]), besides=assumed.routes_yuan * FEN)


def _own(row: ScenarioSite) -> Own:
    """Return an own place with what it states of itself."""
    known = facts_of(row)
    tiers = tuple(
        tier for tier, feeds in (("stations", "centre"), ("centres", "market")) if feeds in (known.feeds or (feeds,))
    )
    tonnes = known.materials or (None if known.tonnes is None else {"": known.tonnes})
    place = Place(row.code, row.name, row.name_en, row.lon, row.lat)
    return Own(place, tiers, known.yuan, known.tonne_yuan, tonnes)


def _bringing(session: Session, scenario: Scenario) -> Bringing | None:
    """Return the points that a scenario counts, where it has a layer of its own."""
    if layer_of(session, scenario) is None:
        return None
    people, depot = people_for(session, scenario), scenario.depot_code
    kg = [] if people.kg_a_week is None else people.kg_a_week.tolist()
    found = []
    for k, inside in enumerate(people.of(depot).tolist()):
        if inside:
            county, town = people.towns[people.town[k]]
            lon, lat = people.lonlat[k]
            found.append(
                Community(
                    code=people.codes[k], name=people.names[k], town=town, county=county,
                    urban=bool(people.urban[k]), population=round(float(people.people[k])), lon=lon, lat=lat,
                    status="", depot_code=people.depots[k],
                )
            )  # fmt: skip
    if not found:
        raise BadRequestError.one(
            "nobody-there",
            N_("None of the points that this scenario counts belongs to its depot. Bring others in, or drop them."),
        )
    return Bringing(found, {people.codes[k]: value for k, value in enumerate(kg) if not math.isnan(value)})


def open_centres(session: Session, key: uuid.UUID, point: int | None, actor: Actor, now: datetime) -> Scenario:
    """Return the scenario of the centres that an answer, or a point of a front (from 0), has open in its last year.

    The first time it is made; its stations are among its sites, closed.

    Raises
    ------
    NotFoundError, ConflictError
        For a scenario that was deleted, a point that is not there, a search that has no answer.
    """
    hold(session, f"site-search/{key}")
    search = the_search(session, key)
    session.refresh(search)
    if search.answer is None or search.kind not in ("tiers", "front"):
        raise ConflictError.one("no-answer-yet", N_("This search has no answer that could be opened."))
    if search.scenario_id is None:
        raise NotFoundError.one("no-scenario", N_("There is no such scenario. It may have been deleted."))
    rows = search.answer.get("rows", [])
    if search.kind == "front" and (point is None or not 0 <= point < len(rows)):
        raise NotFoundError.one("no-point", N_("This front has no such point."))
    chosen = search.answer if search.kind == "tiers" else rows[point]
    made = session.get(Scenario, uuid.UUID(chosen["made"])) if chosen.get("made") else None
    if made is not None:
        return made
    scenario, asked = the_scenario(session, search.scenario_id), TierQuestion(**search.asked)
    sites = sites_of(session, scenario, search.answer["places"], chosen["opened"][-1])
    number = "" if search.kind == "tiers" else f" {(point or 0) + 1}"
    name = free_name(session, f"{asked.name}{number} · {scenario.name}")
    made = put_in(session, name, scenario.depot_code, Assumed(**scenario.assumed), sites, actor, now, like=scenario)
    noted = {**chosen, "made": str(made.id)}
    if search.kind == "tiers":
        search.answer, search.made_id = noted, made.id
    else:
        search.answer = {**search.answer, "rows": [noted if k == point else row for k, row in enumerate(rows)]}
    session.flush()
    return made


def sites_of(
    session: Session,
    scenario: Scenario,
    places: Sequence[Mapping[str, Sequence[Any]]],
    opened: Sequence[Mapping[str, str]],
) -> list[ScenarioSite]:
    """Return the sites of a scenario: the chosen centres open; what stands, the stations and own places closed."""
    assumed = Assumed(**scenario.assumed)
    found = {row.code: row for row in as_it_stands(network.sites(session), assumed)}
    found |= {row.code: copied(row) for row in scenario.sites}
    specialised = {site.code for site in network.sites(session)} - set(found)
    for tier in (STATIONS, CENTRES):
        for code in opened[tier]:
            if code not in found and code not in specialised:
                name, name_en, lon, lat = places[tier][code]
                found[code] = ScenarioSite(
                    code=code, position=0, kind="town", name=name, name_en=name_en, lon=lon, lat=lat,
                    size=assumed.smallest, is_open=False,
                )  # fmt: skip
    for row in found.values():
        row.is_open = row.code in opened[CENTRES]
        if row.is_open and row.kind != "standing":
            row.size = opened[CENTRES][row.code]
    return list(found.values())


def _names(drawn: Sketch) -> dict[str, dict[str, str]]:
    names = {one.code: {"zh": one.name, "en": one.name} for one in drawn.sources}
    for row in drawn.tiers:
        names |= {place.id: {"zh": place.name, "en": place.name_en} for place, _ in row}
    return names
