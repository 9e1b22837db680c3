"""A directed road network as plain arrays: what every engine is given, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Arcs:
    """Nodes 0..n-1 and the arcs between them; several may join the same two nodes.

    Attributes
    ----------
    tail, head
        (a,) int32 nodes.
    seconds, metres
        (a,) float64.
    lonlat
        (n, 2) degrees, WGS 84.
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    lonlat: NDArray[np.float64]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.lonlat)

    @property
    def ms(self) -> NDArray[np.int32]:
        """(a,) whole milliseconds: the weights that all engines agree on, so that their answers can be equal."""
        whole: NDArray[np.int32] = np.rint(self.seconds * 1000).astype(np.int32)
        return whole

    @property
    def road(self) -> NDArray[np.int64]:
        """(a,) number of the road that each arc belongs to: all arcs between the same two nodes, both ways."""
        low, high = np.minimum(self.tail, self.head), np.maximum(self.tail, self.head)
        _, road = np.unique(low.astype(np.int64) * self.nodes + high, return_inverse=True)
        return road

    def fastest(self, closed: Any = ()) -> NDArray[np.int64]:
        """Find the arcs that are left when of parallel ones only the fastest stays and closed ones go.

        They come by tail, then head.
        """
        open_ = np.ones(len(self.tail), bool)
        open_[np.asarray(closed, np.int64)] = False
        order = np.lexsort((self.ms, self.head, self.tail))
        order = order[open_[order]]
        tail, head = self.tail[order], self.head[order]
        new = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])][: len(order)]
        kept: NDArray[np.int64] = order[new]
        return kept

    def largest_part(self, closed: Any = ()) -> NDArray[np.int64]:
        """Find the nodes of the largest strongly connected part, closed arcs left out."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        kept = self.fastest(closed)
        ends = (self.tail[kept], self.head[kept])
        graph = csr_array((np.ones(len(kept), np.int8), ends), shape=(self.nodes, self.nodes))
        _, part = connected_components(graph, directed=True, connection="strong")
        nodes: NDArray[np.int64] = np.flatnonzero(part == np.bincount(part).argmax())
        return nodes

    def save(self, path: Path) -> None:
        """Write the arrays to an .npz file."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Arcs:
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})
