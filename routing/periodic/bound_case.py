"""What the bound of a timetable is computed from: one kind of vehicle, one dimension, steps of time and load."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from routing.errors import InputError
from routing.periodic.problem import CallPoint, TimetableProblem
from routing.periodic.tables import Number, Whole
from routing.problem import Vehicle

FINEST = 2_000
"""Steps of time in a shift, and of load in a vehicle, at most; finer ones are rounded down, which bounds from below."""
NO_WAY = 1e9


@dataclass(frozen=True)
class Case:
    """A problem in numbers; prices in multiples of ``unit`` fen, times and loads in steps.

    Attributes
    ----------
    days, fleet, room, most
        Of the horizon, vehicles a day, load of one, steps of its shift.
    patterns, visits, load
        Of each point: its sets of days, how many days each of them has, load of a visit.
    arc, last
        Price from one point to another, and steps, with the standing there (points, points).
    first, first_last
        The same from the depot, then from each site to the first point of a trip (1 + sites, points).
    out, out_last
        From a point to a site, with the unloading (points, sites).
    home, home_last
        From a site to the depot.
    unit
        Fen; every timetable costs a multiple of it. 0 when there is no such.
    """

    days: int
    fleet: int
    room: int
    most: int
    patterns: tuple[tuple[tuple[int, ...], ...], ...]
    visits: Whole
    load: Whole
    arc: Number
    last: Whole
    first: Number
    first_last: Whole
    out: Number
    out_last: Whole
    home: Number
    home_last: Whole
    unit: float
    whole: bool


def case_of(problem: TimetableProblem) -> Case:
    """Return the problem in numbers; windows, breaks, spreads and all dimensions but the fullest are left aside.

    Raises
    ------
    InputError
        When vehicles differ, when patterns of a point differ in more than their days, when days or hours have prices,
        or when there are more than 60 points.
    """
    vehicle = problem.vehicles[0]
    kinds = {_kind(v) for v in problem.vehicles}
    if len(kinds) > 1:
        raise InputError("bound-vehicles", "A bound needs vehicles that are all alike.")
    if len(problem.points) > 60 or not problem.points:
        raise InputError("bound-points", "A bound takes 1 to 60 points, not %(count)s.", count=len(problem.points))
    for point in problem.points:
        if not _plain(point):
            raise InputError(
                "bound-patterns",
                "A bound needs days and hours without prices, and the same load and dwell on all days; see %(point)s.",
                point=point.id,
            )
    matrix = problem.matrices[vehicle.profile]
    seconds = matrix.durations.astype(np.float64)
    price = seconds * vehicle.cost_per_hour / 3600 + matrix.distances * vehicle.cost_per_km / 1000.0
    none = seconds < 0
    unit = math.gcd(*(int(x) for x in np.unique(np.rint(price[~none]))), vehicle.fixed_cost) or 1
    whole = bool(np.allclose(price[~none], np.rint(price[~none])))
    price = price / unit
    price[none] = seconds[none] = NO_WAY
    points = [point.location for point in problem.points]
    ends = [vehicle.start, *(site.location for site in problem.unload_sites)]
    unloading = np.array([0, *(site.duration for site in problem.unload_sites)], np.float64)
    dwell = np.array([point.patterns[0].dwell for point in problem.points], np.float64)
    shift = vehicle.shift.end + vehicle.overtime - vehicle.shift.start
    shift = min(shift, vehicle.max_duration or shift)
    step = _step([*seconds[~none].ravel(), *dwell, *unloading], shift)

    def steps(values: Number) -> Whole:
        return np.minimum(np.floor(values / step + 1e-9), 1e6).astype(np.int64)

    # empty ways between the depot and sites may be shorter by other sites
    home_at = [vehicle.end, *ends[1:]]
    ways, times = price[np.ix_(ends, home_at)].copy(), (seconds[np.ix_(ends, home_at)] + unloading[None, :]).copy()
    for k in range(1, len(ends)):
        ways = np.minimum(ways, ways[:, [k]] + ways[[k], :])
        times = np.minimum(times, times[:, [k]] + times[[k], :])
    begin, begin_time = ways.copy(), times.copy()
    for k in range(len(ends)):
        begin[k, k] = begin_time[k, k] = 0
    begin[1:, 0] = begin_time[1:, 0] = NO_WAY  # the depot is no place to begin another trip
    first = np.min(begin[:, :, None] + price[np.ix_(ends, points)][None], axis=1)
    first_time = np.min(begin_time[:, :, None] + seconds[np.ix_(ends, points)][None], axis=1)
    first[0] += vehicle.fixed_cost / unit
    loads = [point.patterns[0].load for point in problem.points]
    visits = np.array([len(point.patterns[0].days) for point in problem.points], np.int64)
    fullest = max(
        range(len(problem.dimensions)),
        key=lambda d: sum(load[d] * k for load, k in zip(loads, visits, strict=True)) / max(1, vehicle.capacity[d]),
    )
    room = vehicle.capacity[fullest]
    load = np.array([load[fullest] for load in loads], np.float64)
    grain = max(1, math.ceil(room / FINEST))
    if (load < grain).any() or (dwell < step).any():
        raise InputError("bound-nothing", "A bound needs visits that each bring something and take time.")
    return Case(
        days=problem.days,
        fleet=len(problem.vehicles),
        room=int(room // grain),
        most=int(shift / step + 1e-9),
        patterns=tuple(tuple(pattern.days for pattern in point.patterns) for point in problem.points),
        visits=visits,
        load=np.floor(load / grain).astype(np.int64),
        arc=price[np.ix_(points, points)].copy(),
        last=steps(seconds[np.ix_(points, points)] + dwell[None, :]),
        first=first,
        first_last=steps(first_time + dwell[None, :]),
        out=price[np.ix_(points, ends[1:])].copy(),
        out_last=steps(seconds[np.ix_(points, ends[1:])] + unloading[None, 1:]),
        home=ways[1:, 0].copy(),
        home_last=steps(times[1:, 0]),
        unit=float(unit),
        whole=whole,
    )


def _kind(vehicle: Vehicle) -> tuple[object, ...]:
    prices = (vehicle.fixed_cost, vehicle.cost_per_km, vehicle.cost_per_hour)
    hours = (vehicle.shift.end - vehicle.shift.start + vehicle.overtime, vehicle.max_duration)
    return (vehicle.capacity, vehicle.start, vehicle.end, vehicle.profile, *hours, *prices)


def _plain(point: CallPoint) -> bool:
    kinds = {(len(p.days), p.load, p.dwell) for p in point.patterns}
    return len(kinds) == 1 and not any(p.price for p in point.patterns) and not any(h.price for h in point.hours)


def _step(values: list[float], shift: int) -> float:
    """Return seconds that divide all times, or, where those are too short, as many as make few steps of a shift."""
    common = math.gcd(*(round(x) for x in values))
    return float(max(common, math.ceil(shift / FINEST), 1))
