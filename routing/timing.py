"""When the services of a fixed order take place, and what is on board: the arithmetic that engines share.

`routing.check` does the same sums in code of its own, so that a slip here cannot hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.plan import Rest, Route, Visit
from routing.problem import Load, Problem, Stop, UnloadSite, Vehicle

Service = Stop | UnloadSite


@dataclass(frozen=True)
class Excess:
    """By how much an order of services breaks its rules; all zero means that it can be driven.

    Attributes
    ----------
    late, late_at
        Most seconds by which a service would begin after its last window, and the id of that service. The break
        is always had inside its own window.
    overtime
        Seconds by which the route would end after the shift.
    overload, dimension
        Most units above capacity, and the index of their dimension.
    unreachable
        A leg has no way.
    aboard
        Most units, in any dimension, that were collected and are still on board at home.
    """

    late: int = 0
    late_at: str = ""
    overtime: int = 0
    overload: int = 0
    dimension: int = 0
    unreachable: bool = False
    aboard: int = 0

    @property
    def time(self) -> int:
        """Seconds in all by which times are broken."""
        return self.late + self.overtime

    def __bool__(self) -> bool:
        return bool(self.time or self.overload or self.unreachable or self.aboard)


@dataclass(frozen=True)
class _Line:
    """An order of services as the clock sees it: legs in seconds, one more than services, and each service's
    windows, length and id."""

    vehicle: Vehicle
    legs: Sequence[int]
    windows: Sequence[Sequence[tuple[int, int]]]
    lengths: Sequence[int]
    ids: Sequence[str]

    @classmethod
    def of(cls, problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> _Line:
        durations = problem.matrices[vehicle.profile].durations
        places = [vehicle.start, *(s.location for s in services), vehicle.end]
        spans = [s.windows if isinstance(s, Stop) else (s.hours,) for s in services]
        return cls(
            vehicle,
            [int(durations[a, b]) for a, b in pairwise(places)],
            [[(w.start, w.end) for w in span] for span in spans],
            [s.service if isinstance(s, Stop) else s.duration for s in services],
            [s.id for s in services],
        )


@dataclass(frozen=True)
class _Clock:
    """One pass along a line: (arrival, begin, end) of each service; the break falls in the gap before ``gap``."""

    gap: int | None
    times: Sequence[tuple[int, int, int]]
    rest: Rest | None
    end: int
    late: int
    late_at: str

    def hurt(self, shift_end: int) -> tuple[int, int]:
        return self.late + max(0, self.end - shift_end), self.end


def _pass(line: _Line, start: int, gap: int | None) -> _Clock:
    now, late, late_at, rest = start, 0, "", None
    times: list[tuple[int, int, int]] = []
    for i, leg in enumerate(line.legs):
        arrival = begin = now + leg
        if gap == i and line.vehicle.pause is not None:
            pause = line.vehicle.pause
            rest_start = max(now, pause.window.start)
            rest = Rest(rest_start, rest_start + pause.duration)
            if rest_start < arrival:
                arrival += pause.duration
            begin = max(arrival, rest.end)
        if i == len(line.ids):
            now = begin
            break
        for first, last in line.windows[i]:
            if begin <= last:
                begin = max(begin, first)
                break
        else:
            by = begin - line.windows[i][-1][1]
            if by > late:
                late, late_at = by, line.ids[i]
        now = begin + line.lengths[i]
        times.append((arrival, begin, now))
    return _Clock(gap, times, rest, now, late, late_at)


def _passes(line: _Line) -> list[_Clock]:
    """Every way worth a try to have the break, leaving as early as can be.

    The vehicle leaves when its break could be over, or has it in a gap that it reaches inside the break's window,
    or in the last gap that it reaches before: from there nothing is later than with the break in a gap before.
    """
    start, pause = line.vehicle.shift.start, line.vehicle.pause
    plain = _pass(line, start, None)
    if pause is None or plain.end <= pause.window.end or start >= pause.window.start + pause.duration:
        return [plain]
    reached = [start, *(end for _, _, end in plain.times)]
    before = sum(now <= pause.window.start for now in reached)
    gaps = range(max(0, before - 1), sum(now <= pause.window.end for now in reached))
    return [_pass(line, pause.window.start + pause.duration, None), *(_pass(line, start, k) for k in gaps)]


def _latest_start(line: _Line, gap: int | None, home: int) -> int:
    """Return the last second at which the vehicle can leave and still be home at ``home``, the break in that gap."""
    limit = home
    for i in reversed(range(len(line.legs))):
        if gap == i and line.vehicle.pause is not None:
            pause = line.vehicle.pause
            limit = min(limit - pause.duration - line.legs[i], pause.window.end)
        else:
            limit -= line.legs[i]
        if i:
            limit -= line.lengths[i - 1]
            limit = max(min(last, limit) for first, last in line.windows[i - 1] if first <= limit)
    return limit


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
    line = _Line.of(problem, vehicle, services)
    if min(line.legs) < 0:
        return Excess(unreachable=True)
    clock = min(_passes(line), key=lambda c: c.hurt(vehicle.shift.end))
    _, after, peaks = _loads(problem, services)
    overload, dimension = max(
        (peak[d] - vehicle.capacity[d], d) for peak in peaks for d in range(len(problem.dimensions))
    )
    return Excess(
        late=clock.late,
        late_at=clock.late_at,
        overtime=max(0, clock.end - vehicle.shift.end),
        overload=max(0, overload),
        dimension=dimension,
        aboard=max(after[-1][1]) if after else 0,
    )


def feasible(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> bool:
    """Tell whether `excess` finds nothing against this order, sooner where it does."""
    line = _Line.of(problem, vehicle, services)
    if min(line.legs) < 0 or not _fits(vehicle, services):
        return False
    shift = vehicle.shift
    plain = _pass(line, shift.start, None)
    if plain.late or plain.end > shift.end:
        return False  # a break only makes it later
    return any(not clock.late and clock.end <= shift.end for clock in _passes(line))


def _fits(vehicle: Vehicle, services: Sequence[Service]) -> bool:
    """Tell whether no load is ever above capacity, and nothing collected comes home."""
    for d, room in enumerate(vehicle.capacity):
        brought = sum(s.delivery[d] for s in services if isinstance(s, Stop))
        taken = 0
        if brought > room:
            return False
        for s in services:
            if isinstance(s, Stop):
                brought -= s.delivery[d]
                taken += s.pickup[d]
                if brought + taken > room:
                    return False
            else:
                taken = 0
        if taken:
            return False
    return True


def open_positions(problem: Problem, vehicle: Vehicle, order: Sequence[Service], stop: Stop) -> list[int]:
    """Return the positions at which neither the stop nor a service after it is sure to come too late.

    Loads, breaks and an unload at the order's end, which may be chosen anew, are left aside, so a position may still
    fail; one that is not returned cannot succeed.
    """
    fixed = order[:-1] if order and isinstance(order[-1], UnloadSite) else order
    line = _Line.of(problem, vehicle, fixed)
    durations, n = problem.matrices[vehicle.profile].durations, len(fixed)
    ready = [vehicle.shift.start, *(end for _, _, end in _pass(line, vehicle.shift.start, None).times)]
    latest = [vehicle.shift.end] * (n + 1)  # at which service k may begin; n is the end of the shift
    for k in reversed(range(n)):
        limit = latest[k + 1] - line.lengths[k] - (line.legs[k + 1] if k + 1 < n else 0)
        latest[k] = max((min(last, limit) for first, last in line.windows[k] if first <= limit), default=-1)
    places = [vehicle.start, *(s.location for s in fixed)]
    found = []
    for k in range(n + 1):
        there = int(durations[places[k], stop.location])
        begin = _opening(stop, ready[k] + there) if there >= 0 else None
        if begin is None:
            continue
        onward = int(durations[stop.location, places[k + 1]]) if k < n else 0
        if onward >= 0 and begin + stop.service + onward <= latest[k]:
            found.append(k)
    if n < len(order) and n in found:
        found.append(n + 1)  # the last unload stays where it is, and the stop comes after it
    return found


def _opening(stop: Stop, arrival: int) -> int | None:
    """Return when the service can begin after an arrival, None when all windows are over."""
    return next((max(arrival, w.start) for w in stop.windows if arrival <= w.end), None)


def build_route(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Route:
    """Return the route that serves this order: home as early as can be, then leaving as late as that allows.

    The order must be one that `excess` finds nothing against.
    """
    line = _Line.of(problem, vehicle, services)
    passes = _passes(line)
    soonest = min(clock.hurt(vehicle.shift.end) for clock in passes)
    gaps = [clock.gap for clock in passes if clock.hurt(vehicle.shift.end) == soonest]
    start, gap = max(((_latest_start(line, k, soonest[1]), k) for k in gaps), key=lambda choice: choice[0])
    clock = _pass(line, start, gap)
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
    distances = problem.matrices[vehicle.profile].distances
    distance = sum(int(distances[a, b]) for a, b in pairwise(places))
    return Route(
        vehicle=vehicle.id,
        start=start,
        end=clock.end,
        load=departure,
        visits=visits,
        rests=(clock.rest,) if clock.rest else (),
        distance=distance,
        driving=sum(line.legs),
        cost=route_cost(vehicle, distance, clock.end - start),
    )


def route_cost(vehicle: Vehicle, distance: int, duration: int) -> int:
    """Return the fen that a used vehicle costs for metres and seconds, each rounded to the nearest."""
    return (
        vehicle.fixed_cost
        + (distance * vehicle.cost_per_km + 500) // 1000
        + (duration * vehicle.cost_per_hour + 1800) // 3600
    )
