"""Travel times, distances and paths between points on the road. Plain Dijkstra, exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.problem import Matrix
from routing.roads.graph import PointGraph, point_graph
from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.snap import Snapped

ACCESS_KMH = 10.0
"""Speed of the truck between road and position. Own judgement, without a measured source."""

UNREACHABLE = -1
_BLOCK = 2_000_000  # search results held at a time; about 60 bytes each
_ROUNDING = 1e-6  # seconds; sums of floats this little above a whole second are that second


def matrix(
    network: RoadNetwork,
    snapped: Snapped,
    profile: VehicleProfile | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Matrix:
    """Search the fastest paths from every point to every other.

    Both ends' metres off the road are part of the distances, and of the durations at `ACCESS_KMH`. A point to
    itself is 0. Durations are whole seconds, rounded up. Rows and columns of points without a place on the
    road are -1. Times go by the network's speeds; junctions and turns cost nothing.

    Parameters
    ----------
    profile
        Leave out roads this vehicle may not use; snap with the same profile.
    progress
        Called with ``matrix`` and the share that is done.
    """
    n = len(snapped)
    durations = np.full((n, n), UNREACHABLE, np.int32)
    distances = np.full((n, n), UNREACHABLE, np.int32)
    graph = point_graph(network, snapped, profile)
    access = np.where(snapped.ok, snapped.access, 0.0)
    points = graph.first + np.arange(n)
    step = max(1, _BLOCK // max(1, graph.nodes))
    for at in range(0, n, step):
        rows = np.arange(at, min(at + step, n))
        seconds, metres = _fastest(graph, points[rows], points)
        off = access[rows, None] + access[None, :]
        found = np.isfinite(seconds)
        total = np.where(found, seconds, 0.0) + off * 3.6 / ACCESS_KMH
        durations[rows] = np.where(found, np.ceil(total - _ROUNDING), UNREACHABLE)
        distances[rows] = np.where(found, np.rint(metres + off), UNREACHABLE)
        if progress is not None:
            progress("matrix", (rows[-1] + 1) / n)
    durations[np.arange(n), np.arange(n)] = 0
    distances[np.arange(n), np.arange(n)] = 0
    return Matrix(durations, distances)


def paths(
    network: RoadNetwork,
    snapped: Snapped,
    pairs: Sequence[tuple[int, int]],
    profile: VehicleProfile | None = None,
) -> list[NDArray[np.float64]]:
    """Draw the fastest path of each pair (i, j), by the same times as `matrix`.

    Returns
    -------
    For each pair points (m, 2), longitude and latitude, along the roads from i's place on the road to j's;
    one point for two points at one place, no point (0, 2) where there is no path.

    Raises
    ------
    InputError
        When a pair names a point that is not there.
    """
    from scipy.sparse.csgraph import dijkstra

    for i, j in pairs:
        if not (0 <= i < len(snapped) and 0 <= j < len(snapped)):
            raise InputError(
                "no-such-point",
                "There is no path from point %(i)s to point %(j)s: there are %(n)s points, counted from 0.",
                i=i,
                j=j,
                n=len(snapped),
            )
    graph = point_graph(network, snapped, profile)
    drawn: list[NDArray[np.float64]] = [np.empty((0, 2))] * len(pairs)
    by_origin: dict[int, list[int]] = {}
    for k, (i, _) in enumerate(pairs):
        by_origin.setdefault(i, []).append(k)
    for i, wanted in by_origin.items():
        _, before = dijkstra(graph.seconds, indices=graph.first + i, return_predecessors=True)
        for k in wanted:
            drawn[k] = _draw(network, snapped, graph, before, pairs[k])
    return drawn


def _fastest(
    graph: PointGraph, origins: NDArray[np.int64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres (origins, targets) of the fastest paths.

    Metres are summed up the trees of predecessors by pointer jumping: each round doubles the stretch that
    every node knows, so the rounds grow with the logarithm of the pieces in a path.
    """
    from scipy.sparse.csgraph import dijkstra

    seconds, before = dijkstra(graph.seconds, indices=origins, return_predecessors=True)
    rows, nodes = before.shape
    has = before >= 0
    node = np.nonzero(has)[1]
    metres = np.zeros((rows, nodes))
    metres[has] = graph.metres[graph.piece(before[has], node)]
    own = np.arange(rows * nodes).reshape(rows, nodes)
    up = np.where(has, before + own[:, :1], own).ravel()
    summed = metres.ravel()
    while True:
        summed = summed + summed[up]
        further = up[up]
        if np.array_equal(further, up):
            return seconds[:, targets], summed.reshape(rows, nodes)[:, targets]
        up = further


def _draw(
    network: RoadNetwork,
    snapped: Snapped,
    graph: PointGraph,
    before: NDArray[np.int32],
    pair: tuple[int, int],
) -> NDArray[np.float64]:
    i, j = pair
    if not (snapped.ok[i] and snapped.ok[j]):
        return np.empty((0, 2))
    node, origin = graph.first + j, graph.first + i
    trail = [node]
    while node != origin:
        node = int(before[node])
        if node < 0:
            return np.empty((0, 2))
        trail.append(node)
    way = np.array(trail[::-1])
    points = [snapped.lonlat[i][None, :]]
    for piece in graph.piece(way[:-1], way[1:]):
        edge, start, end = int(graph.edge[piece]), float(graph.start[piece]), float(graph.end[piece])
        points.append(stretch(network, edge, start, end))
    points.append(snapped.lonlat[j][None, :])
    line = np.concatenate(points)
    fresh = np.r_[True, (np.abs(np.diff(line, axis=0)) > 1e-9).any(axis=1)]
    return line[fresh]


def stretch(network: RoadNetwork, edge: int, start: float, end: float) -> NDArray[np.float64]:
    """Give the points (p, 2) of an edge between two fractions of it, against the edge if start > end."""
    line = network.line(edge)
    low, high = min(start, end), max(start, end)
    if low > 0.0 or high < 1.0:
        step = np.hypot(*np.diff(network.plane.to(line), axis=0).T)
        along = np.r_[0.0, np.cumsum(step)] / step.sum()
        inner = line[(along > low) & (along < high)]
        cut = np.column_stack([np.interp((low, high), along, line[:, axis]) for axis in (0, 1)])
        line = np.concatenate([cut[:1], inner, cut[1:]])
    return line[::-1] if start > end else line
