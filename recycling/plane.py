"""Distances between places of one area, on a plane that touches it: good for a prefecture."""

from __future__ import annotations

import math

METRES_A_DEGREE = 111_320.0

Lonlat = tuple[float, float]
"""Longitude and latitude, degrees."""


def metres_between(a: Lonlat, b: Lonlat) -> float:
    """Return the metres between two places in a straight line."""
    east = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return METRES_A_DEGREE * math.hypot(east, a[1] - b[1])
