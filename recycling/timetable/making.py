"""A depot's timetable as a problem: its communities on the roads, its vehicles, its centres; and the answer as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling import dispatch, network
from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Community, Site, Timetable, TimetableVisit
from recycling.settings import Settings
from recycling.site_capacity import ANY_LITRES, brought_by_timetables, kg_a_day
from recycling.timetable.demand import Visit, call_hours, missed_fen, point_of, surety, visit_of
from recycling.timetable.holds import most_kg
from recycling.timetable.kept_roads import keep_roads
from recycling.timetable.versions import in_force
from routing.day import DayJob, stated
from routing.periodic.problem import TimetableProblem
from routing.periodic.timetable import Round
from routing.periodic.timetable import Timetable as Answer
from routing.problem import Load, Stop, Vehicle
from routing.roads.changes import When

ALWAYS = When()
"""A timetable is made for the roads as they always are; what holds for some hours or weeks is the day's business."""


@dataclass(frozen=True)
class Asked:
    """A timetable to be made.

    Attributes
    ----------
    job
        Positions, vehicles and centres of the depot, from which the roads between them are found.
    communities
        In the order of the job's stops.
    now
        Days of the cycle on which each community has a call now.
    drivers
        For each weekday who drives a vehicle, by plate; () where the fleet names nobody.
    capacity
        Kilograms that a site takes in a day, where it says so.
    brought
        What other depots' timetables bring to a site, by weekday and code.
    """

    depot: str
    job: DayJob
    communities: Sequence[Community]
    now: Mapping[str, Sequence[int]]
    drivers: tuple[Mapping[str, str], ...] = ()
    capacity: Mapping[str, int] = field(default_factory=dict)
    brought: Mapping[tuple[int, str], Load] = field(default_factory=dict)


def asked(
    session: Session, settings: Settings, fleet: Fleet, depot_code: str, day: date, vehicles: int | None = None
) -> Asked:
    """Read what a depot's timetable is made from; `vehicles` instead of all that the fleet has of the type.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot, and one without a vehicle of the types or without communities; for an hour, days or calls
        that are fixed for a community that is not there.
    """
    depot = network.the_depot(session, depot_code)
    query = select(Community).where(Community.depot_code == depot.code, Community.population > 0)
    communities = session.scalars(query.order_by(Community.code)).all()
    if not communities:
        raise BadRequestError.one("no-communities", N_("Depot %(depot)s has no communities."), depot=depot.code)
    _known(session, settings)
    base = dispatch.day_job(session, settings, fleet, depot, day, by_material=False)
    kind = settings.timetable.vehicle
    kinds = (kind, *settings.timetable.other_types)
    trucks = sorted((v for v in base.vehicles if v.type in kinds), key=lambda v: kinds.index(v.type))
    if not trucks:
        raise BadRequestError.one(
            "no-trucks",
            N_("Depot %(depot)s has no vehicle of type %(kind)s, which timetable.vehicle names."),
            depot=depot.code,
            kind=kind,
        )
    while vehicles is not None and len(trucks) < vehicles:
        trucks.append(replace(trucks[0], id=f"{trucks[0].type} {len(trucks) + 1}"))
    plates = {v.type: v.id for v in reversed(trucks)}
    holds = {code: most_kg(settings.stock, fleet.types[code]) for code in kinds if code in fleet.types}
    trucks = [
        replace(v, profile=v.type, capacity=(min(v.capacity[0], holds[v.type]), *v.capacity[1:]))
        for v in trucks[:vehicles]
    ]
    positions = [(depot.lon, depot.lat)]
    sites = []
    for site in base.unload_sites:
        positions.append(base.positions[site.location])
        sites.append(replace(site, location=len(positions) - 1))
    stops = []
    for community in communities:
        positions.append((community.lon, community.lat))
        nothing = (0,) * len(base.dimensions)
        stops.append(Stop(community.code, len(positions) - 1, (trucks[0].shift,), 0, nothing, nothing, prize=0))
    job = replace(
        base,
        positions=positions,
        stops=tuple(stops),
        vehicles=tuple(trucks),
        unload_sites=tuple(replace(site, capacity=None) for site in sites),
        profiles={v.type: fleet.road_profile(plates[v.type], v.type) for v in trucks},
        changes=tuple(change for change in base.changes if getattr(change, "when", ALWAYS) == ALWAYS),
    )
    kept = in_force(session, depot.code, day)
    now: dict[str, list[int]] = {}
    for visit in kept.visits if kept is not None and kept.weeks == settings.timetable.weeks else ():
        now.setdefault(visit.community_code, []).append(visit.day)
    drivers = tuple({truck.id: fleet.driver_of(truck.id, weekday) for truck in trucks} for weekday in range(7))
    named = tuple({plate: name for plate, name in on_day.items() if name} for on_day in drivers)
    capacity = {site.id: kg for site in sites if (kg := kg_a_day(session.get_one(Site, site.id))) is not None}
    others = brought_by_timetables(session, depot.code, day) if capacity else {}
    return Asked(depot.code, job, communities, now, named if any(named) else (), capacity, others)


