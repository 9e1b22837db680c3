"""Days of truck calls, sampled from what communities are expected to bring, for rounds to any choice of sites.

Each community has the calls a week that a timetable would give it, spread evenly over the weekdays; what is brought to
a call varies by town and by community as `recycling.sites.noise` has it. Calls have no fixed hours here, and there are
as many trucks of the timetable's type as are needed: a timetable for these sites does not exist yet.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from recycling import network
from recycling.clock import Span
from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Community
from recycling.settings import Settings
from recycling.settings.sections import ServiceSettings, TimetableSettings
from recycling.sites.noise import COMMUNITY, TOWN
from recycling.siting import Ground, road_engine
from recycling.timetable.demand import calls_in_cycle, visit_of
from routing.problem import Matrix, Pause, Stop, TimeWindow, UnloadSite, Vehicle
from routing.siting.located.rounds import PROFILE, RoundDay

if TYPE_CHECKING:
    from routing.roads.engine import TravelEngine

DAYS_A_YEAR = 365.25
LOT = 0.5
"""Part of a truck's load by which a site takes more on a day than its share: loads do not come as they would fit."""

SPARE_TRUCKS = 3
MINUTES_BETWEEN = 30
"""Minutes on the way to a call, for how many trucks there may be; more than it takes."""

UNLOAD_MINUTES = 20
"""Minutes of unloading at a site that does not stand yet."""


@dataclass(frozen=True)
class Sampled:
    """Sampled days of all depots, and the points of the siting problem that each depot serves."""

    days: tuple[RoundDay, ...]
    points_of: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class _Call:
    """A call of a community: which, kilograms as expected and as drawn, litres as drawn, seconds."""

    community: int
    expected: float
    kg: int
    litres: int
    seconds: int


@dataclass(frozen=True)
class RoundRules:
    """What days are drawn by: rates and truck, hours and breaks, and what a call that is left out costs in fen."""

    timetable: TimetableSettings
    service: ServiceSettings
    prize: int


def rules_of(settings: Settings) -> RoundRules:
    """Return the rules as the configuration has them."""
    return RoundRules(settings.timetable, settings.service, settings.planning.prize_call)


@dataclass(frozen=True)
class Posts:
    """Where trucks begin and unload: longitude and latitude of depots, minutes of unloading at sites that stand."""

    depots: Mapping[str, tuple[float, float]]
    minutes: Mapping[str, int]


def posts_of(session: Session, ground: Ground) -> Posts:
    """Return the posts of the ground's depots, and of every site that stands."""
    codes = sorted({community.depot_code for community in ground.communities})
    depots = [network.the_depot(session, code) for code in codes]
    minutes = {site.code: site.unload_minutes for site in network.sites(session) if site.unload_minutes}
    return Posts({depot.code: (depot.lon, depot.lat) for depot in depots}, minutes)


def sampled(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    day: date,
    ground: Ground,
    point_of: Sequence[str],
    days: int,
    seed: int,
) -> Sampled:
    """Return so many sampled days of every depot with communities in the ground, by a seed.

    ``point_of`` names the siting problem's point of each community of the ground.

    Raises
    ------
    BadRequestError
        For a depot that no road leads to.
    """
    engine = road_engine(session, settings, fleet, day)
    rules, posts = rules_of(settings), posts_of(session, ground)
    return sampled_on(engine, rules, fleet, day, ground, posts, point_of, days, seed)


def sampled_on(
    engine: TravelEngine,
    rules: RoundRules,
    fleet: Fleet,
    day: date,
    ground: Ground,
    posts: Posts,
    point_of: Sequence[str],
    days: int,
    seed: int,
) -> Sampled:
    """Return the same as `sampled` over roads that are loaded, without the record."""
    kind = fleet.types[rules.timetable.vehicle]
    inside: dict[str, list[int]] = {}
    for number, community in enumerate(ground.communities):
        inside.setdefault(community.depot_code, []).append(number)
    chance = random.Random(seed)
    found: list[RoundDay] = []
    for code in sorted(inside):
        mine = inside[code]
        calls = _calls(rules.timetable, [ground.communities[k] for k in mine], (kind.kg, kind.litres), days, chance)
        found += _depot_days(
            rules, fleet, day, ground, posts, code, mine, calls, point_of, engine, (kind.kg, kind.litres)
        )
    points = {code: frozenset(point_of[k] for k in mine) for code, mine in inside.items()}
    return Sampled(tuple(found), points)


