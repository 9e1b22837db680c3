"""Where a stop could go on routes, by how late it would make them at least: a look that costs little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from routing.legs import NEVER
from routing.problem import Problem, Stop, Vehicle
from routing.timing import Service

Place = tuple[int, int, Vehicle, int]
"""Seconds by which times are broken at least, seconds of detour, the vehicle, and the position in its order."""


def places(
    problem: Problem, vehicles: Sequence[Vehicle], fleet: Mapping[str, Sequence[Service]], stop: Stop
) -> list[Place]:
    """Return every place, those first that may break least; of empty vehicles that are alike all.

    What is neglected only makes routes late: sites, breaks, closed zones and releases. With other travel times by the
    hour nothing is known beforehand.
    """
    found = [place for vehicle in vehicles for place in _on(problem, vehicle, fleet.get(vehicle.id, ()), stop)]
    return sorted(found, key=lambda place: place[:2])


def _on(problem: Problem, vehicle: Vehicle, order: Sequence[Service], stop: Stop) -> Iterator[Place]:
    table = problem.matrices[vehicle.profile].durations

    def way(a: int, b: int) -> int:
        seconds = int(table[a, b])
        return NEVER if seconds < 0 else seconds

    here, free = vehicle.start, vehicle.shift.start
    before = [(here, free)]  # where the vehicle is free, and when at the soonest, before each position
    for service in order:
        if isinstance(service, Stop):
            begin = _opening(service, free + way(here, service.location))
            here, free = service.location, begin + service.duration(vehicle.crew)
        before.append((here, free))
    there, by = vehicle.end, vehicle.shift.end + vehicle.overtime
    after = [(there, by)]  # where it has to be next, and until when it is late nowhere
    for service in reversed(order):
        if isinstance(service, Stop):
            by = min(service.windows[-1].end, by - service.duration(vehicle.crew) - way(service.location, there))
            there = service.location
        after.append((there, by))
    after.reverse()
    for k, ((here, free), (there, by)) in enumerate(zip(before, after, strict=True)):
        out, on, direct = way(here, stop.location), way(stop.location, there), way(here, there)
        arrival = free + out
        begin = _opening(stop, arrival)
        late = max(0, begin - stop.windows[-1].end, begin + stop.duration(vehicle.crew) + on - by)
        yield 0 if problem.periods else late, out + on - min(direct, out + on), vehicle, k


def _opening(stop: Stop, now: int) -> int:
    return next((max(now, w.start) for w in stop.windows if now <= w.end), now)
