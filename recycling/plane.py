"""Distances between places of one area, on a plane that touches it: good for a prefecture."""

from __future__ import annotations

import math
from collections.abc import Sequence

METRES_A_DEGREE = 111_320.0

Lonlat = tuple[float, float]
"""Longitude and latitude, degrees."""


def metres_between(a: Lonlat, b: Lonlat) -> float:
    """Return the metres between two places in a straight line."""
    east = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return METRES_A_DEGREE * math.hypot(east, a[1] - b[1])


def nearest_before(places: Sequence[Lonlat], home: Lonlat) -> list[float]:
    """Return for each place the metres to the nearest of `home` and the places before it."""
    import numpy as np

    lon, lat = np.array([home, *places], dtype=float).T
    found = []
    for k in range(1, len(lon)):
        east = (lon[:k] - lon[k]) * np.cos(np.radians((lat[:k] + lat[k]) / 2))
        found.append(METRES_A_DEGREE * float(np.hypot(east, lat[:k] - lat[k]).min()))
    return found
