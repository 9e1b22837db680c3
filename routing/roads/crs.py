"""The datums Chinese maps use: WGS 84 inside the product, GCJ-02 and BD-09 at its doors.

GCJ-02 (Amap, Tencent) moves a point of Dazhou by about 500 m, BD-09 (Baidu) by about 1.1 km. The formulas are
the publicly known, reverse-engineered ones on the Krasovsky ellipsoid; 1 to 3 m against a phone is honest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError

CRS = ("wgs84", "gcj02", "bd09")
BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in WGS 84; outside nothing is moved. A box, not the border: neighbours in it are moved,
and so are Hong Kong, Macao and Taiwan, whose maps do not do that."""

_AXIS = 6378245.0
_E2 = 0.00669342162296594323
_BD = np.pi * 3000 / 180
_STEPS = 6  # each leaves about a hundredth of the error before it
_REACH = 0.1  # degrees; no point of the box is moved so far beyond it
_EDGE = 1e-10  # degrees that the inverse of a point on the box's edge may lie beyond it

Lonlat = NDArray[np.float64]


def to_wgs84(lonlat: Any, crs: str) -> Lonlat:
    """Bring points (n, 2) of longitude, latitude in degrees from ``wgs84``, ``gcj02`` or ``bd09`` to WGS 84.

    The exact inverse of `from_wgs84` for every WGS 84 point in the box, by fixed-point steps that leave less than
    a micrometre. A point that no point of the box is moved to lies outside and stays where it is. Along the box's
    edge two points, one moved and one not, can come to the same place; then the one in the box is given.

    Raises
    ------
    InputError
        For any other word, and for what `positions` refuses.
    """
    points = positions(lonlat).copy()
    _known(crs)
    if crs == "wgs84":
        return points
    near = _inside(points, _REACH)
    place = points[near]
    found = _inverse(_gcj_to_bd, place) if crs == "bd09" else place
    found = _inverse(_wgs_to_gcj, found)
    points[near] = np.where(_inside(found, _EDGE)[:, None], np.clip(found, BOX[:2], BOX[2:]), place)
    return points


def from_wgs84(lonlat: Any, crs: str) -> Lonlat:
    """Bring points (n, 2) of longitude, latitude in degrees from WGS 84 to ``wgs84``, ``gcj02`` or ``bd09``.

    Raises
    ------
    InputError
        For any other word, and for what `positions` refuses.
    """
    points = positions(lonlat).copy()
    _known(crs)
    if crs == "wgs84":
        return points
    inside = _inside(points)
    moved = _wgs_to_gcj(points[inside])
    points[inside] = _gcj_to_bd(moved) if crs == "bd09" else moved
    return points


def positions(lonlat: Any) -> Lonlat:
    """Check points and give them as (n, 2) floats: longitude, latitude in degrees.

    Raises
    ------
    InputError
        When they are no pairs of numbers, or one is not finite or beyond 180 and 90 degrees; the sentence names it.
    """
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
            shape="x".join(map(str, points.shape)) or "a single number",
        )
    good = (np.abs(points) <= (180.0, 90.0)).all(axis=1)
    if not good.all():
        i = int(good.argmin())
        raise InputError(
            "bad-positions",
            "Position %(number)s is %(lon)s, %(lat)s. Give longitude, then latitude, in degrees.",
            number=i + 1,
            lon=float(points[i, 0]),
            lat=float(points[i, 1]),
        )
    return points


def _known(crs: str) -> None:
    if crs not in CRS:
        raise InputError(
            "unknown-crs",
            "The coordinate system '%(crs)s' is not known. Say wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu).",
            crs=crs,
        )


def _inside(points: Lonlat, margin: float = 0.0) -> NDArray[np.bool_]:
    """Tell (n,) which points lie in the box, its edge included, or at most a margin in degrees beyond it."""
    west, south, east, north = BOX
    lon, lat = points.T
    inside: NDArray[np.bool_] = (lon >= west - margin) & (lon <= east + margin)
    inside &= (lat >= south - margin) & (lat <= north + margin)
    return inside


def _inverse(forward: Callable[[Lonlat], Lonlat], target: Lonlat) -> Lonlat:
    points = target.copy()
    for _ in range(_STEPS):
        points -= forward(points) - target
    return points


def _wgs_to_gcj(points: Lonlat) -> Lonlat:
    """Move every point, wherever it lies: a formula without an edge can be inverted up to the box's edge."""
    x, y = (points - (105.0, 35.0)).T
    root = np.sqrt(np.abs(x))
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    lat = np.radians(points[:, 1])
    w2 = 1 - _E2 * np.sin(lat) ** 2
    shift = np.column_stack(
        [
            np.degrees(east / (_AXIS / np.sqrt(w2) * np.cos(lat))),
            np.degrees(north / (_AXIS * (1 - _E2) / w2**1.5)),
        ]
    )
    moved: Lonlat = points + shift
    return moved


def _gcj_to_bd(points: Lonlat) -> Lonlat:
    lon, lat = points.T
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
