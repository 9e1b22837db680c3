"""What no timetable can do, proven, and what would make it possible: vehicles, hours, room, what a site takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.bounds import bounds
from routing.periodic.problem import CallPoint, TimetableProblem
from routing.periodic.steps import steps_of
from routing.periodic.tables import Number
from routing.problem import Vehicle


def fewest_vehicles(problem: TimetableProblem) -> int:
    """Return a number of vehicles below which no timetable leaves nobody out; proven, and seldom enough.

    Each visit takes its dwell and the shortest way on which it can be reached; a vehicle has its shift without its
    breaks on each day on which there may be visits. Where all begin at whole steps, the waits for the next one count.
    Where vehicles differ, the fastest way of any and the longest shift of any count for all.
    """
    nearest = nearest_ways(problem)
    needed = 0.0
    days: set[int] = set()
    for point in problem.points:
        needed += min(len(x.days) * (x.dwell + float(nearest[point.location])) for x in point.patterns)
        days |= {day for pattern in point.patterns for day in pattern.days}
    each = max(working(vehicle) for vehicle in problem.vehicles)
    least = math.ceil(needed / (each * len(days))) if days else 0
    steps = steps_of(problem, problem.points)
    if steps is None or len(steps.needs) < len(problem.points):
        return least
    whole = sum(
        min(len(x.days) * seconds for x, seconds in zip(point.patterns, steps.needs[point.id], strict=True))
        for point in problem.points
    )
    return max(least, math.ceil(whole / (max(steps.there) * len(days))))


@dataclass(frozen=True)
class Conflict:
    """Points that no timetable can visit all, however they are put; without any one of them this does not prove it.

    Attributes
    ----------
    kind
        "room": a visit is more than any vehicle holds. "time": visits and ways take longer than all vehicles are there.
        "steps": the same with the waits for the next step on which calls begin. "site": more is brought than all sites
        take. "hours": visits whose hours exclude each other are more than there are vehicles. "together": neither of
        those by itself, but all at once.
    points
        Ids; the smallest such set by this proof.
    lacking
        Units of the dimension too many in a visit; seconds too few in the horizon; units, or visits, too many in it.
    dimension
        The load's, "" for time.
    sites
        Ids of those that take too little.
    vehicles
        How many are there that could be at one of the visits whose hours exclude each other.
    span
        Between which seconds of the day those begin; of "steps", 0 and the seconds of one.
    days
        On how many days the points may be visited.
    """

    kind: str
    points: tuple[str, ...]
    lacking: float
    dimension: str = ""
    sites: tuple[str, ...] = ()
    vehicles: int = 0
    span: tuple[int, int] = (0, 0)
    days: int = 0


def conflicts(problem: TimetableProblem) -> list[Conflict]:
    """Return what is proven to be impossible, each vehicle taken with its own room, shift, breaks and roads.

    Time and sites are looked at once each: the points that need most, until it is too much. Where nothing is returned
    a timetable may still not be possible.
    """
    found = [one for point in problem.points if (one := _no_room(problem, point)) is not None]
    nearest = nearest_ways(problem)
    needs = {
        p.id: min(len(x.days) * (x.dwell + float(nearest[p.location])) for x in p.patterns) for p in problem.points
    }
    each = sum(working(vehicle) for vehicle in problem.vehicles)
    found += _smallest(problem, needs, [each] * problem.days, Conflict("time", (), 0.0))
    for d, name in enumerate(problem.dimensions):
        taken = []
        for day in range(problem.days):
            sites = [site for site in problem.sites_on(day) if site.takes is None or name in site.takes]
            taken.append(sum(math.inf if site.capacity is None else site.capacity[d] for site in sites))
        brought = {p.id: min(float(len(x.days) * x.load[d]) for x in p.patterns) for p in problem.points}
        names = tuple(s.id for s in problem.unload_sites if s.takes is None or name in s.takes)
        found += _smallest(problem, brought, taken, Conflict("site", (), 0.0, name, names))
    return found


def _smallest(
    problem: TimetableProblem, needs: dict[str, float], there: Sequence[float], of: Conflict
) -> list[Conflict]:
    """Return the fewest points whose needs are more than is there on all their days together, as a conflict."""
    days: set[int] = set()
    chosen: list[str] = []
    needed = 0.0
    for point in sorted(problem.points, key=lambda one: -needs[one.id]):
        if not math.isfinite(needs[point.id]):
            continue  # no road leads there
        days |= {day for pattern in point.patterns for day in pattern.days}
        chosen.append(point.id)
        needed += needs[point.id]
        room = sum(there[day] for day in sorted(days))
        if needed > room + 1e-6:
            return [replace(of, points=tuple(chosen), lacking=needed - room, days=len(days))]
    return []


def _no_room(problem: TimetableProblem, point: CallPoint) -> Conflict | None:
    """Return by how much the smallest visit of a point is too much for the vehicle that it is least too much for."""
    least = (math.inf, "")
    for pattern in point.patterns:
        for vehicle in problem.vehicles:
            worst = (0.0, "")
            for dims, room in bounds(vehicle, problem.dimensions):
                variance = sum(pattern.spread[d] ** 2 for d in dims) if pattern.spread else 0.0
                over = sum(pattern.load[d] for d in dims) + problem.surety * math.sqrt(variance) - room
                if over > 1e-6:
                    worst = max(worst, (over, " + ".join(problem.dimensions[d] for d in sorted(dims))))
            least = min(least, worst)
    return Conflict("room", (point.id,), least[0], least[1]) if least[0] > 0 else None


def ways(problem: TimetableProblem) -> Number:
    """Return the seconds of the shortest way between all locations, by any of the vehicles' roads."""
    tables = [problem.matrices[name].durations for name in {vehicle.profile for vehicle in problem.vehicles}]
    return np.asarray(np.min([np.where(way < 0, math.inf, way) for way in tables], axis=0), dtype=np.float64)


def nearest_ways(problem: TimetableProblem) -> Number:
    """Return the seconds of the shortest way to each location, by any of the vehicles' roads."""
    seconds = ways(problem)
    np.fill_diagonal(seconds, math.inf)
    return np.asarray(seconds.min(axis=0), dtype=np.float64)


def working(vehicle: Vehicle) -> float:
    """Return the seconds that a vehicle is there on a day, without its breaks."""
    shift = min(vehicle.shift.end + vehicle.overtime - vehicle.shift.start, vehicle.max_duration or math.inf)
    return float(max(0, shift - sum(pause.duration for pause in vehicle.pauses)))
