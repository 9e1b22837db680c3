"""What a vehicle has room for: one bound on each dimension, and on sums of dimensions that share compartments."""

from __future__ import annotations

from functools import lru_cache

from routing.cuts import joint_sets
from routing.problem import Vehicle

Bounds = tuple[tuple[frozenset[int], int], ...]
"""Dimensions, by number, and the most that their loads may be in sum."""


@lru_cache(maxsize=512)
def _bounds(
    capacity: tuple[int, ...], compartments: tuple[tuple[frozenset[str], int], ...], names: tuple[str, ...]
) -> Bounds:
    number = {name: d for d, name in enumerate(names)}
    parts = [(frozenset(number[name] for name in names_), room) for names_, room in compartments]

    def held(chosen: frozenset[int]) -> int:
        return sum(room for dims, room in parts if dims & chosen)

    within = frozenset[int]().union(*(dims for dims, _ in parts))
    single = [min(room, held(frozenset([d]))) if d in within else room for d, room in enumerate(capacity)]
    sums = {chosen: held(chosen) for chosen in joint_sets(tuple(dims for dims, _ in parts)) if len(chosen) > 1}
    sums = {chosen: room for chosen, room in sums.items() if room < sum(single[d] for d in chosen)}
    own = {frozenset([d]): room for d, room in enumerate(single)}
    for chosen, room in sorted(sums.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
        if not any(chosen < other and more <= room for other, more in sums.items()):
            own[chosen] = room
    return tuple(own.items())


def bounds(vehicle: Vehicle, dimensions: tuple[str, ...]) -> Bounds:
    """Return all bounds on a vehicle's load; it fits exactly when it keeps all of them.

    Loads that may be divided among compartments fit exactly when, for every set of dimensions, their sum fits into the
    compartments that hold any of them: the cuts of the flow from dimensions to compartments. Cuts that others imply are
    left out.
    """
    parts = tuple((c.dimensions, c.capacity) for c in vehicle.compartments)
    return _bounds(vehicle.capacity, parts, dimensions)
