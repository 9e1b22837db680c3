"""What a vehicle has room for: one bound on each dimension, and on sums of dimensions that share compartments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from routing.problem import Vehicle

Bounds = tuple[tuple[frozenset[int], int], ...]
"""Dimensions, by number, and the most that their loads may be in sum."""


@lru_cache(maxsize=512)
def _bounds(
    capacity: tuple[int, ...], compartments: tuple[tuple[frozenset[str], int], ...], names: tuple[str, ...]
) -> Bounds:
    number = {name: d for d, name in enumerate(names)}
    own = {frozenset([d]): room for d, room in enumerate(capacity)}
    parts = [(frozenset(number[name] for name in names_), room) for names_, room in compartments]
    held = sorted({d for dims, _ in parts for d in dims})
    sums: dict[frozenset[int], int] = {}
    for size in range(1, len(held) + 1):
        for some in combinations(held, size):
            chosen = frozenset(some)
            room = sum(room for dims, room in parts if dims & chosen)
            if size == 1:
                own[chosen] = min(room, own[chosen])
            elif room < sum(own[frozenset([d])] for d in some) and _joined(chosen, [dims for dims, _ in parts]):
                sums[chosen] = room
    for chosen, room in sums.items():
        if not any(chosen < other and more <= room for other, more in sums.items()):
            own[chosen] = room
    return tuple(own.items())


def _joined(chosen: frozenset[int], parts: Sequence[frozenset[int]]) -> bool:
    """Tell whether compartments join these dimensions to one; else their sum is bounded by that of its parts."""
    reached = {min(chosen)}
    while more := {d for dims in parts if dims & reached for d in dims & chosen} - reached:
        reached |= more
    return reached == chosen


def bounds(vehicle: Vehicle, dimensions: tuple[str, ...]) -> Bounds:
    """Return all bounds on a vehicle's load; it fits exactly when it keeps all of them.

    Loads that may be divided among compartments fit exactly when, for every set of dimensions, their sum fits into the
    compartments that hold any of them: the cuts of the flow from dimensions to compartments. Cuts that others imply are
    left out.
    """
    parts = tuple((c.dimensions, c.capacity) for c in vehicle.compartments)
    return _bounds(vehicle.capacity, parts, dimensions)
