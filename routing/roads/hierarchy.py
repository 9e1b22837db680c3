"""The contraction hierarchy of a search graph: built once, weighed anew for each vehicle and hour in a moment."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.search_graph import SearchGraph

Int = NDArray[np.int32]
Weights = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Hierarchy:
    """Arcs between nodes and the higher nodes that separate them from the rest; all nodes by rank.

    Attributes
    ----------
    rank
        (n,) rank of each node of the search graph.
    first, head, tail
        (n + 1,), (h,), (h,): the arcs upwards from each rank.
    parent
        (n,) the lowest upper end of each rank's arcs, -1 at the top.
    lower_first, lower
        (n + 1,), (h,): the arcs that end in each rank.
    place
        (a,) the arc on which each arc of the search graph lies, -1 for one that leads nowhere.
    rising
        (a,) whether that goes up.
    """

    rank: Int
    first: Int
    head: Int
    tail: Int
    parent: Int
    lower_first: Int
    lower: Int
    place: Int
    rising: NDArray[np.bool_]

    def customise(self, weight: NDArray[np.float64]) -> Weights:
        """Weigh the hierarchy: (up, down), (h,) each, from packed weights (a,) of the search graph's arcs."""
        from routing.roads import kernels

        weights: Weights = kernels.customise(
            weight, self.place, self.rising, self.first, self.head, self.tail, self.lower_first, self.lower
        )
        return weights


def available() -> bool:
    """Tell whether the package that finds the order of nodes is installed; it has no wheels for Windows."""
    try:
        import_module("pyroutingkit")
    except ImportError:
        return False
    return True


def build(graph: SearchGraph, lonlat: NDArray[np.float64]) -> Hierarchy:
    """Order the nodes so that cuts through the network come last, and add the arcs that this needs.

    Parameters
    ----------
    lonlat
        (j, 2) degrees of the junctions; the order is found by flow between the sides of the map.
    """
    from routing.roads import kernels

    n = graph.nodes
    rank = _order(graph, lonlat[graph.junction])
    low, high = rank[graph.tail], rank[graph.head]
    rising = low < high
    low, high = np.minimum(low, high), np.maximum(low, high)
    loops = low == high
    pair = np.unique(low[~loops].astype(np.int64) * n + high[~loops])
    first, head, parent = kernels.complete(_starts(pair // n, n), (pair % n).astype(np.int32))
    tail = np.repeat(np.arange(n, dtype=np.int32), np.diff(first))
    key = tail.astype(np.int64) * n + head
    place = np.searchsorted(key, low.astype(np.int64) * n + high).astype(np.int32)
    place[loops] = -1
    lower = np.argsort(head, kind="stable").astype(np.int32)
    return Hierarchy(rank, first, head, tail, parent, _starts(np.sort(head), n), lower, place, rising)


def _starts(ascending: NDArray[Any], n: int) -> Int:
    starts: Int = np.searchsorted(ascending, np.arange(n + 1)).astype(np.int32)
    return starts


def _order(graph: SearchGraph, lonlat: NDArray[np.float64]) -> Int:
    """Rank the nodes by nested dissection with inertial flow (RoutingKit's, through pyroutingkit)."""
    from pyroutingkit import CCHTopology

    topology = CCHTopology()
    topology.build(
        graph.tail.astype(np.uint32),
        graph.head.astype(np.uint32),
        lonlat[:, 1].astype(np.float32),
        lonlat[:, 0].astype(np.float32),
        graph.nodes,
    )
    with tempfile.TemporaryDirectory() as folder:  # the order leaves the package only through its files
        topology.save(folder)
        rank = np.fromfile(Path(folder) / "rank", np.uint32)
    order: Int = rank.astype(np.int32)
    return order
