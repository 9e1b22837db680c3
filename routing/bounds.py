"""What a vehicle has room for: one bound on each dimension, and on sums of dimensions that share compartments."""

from __future__ import annotations

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
    held = sorted({number[name] for names_, _ in compartments for name in names_})
    for size in range(1, len(held) + 1):
        for some in combinations(held, size):
            chosen = frozenset(some)
            room = sum(room for names_, room in compartments if any(number[name] in chosen for name in names_))
            if size == 1 or room < sum(own[frozenset([d])] for d in some):
                own[chosen] = min(room, own.get(chosen, room))
    return tuple(own.items())


def bounds(vehicle: Vehicle, dimensions: tuple[str, ...]) -> Bounds:
    """Return all bounds on a vehicle's load; it fits exactly when it keeps all of them.

    Loads that may be divided among compartments fit exactly when, for every set of dimensions, their sum fits into the
    compartments that hold any of them: the cuts of the flow from dimensions to compartments.
    """
    parts = tuple((c.dimensions, c.capacity) for c in vehicle.compartments)
    return _bounds(vehicle.capacity, parts, dimensions)
