"""Where a vehicle unloads in a given order of stops: on its way home, and on the way when a stop is added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.timing import Service, excess


def with_last_unload(
    problem: Problem, vehicle: Vehicle, services: Sequence[Service], settle: bool = True
) -> list[Service]:
    """Let the order end with the unload that suits it best; none when nothing is on board that must not come home.

    That is, of the sites that keep all rules, the one with the least driving and unloading; if none does, the one
    that breaks least, or just any when `settle` is false. Where no site takes all that is on board it is several.
    Unloads that find nothing on board are dropped first, a last unload is chosen anew; sites where the vehicle loads
    or charges stay where they are.
    """
    kept, aboard = _needed(problem, vehicle, services)
    if vehicle.keeps_stock:
        return kept
    while kept and isinstance(kept[-1], UnloadSite) and not _serves_otherwise(kept[-1]):
        kept.pop()
        _, aboard = _needed(problem, vehicle, kept)
    while aboard:
        here = kept[-1].location if kept else vehicle.start
        most = max((len(aboard & _taken(problem, s)) for s in problem.unload_sites), default=0)
        if not most:
            break
        sites = _nearest_first(problem, vehicle, here, vehicle.end)
        sites = [s for s in sites if len(aboard & _taken(problem, s)) == most]
        good = sites[0]
        if len(sites) > 1:
            fit = next((s for s in sites if not excess(problem, vehicle, [*kept, s])), None)
            if fit is not None:
                good = fit
            elif settle:
                good = min(sites, key=lambda s: _broken(problem, vehicle, [*kept, s]))
        kept.append(good)
        aboard -= _taken(problem, good)
    return kept


def placements(
    problem: Problem,
    vehicle: Vehicle,
    order: Sequence[Service],
    stop: Stop,
    positions: Iterable[int] | None = None,
    settle: bool = True,
) -> Iterator[list[Service]]:
    """Yield every order that has the stop as well: at each position, without and with a site right before it.

    The site is the nearest where the vehicle could unload, and the nearest where it could load or charge; before the
    first stop there is one only where something is on board already. `positions` limits the places that are tried;
    `settle` as in `with_last_unload`.
    """
    for k in range(len(order) + 1) if positions is None else positions:
        before, after = order[:k], order[k:]
        yield with_last_unload(problem, vehicle, [*before, stop, *after], settle)
        if isinstance(order[k - 1], Stop) if k else any(vehicle.load):
            here = order[k - 1].location if k else vehicle.start
            sites = _nearest_first(problem, vehicle, here, stop.location)
            unloads = [s for s in sites if _taken(problem, s)]
            others = [s for s in sites if _serves_otherwise(s)]
            for site in dict.fromkeys([*unloads[:1], *others[:1]]):
                yield with_last_unload(problem, vehicle, [*before, site, stop, *after], settle)


def _needed(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> tuple[list[Service], frozenset[int]]:
    """Return the order without unloads that find nothing on board, and the dimensions of what is on board at last."""
    passing = {pair.collect for pair in problem.pairs}
    aboard = frozenset(d for d, units in enumerate(vehicle.load) if units)
    kept = []
    for service in services:
        if isinstance(service, Stop):
            if service.id not in passing:
                aboard |= {d for d, units in enumerate(service.pickup) if units}
        elif not (aboard & _taken(problem, service) or _serves_otherwise(service)):
            continue
        else:
            aboard -= _taken(problem, service)
        kept.append(service)
    return kept, aboard


def _taken(problem: Problem, site: UnloadSite) -> frozenset[int]:
    """Dimensions that a site takes."""
    return frozenset(d for d, name in enumerate(problem.dimensions) if site.takes is None or name in site.takes)


def _serves_otherwise(site: UnloadSite) -> bool:
    return site.reloads or site.charges


def _broken(problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> tuple[bool, int, int]:
    e = excess(problem, vehicle, order)
    return e.unreachable, e.time, e.overload + e.far


def _nearest_first(problem: Problem, vehicle: Vehicle, here: int, there: int) -> list[UnloadSite]:
    """Sites by the seconds that they take on the way from here to there, unreachable ones last."""
    durations = problem.matrices[vehicle.profile].durations

    def detour(site: UnloadSite) -> tuple[bool, int]:
        out, back = int(durations[here, site.location]), int(durations[site.location, there])
        return out < 0 or back < 0, out + site.duration + back

    return sorted(problem.unload_sites, key=detour)
