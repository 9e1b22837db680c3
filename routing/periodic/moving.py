"""A call of a timetable moved by hand: other days, another hour, another vehicle; rounds are cut into trips anew.

Without compiled loops, so that a page can ask for it. What comes of it is for the judge to say: a move that breaks a
rule is made as well as it can be, so that it can be said by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from routing.bounds import bounds
from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
from routing.periodic.timetable import Round, Service, Timetable
from routing.problem import Matrix, UnloadSite, Vehicle


class _Visit(NamedTuple):
    point: CallPoint
    pattern: DayPattern
    hour: CallHour


class _Label(NamedTuple):
    """One way to have come to a place, the best first: units too many, seconds too late, fen; then when, and how."""

    over: float
    late: float
    spent: float
    then: float
    before: int
    site: str


def moved(
    problem: TimetableProblem, timetable: Timetable, point: str, pattern: int, hour: int, on: Mapping[int, str]
) -> Timetable:
    """Return the timetable with a point on the days of another pattern, at another hour, and on these vehicles.

    Parameters
    ----------
    pattern, hour
        Positions in the point's own.
    on
        Vehicle of each day of the pattern.

    Its cost is that of before: the judge counts the new one. Rounds that the point neither leaves nor joins stay as
    they are.
    """
    chosen = {**timetable.chosen, point: (pattern, hour)}
    calls = {(r.day, r.vehicle): [key for kind, key in r.services if kind == "call"] for r in timetable.rounds}
    joined = {key for key, names in calls.items() if point in names} | set(on.items())
    for key in joined:
        names = [name for name in calls.get(key, ()) if name != point]
        calls[key] = [*names, point] if on.get(key[0]) == key[1] else names
    return cut_anew(problem, replace(timetable, chosen=chosen), {key: calls[key] for key in joined})


def changed_rounds(before: Timetable, after: Timetable) -> set[tuple[int, str]]:
    """Return the rounds, by day and vehicle, that differ in their services or in the hour of one of their calls."""
    was, now = (
        {
            (one.day, one.vehicle): [
                (kind, key, table.chosen[key] if kind == "call" else None) for kind, key in one.services
            ]
            for one in table.rounds
        }
        for table in (before, after)
    )
    return {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}


def cut_anew(
    problem: TimetableProblem, timetable: Timetable, calls: Mapping[tuple[int, str], Sequence[str]]
) -> Timetable:
    """Return the timetable with these calls, by day and vehicle, in the order of their hours and cut into trips."""
    visits = _visits(problem, timetable.chosen)
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    kept = {(r.day, r.vehicle): r.services for r in timetable.rounds}
    for (day, vehicle), names in calls.items():
        ordered = sorted(names, key=lambda name: visits[name].hour.window.start)
        kept[day, vehicle] = _services(problem, vehicles[vehicle], [visits[name] for name in ordered])
    rounds = tuple(Round(day, vehicle, services) for (day, vehicle), services in sorted(kept.items()) if services)
    return replace(timetable, rounds=rounds)


def _visits(problem: TimetableProblem, chosen: Mapping[str, tuple[int, int]]) -> dict[str, _Visit]:
    return {
        p.id: _Visit(p, p.patterns[chosen[p.id][0]], p.hours[chosen[p.id][1]]) for p in problem.points if p.id in chosen
    }


def _services(problem: TimetableProblem, vehicle: Vehicle, visits: Sequence[_Visit]) -> tuple[Service, ...]:
    """Return a round's calls in order, with the unloadings between and after them that are best.

    Exact where each call begins at one second; else as soon as possible. Breaks are not looked at here. A label is kept
    for each call after which the vehicle may be empty.
    """
    if not visits:
        return ()
    matrix = problem.matrices[vehicle.profile]
    places = [vehicle.start, *(v.point.location for v in visits), vehicle.end]
    empty = [_Label(0.0, 0.0, 0.0, float(vehicle.shift.start), 0, "")]  # before the first call, and after unloading
    for last in range(1, len(visits) + 1):
        ways = []
        for first in range(last):
            label = _driven(matrix, vehicle, visits[first:last], empty[first], places[first] if not first else -1)
            over = label.over + _overload(problem, vehicle, visits[first:last])
            label = label._replace(over=over, before=first)
            for site in problem.unload_sites:
                ways.append(_unloaded(matrix, vehicle, label, places[last], places[last + 1], site))
        best = min(ways)
        empty.append(best._replace(late=best.late + max(0.0, best.then - vehicle.shift.end)))
    order: list[Service] = []
    last = len(visits)
    while last:
        first = empty[last].before
        order[:0] = [("call", v.point.id) for v in visits[first:last]] + [("unload", empty[last].site)]
        last = first
    return tuple(order)


def _driven(matrix: Matrix, vehicle: Vehicle, visits: Sequence[_Visit], begin: _Label, start: int) -> _Label:
    """Go through the calls of a trip; who comes from an unloading (``start`` is -1) is at the first call already."""
    late, spent, then, at = begin.late, begin.spent, begin.then, start
    for visit in visits:
        place = visit.point.location
        if at >= 0:
            then, spent = then + _seconds(matrix, at, place), spent + _price(matrix, vehicle, at, place)
        late += max(0.0, then - visit.hour.window.end)
        then = max(then, float(visit.hour.window.start)) + visit.pattern.dwell
        at = place
    return begin._replace(late=late, spent=spent, then=then)


def _unloaded(matrix: Matrix, vehicle: Vehicle, label: _Label, a: int, b: int, site: UnloadSite) -> _Label:
    """Go from the last call of a trip to a site, and on to the next call or home."""
    there = label.then + _seconds(matrix, a, site.location)
    late = label.late + max(0.0, there - site.hours.end)
    then = max(there, float(site.hours.start)) + site.duration + _seconds(matrix, site.location, b)
    spent = label.spent + _price(matrix, vehicle, a, site.location) + _price(matrix, vehicle, site.location, b)
    return _Label(label.over, late, spent, then, label.before, site.id)


def _price(matrix: Matrix, vehicle: Vehicle, a: int, b: int) -> float:
    metres = float(matrix.distances[a, b])
    return metres * vehicle.cost_per_km / 1000 + _seconds(matrix, a, b) * vehicle.cost_per_hour / 3600


def _seconds(matrix: Matrix, a: int, b: int) -> float:
    seconds = float(matrix.durations[a, b])
    return seconds if seconds >= 0 else math.inf


def _overload(problem: TimetableProblem, vehicle: Vehicle, visits: Sequence[_Visit]) -> float:
    """Return by how much a trip's loads, with the surety on top, are above the vehicle's room."""
    worst = 0.0
    for dims, room in bounds(vehicle, problem.dimensions):
        load = float(sum(v.pattern.load[d] for v in visits for d in dims))
        variance = sum(v.pattern.spread[d] ** 2 for v in visits for d in dims if v.pattern.spread)
        worst = max(worst, load + problem.surety * variance**0.5 - room)
    return worst
