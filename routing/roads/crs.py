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
"""West, south, east, north; outside nothing is moved. A box, not the border: neighbours in it are moved."""

_AXIS = 6378245.0
_E2 = 0.00669342162296594323
_BD = np.pi * 3000 / 180
_STEPS = 3

Lonlat = NDArray[np.float64]


def to_wgs84(lonlat: Any, crs: str) -> Lonlat:
    """Bring points (n, 2) of longitude, latitude in degrees from ``wgs84``, ``gcj02`` or ``bd09`` to WGS 84.

    The inverse is by three fixed-point steps, which leave less than a millimetre.

    Raises
    ------
    InputError
        For any other word, and for arrays that are not (n, 2).
    """
    points = _points(lonlat, crs)
    if crs == "bd09":
        points = _inverse(_gcj_to_bd, points)
    return points if crs == "wgs84" else _inverse(_wgs_to_gcj, points)


def from_wgs84(lonlat: Any, crs: str) -> Lonlat:
    """Bring points (n, 2) of longitude, latitude in degrees from WGS 84 to ``wgs84``, ``gcj02`` or ``bd09``.

    Raises
    ------
    InputError
        For any other word, and for arrays that are not (n, 2).
    """
    points = _points(lonlat, crs)
    if crs != "wgs84":
        points = _wgs_to_gcj(points)
    return _gcj_to_bd(points) if crs == "bd09" else points


def _points(lonlat: Any, crs: str) -> Lonlat:
    if crs not in CRS:
        raise InputError(
            "unknown-crs",
            "The coordinate system '%(crs)s' is not known. Say wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu).",
            crs=crs,
        )
    points = np.array(lonlat, np.float64)
    if points.size == 0:
        return np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError("bad-positions", "Positions come as pairs of longitude and latitude in degrees.")
    return points


def _inside(points: Lonlat) -> NDArray[np.bool_]:
    lon, lat = points.T
    inside: NDArray[np.bool_] = (lon >= BOX[0]) & (lon <= BOX[2]) & (lat >= BOX[1]) & (lat <= BOX[3])
    return inside


def _inverse(forward: Callable[[Lonlat], Lonlat], target: Lonlat) -> Lonlat:
    points = target.copy()
    for _ in range(_STEPS):
        points -= forward(points) - target
    return points


def _wgs_to_gcj(points: Lonlat) -> Lonlat:
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
    return np.where(_inside(points)[:, None], points + shift, points)


def _gcj_to_bd(points: Lonlat) -> Lonlat:
    lon, lat = points.T
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    moved = np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
    return np.where(_inside(points)[:, None], moved, points)