def _known(session: Session, settings: Settings) -> None:
    """Refuse an hour, days or calls that are fixed for a community that is not there."""
    rules = settings.timetable
    for setting in ("fixed_hours", "only_days", "calls_a_week"):
        for code in sorted(getattr(rules, setting)):
            if session.get(Community, code) is None:
                raise BadRequestError.one(
                    "no-such-community",
                    N_(
                        "timetable.%(setting)s names %(community)s, which is no community. Correct the code or take it"
                        " out."
                    ),
                    setting=setting,
                    community=code[:20],
                )


def problem_of(settings: Settings, ask: Asked) -> tuple[TimetableProblem, list[str]]:
    """Return the problem, over real roads, and the communities that no road of theirs leads to."""
    day = stated(ask.job)
    location = {stop.id: stop.location for stop in day.problem.stops}
    hours = call_hours(settings)
    room = largest_room(ask.job.vehicles)
    points = tuple(
        point_of(settings, community, location[community.code], ask.now, hours, room)
        for community in ask.communities
        if community.code in location
    )
    problem = TimetableProblem(
        days=7 * settings.timetable.weeks,
        dimensions=ask.job.dimensions,
        points=points,
        vehicles=day.problem.vehicles,
        unload_sites=day.problem.unload_sites,
        matrices=day.problem.matrices,
    )
    return under_rules(settings, ask, problem), [unserved.stop for unserved in day.off_road]


def under_rules(settings: Settings, ask: Asked, problem: TimetableProblem) -> TimetableProblem:
    """Return the problem with what the settings, the drivers and the sites' capacities ask of it.

    A site has a bound where all communities on one day would bring more than it takes. Whom there is no time or room
    for is decided by people.
    """
    rules = settings.timetable
    people = {community.code: community.population for community in ask.communities}
    heaviest = sum(max(pattern.load[0] for pattern in point.patterns) for point in problem.points)

    def room(site: str) -> Load | None:
        kg = ask.capacity.get(site)
        most = max(ask.brought.get((weekday, site), (0, 0))[0] for weekday in range(7))
        return (kg, ANY_LITRES) if kg is not None and heaviest > kg - most else None

    return replace(
        problem,
        points=tuple(replace(one, missed=missed_fen(people[one.id], len(people))) for one in problem.points),
        unload_sites=tuple(replace(site, capacity=room(site.id)) for site in problem.unload_sites),
        surety=surety(rules),
        other_vehicle=rules.other_vehicle_fen,
        other_driver=rules.other_driver_fen,
        drivers=tuple(ask.drivers[day % 7] for day in range(problem.days)) if ask.drivers else (),
        brought={
            (day, site): load
            for (weekday, site), load in ask.brought.items()
            for day in range(weekday, problem.days, 7)
        },
    )


def largest_room(vehicles: Sequence[Vehicle]) -> tuple[int, int]:
    """Return kilograms and litres of the vehicle that holds most: a call that it has room for needs no second one."""
    litres, kg = max((v.capacity[1], v.capacity[0]) for v in vehicles)
    return kg, litres


def store(
    session: Session, settings: Settings, ask: Asked, problem: TimetableProblem, answer: Answer, who: str, now: datetime
) -> Timetable:
    """Write an answer as the depot's next version, a draft, with the ways that it was made with."""
    rules = settings.timetable
    costs = answer.cost - sum(problem.missing(p) for p in problem.points if p.id not in answer.chosen)
    table = Timetable(
        depot_code=ask.depot,
        version=next_version(session, ask.depot),
        weeks=rules.weeks,
        made_at=now,
        made_by=who,
        fen_a_week=round(costs / rules.weeks),
        left_out=len(ask.communities) - len(answer.chosen),
        roads_id=keep_roads(session, places_of(ask, problem), problem.matrices, now),
    )
    by_code = {community.code: community for community in ask.communities}
    points = {point.id: point for point in problem.points}

    def expected(code: str) -> Visit:
        return visit_of(rules, by_code[code], len(points[code].patterns[answer.chosen[code][0]].days))

    table.visits = [visit for one in answer.rounds for visit in rows_of(problem, answer, one, expected)]
    session.add(table)
    session.flush()
    return table


def next_version(session: Session, depot: str) -> int:
    """Return the number of a depot's next version."""
    return 1 + (session.scalar(select(func.max(Timetable.version)).where(Timetable.depot_code == depot)) or 0)


def places_of(ask: Asked, problem: TimetableProblem) -> list[str]:
    """Return the codes of all positions of a problem, in order: depot, sites, communities; "" where no road leads."""
    places = [ask.depot, *(site.id for site in ask.job.unload_sites)]
    known = {point.location: point.id for point in problem.points}
    return places + [known.get(k, "") for k in range(len(places), len(ask.job.positions))]


def rows_of(
    problem: TimetableProblem, answer: Answer, one: Round, expected: Callable[[str], Visit]
) -> list[TimetableVisit]:
    """Return a round as rows; ``expected`` says what a call at a community is expected to be."""
    rows: list[TimetableVisit] = []
    hours = {point.id: point.hours for point in problem.points}
    for kind, key in one.services:
        if kind == "unload":
            rows[-1].unload_after = key
            continue
        visit = expected(key)
        rows.append(
            TimetableVisit(
                community_code=key,
                day=one.day,
                plate=one.vehicle,
                position=len(rows),
                start_minute=hours[key][answer.chosen[key][1]].window.start // 60,
                dwell_minutes=visit.minutes,
                expected_kg=visit.kg,
                expected_litres=visit.litres,
            )
        )
    return rows
