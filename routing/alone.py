"""Whether a vehicle with nothing else to do could serve a stop in time: if not even that, no plan serves it.

Going over a third place is never faster than the way itself. So a route stays within its hours when services are taken
out of it, and what cannot be driven with a part of what a stop needs cannot be driven at all. The parts that are tried
are the stop alone, and the stop with one unload of one of its goods. Where ways have other lengths at other hours, it
may be faster to go over a third place until a better hour; there all ways are taken to be as much shorter as any one
is at any hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from routing.bounds import bounds
from routing.problem import Matrix, Problem, Stop, UnloadSite, Vehicle
from routing.timing import Service, excess


def members_of(problem: Problem, stop: Stop) -> list[Stop]:
    """Return the stop, or both stops of its pair in turn."""
    names = next(((p.collect, p.drop) for p in problem.pairs if stop.id in (p.collect, p.drop)), None)
    if names is None:
        return [stop]
    return [next(s for s in problem.stops if s.id == name) for name in names]


def unlike(vehicles: Sequence[Vehicle]) -> list[Vehicle]:
    """Return one of each kind of vehicle, the first of it."""
    return list({replace(v, id=""): v for v in reversed(vehicles)}.values())


def unloads(problem: Problem, vehicle: Vehicle, members: Sequence[Stop]) -> bool:
    """Tell whether it keeps stock, or sites take what they give and what it has; what a pair carries needs none."""
    if vehicle.keeps_stock:
        return True
    gives = {d for load in (vehicle.load, *_given(members)) for d, units in enumerate(load) if units}
    return all(_takers(problem, d) for d in gives)


def shortfall(problem: Problem, members: Sequence[Stop], vehicle: Vehicle) -> tuple[int, int, int] | None:
    """Return the dimension, need and room of what they give or get that the empty vehicle cannot hold."""
    for stop in members:
        for dims, room in bounds(vehicle, problem.dimensions):
            need = max(sum(stop.delivery[d] for d in dims), sum(stop.pickup[d] for d in dims))
            if need > room:
                return min(dims), need, room
    return None


def never_in_time(problem: Problem, vehicles: Mapping[str, Vehicle], members: Sequence[Stop]) -> bool:
    """Tell whether it is proven that none of the vehicles can serve the stop, or the pair, and be home in time."""
    shortest = _shortest(problem) if problem.periods else problem
    return not any(_in_time(shortest, v, members) for v in vehicles.values())


@lru_cache(maxsize=1)
def _shortest(problem: Problem) -> Problem:
    """The day without periods, with ways that are as short as any mixture of hours could make them."""
    ways = {}
    for profile, matrix in problem.matrices.items():
        share = 1.0
        base = matrix.durations
        for period in problem.periods:
            if profile in period.matrices:
                then = period.matrices[profile].durations
                if ((base < 0) & (then >= 0)).any() or ((base > 0) & (then == 0)).any():
                    share = 0.0
                both = (base > 0) & (then > 0)
                share = min(share, float((then[both] / base[both]).min(initial=1.0)))
        known = base >= 0 if share else np.ones_like(base, np.bool_)
        ways[profile] = Matrix(np.where(known, np.floor(base * share), -1).astype(np.int32), matrix.distances)
    return problem.changed(periods=(), matrices=ways)


def _in_time(problem: Problem, vehicle: Vehicle, members: Sequence[Stop]) -> bool:
    """Tell whether nothing proves that it cannot."""
    starts = list(_starts(problem, members))
    if not any(_drivable(problem, vehicle, order) for order in starts):
        return False
    given = set() if vehicle.keeps_stock else {d for load in _given(members) for d, units in enumerate(load) if units}
    return all(
        any(_drivable(problem, vehicle, [*order, site]) for site in _takers(problem, d) for order in starts)
        for d in given
    )


def _drivable(problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> bool:
    found = excess(problem, vehicle, order)
    return not found.time and not found.unreachable


def _starts(problem: Problem, members: Sequence[Stop]) -> Iterator[list[Service]]:
    """Give the stops alone, and where goods are ready late also with a trip of their own from where they are loaded."""
    yield list(members)
    if not any(s.release for s in members):
        return
    depots = [u for u in problem.unload_sites if u.reloads]
    first, *rest = members
    for site in depots:
        yield [site, *members]
        if rest:
            yield [first, site, *rest]
            for before in depots:
                yield [before, first, site, *rest]


def _given(members: Sequence[Stop]) -> list[Sequence[int]]:
    """What each stop gives that goes to a site; what the first of a pair gives goes to the other."""
    return [s.pickup for s in (members if len(members) == 1 else members[1:])]


def _takers(problem: Problem, dimension: int) -> list[UnloadSite]:
    name = problem.dimensions[dimension]
    return [u for u in problem.unload_sites if u.takes is None or name in u.takes]
