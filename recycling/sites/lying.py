"""A scenario as ground to choose sites on: its points, what they bring, its candidates, and the ways between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recycling import clock, network
from recycling.db import Database
from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Community, Scenario, ScenarioSite
from recycling.settings import Settings
from recycling.sites.assumed import Assumed
from recycling.sites.candidates import candidates_of, problem_of
from recycling.sites.people import People, people_for
from recycling.sites.ways import Lonlat, Question, WaysDesk, question
from recycling.siting import WEEKS_A_YEAR, Ground, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.siting.ways import Roads

WAYS_SECONDS = 900.0
"""How long is waited for ways that are not known yet."""


@dataclass(frozen=True, eq=False)
class Lying:
    """A scenario's ground, the roads on which it lies, what it assumes, code and name of what lies on no road."""

    ground: Ground
    roads: Roads
    assumed: Assumed
    off_road: tuple[tuple[str, str], ...]

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """What points (communities, and towns as one point) and candidates are called, by code."""
        both, found = ("zh", "en"), dict[str, dict[str, str]]()
        for one in self.ground.communities:
            found[one.code] = dict.fromkeys(both, f"{one.town} {one.name}")
            found[f"{one.county} {one.town}"] = dict.fromkeys(both, f"{one.county} {one.town}")
        return found | {place.id: {"zh": place.name, "en": place.name_en} for place in self.ground.places}

    def points(self, by_town: bool) -> dict[str, tuple[str, float, float]]:
        """Return name, longitude and latitude of each point; a town's are those of its largest community."""
        found: dict[str, tuple[str, float, float]] = {}
        for one in sorted(self.ground.communities, key=lambda one: (one.population, one.code)):
            town = f"{one.county} {one.town}"
            code, name = (town, town) if by_town else (one.code, f"{one.town} {one.name}")
            found[code] = (name, round(one.lon, 6), round(one.lat, 6))
        return found


def ways_to(
    desk: WaysDesk, roads: Question, rows: Sequence[ScenarioSite], told: Callable[[float], bool]
) -> Mapping[Lonlat, NDArray[np.int32]] | None:
    """Return the ways to all of these sites; None when the search was stopped, or they took too long."""
    until, ways = time.monotonic() + WAYS_SECONDS, desk.ways(roads, [])
    while any((row.lon, row.lat) not in ways for row in rows):
        ways = desk.ways(roads, [(row.lon, row.lat) for row in rows], 1.0)
        if told(0.0) or time.monotonic() > until:
            return None
    return ways


def lying(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    scenario: Scenario,
    towns: int,
    keep: bool,
    told: Callable[[float], bool],
) -> Lying | None:
    """Return a scenario's ground with its sites and the seats of so many towns as candidates; None when stopped.

    What a community brings stands as the people who would bring that by the scenario's rates.

    Raises
    ------
    BadRequestError
        Where nobody has a way to any candidate.
    """
    assumed = Assumed(**scenario.assumed)
    with database.read() as session:
        people, area = people_for(session, scenario), network.the_area(session)
        today = settings.clock.today(clock.utc_now())
        asked = question(session, settings, fleet, people, assumed.vehicle, today)
    rows = candidates_of(scenario, people, towns)
    ways = ways_to(desk, asked, rows, told)
    if ways is None:
        return None
    problem = problem_of(people, scenario.depot_code, assumed, rows, ways, keep)
    if not problem.points:
        raise BadRequestError.one(
            "no-ways", N_("No point of this scenario has a way to any candidate. Open others, or allow more towns.")
        )
    import numpy as np

    number = {code: k for k, code in enumerate(people.codes)}
    points = [number[point.id] for point in problem.points]
    places = {row.code: row for row in rows}
    chosen = [places[candidate.id] for candidate in problem.candidates]
    tonnes = [sum(point.tonnes) for point in problem.points]
    reached, mine = {row.code for row in chosen}, set(points)
    off = [(row.code, row.name) for row in rows if row.code not in reached]
    for k, own in enumerate(people.of(scenario.depot_code).tolist()):
        if own and k not in mine:
            off.append((people.codes[k], f"{people.towns[people.town[k]][1]} {people.names[k]}"))
    ground = Ground(
        problem=problem,
        communities=[_community(people, k, assumed, tonnes[i]) for i, k in enumerate(points)],
        places=[Place(row.code, row.name, row.name_en, row.lon, row.lat) for row in chosen],
        metres=np.stack([ways[row.lon, row.lat][1][points] for row in chosen], axis=1),
        off_road=[code for code, _ in off],
        notice=area.notice,
    )
    return Lying(ground, asked.roads, assumed, tuple(off))


def _community(people: People, k: int, assumed: Assumed, tonnes: float) -> Community:
    urban = bool(people.urban[k])
    grams = assumed.grams_a_week_urban if urban else assumed.grams_a_week_rural
    grams *= assumed.demand_percent / 100
    heads = tonnes * 1e6 / WEEKS_A_YEAR / grams if grams > 0 else float(people.people[k])
    county, town = people.towns[people.town[k]]
    lon, lat = people.lonlat[k]
    return Community(
        code=people.codes[k], name=people.names[k], town=town, county=county, urban=urban, population=round(heads),
        lon=lon, lat=lat, status="", depot_code=people.depots[k],
    )  # fmt: skip
