"""Which dimensions compartments bound in sum, since they share them."""

from __future__ import annotations

from functools import lru_cache

MOST_SETS = 2_000
"""Sets of dimensions of one vehicle, above which looking at all of them takes too long."""


@lru_cache(maxsize=512)
def joint_sets(parts: tuple[frozenset[int], ...]) -> tuple[frozenset[int], ...]:
    """Return the sets of dimensions whose sum is to be held against the compartments ``parts`` that hold any of them.

    They are those that compartments join to one, each with all dimensions that go nowhere else: what compartments that
    do not join bound follows from the bounds of each, and what fewer dimensions may be from the set with the others.

    Raises
    ------
    OverflowError
        When they are more than `MOST_SETS`.
    """
    holders = {d: frozenset(k for k, dims in enumerate(parts) if d in dims) for part in parts for d in part}
    seen = set(holders.values())
    todo = list(seen)
    for used in todo:
        for d in frozenset().union(*(parts[k] for k in used)):
            more = used | holders[d]
            if more not in seen:
                seen.add(more)
                todo.append(more)
        if len(todo) > MOST_SETS:
            raise OverflowError(f"more than {MOST_SETS} sets of dimensions share compartments")
    return tuple(frozenset(d for d, own in holders.items() if own <= used) for used in todo)
