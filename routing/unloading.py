"""Where a vehicle unloads in a given order of stops: on its way home, and on the way when a stop is added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.timing import Service, excess, feasible


def with_last_unload(
    problem: Problem, vehicle: Vehicle, services: Sequence[Service], settle: bool = True
) -> list[Service]:
    """Let the order end with the unload that suits it best; none when nothing is on board.

    That is, of the sites that keep all rules, the one with the least driving and unloading; if none does, the one
    that breaks least, or just any when `settle` is false. Unloads that find nothing on board are dropped first, a
    last unload is chosen anew.
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
    if kept and isinstance(kept[-1], UnloadSite):
        kept.pop()
        aboard = True
    if not aboard or not problem.unload_sites:
        return kept
    sites = _nearest_first(problem, vehicle, kept[-1].location, vehicle.end)
    if len(sites) == 1:
        return [*kept, sites[0]]
    good = next((s for s in sites if feasible(problem, vehicle, [*kept, s])), None)
    if good is None:
        good = min(sites, key=lambda s: _broken(problem, vehicle, [*kept, s])) if settle else sites[0]
    return [*kept, good]


def placements(
    problem: Problem,
    vehicle: Vehicle,
    order: Sequence[Service],
    stop: Stop,
    positions: Iterable[int] | None = None,
    settle: bool = True,
) -> Iterator[list[Service]]:
    """Yield every order that has the stop as well: at each position, without and with an unload right before it.

    `positions` limits the places that are tried; `settle` as in `with_last_unload`.
    """
    for k in range(len(order) + 1) if positions is None else positions:
        before, after = order[:k], order[k:]
        yield with_last_unload(problem, vehicle, [*before, stop, *after], settle)
        if k and problem.unload_sites and isinstance(order[k - 1], Stop):
            site = _nearest_first(problem, vehicle, order[k - 1].location, stop.location)[0]
            yield with_last_unload(problem, vehicle, [*before, site, stop, *after], settle)


def _broken(problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> tuple[bool, int, int]:
    e = excess(problem, vehicle, order)
    return e.unreachable, e.time, e.overload


def _nearest_first(problem: Problem, vehicle: Vehicle, here: int, there: int) -> list[UnloadSite]:
    """Sites by the seconds that they take on the way from here to there, unreachable ones last."""
    durations = problem.matrices[vehicle.profile].durations

    def detour(site: UnloadSite) -> tuple[bool, int]:
        out, back = int(durations[here, site.location]), int(durations[site.location, there])
        return out < 0 or back < 0, out + site.duration + back

    return sorted(problem.unload_sites, key=detour)
