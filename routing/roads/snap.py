"""From a position to its place on the road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.crs import positions
from routing.roads.engine import MAX_DISTANCE
from routing.roads.network import NO_STOPPING, RoadNetwork
from routing.roads.projection import metres_of_degree
from routing.roads.ragged import counted
from routing.roads.weighting import Weighting

WRONG_SIDE = 8.0
"""Metres that a one-way road seems farther away from its left side, where no truck pulls up. Own judgement: about half
the distance between the two carriageways of an avenue."""

_FIRST_LOOK = 30.0
_ROWS = 4_000_000  # pieces of road compared at a time


@dataclass(frozen=True)
class Snapped:
    """Places on the road for n positions.

    Attributes
    ----------
    edge
        (n,) edge row, -1 where none.
    fraction
        (n,) share of the edge's length from u, 0..1; NaN where none.
    access
        (n,) metres from the position to the road; NaN where none.
    lonlat
        (n, 2) the place on the road in degrees; NaN where none.
    ok
        (n,) whether the position has a place on the road.
    problems
        (index, word, metres to the nearest usable road) for the others; the word is ``no-road-within`` or
        ``outside-area`` (beyond the layer's box by more than the distance allowed).
    """

    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    access: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    ok: NDArray[np.bool_]
    problems: list[tuple[int, str, float]]

    def __len__(self) -> int:
        return len(self.edge)


def snap(weighting: Weighting, lonlat: Any, max_distance: float = MAX_DISTANCE, stopping: bool = True) -> Snapped:
    """Find for each position the nearest road that the vehicle can use and stop at.

    Roads that are closed, and motorways, are no places to stop. Of a pair of one-way carriageways the one counts whose
    right side the position is on; China drives on the right.

    Parameters
    ----------
    lonlat
        (n, 2) longitude and latitude, WGS 84 degrees.
    max_distance
        Metres.
    stopping
        False to find any usable road, motorways and ferries too.

    Raises
    ------
    InputError
        When a position is not a longitude and a latitude; the sentence names its number.
    """
    from pyproj import Geod

    points, network = positions(lonlat), weighting.network
    n = len(points)
    edge, fraction = np.full(n, -1, np.int64), np.full(n, np.nan)
    access, place, ok = np.full(n, np.nan), np.full((n, 2), np.nan), np.zeros(n, bool)
    eligible = weighting.usable & ((network.flags & NO_STOPPING) == 0) if stopping else weighting.usable
    if not n or not eligible.any():
        return Snapped(edge, fraction, access, place, ok, [(i, "no-road-within", np.nan) for i in range(n)])
    edge, fraction, place = _nearest(weighting, eligible, points, max_distance)
    found = np.flatnonzero(edge >= 0)
    access[found] = Geod(ellps="WGS84").inv(*points[found].T, *place[found].T)[2]
    ok = access <= max_distance
    lost = np.flatnonzero(~ok)
    problems = [
        (int(i), _word(network, points[i], max_distance), round(float(metres), 1))
        for i, metres in zip(lost, _off(network, eligible, points[lost]), strict=True)
    ]
    edge[lost] = -1
    for values in (fraction, access, place):
        values[lost] = np.nan
    return Snapped(edge, fraction, access, place, ok, problems)


def _nearest(
    weighting: Weighting, eligible: NDArray[np.bool_], points: NDArray[np.float64], max_distance: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Edge (-1 for none), fraction and place of each point, looking farther and farther."""
    n = len(points)
    edge, fraction, place = np.full(n, -1, np.int64), np.full(n, np.nan), np.full((n, 2), np.nan)
    left, radius = np.arange(n), min(_FIRST_LOOK, max_distance)
    while len(left):
        step = max(1, int(_ROWS / (1 + _crowd(weighting.network, radius))))
        near = [_within(weighting, eligible, points[left[k : k + step]], radius) for k in range(0, len(left), step)]
        cost, row, share, at = (np.concatenate(parts) for parts in zip(*near, strict=True))
        sure = cost <= radius if radius < max_distance else np.isfinite(cost)
        edge[left[sure]], fraction[left[sure]], place[left[sure]] = row[sure], share[sure], at[sure]
        if radius >= max_distance:
            break
        left, radius = left[~sure], min(3 * radius, max_distance)
    return edge, fraction, place


def _crowd(network: RoadNetwork, radius: float) -> float:
    """About how many pieces of road one point is compared with."""
    cells = (2 * (radius + network.segments.slack) / (2 * network.segments.slack) + 2) ** 2
    return float(cells * len(network.segments.item) / max(1, len(network.segments.first) - 1) * 4)


def _within(
    weighting: Weighting, eligible: NDArray[np.bool_], points: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Cost (inf for none), edge, fraction and place of the best piece of road around each point."""
    network, grid = weighting.network, weighting.network.segments
    n = len(points)
    scale = metres_of_degree(points[:, 1])
    reach = (radius + grid.slack) / scale
    low = np.clip(np.floor((points - reach - grid.origin) / grid.cell), 0, grid.shape).astype(np.int64)
    high = np.clip(np.floor((points + reach - grid.origin) / grid.cell), -1, grid.shape - 1).astype(np.int64)
    rows = np.maximum(high[:, 1] - low[:, 1] + 1, 0) * (high[:, 0] >= low[:, 0])
    of = np.repeat(np.arange(n), rows)
    row = low[of, 1] + counted(rows)
    begin = grid.first[row * grid.shape[0] + low[of, 0]]
    size = grid.first[row * grid.shape[0] + high[of, 0] + 1] - begin
    of = np.repeat(of, size)
    piece = grid.item[np.repeat(begin, size) + counted(size)]
    fit = eligible[grid.edge[piece]]
    of, piece = of[fit], piece[fit]
    here, there = network.shapes.lonlat[grid.point[piece]], network.shapes.lonlat[grid.point[piece] + 1]
    a, step = (here - points[of]) * scale[of], (there - here) * scale[of]
    long = np.einsum("ij,ij->i", step, step)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(long > 0, np.clip(-np.einsum("ij,ij->i", a, step) / long, 0, 1), 0.0)
    off = a + step * share[:, None]
    cost = np.hypot(off[:, 0], off[:, 1])
    edge = grid.edge[piece]
    # the point is left of the piece when the way to it turns left from the driving direction
    turn = step[:, 1] * off[:, 0] - step[:, 0] * off[:, 1]
    with_line, against = (np.isfinite(weighting.ms[2 * edge + side]) for side in (0, 1))
    left = np.where(with_line & ~against, turn > 0, np.where(against & ~with_line, turn < 0, False))
    cost += WRONG_SIDE * (left & (cost > 1.0))
    begins = np.flatnonzero(np.r_[True, of[1:] != of[:-1]]) if len(of) else np.empty(0, np.int64)
    lowest = np.repeat(np.minimum.reduceat(cost, begins), np.diff(np.append(begins, len(of)))) if len(of) else cost
    first = np.flatnonzero(cost == lowest)
    first = first[np.r_[True, of[first][1:] != of[first][:-1]]] if len(of) else begins
    best, row_of, fraction, place = (
        np.full(n, np.inf),
        np.full(n, -1, np.int64),
        np.full(n, np.nan),
        np.full((n, 2), np.nan),
    )
    best[of[first]], row_of[of[first]] = cost[first], edge[first]
    total = grid.along[_last(grid.edge, edge[first])] + grid.length[_last(grid.edge, edge[first])]
    driven = grid.along[piece[first]] + share[first] * grid.length[piece[first]]
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction[of[first]] = np.where(total > 0, np.clip(driven / total, 0.0, 1.0), 0.0)
    place[of[first]] = here[first] + (there[first] - here[first]) * share[first, None]
    return best, row_of, fraction, place


def _last(ascending: NDArray[np.int32], edge: NDArray[np.int32]) -> NDArray[np.int64]:
    last: NDArray[np.int64] = np.searchsorted(ascending, edge, side="right") - 1
    return last


def _off(network: RoadNetwork, eligible: NDArray[np.bool_], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres to the nearest of the roads, however far away it is."""
    if not len(points):
        return np.empty(0)
    import shapely
    from pyproj import Geod

    tree, rows = network.tree()
    keep = eligible[rows]
    if not keep.all():
        tree = shapely.STRtree(tree.geometries[keep])
    flat = shapely.points(network.plane.to(points))
    line = tree.geometries[tree.query_nearest(flat, all_matches=False)[1]]
    on_road = shapely.get_coordinates(shapely.line_interpolate_point(line, shapely.line_locate_point(line, flat)))
    metres: NDArray[np.float64] = Geod(ellps="WGS84").inv(*points.T, *network.plane.back(on_road).T)[2]
    return metres


def _word(network: RoadNetwork, point: NDArray[np.float64], max_distance: float) -> str:
    west, south, east, north = network.bbox
    corners = network.plane.to(np.array([[west, south], [east, north]]))
    x, y = network.plane.to(point)
    beyond = np.hypot(max(corners[0, 0] - x, 0.0, x - corners[1, 0]), max(corners[0, 1] - y, 0.0, y - corners[1, 1]))
    return "outside-area" if beyond > max_distance else "no-road-within"
