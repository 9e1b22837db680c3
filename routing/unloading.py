"""Where a vehicle unloads in a given order of stops: on its way home, and on the way when a stop is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.timing import Service, excess


def with_last_unload(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> list[Service]:
    """Append the unload that lets the vehicle come home empty soonest; none when nothing is on board.

    Unloads that find nothing on board are dropped first.
    """
    kept: list[Service] = []
    aboard = False
    for service in services:
        if isinstance(service, Stop):
            aboard = aboard or any(service.pickup)
        elif not aboard:
            continue
        else:
            aboard = False
        kept.append(service)
    if not aboard or not problem.unload_sites:
        return kept

    def hurt(site: UnloadSite) -> tuple[bool, int, int, int]:
        e = excess(problem, vehicle, [*kept, site])
        return e.unreachable, e.time, e.overload, _detour(problem, vehicle, kept[-1].location, site, vehicle.end)

    if len(problem.unload_sites) == 1:
        return [*kept, problem.unload_sites[0]]
    return [*kept, min(problem.unload_sites, key=hurt)]


def placements(problem: Problem, vehicle: Vehicle, order: Sequence[Service], stop: Stop) -> Iterator[list[Service]]:
    """Yield every order that has the stop as well: at each position, without and with an unload right before it."""
    for k in range(len(order) + 1):
        before, after = order[:k], order[k:]
        yield with_last_unload(problem, vehicle, [*before, stop, *after])
        if k and problem.unload_sites and isinstance(order[k - 1], Stop):
            here = order[k - 1].location
            site = min(problem.unload_sites, key=lambda s: _detour(problem, vehicle, here, s, stop.location))
            yield with_last_unload(problem, vehicle, [*before, site, stop, *after])


def _detour(problem: Problem, vehicle: Vehicle, here: int, site: UnloadSite, there: int) -> int:
    durations = problem.matrices[vehicle.profile].durations
    out, back = int(durations[here, site.location]), int(durations[site.location, there])
    return 10**9 if out < 0 or back < 0 else out + site.duration + back
