"""Ways to road edges: cut at shared nodes, no self-loops, geodesic lengths. Plain arrays, no OSM library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOWHERE = 2147483647
"""The coordinate that osmium gives a node whose place is not in the file."""


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
    """Edges cut from ways.

    Attributes
    ----------
    way
        (e,) index of the way each edge was cut from.
    u, v
        (e,) node ids of its ends; never equal.
    length
        (e,) metres on the WGS 84 ellipsoid.
    geometry
        (e,) shapely LineStrings, longitude and latitude.
    """

    way: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length: NDArray[np.float64]
    geometry: NDArray[Any]


def split(points: WayPoints) -> Pieces:
    """Cut ways at the nodes they share (with others or with themselves) and at their ends.

    A node without a place ends a run: nothing is drawn across the gap. Neighbouring nodes at the same place
    become one. A loop is cut once more at its middle node, so that no edge has equal ends.
    """
    way, run, ref, x, y = _runs(points)
    if not len(ref):
        none = np.empty(0, np.int64)
        return Pieces(none, none, none, np.empty(0), np.empty(0, object))
    starts = np.r_[True, run[1:] != run[:-1]]
    ends = np.r_[starts[1:], True]
    _, inverse, count = np.unique(ref, return_inverse=True, return_counts=True)
    cut = starts | ends | (count[inverse] > 1)
    a, b = _between(cut, ends)
    loop = ref[a] == ref[b]
    cut[(a[loop] + b[loop]) // 2] = True
    a, b = _between(cut, ends)
    size = b - a + 1
    edge = np.repeat(np.arange(len(a)), size)
    at = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + np.repeat(a, size)
    lonlat = np.column_stack([x[at], y[at]]) / 1e7
    import shapely

    return Pieces(way[a], ref[a], ref[b], _lengths(lonlat, edge, len(a)), shapely.linestrings(lonlat, indices=edge))


def _runs(points: WayPoints) -> tuple[NDArray[Any], ...]:
    way = np.repeat(np.arange(len(points.first) - 1), np.diff(points.first))
    here = (points.x != NOWHERE) & (points.y != NOWHERE)
    run = np.cumsum(np.r_[False, way[1:] != way[:-1]] | ~here)[here]
    way, ref, x, y = way[here], points.ref[here], points.x[here], points.y[here]
    ref = _same_place(run, ref, x, y)
    fresh = np.ones(len(ref), bool)
    fresh[1:] = (run[1:] != run[:-1]) | (ref[1:] != ref[:-1])
    way, run, ref, x, y = way[fresh], run[fresh], ref[fresh], x[fresh], y[fresh]
    _, inverse, count = np.unique(run, return_inverse=True, return_counts=True)
    long = count[inverse] > 1
    return way[long], run[long], ref[long], x[long], y[long]


def _same_place(
    run: NDArray[Any], ref: NDArray[np.int64], x: NDArray[np.int32], y: NDArray[np.int32]
) -> NDArray[np.int64]:
    twin = (run[1:] == run[:-1]) & (x[1:] == x[:-1]) & (y[1:] == y[:-1]) & (ref[1:] != ref[:-1])
    if not twin.any():
        return ref
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, place = np.unique(np.r_[ref[:-1][twin], ref[1:][twin]], return_inverse=True)
    half = len(place) // 2
    graph = coo_array((np.ones(half), (place[:half], place[half:])), shape=(len(ids), len(ids)))
    _, group = connected_components(graph, directed=False)
    _, head = np.unique(group, return_index=True)
    at = np.minimum(np.searchsorted(ids, ref), len(ids) - 1)
    return np.where(ids[at] == ref, ids[head[group[at]]], ref)


def _between(cut: NDArray[np.bool_], ends: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    at = np.flatnonzero(cut)
    a, b = at[:-1], at[1:]
    inside = ~ends[a]
    return a[inside], b[inside]


def _lengths(lonlat: NDArray[np.float64], edge: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    from pyproj import Geod

    inside = edge[1:] == edge[:-1]
    p, q = lonlat[:-1][inside], lonlat[1:][inside]
    _, _, step = Geod(ellps="WGS84").inv(p[:, 0], p[:, 1], q[:, 0], q[:, 1])
    metres = np.zeros(n)
    np.add.at(metres, edge[1:][inside], np.asarray(step))
    return metres
