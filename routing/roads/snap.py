"""From a position to its place on the road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.network import RoadNetwork, VehicleProfile

MAX_DISTANCE = 300.0
"""Metres a stop may lie off the road; farther ones are told to the dispatcher."""


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


def snap(
    network: RoadNetwork,
    lonlat: Any,
    max_distance: float = MAX_DISTANCE,
    profile: VehicleProfile | None = None,
) -> Snapped:
    """Find for each position the nearest road that can be used, in the network's local plane.

    Parameters
    ----------
    lonlat
        (n, 2) longitude and latitude, WGS 84 degrees.
    max_distance
        Metres.
    profile
        Only roads this vehicle may use, if given.

    Raises
    ------
    InputError
        When a position is not a longitude and a latitude; the sentence names its number.
    """
    points = positions(lonlat)
    n = len(points)
    edge = np.full(n, -1, np.int64)
    fraction, access, place = np.full(n, np.nan), np.full(n, np.nan), np.full((n, 2), np.nan)
    if n == 0:
        return Snapped(edge, fraction, access, place, np.zeros(0, bool), [])
    import shapely
    from pyproj import Geod

    tree, rows = network.tree(profile)
    flat = shapely.points(network.plane.to(points))
    which, nearest = tree.query_nearest(flat, all_matches=False)
    order = np.argsort(which)
    line = tree.geometries[nearest[order]]
    edge[:] = rows[nearest[order]]
    fraction[:] = np.clip(shapely.line_locate_point(line, flat, normalized=True), 0.0, 1.0)
    on_road = shapely.line_interpolate_point(line, fraction, normalized=True)
    place[:] = network.plane.back(shapely.get_coordinates(on_road))
    _, _, off = Geod(ellps="WGS84").inv(points[:, 0], points[:, 1], place[:, 0], place[:, 1])
    access[:] = off
    ok = access <= max_distance
    problems = [
        (int(i), _word(network, points[i], max_distance), round(float(access[i]), 1)) for i in np.flatnonzero(~ok)
    ]
    edge[~ok] = -1
    for values in (fraction, access, place):
        values[~ok] = np.nan
    return Snapped(edge, fraction, access, place, ok, problems)


def positions(lonlat: Any) -> NDArray[np.float64]:
    """Check positions and give them as (n, 2) floats; `InputError` names the first that is none."""
    try:
        points = np.asarray(lonlat, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "bad-positions", "Positions are not numbers. Give longitude and latitude in degrees."
        ) from error
    if points.size == 0:
        return np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError(
            "bad-positions",
            "Positions come as pairs of longitude and latitude, not as %(shape)s.",
            shape="x".join(map(str, points.shape)),
        )
    bad = ~np.isfinite(points).all(axis=1) | (np.abs(points) > (180.0, 90.0)).any(axis=1)
    if bad.any():
        i = int(bad.argmax())
        raise InputError(
            "bad-positions",
            "Position %(number)s is %(lon)s, %(lat)s. Give longitude, then latitude, in degrees.",
            number=i + 1,
            lon=points[i, 0],
            lat=points[i, 1],
        )
    return points


def _word(network: RoadNetwork, point: NDArray[np.float64], max_distance: float) -> str:
    west, south, east, north = network.bbox
    corners = network.plane.to(np.array([[west, south], [east, north]]))
    x, y = network.plane.to(point)
    beyond = np.hypot(max(corners[0, 0] - x, 0.0, x - corners[1, 0]), max(corners[0, 1] - y, 0.0, y - corners[1, 1]))
    return "outside-area" if beyond > max_distance else "no-road-within"
