"""Roads that are open only to trips that begin or end there, searched apart from the network.

A trip is driven as: such roads, then the network without them, then such roads again. The first and the last part are
found by a small search from the position itself, so that the hierarchy need not know where positions are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from routing.roads.weighting import Weighting

Int = NDArray[np.int32]


@dataclass(frozen=True)
class Zone:
    """The search graph's arcs on such roads, in one direction of time.

    Attributes
    ----------
    node
        (z,) nodes of the search graph, ascending.
    first, head, weight, arc
        (z + 1,), (k,): arcs by the node they leave (reversed: enter), rows of `node` they lead to, packed weights, arcs
        of the search graph.
    gate
        (z,) whether the node joins the rest of the network in that direction.
    """

    node: Int
    first: Int
    head: Int
    weight: NDArray[np.float64]
    arc: Int
    gate: NDArray[np.bool_]

    def rows(self, nodes: Any) -> NDArray[np.int64]:
        """Give the rows of nodes, -1 for those outside."""
        at = np.minimum(np.searchsorted(self.node, nodes), len(self.node) - 1)
        return np.where(self.node[at] == nodes, at, -1)

    def search(self, nodes: Int, cost: NDArray[np.float64]) -> tuple[NDArray[np.float64], Int]:
        """Find what every row costs from nodes with costs (inf where not reached), and the arc that led there.

        The arc is a row of `arc`, or -1 - i where node i itself is the beginning.
        """
        from routing.roads import kernels

        rows = self.rows(nodes)
        inside = np.flatnonzero(rows >= 0)
        reached, before = kernels.search(
            self.first, self.head, self.weight, rows[inside].astype(np.int32), np.ascontiguousarray(cost[inside])
        )
        begun = before < 0
        begun &= np.isfinite(reached)
        before[begun] = -1 - inside[-1 - before[begun]]
        return reached, before

    def gates(self, reached: NDArray[np.float64], nodes: Int, cost: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the rows where the zone joins the network and is reached, as `search` found, sooner than at once.

        `nodes` with `cost` are where the search began: one that has no cheaper way through the zone is none.
        """
        own, at = np.full(len(self.node), np.inf), self.rows(nodes)
        np.minimum.at(own, at[at >= 0], cost[at >= 0])
        return np.flatnonzero(self.gate & (reached < own))


def zone_of(weighting: Weighting, leaving: bool) -> Zone | None:
    """Give the zone of a weighting for trips that leave it, or (reversed) enter it; None when there is none."""
    graph = weighting.network.graph
    arcs = np.flatnonzero(np.isfinite(weighting.inner)).astype(np.int32)
    if not len(arcs):
        return None
    tail, head = (graph.tail, graph.head) if leaving else (graph.head, graph.tail)
    node = np.unique(np.concatenate([tail[arcs], head[arcs]]))
    arcs = arcs[np.argsort(tail[arcs], kind="stable")]
    first = np.searchsorted(tail[arcs], np.append(node, graph.nodes)).astype(np.int32)
    joined = np.zeros(graph.nodes, bool)
    joined[tail[np.isfinite(weighting.arc)]] = True
    rows = np.searchsorted(node, head[arcs]).astype(np.int32)
    return Zone(node.astype(np.int32), first, rows, weighting.inner[arcs], arcs, joined[node])
