"""What is on board, whether it fits, and what sites get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.check.drive import Drive, Fault
from routing.plan import Visit
from routing.problem import Compartment, Load, Problem, UnloadSite


@dataclass(frozen=True)
class _Aboard:
    """On board after a visit (None for leaving): in all, collected, and what the visit's site got just before."""

    visit: Visit | None
    load: Load
    collected: Load
    left: Load


def load_faults(drive: Drive, fault: Fault) -> None:
    """Judge what is on board when leaving and after every visit."""
    vehicle, names = drive.vehicle, drive.problem.dimensions
    collected: Load = ()
    for aboard in _along(drive):
        visit, collected = aboard.visit, aboard.collected
        at = visit.id if visit else ""
        for name, units, room in zip(names, aboard.load, vehicle.capacity, strict=True):
            fault(at, f"over capacity in {name}", max(0, units - room))
        loads = dict(zip(names, aboard.load, strict=True))
        fault(at, "over capacity in its compartments", unplaced(loads, vehicle.compartments))
        if visit is None:
            fault("", "load at departure", tuple(drive.route.load) != aboard.load)
        else:
            true = aboard.load, aboard.collected
            fault(at, "load on board", (tuple(visit.load), tuple(visit.collected)) != true)
    fault("", "comes home with collected goods", 0 if vehicle.keeps_stock else max(collected))


def site_faults(problem: Problem, drives: Iterable[Drive], fault: Fault) -> None:
    """Judge what the vehicles leave at sites together."""
    got = {site.id: [0 for _ in problem.dimensions] for site in problem.unload_sites}
    for drive in drives:
        for aboard in _along(drive):
            if aboard.visit and aboard.visit.id in got:
                got[aboard.visit.id] = _plus(got[aboard.visit.id], aboard.left)
    for site in problem.unload_sites:
        for name, units, room in zip(problem.dimensions, got[site.id], site.capacity or got[site.id], strict=True):
            fault(site.id, f"site gets too much in {name}", max(0, units - room))


def _along(drive: Drive) -> Iterator[_Aboard]:
    """Follow the loads: to be delivered on this trip, collected, and on the way from stop to stop."""
    problem = drive.problem
    collects = {pair.collect: pair.drop for pair in problem.pairs}
    drops = set(collects.values())
    none = [0 for _ in problem.dimensions]
    collected = list(drive.vehicle.load) or none
    between: dict[str, Load] = {}  # by the stop where it is dropped
    for trip in drive.trips():
        left = none
        if trip.loading:
            site = next(u for u in problem.unload_sites if u.id == trip.loading.id)
            collected, left = _unloaded(problem, site, collected)
        fresh = none
        for stop in trip.stops():
            if stop.id not in drops:
                fresh = _plus(fresh, stop.delivery)
        yield _aboard(trip.loading, fresh, collected, between, left)
        for visit, place in trip.calls:
            left = none
            if isinstance(place, UnloadSite):
                collected, left = _unloaded(problem, place, collected)
            else:
                if place.id in drops:
                    between.pop(place.id, None)
                else:
                    fresh = _plus(fresh, place.delivery, -1)
                if place.id in collects:
                    between[collects[place.id]] = place.pickup
                else:
                    collected = _plus(collected, place.pickup)
            yield _aboard(visit, fresh, collected, between, left)


def _aboard(
    visit: Visit | None, fresh: list[int], collected: list[int], between: Mapping[str, Load], left: list[int]
) -> _Aboard:
    load = _plus(fresh, collected)
    for units in between.values():
        load = _plus(load, units)
    return _Aboard(visit, tuple(load), tuple(collected), tuple(left))


def _plus(units: Sequence[int], more: Sequence[int], sign: int = 1) -> list[int]:
    return [a + sign * b for a, b in zip(units, more, strict=True)]


def _unloaded(problem: Problem, site: UnloadSite, collected: list[int]) -> tuple[list[int], list[int]]:
    """Return what stays on board, and what the site gets."""
    got = [
        units if site.takes is None or name in site.takes else 0
        for name, units in zip(problem.dimensions, collected, strict=True)
    ]
    return _plus(collected, got, -1), got


def unplaced(loads: Mapping[str, int], compartments: Sequence[Compartment]) -> int:
    """Return the units for which no compartment that holds their dimension has room, however they are divided.

    The greatest flow from dimensions to compartments: units go into a room, or push others on to another room.
    """
    room = [c.capacity for c in compartments]
    placed = [dict.fromkeys(c.dimensions, 0) for c in compartments]
    over = 0
    for name, units in loads.items():
        left = units if any(name in c.dimensions for c in compartments) else 0
        while left and (path := _path(name, compartments, room, placed)):
            last = path[-1][1]
            pushed = [(other, k) for (_, k), (other, _) in pairwise(path)]
            moved = min(left, room[last], *(placed[k][other] for other, k in pushed))
            for mover, k in path:
                placed[k][mover] += moved
            for other, k in pushed:
                placed[k][other] -= moved
            room[last] -= moved
            left -= moved
        over += left
    return over


Step = tuple[str, int]


def _path(
    name: str, compartments: Sequence[Compartment], room: Sequence[int], placed: Sequence[Mapping[str, int]]
) -> list[Step]:
    """Return the shortest chain of (dimension, compartment that it goes into) that ends where there is room, or []."""
    paths: list[list[Step]] = [[(name, k)] for k, c in enumerate(compartments) if name in c.dimensions]
    seen = {k for [(_, k)] in paths}
    for path in paths:
        at = path[-1][1]
        if room[at] > 0:
            return path
        for other, units in placed[at].items():
            for k, c in enumerate(compartments):
                if units and k not in seen and other in c.dimensions:
                    seen.add(k)
                    paths.append([*path, (other, k)])
    return []
