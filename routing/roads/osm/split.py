"""Ways to road pieces: cut at shared nodes, no self-loops, geodesic lengths. Plain arrays, no OSM library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOWHERE = 2147483647
"""The coordinate that osmium gives a node whose place is not in the file."""

BLOCK = 500_000
"""Points handled at a time, so that the working arrays of a province stay small."""


@dataclass(frozen=True)
class WayPoints:
    """Nodes of many ways, one after another.

    Attributes
    ----------
    ref
        (p,) node ids.
    x, y
        (p,) longitude and latitude in 1e-7 degrees, `NOWHERE` where the file has no place for the node.
    first
        (w + 1,) where each way starts in the other arrays; the last entry is p.
    """

    ref: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    first: NDArray[np.int64]


@dataclass(frozen=True)
class Pieces:
    """Roads between junctions, cut from ways; in the order of the ways and of their nodes.

    Attributes
    ----------
    way
        (e,) index of the way each piece was cut from.
    u, v
        (e,) junctions at its ends, never equal: node ids, or negative where a barrier parts the roads.
    length
        (e,) metres on the WGS 84 ellipsoid.
    a, b
        (e,) its first and last point in the arrays below.
    ref, x, y
        (p,) node ids, longitude and latitude (1e-7 degrees) of all points.
    twin
        Nodes that are another node here, because they lie at the same place.
    """

    way: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length: NDArray[np.float64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    ref: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    twin: dict[int, int]

    def __len__(self) -> int:
        return len(self.way)

    def only(self, keep: NDArray[Any]) -> Pieces:
        """Give the pieces of a mask or of row numbers; the points stay as they are."""
        rows = {name: getattr(self, name)[keep] for name in ("way", "u", "v", "length", "a", "b")}
        return replace(self, **rows)

    def blocks(self) -> Iterator[slice]:
        """Give the pieces in groups of about `BLOCK` points."""
        size = np.cumsum(self.b - self.a + 1)
        start = 0
        while start < len(self):
            stop = int(np.searchsorted(size, (size[start - 1] if start else 0) + BLOCK, "right"))
            yield slice(start, max(stop, start + 1))
            start = max(stop, start + 1)

    def bbox(self) -> tuple[float, float, float, float]:
        """Give west, south, east and north in degrees."""
        sides = [(points.min(axis=0), points.max(axis=0)) for points, _ in map(self.lonlat, self.blocks())]
        (west, south), (east, north) = (np.min(sides, axis=0)[0], np.max(sides, axis=0)[1])
        return float(west), float(south), float(east), float(north)

    def lonlat(self, block: slice) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the points (q, 2) of a group in degrees, and (q,) the piece of each, counted from the group's first."""
        a, b = self.a[block], self.b[block]
        size = b - a + 1
        piece = np.repeat(np.arange(len(a)), size)
        at = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + np.repeat(a, size)
        return np.column_stack([self.x[at], self.y[at]]) / 1e7, piece


def split(points: WayPoints, cut_at: NDArray[np.int64] | None = None) -> Pieces:
    """Cut ways at the nodes they share (with others or with themselves), at their ends, and at nodes given.

    A node without a place ends a run: nothing is drawn across the gap. Neighbouring nodes at the same place
    become one. A loop is cut once more at its middle node, so that no piece has equal ends.
    """
    way, run, ref, x, y, twin = _runs(points)
    starts: NDArray[np.bool_] = np.ones(len(ref), bool)
    starts[1:] = run[1:] != run[:-1]
    del run
    ends = np.roll(starts, -1)
    order = np.sort(ref)
    shared = np.unique(order[1:][order[1:] == order[:-1]])
    del order
    if cut_at is not None and len(cut_at):
        shared = np.union1d(shared, [twin.get(node, node) for node in cut_at.tolist()])
    cut = starts | ends | among(ref, shared)
    a, b = _between(cut, ends)
    loop = ref[a] == ref[b]
    cut[(a[loop] + b[loop]) // 2] = True
    a, b = _between(cut, ends)
    pieces = Pieces(way[a].astype(np.int64), ref[a], ref[b], np.zeros(len(a)), a, b, ref, x, y, twin)
    for block in pieces.blocks():
        pieces.length[block] = _lengths(*pieces.lonlat(block))
    return pieces


def among(ids: NDArray[np.int64], few: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the ids (n,) that are in a sorted array without repeats."""
    found = np.zeros(len(ids), bool)
    if len(few):
        for start in range(0, len(ids), BLOCK):
            part = ids[start : start + BLOCK]
            found[start : start + BLOCK] = few[np.minimum(np.searchsorted(few, part), len(few) - 1)] == part
    return found


def _runs(points: WayPoints) -> tuple[Any, ...]:
    """Give way, run, node and place of the points to draw, and the nodes that became another one."""
    way = np.repeat(np.arange(len(points.first) - 1, dtype=np.int32), np.diff(points.first))
    here = (points.x != NOWHERE) & (points.y != NOWHERE)
    gap = ~here
    gap[1:] |= way[1:] != way[:-1]
    run = np.cumsum(gap, dtype=np.int32)
    columns = _only(here, way, run, points.ref, points.x, points.y)
    ref, twin = _same_place(*columns[1:])
    way, run, _, x, y = columns
    fresh: NDArray[np.bool_] = np.ones(len(ref), bool)
    fresh[1:] = (run[1:] != run[:-1]) | (ref[1:] != ref[:-1])
    way, run, ref, x, y = _only(fresh, way, run, ref, x, y)
    change: NDArray[np.bool_] = np.ones(len(ref) + 1, bool)
    change[1:-1] = run[1:] != run[:-1]
    return *_only(~(change[:-1] & change[1:]), way, run, ref, x, y), twin


def _only(keep: NDArray[np.bool_], *columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    return columns if keep.all() else tuple(column[keep] for column in columns)


def _same_place(
    run: NDArray[Any], ref: NDArray[np.int64], x: NDArray[np.int32], y: NDArray[np.int32]
) -> tuple[NDArray[np.int64], dict[int, int]]:
    twin = (run[1:] == run[:-1]) & (x[1:] == x[:-1]) & (y[1:] == y[:-1]) & (ref[1:] != ref[:-1])
    if not twin.any():
        return ref, {}
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, place = np.unique(np.r_[ref[:-1][twin], ref[1:][twin]], return_inverse=True)
    half = len(place) // 2
    graph = coo_array((np.ones(half), (place[:half], place[half:])), shape=(len(ids), len(ids)))
    _, group = connected_components(graph, directed=False)
    _, head = np.unique(group, return_index=True)
    heads = ids[head[group]]
    at = np.minimum(np.searchsorted(ids, ref), len(ids) - 1)
    return np.where(ids[at] == ref, heads[at], ref), dict(zip(ids.tolist(), heads.tolist(), strict=True))


def _between(cut: NDArray[np.bool_], ends: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    at = np.flatnonzero(cut)
    a, b = at[:-1], at[1:]
    inside = ~ends[a]
    return a[inside], b[inside]


def _lengths(lonlat: NDArray[np.float64], piece: NDArray[np.int64]) -> NDArray[np.float64]:
    from pyproj import Geod

    inside = piece[1:] == piece[:-1]
    p, q = lonlat[:-1][inside], lonlat[1:][inside]
    _, _, step = Geod(ellps="WGS84").inv(p[:, 0], p[:, 1], q[:, 0], q[:, 1])
    return np.bincount(piece[1:][inside], np.asarray(step)).astype(np.float64)
