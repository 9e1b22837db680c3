"""A past day planned anew, and what was driven, in the same figures over the same roads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from recycling import day_stops, dispatch, network
from recycling.booking import Office
from recycling.clock import Span
from recycling.replay.visits import Visit
from recycling.settings import Settings
from routing.day import DayJob, DayResult, Stated
from routing.plan import Plan, Route
from routing.problem import Matrix, Problem, Stop, TimeWindow

METRES, HOUR = 1000, 3600


@dataclass(frozen=True)
class Figures:
    """What a way to do the day came to.

    Attributes
    ----------
    vehicles, served, km, hours
        Vehicles that were out, visits made, kilometres, and hours between leaving and coming home of all together.
    bare_km
        Kilometres of the way through the visits alone, as if nobody had to unload: what can be held against a file that
        names no unloads.
    promised, kept
        Visits with hours of their own whose beginning is known, and those of them that begin in these.
    """

    vehicles: int
    served: int
    km: float
    bare_km: float
    hours: float
    promised: int
    kept: int


@dataclass(frozen=True)
class Replay:
    """A day planned and as it was driven.

    Attributes
    ----------
    plan
        Of the problem, judged by the engine's own checker.
    driven
        None where the file does not say by which vehicle anything was done; of it only rows that name one.
    left_out
        Reasons by visit.
    unloads
        How often the plan's vehicles unload.
    notice
        Of roads that are not real ones, by language; None on real ones.
    """

    day: date
    depot: str
    visits: int
    planned: Figures
    driven: Figures | None
    known: int
    left_out: Mapping[str, str]
    unloads: int
    plan: Plan
    notice: Mapping[str, str] | None


def stated_job(session: Session, office: Office, depot: str, day: date, visits: Sequence[Visit]) -> DayJob:
    """State the visits as a day of a depot's present vehicles."""
    settings, site = office.settings, network.the_depot(session, depot)
    shift = Span.parse(settings.service.shift)

    def stops(place: dispatch.Place) -> list[Stop]:
        made = []
        for number, visit in enumerate(visits):
            span = visit.span or shift
            start, end = settings.clock.at(day, span.start), settings.clock.at(day, span.end)
            hours = (
                day_stops.promised(settings, day, start, end)
                if visit.span
                else day_stops.seconds_of(settings, day, start, end)
            )
            stop = day_stops.pickup_stop(
                name_of(number),
                place(visit.lon, visit.lat),
                (hours,),
                visit.seconds,
                (visit.kg, visit.litres),
                settings.planning.prize_delivery,
                day_stops.skills_for(visit.people),
            )
            made.append(replace(stop, delivery=(visit.brings_kg, visit.brings_litres)))
        return made

    return dispatch.job_of(session, settings, office.fleet, site, day, stops)


def name_of(number: int) -> str:
    """Return what a visit is called in the plan, by its place in the file."""
    return f"r:{number}"


def replay(
    settings: Settings, depot: str, day: date, visits: Sequence[Visit], stated: Stated, result: DayResult
) -> Replay:
    """Put a plan of the visits beside what was driven."""
    problem, plan = stated.problem, result.plan
    begins = {v.id: v.start for route in plan.routes for v in route.visits if v.kind == "stop"}
    by_name = {name_of(number): visit for number, visit in enumerate(visits)}
    kept = [_in_time(settings, day, by_name[name], begin) for name, begin in begins.items() if by_name[name].span]
    planned = Figures(
        len(plan.routes),
        len(begins),
        sum(route.distance for route in plan.routes) / METRES,
        sum(_bare(problem, route) for route in plan.routes) / METRES,
        sum(route.end - route.start for route in plan.routes) / HOUR,
        len(kept),
        sum(kept),
    )
    known = [visit for visit in visits if visit.vehicle]
    return Replay(
        day,
        depot,
        len(visits),
        planned,
        _driven(settings, day, visits, problem) if known else None,
        len(known),
        {by_name[u.stop].id: u.reason for u in plan.unserved},
        sum(v.kind == "unload" for route in plan.routes for v in route.visits),
        plan,
        problem.notice,
    )


def _in_time(settings: Settings, day: date, visit: Visit, second: int) -> bool:
    promised = _window(settings, day, visit)
    return promised is not None and promised.start <= second <= promised.end


def _window(settings: Settings, day: date, visit: Visit) -> TimeWindow | None:
    if visit.span is None:
        return None
    clock = settings.clock
    return day_stops.seconds_of(settings, day, clock.at(day, visit.span.start), clock.at(day, visit.span.end))


def _driven(settings: Settings, day: date, visits: Sequence[Visit], problem: Problem) -> Figures:
    """Drive the file's routes over our roads: each vehicle from the depot through its stops and home."""
    matrices = {vehicle.id: problem.matrices[vehicle.profile] for vehicle in problem.vehicles}
    any_matrix = next(iter(problem.matrices.values()))
    where = {stop.id: stop.location for stop in problem.stops}
    routes: dict[str, list[tuple[int, Visit]]] = defaultdict(list)
    for number, visit in enumerate(visits):
        if visit.vehicle and name_of(number) in where:
            routes[visit.vehicle].append((number, visit))
    metres = seconds = promised = kept = served = 0
    for plate, stops in routes.items():
        stops.sort(key=lambda one: (_order(one[1]), one[0]))
        way, legs = _legs(matrices.get(plate, any_matrix), [where[name_of(number)] for number, _ in stops])
        metres += way
        seconds += _out(day, [visit for _, visit in stops], legs)
        served += len(stops)
        for _, visit in stops:
            hours = _window(settings, day, visit)
            if visit.arrived is not None and hours is not None:
                promised += 1
                second = settings.clock.second_of_day(day, settings.clock.at(day, visit.arrived))
                kept += hours.start <= second <= hours.end
    return Figures(len(routes), served, metres / METRES, metres / METRES, seconds / HOUR, promised, kept)


def _bare(problem: Problem, route: Route) -> int:
    """Return the metres of a planned route's way through its visits alone."""
    where = {stop.id: stop.location for stop in problem.stops}
    profile = next(v.profile for v in problem.vehicles if v.id == route.vehicle)
    return _legs(problem.matrices[profile], [where[v.id] for v in route.visits if v.kind == "stop"])[0]


def _order(visit: Visit) -> tuple[float, str]:
    return (
        visit.sequence if visit.sequence is not None else float("inf"),
        visit.arrived.isoformat() if visit.arrived else "",
    )


def _legs(matrix: Matrix, places: Sequence[int]) -> tuple[int, list[int]]:
    """Return the metres from the depot through the places and home, and the seconds of each leg.

    A leg without a way counts nothing.
    """
    pairs = list(zip([0, *places], [*places, 0], strict=True))
    metres = sum(max(0, int(matrix.distances[start, end])) for start, end in pairs)
    return metres, [max(0, int(matrix.durations[start, end])) for start, end in pairs]


def _out(day: date, visits: Sequence[Visit], legs: Sequence[int]) -> int:
    """Return the seconds between leaving and coming home: by the arrivals where all are known, else by our roads."""
    times = [datetime.combine(day, visit.arrived) for visit in visits if visit.arrived is not None]
    if len(times) < len(visits):
        return sum(legs) + sum(visit.seconds for visit in visits)
    end, last = max(zip(times, visits, strict=True), key=lambda one: one[0])
    there = end + timedelta(seconds=last.seconds) - min(times)
    return legs[0] + int(there.total_seconds()) + legs[-1]
