"""When the services of a fixed order take place, and what is on board: the arithmetic that engines share.

`routing.check` does the same sums in code of its own, so that a slip here cannot hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routing.plan import Rest, Route, Visit
from routing.problem import Load, Problem, Stop, UnloadSite, Vehicle

Service = Stop | UnloadSite


@dataclass(frozen=True)
class Excess:
    """By how much an order of services breaks its rules; all zero means that it can be driven.

    Attributes
    ----------
    late, late_at
        Most seconds by which a service would begin after its last window, and the id of that service.
    overtime
        Seconds by which the route would end after the shift.
    overload, dimension
        Most units above capacity, and the index of their dimension.
    unreachable
        A leg has no way.
    rest_missed
        Seconds by which the break would begin too late.
    """

    late: int = 0
    late_at: str = ""
    overtime: int = 0
    overload: int = 0
    dimension: int = 0
    unreachable: bool = False
    rest_missed: int = 0

    @property
    def time(self) -> int:
        """Seconds in all by which times are broken."""
        return self.late + self.overtime + self.rest_missed

    def __bool__(self) -> bool:
        return bool(self.time or self.overload or self.unreachable)


def windows(service: Service) -> Sequence[tuple[int, int]]:
    """Return the (first, last) seconds in which the service may begin."""
    if isinstance(service, UnloadSite):
        return ((service.hours.start, service.hours.end),)
    return [(w.start, w.end) for w in service.windows]


def length(service: Service) -> int:
    """Return the seconds that the service takes."""
    return service.duration if isinstance(service, UnloadSite) else service.service


@dataclass
class _Clock:
    """One pass along an order, from ``start``; the break falls in the gap before service ``rest_before``."""

    times: list[tuple[int, int, int]]
    rest: Rest | None
    end: int
    late: int
    late_at: str
    rest_missed: int


def _pass(
    vehicle: Vehicle,
    services: Sequence[Service],
    legs: Sequence[int],
    start: int,
    rest_before: int | None,
) -> _Clock:
    now, late, late_at, rest, missed = start, 0, "", None, 0
    times: list[tuple[int, int, int]] = []
    for i, leg in enumerate(legs):
        arrival = now + leg
        begin = arrival
        if rest_before == i and vehicle.pause is not None:
            pause = vehicle.pause
            rest_start = max(now, pause.window.start)
            missed = max(0, rest_start - pause.window.end)
            rest = Rest(rest_start, rest_start + pause.duration)
            if rest_start < arrival:
                arrival += pause.duration
            begin = max(arrival, rest.end)
        if i == len(services):
            return _Clock(times, rest, begin, late, late_at, missed)
        service = services[i]
        for first, last in windows(service):
            if begin <= last:
                begin = max(begin, first)
                break
        else:
            by = begin - windows(service)[-1][1]
            if by > late:
                late, late_at = by, service.id
        now = begin + length(service)
        times.append((arrival, begin, now))
    raise AssertionError("legs are one more than services")


def _best_pass(vehicle: Vehicle, services: Sequence[Service], legs: Sequence[int]) -> tuple[_Clock, int | None]:
    """Leave when the shift begins and take the break in the gap that hurts least."""
    start = vehicle.shift.start
    plain = _pass(vehicle, services, legs, start, None)
    pause = vehicle.pause
    if pause is None or plain.end <= pause.window.end or start >= pause.window.start + pause.duration:
        return plain, None

    def hurt(clock: _Clock) -> tuple[int, int]:
        return clock.late + clock.rest_missed + max(0, clock.end - vehicle.shift.end), clock.end

    gaps = [(_pass(vehicle, services, legs, start, k), k) for k in range(len(legs))]
    return min(gaps, key=lambda g: hurt(g[0]))


def _legs(vehicle: Vehicle, services: Sequence[Service], matrix: NDArray[np.int32]) -> list[int]:
    places = [vehicle.start, *(s.location for s in services), vehicle.end]
    return [int(matrix[a, b]) for a, b in pairwise(places)]


def _loads(problem: Problem, services: Sequence[Service]) -> tuple[Load, list[tuple[Load, Load]], list[list[int]]]:
    """Load at departure, (load, collected) after each service, and every peak met on the way."""
    dims = range(len(problem.dimensions))
    brought = [sum(s.delivery[d] for s in services if isinstance(s, Stop)) for d in dims]
    taken = [0 for _ in dims]
    start = tuple(brought)
    after, peaks = [], [list(start)]
    for s in services:
        if isinstance(s, Stop):
            brought = [brought[d] - s.delivery[d] for d in dims]
            taken = [taken[d] + s.pickup[d] for d in dims]
        else:
            taken = [0 for _ in dims]
        total = [brought[d] + taken[d] for d in dims]
        peaks.append(total)
        after.append((tuple(total), tuple(taken)))
    return start, after, peaks


def excess(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Excess:
    """Return by how much the vehicle would break rules if it served exactly this order."""
    legs = _legs(vehicle, services, problem.matrices[vehicle.profile].durations)
    if min(legs) < 0:
        return Excess(unreachable=True)
    clock, _ = _best_pass(vehicle, services, legs)
    _, _, peaks = _loads(problem, services)
    overload, dimension = max(
        (peak[d] - vehicle.capacity[d], d) for peak in peaks for d in range(len(problem.dimensions))
    )
    return Excess(
        late=clock.late,
        late_at=clock.late_at,
        overtime=max(0, clock.end - vehicle.shift.end),
        overload=max(0, overload),
        dimension=dimension,
        rest_missed=clock.rest_missed,
    )


def build_route(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Route:
    """Return the route that serves this order: home as early as can be, then leaving as late as that allows.

    The order must be one that `excess` finds nothing against.
    """
    matrix = problem.matrices[vehicle.profile]
    legs = _legs(vehicle, services, matrix.durations)
    clock, gap = _best_pass(vehicle, services, legs)
    home, start = clock.end, vehicle.shift.start
    low, high = start, home
    while low < high:
        middle = (low + high + 1) // 2
        trial = _pass(vehicle, services, legs, middle, gap)
        if trial.end <= home and trial.late <= clock.late and trial.rest_missed <= clock.rest_missed:
            low, clock = middle, trial
        else:
            high = middle - 1
    if gap == 0 and vehicle.pause is not None and low >= vehicle.pause.window.start:
        low += vehicle.pause.duration  # the break comes before the work, so the work begins after it
        clock = _pass(vehicle, services, legs, low, None)
    departure, after, _ = _loads(problem, services)
    visits = tuple(
        Visit(
            kind="stop" if isinstance(s, Stop) else "unload",
            id=s.id,
            arrival=arrival,
            start=begin,
            end=end,
            load=load,
            collected=collected,
        )
        for s, (arrival, begin, end), (load, collected) in zip(services, clock.times, after, strict=True)
    )
    places = [vehicle.start, *(s.location for s in services), vehicle.end]
    distance = sum(int(matrix.distances[a, b]) for a, b in pairwise(places))
    return Route(
        vehicle=vehicle.id,
        start=low,
        end=clock.end,
        load=departure,
        visits=visits,
        rests=(clock.rest,) if clock.rest else (),
        distance=distance,
        driving=sum(legs),
        cost=route_cost(vehicle, distance, clock.end - low),
    )


def route_cost(vehicle: Vehicle, distance: int, duration: int) -> int:
    """Return the fen that a used vehicle costs for metres and seconds, each rounded to the nearest."""
    return (
        vehicle.fixed_cost
        + (distance * vehicle.cost_per_km + 500) // 1000
        + (duration * vehicle.cost_per_hour + 1800) // 3600
    )
