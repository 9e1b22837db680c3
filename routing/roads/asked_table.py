"""A table that a routing server is asked for block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.crs import positions
from routing.roads.engine import UNREACHABLE, Problem, Progress, Table, with_access
from routing.roads.remote import blocks

Rows = NDArray[np.int64]


class AskedTable:
    """The cells of a table, none of them with a way yet.

    Parameters
    ----------
    sources, targets, progress
        As `TravelEngine.table` takes them.
    second_looks
        Cells that may be asked for again one by one, at most.

    Attributes
    ----------
    start, end
        (n, 2) and (m, 2) degrees.
    square
        Whether the targets are the sources.
    """

    def __init__(self, sources: Any, targets: Any, second_looks: int, progress: Progress | None) -> None:
        self.start = positions(sources)
        self.square = targets is None
        self.end = self.start if self.square else positions(targets)
        self._durations = np.full((len(self.start), len(self.end)), UNREACHABLE, np.int32)
        self._distances = self._durations.copy()
        self._looks, self._progress = second_looks, progress

    def blocks(self, rows: Rows, columns: Rows, size: int) -> Iterator[tuple[Rows, Rows]]:
        """Give these rows and columns in blocks of at most size x size cells, and tell of each that is done."""
        for down, across, share in blocks(len(rows), len(columns), size):
            yield rows[down], columns[across]
            if self._progress is not None:
                self._progress("matrix", share)

    def second_looks(self, doubtful: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Give the doubtful cells of a block, as long as some may be asked for again."""
        for i, j in np.argwhere(doubtful)[: self._looks].tolist():
            self._looks -= 1
            yield i, j

    def fill(
        self,
        rows: Rows,
        columns: Rows,
        seconds: NDArray[np.float64],
        metres: NDArray[np.float64],
        access: NDArray[np.float64],
    ) -> None:
        """Write a block, as `with_access` rounds it."""
        cells = np.ix_(rows, columns)
        self._durations[cells], self._distances[cells] = with_access(seconds, metres, access)

    def table(self, off_start: NDArray[np.float64], off_end: NDArray[np.float64], max_distance: float) -> Table:
        """Take out what lies too far off the road, given in metres (n,) and (m,), infinite without a road around."""
        lost_start, lost_end = ~(off_start <= max_distance), ~(off_end <= max_distance)
        for cells in (self._durations, self._distances):
            cells[lost_start] = UNREACHABLE
            cells[:, lost_end] = UNREACHABLE
            if self.square:
                np.fill_diagonal(cells, 0)
        return Table(self._durations, self._distances, _problems(off_start, lost_start), _problems(off_end, lost_end))


def _problems(off: NDArray[np.float64], lost: NDArray[np.bool_]) -> list[Problem]:
    return [
        (int(i), "no-road-within", round(float(off[i]), 1) if np.isfinite(off[i]) else np.nan)
        for i in np.flatnonzero(lost)
    ]
