"""Lines of many road pieces in two arrays, and an index of where they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.projection import LocalMetres
from routing.roads.ragged import counted

Int = NDArray[np.int32]

_LEAST_CELL, _MOST_CELL = 20.0, 2000.0  # metres
_CELLS_A_PIECE, _MOST_CELLS = 10, 4_000_000


@dataclass(frozen=True)
class Shapes:
    """Lines of e road pieces.

    Attributes
    ----------
    first
        (e + 1,) where each line begins in `lonlat`.
    lonlat
        (p, 2) degrees, WGS 84, each line from u to v.
    """

    first: NDArray[np.int64]
    lonlat: NDArray[np.float64]

    @classmethod
    def of(cls, geometry: NDArray[Any]) -> Shapes:
        """Take the lines out of shapely LineStrings."""
        import shapely

        lonlat, edge = shapely.get_coordinates(geometry, return_index=True)
        return cls(np.searchsorted(edge, np.arange(len(geometry) + 1)).astype(np.int64), lonlat)

    def line(self, edge: int) -> NDArray[np.float64]:
        """Give the points (q, 2) of one line."""
        return self.lonlat[self.first[edge] : self.first[edge + 1]]

    def chain(self, edges: NDArray[Any], against: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Give the points (q, 2) of lines driven one after another, some of them against their direction."""
        size = self.first[edges + 1] - self.first[edges]
        number = counted(size)
        begin = np.where(against, self.first[edges + 1] - 1, self.first[edges])
        rows = np.repeat(begin, size) + np.where(np.repeat(against, size), -number, number)
        points: NDArray[np.float64] = self.lonlat[rows]
        return points

    def geometry(self) -> NDArray[Any]:
        """Give all lines as shapely LineStrings."""
        import shapely

        edge = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        lines: NDArray[Any] = shapely.linestrings(self.lonlat, indices=edge)
        return lines


@dataclass(frozen=True)
class Segments:
    """Straight pieces of lines in a grid of cells.

    A piece stands in the cells of points on it that lie no farther apart than one cell is wide; so a search that looks
    `slack` metres farther than it must cannot miss it.

    Attributes
    ----------
    point
        (s,) row of the lines' points where each piece begins; it ends at the next one.
    edge
        (s,) whose line it belongs to.
    along
        (s,) metres of the line before it.
    length
        (s,) metres.
    origin
        West, south: degrees of the grid's corner.
    cell
        Width and height of a cell in degrees.
    shape
        Columns and rows.
    first, item
        (columns * rows + 1,), (i,): pieces of each cell, row by row.
    slack
        Metres.
    """

    point: NDArray[np.int64]
    edge: Int
    along: NDArray[np.float64]
    length: NDArray[np.float64]
    origin: NDArray[np.float64]
    cell: NDArray[np.float64]
    shape: NDArray[np.int64]
    first: NDArray[np.int64]
    item: Int
    slack: float

    @classmethod
    def of(cls, shapes: Shapes, plane: LocalMetres) -> Segments:
        """Index all pieces; roads are crowded in towns, so most cells are empty and the others hold a few."""
        at = plane.to(shapes.lonlat)
        inner = np.ones(len(at), bool)
        inner[shapes.first[1:] - 1] = False
        point = np.flatnonzero(inner)
        edge = (np.searchsorted(shapes.first, point, side="right") - 1).astype(np.int32)
        step = at[point + 1] - at[point]
        length = np.hypot(step[:, 0], step[:, 1])
        before = np.concatenate([[0.0], np.cumsum(length)[:-1]])
        begins = np.searchsorted(edge, np.arange(len(shapes.first) - 1))
        along = before - before[begins][edge]
        low, high = shapes.lonlat.min(axis=0), shapes.lonlat.max(axis=0)
        width, height = (high - low) * (plane.east, plane.north)
        cells = min(_CELLS_A_PIECE * max(1, len(point)), _MOST_CELLS)
        size = float(np.clip(np.sqrt(width * height / cells), _LEAST_CELL, _MOST_CELL))
        cell = np.array([size / plane.east, size / plane.north])
        shape = np.maximum(1, np.ceil((high - low) / cell)).astype(np.int64)
        samples = np.floor(length / size).astype(np.int64) + 2
        which = np.repeat(np.arange(len(point)), samples)
        share = (counted(samples) / (samples[which] - 1))[:, None]
        places = shapes.lonlat[point[which]] * (1 - share) + shapes.lonlat[point[which] + 1] * share
        column, row = np.clip(np.floor((places - low) / cell).astype(np.int64), 0, shape - 1).T
        pair = np.unique((row * shape[0] + column) * len(point) + which) if len(point) else np.empty(0, np.int64)
        first = np.searchsorted(pair // max(1, len(point)), np.arange(int(shape.prod()) + 1))
        item = (pair % max(1, len(point))).astype(np.int32)
        return cls(point, edge, along, length, low, cell, shape, first.astype(np.int64), item, size / 2)
