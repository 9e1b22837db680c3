"""Travel times by plain Dijkstra (scipy): where no hierarchy can be built, and to check one by.

It shares with the hierarchy the weights and the ends of trips, and nothing of the search.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.ends import Cost
from routing.roads.matrix import Int, Progress, Question
from routing.roads.packed import unpack
from routing.roads.weighting import Weighting

_BLOCK = 4_000_000  # search results held at a time


def fill(
    weighting: Weighting,
    asked: Question,
    source_off: tuple[Cost, Cost],
    target_off: tuple[Cost, Cost],
    durations: Int,
    distances: Int,
    progress: Progress | None = None,
) -> None:
    """Fill two tables (s, t), as `routing.roads.matrix.matrix` says."""
    n, m = durations.shape
    best = packed_costs(weighting, asked, n, m, progress)
    found = np.isfinite(best)
    ms, dm = unpack(best)
    ms += source_off[0][:, None] + target_off[0][None, :]
    dm += source_off[1][:, None] + target_off[1][None, :]
    durations[found] = np.ceil(ms[found] / 1000)
    distances[found] = np.rint(dm[found] / 10)


def packed_costs(
    weighting: Weighting, asked: Question, sources: int, targets: int, progress: Progress | None = None
) -> NDArray[np.float64]:
    """Give the packed weights (s, t) of the fastest ways between places on the road, inf where there is none."""
    from scipy.sparse.csgraph import dijkstra

    best = np.full((sources, targets), np.inf)
    np.minimum.at(best, (asked.source, asked.target), asked.cost)
    graph, nodes = _with_sources(weighting, asked, sources)
    of = np.repeat(np.arange(targets), np.diff(asked.arriving.first))
    step = max(1, _BLOCK // (nodes + sources))
    for begin in range(0, sources, step):
        rows = np.arange(begin, min(begin + step, sources))
        reached = dijkstra(graph, indices=nodes + rows)[:, asked.arriving.node] + asked.arriving.cost
        for row, costs in zip(rows, reached, strict=True):
            np.minimum.at(best[row], of, costs)
        if progress is not None:
            progress("matrix", (rows[-1] + 1) / sources)
    return best


def _with_sources(weighting: Weighting, asked: Question, sources: int) -> tuple[Any, int]:
    """The search graph as a sparse matrix with one more node for each source; of parallel arcs the lightest."""
    from scipy.sparse import csr_array

    graph, leaving = weighting.network.graph, asked.leaving
    n = graph.nodes
    open_ = np.isfinite(weighting.arc)
    tail = np.concatenate([graph.tail[open_], n + np.repeat(np.arange(sources), np.diff(leaving.first))])
    head = np.concatenate([graph.head[open_], leaving.node])
    weight = np.concatenate([weighting.arc[open_], leaving.cost])
    order = np.lexsort((weight, head, tail))
    tail, head, weight = tail[order], head[order], weight[order]
    lightest = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])] if len(tail) else np.empty(0, bool)
    size = n + sources
    rows, columns = tail[lightest], head[lightest]
    first = np.searchsorted(rows, np.arange(size + 1))
    return csr_array((weight[lightest], columns, first), shape=(size, size)), n
