"""Networks with forbidden turns: random ones for networks that come without, and the answers they must have.

The answers come from plain Dijkstra over the turns themselves: each arc is a node, each allowed turn an edge. Slow and
simple, and nothing in it is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.arcs import Arcs


@dataclass(frozen=True)
class TurnNetwork:
    """Arcs, and what may not be driven.

    Attributes
    ----------
    arcs
        The network.
    turns
        (t, 2) arcs that may not be driven one after the other.
    local
        (a,) arcs that only the beginning and the end of a trip may use.
    longer
        Number of restrictions over more than two arcs; they are not in ``turns``.
    """

    arcs: Arcs
    turns: NDArray[np.int64]
    local: NDArray[np.bool_]
    longer: int = 0

    def save(self, path: Path) -> None:
        """Write all to an .npz file, from which `Arcs.load` reads the arcs alone."""
        np.savez(path, **vars(self.arcs), turns=self.turns, local=self.local, longer=np.array(self.longer))

    @classmethod
    def load(cls, path: Path) -> TurnNetwork:
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(Arcs.load(path), arrays["turns"], arrays["local"], int(arrays["longer"]))

    def bound(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark the nodes (n,) at which a turn is forbidden: there it matters by which road one comes."""
        return np.isin(nodes, self.arcs.tail[self.turns[:, 1]])

    def fastest(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int32]:
        """Search the milliseconds (sources, targets) of the fastest allowed ways, -1 where there is none."""
        from scipy.sparse.csgraph import dijkstra

        arcs, n, k = self.arcs, len(self.arcs.tail), len(sources)
        graph = self._expanded(sources)
        order = np.argsort(arcs.head, kind="stable")
        first = np.searchsorted(arcs.head[order], [targets, targets + 1])
        out = np.empty((k, len(targets)), np.int32)
        for row in range(k):
            found = dijkstra(graph, indices=3 * n + row)
            found = np.minimum(np.minimum(found[:n], found[n : 2 * n]), found[2 * n : 3 * n])[order]
            for column, (begin, end) in enumerate(first.T.tolist()):
                best = 0.0 if targets[column] == sources[row] else found[begin:end].min(initial=np.inf)
                out[row, column] = best if np.isfinite(best) else -1
        return out

    def _expanded(self, sources: NDArray[np.int64]) -> Any:
        """Nodes: every arc at the beginning, in the middle and at the end of a trip, then the sources."""
        from scipy.sparse import csr_array

        arcs, n = self.arcs, len(self.arcs.tail)
        follower = _Followers(arcs)
        before, after = follower.of(arcs.head)
        pair = before * n + after
        keep = ~np.isin(pair, self.turns[:, 0] * n + self.turns[:, 1])
        before, after = before[keep], after[keep]
        here, there = self.local[before], self.local[after]
        parts = [
            (before[fit] + at * n, after[fit] + to * n)
            for fit, at, to in (
                (here & there, 0, 0),
                (here & ~there, 0, 1),
                (~here & ~there, 1, 1),
                (~here & there, 1, 2),
                (here & there, 2, 2),
            )
        ]
        source, begun = follower.of(sources)
        parts.append((3 * n + source, begun + np.where(self.local[begun], 0, n)))
        tail, head = (np.concatenate(ends) for ends in zip(*parts, strict=True))
        size = 3 * n + len(sources)
        return csr_array((np.maximum(arcs.ms[head % n], 1e-6), (tail, head)), shape=(size, size))


class _Followers:
    """Which arcs leave a node."""

    def __init__(self, arcs: Arcs) -> None:
        self.order = np.argsort(arcs.tail, kind="stable")
        self.first = np.searchsorted(arcs.tail[self.order], np.arange(arcs.nodes + 1))

    def of(self, nodes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give (row of ``nodes``, arc) for each arc that leaves them."""
        size = self.first[nodes + 1] - self.first[nodes]
        row = np.repeat(np.arange(len(nodes)), size)
        within = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
        return row, self.order[np.repeat(self.first[nodes], size) + within]


def forbid(arcs: Arcs, junctions: int, seed: int) -> TurnNetwork:
    """Forbid one turn, never one back, at each of so many random junctions (fewer where there are not so many)."""
    rng = np.random.default_rng([seed, 2])  # not the numbers that draw the points
    follower = _Followers(arcs)
    nodes = rng.permutation(arcs.nodes)
    came = np.argsort(arcs.head, kind="stable")
    first = np.searchsorted(arcs.head[came], np.arange(arcs.nodes + 1))
    turns: list[tuple[int, int]] = []
    for node in nodes.tolist():
        into = came[first[node] : first[node + 1]]
        _, out = follower.of(np.array([node]))
        ways = [(a, b) for a in into.tolist() for b in out.tolist() if arcs.tail[a] != arcs.head[b]]
        if len(turns) < junctions and len(into) > 1 and len(out) > 1 and ways:
            turns.append(ways[rng.integers(len(ways))])
        if len(turns) >= junctions:
            break
    return TurnNetwork(arcs, np.array(turns, np.int64).reshape(-1, 2), np.zeros(len(arcs.tail), bool))