def _calls(
    rules: TimetableSettings,
    communities: Sequence[Community],
    room: tuple[int, int],
    days: int,
    chance: random.Random,
) -> list[list[_Call]]:
    """Return the calls of each day; a week's calls fill its days evenly."""
    a_week = len(rules.weekdays)
    drawn: list[list[_Call]] = []
    while len(drawn) < days:
        week: list[list[_Call]] = [[] for _ in range(a_week)]
        towns = {(c.county, c.town): max(0.0, chance.gauss(1.0, TOWN)) for c in communities}
        order = list(range(len(communities)))
        chance.shuffle(order)
        turn = 0
        for number in order:
            community = communities[number]
            times = calls_in_cycle(rules, community, room)
            visit = visit_of(rules, community, times)
            calls = min(a_week, max(1, round(times / rules.weeks)))
            for _ in range(calls):
                share = towns[community.county, community.town] * max(0.0, chance.gauss(1.0, COMMUNITY))
                kg, litres = min(room[0], round(visit.kg * share)), min(room[1], round(visit.litres * share))
                week[turn % a_week].append(_Call(number, visit.kg, kg, litres, visit.minutes * 60))
                turn += 1
        drawn += week
    return drawn[:days]


def _depot_days(
    rules: RoundRules,
    fleet: Fleet,
    day: date,
    ground: Ground,
    posts: Posts,
    depot: str,
    mine: Sequence[int],
    calls: Sequence[Sequence[_Call]],
    point_of: Sequence[str],
    engine: TravelEngine,
    room: tuple[int, int],
) -> list[RoundDay]:
    communities = [ground.communities[k] for k in mine]
    positions = [posts.depots[depot]]
    positions += [(c.lon, c.lat) for c in communities] + [(p.lon, p.lat) for p in ground.places]
    table = engine.table(positions, positions, fleet.road_profile("", rules.timetable.vehicle))
    off = {row for row, _, _ in (*table.source_problems, *table.target_problems)}
    if 0 in off:
        raise BadRequestError.one(
            "depot-off-road",
            N_("No road leads to the depot %(depot)s. Move its position to a road, or leave it out with --depot."),
            where="depot",
            depot=depot,
        )
    matrix = Matrix(table.durations, table.distances)
    shift = _window(rules, day, rules.service.shift)
    begin = 1 + len(communities)
    sites = {
        place.id: UnloadSite(place.id, begin + j, shift, 60 * posts.minutes.get(place.id, UNLOAD_MINUTES))
        for j, place in enumerate(ground.places)
        if begin + j not in off
    }
    expected = sum(call.expected for one in calls for call in one)
    yearly = sum(_kg_a_year(rules.timetable, community) for community in communities)
    share = yearly / expected if expected else 0.0
    found = []
    for number, one in enumerate(calls):
        inside = [call for call in one if 1 + call.community not in off]
        stops = tuple(
            Stop(
                id=f"{communities[call.community].code}/{n}",
                location=1 + call.community,
                windows=(shift,),
                service=call.seconds,
                delivery=(0, 0),
                pickup=(call.kg, call.litres),
                prize=rules.prize,
            )
            for n, call in enumerate(inside)
        )
        found.append(
            RoundDay(
                depot=depot,
                day=number,
                dimensions=("kg", "litres"),
                stops=stops,
                points=tuple(point_of[mine[call.community]] for call in inside),
                vehicles=_trucks(rules, fleet, day, shift, inside),
                sites=sites,
                matrix=matrix,
                share=share,
                lot=max(1, round(LOT * min(room[0], room[1] / rules.timetable.litres_a_kg))),
            )
        )
    return found


def _trucks(
    rules: RoundRules, fleet: Fleet, day: date, shift: TimeWindow, calls: Sequence[_Call]
) -> tuple[Vehicle, ...]:
    """Return as many trucks as the calls can need, with the shift and the break of the day's service."""
    service, kind = rules.service, fleet.types[rules.timetable.vehicle]
    rest = _window(rules, day, service.break_begins)
    busy = sum(call.seconds + 60 * MINUTES_BETWEEN for call in calls)
    length = max(1, shift.end - shift.start - 60 * service.break_minutes)
    return tuple(
        Vehicle(
            id=f"truck {number}",
            type=rules.timetable.vehicle,
            capacity=(kind.kg, kind.litres),
            start=0,
            end=0,
            shift=shift,
            pauses=(Pause(rest, service.break_minutes * 60),) if service.break_minutes else (),
            profile=PROFILE,
            fixed_cost=kind.fixed_cost,
            cost_per_km=kind.cost_per_km,
            cost_per_hour=kind.cost_per_hour,
        )
        for number in range(1, math.ceil(busy / length) + SPARE_TRUCKS + 1)
    )


def _window(rules: RoundRules, day: date, span: str) -> TimeWindow:
    hours, clock = Span.parse(span), rules.service.clock
    begin, end = clock.at(day, hours.start), clock.at(day, hours.end)
    return TimeWindow(clock.second_of_day(day, begin), clock.second_of_day(day, end))


def _kg_a_year(rules: TimetableSettings, community: Community) -> float:
    grams = rules.grams_a_week_urban if community.urban else rules.grams_a_week_rural
    return community.population * grams * DAYS_A_YEAR / 7 / 1000
