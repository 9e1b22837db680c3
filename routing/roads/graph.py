"""The road network with n points on it as nodes of their own: what matrix and paths search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.snap import Snapped

SAME_PLACE = 0.01
"""Metres: a piece of road shorter than this joins its ends both ways. A point at a junction is that junction,
even when the road it was snapped to is one-way."""

_NO_TIME = 1e-9


@dataclass(frozen=True)
class PointGraph:
    """Directed graph; node ids are junction rows, then one node for each of the n points.

    Attributes
    ----------
    seconds
        (nodes, nodes) sparse travel times. Of parallel pieces only the fastest is here.
    first
        Node of point 0; point i is node ``first + i``.
    key
        (a,) sorted ``tail * nodes + head`` of each piece.
    metres
        (a,) length of each piece.
    edge, start, end
        (a,) the edge it lies on and the fractions of that edge where it starts and ends; start > end when it
        goes against the edge.
    """

    seconds: Any
    first: int
    key: NDArray[np.int64]
    metres: NDArray[np.float64]
    edge: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.seconds.shape[0])

    def piece(self, tail: NDArray[Any], head: NDArray[Any]) -> NDArray[np.int64]:
        """Find the pieces that lead from one node to another; both must be joined."""
        at: NDArray[np.int64] = np.searchsorted(self.key, tail.astype(np.int64) * self.nodes + head)
        return at


def point_graph(network: RoadNetwork, snapped: Snapped, profile: VehicleProfile | None = None) -> PointGraph:
    """Cut the edges at the points on them and join the pieces.

    Points without a place on the road, or on a road the vehicle may not use, become nodes without roads.
    """
    from scipy.sparse import csr_array

    first = len(network.junction)
    nodes = first + len(snapped)
    open_ = network.usable & network.allowed_for(profile)
    point = np.flatnonzero(snapped.ok)
    point = point[open_[snapped.edge[point]]]
    point = point[np.lexsort((snapped.fraction[point], snapped.edge[point]))]
    on = snapped.edge[point]
    rows = np.flatnonzero(open_)
    # each edge as a chain of stops: its start, the points on it, its end
    edge = np.concatenate([rows, on, rows])
    node = np.concatenate([network.u[rows], first + point, network.v[rows]])
    at = np.concatenate([np.zeros(len(rows)), snapped.fraction[point], np.ones(len(rows))])
    rank = np.concatenate([np.zeros(len(rows)), np.ones(len(point)), np.full(len(rows), 2)])
    order = np.lexsort((at, rank, edge))
    edge, node, at = edge[order], node[order], at[order]
    joined = edge[1:] == edge[:-1]
    tail, head, on = node[:-1][joined], node[1:][joined], edge[1:][joined]
    start, end = at[:-1][joined], at[1:][joined]
    part = end - start
    metres = part * network.metres[on]
    touching = metres < SAME_PLACE
    times = []
    for whole in (network.seconds_fwd[on], network.seconds_bwd[on]):
        with np.errstate(invalid="ignore"):
            times.append(np.maximum(np.where(touching, 0.0, part * whole), _NO_TIME))
    seconds = np.concatenate(times)
    pair = np.concatenate([tail, head]) * nodes + np.concatenate([head, tail])
    metres, on = np.tile(metres, 2), np.tile(on, 2)
    start, end = np.concatenate([start, end]), np.concatenate([end, start])
    best = np.lexsort((metres, seconds, pair))
    best = best[np.isfinite(seconds[best])]
    best = best[np.r_[True, pair[best][1:] != pair[best][:-1]]]
    key = pair[best]
    graph = csr_array((seconds[best], (key // nodes, key % nodes)), shape=(nodes, nodes))
    return PointGraph(graph, first, key, metres[best], on[best], start[best], end[best])
