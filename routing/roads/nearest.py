"""The nearest few instead of a whole matrix: for many thousands of places, where a matrix would be too large."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from routing.roads.engine import UNREACHABLE
from routing.roads.matrix import Progress, matrix
from routing.roads.snap import Snapped
from routing.roads.weighting import Weighting

MANY = 4000
"""From so many places on a whole matrix is rarely what is wanted: 4,000 x 4,000 are 128 MB."""

_CELLS = 8_000_000


@dataclass(frozen=True)
class Nearest:
    """The k targets that each of n sources reaches soonest.

    Attributes
    ----------
    target
        (n, k) rows of the targets, the soonest first; -1 where there are fewer.
    durations, distances
        (n, k) int32, as in a matrix.
    """

    target: NDArray[np.int32]
    durations: NDArray[np.int32]
    distances: NDArray[np.int32]


def nearest(
    weighting: Weighting,
    sources: Snapped,
    k: int,
    targets: Snapped | None = None,
    cores: int | None = None,
    progress: Progress | None = None,
) -> Nearest:
    """Find the k soonest targets of each source, of all other sources without targets.

    Memory grows with n * k, not with n * n; of targets equally soon the one of lower row comes first. Parameters are
    those of `routing.roads.matrix.matrix`.
    """
    others = sources if targets is None else targets
    n, m = len(sources), len(others)
    k = max(0, min(k, m - (targets is None)))
    shape = (n, k)
    found = Nearest(*(np.full(shape, UNREACHABLE, np.int32) for _ in range(3)))
    step = max(64, _CELLS // max(1, m))
    for begin in range(0, n if k else 0, step):
        rows = np.arange(begin, min(begin + step, n))
        part = matrix(weighting, _rows(sources, rows), others, cores)
        soon = np.where(part.durations < 0, np.iinfo(np.int32).max, part.durations).astype(np.int64)
        if targets is None:
            soon[np.arange(len(rows)), rows] = np.iinfo(np.int32).max
        keys = soon * m + np.arange(m)  # the row settles ties
        kept = np.sort(np.partition(keys, k - 1, axis=1)[:, :k], axis=1)
        target = (kept % m).astype(np.int32)
        there = kept // m < np.iinfo(np.int32).max
        for values, table in ((found.durations, part.durations), (found.distances, part.distances)):
            values[rows] = np.where(there, np.take_along_axis(table, target, axis=1), UNREACHABLE)
        found.target[rows] = np.where(there, target, -1)
        if progress is not None:
            progress("nearest", (rows[-1] + 1) / n)
    return found


def _rows(snapped: Snapped, rows: NDArray[np.int64]) -> Snapped:
    """Some places of a snapping; their problems are told by the whole one."""
    names = [field.name for field in fields(Snapped) if field.name != "problems"]
    return replace(snapped, **{name: getattr(snapped, name)[rows] for name in names}, problems=[])
