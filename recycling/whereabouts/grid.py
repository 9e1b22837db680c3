"""The public grid: squares of about 100 m, which is as near as anybody is told where a truck is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recycling.plane import METRES_A_DEGREE, Lonlat

SIDE_METRES = 100.0
STEP = SIDE_METRES / METRES_A_DEGREE
"""Degrees of latitude from one row of squares to the next."""

FARTHEST_NORTH = 85.0


@dataclass(frozen=True)
class Cell:
    """A square of the grid: its row counted from the equator, its column from the meridian of Greenwich."""

    row: int
    column: int

    @property
    def _wide(self) -> float:
        """Degrees of longitude across the squares of this row."""
        return STEP / math.cos(math.radians((self.row + 0.5) * STEP))

    @property
    def centre(self) -> Lonlat:
        """Its middle, degrees."""
        return (self.column + 0.5) * self._wide, (self.row + 0.5) * STEP

    @property
    def corners(self) -> list[Lonlat]:
        """South-west, south-east, north-east, north-west, degrees."""
        west, east = self.column * self._wide, (self.column + 1) * self._wide
        south, north = self.row * STEP, (self.row + 1) * STEP
        return [(west, south), (east, south), (east, north), (west, north)]


def snapped(lon: float, lat: float) -> Cell:
    """Return the square that a position, in degrees of WGS 84, lies in.

    Raises
    ------
    ValueError
        For what is no position, or so far north or south that squares have no sense.
    """
    if not (-180 <= lon <= 180 and -FARTHEST_NORTH <= lat <= FARTHEST_NORTH):
        raise ValueError(f"({lon}, {lat}) is no position")
    row = math.floor(lat / STEP)
    return Cell(row, math.floor(lon / (STEP / math.cos(math.radians((row + 0.5) * STEP)))))
