"""Roads that close at some hour, for those who would still be on their way then.

A leg has the ways of the hour in which it is set out on. So what shuts roads must hold a little sooner: for whoever
sets out before it begins and would not be there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routing.roads.changes import Change, Closure, DrivingBan, Period

Changes = tuple[Change, ...]


def with_lead(parts: Sequence[Period], longest: Callable[[Changes, Changes], int]) -> list[Period]:
    """Return the parts of a day with closures and bans held as long before they begin as somebody may be on the way.

    Parameters
    ----------
    parts
        In order, without gaps.
    longest
        Given the changes of a part and those with what begins after it, the most seconds of a way that is another one
        under the latter.
    """
    held: list[tuple[int, int, Changes]] = []
    for before, after in pairwise(parts):
        begun: Changes = tuple(
            c for c in after.changes if isinstance(c, Closure | DrivingBan) and c not in before.changes
        )
        lead = longest(before.changes, _joined(before.changes, begun)) if begun else 0
        if lead:
            held.append((after.begin - lead, after.begin, begun))
    found: list[Period] = []
    for part in parts:
        cuts = {part.begin, part.end} | {t for begin, end, _ in held for t in (begin, end) if part.begin < t < part.end}
        for start, stop in pairwise(sorted(cuts)):
            now = part.changes
            for begin, end, begun in held:
                if begin <= start < end:
                    now = _joined(now, begun)
            same = bool(found) and frozenset(found[-1].changes) == frozenset(now)
            found.append(Period(found[-1].begin, stop, found.pop().changes) if same else Period(start, stop, now))
    return found


def longest_changed(before: NDArray[np.int32], after: NDArray[np.int32]) -> int:
    """Return the most seconds of a way that takes another time after than before; 0 where none does."""
    return int(before[(before >= 0) & (before != after)].max(initial=0))


def _joined(changes: Changes, more: Changes) -> Changes:
    return (*changes, *(c for c in more if c not in changes))
