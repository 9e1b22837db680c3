"""Rows and columns of a model while they are put together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass
class Building:
    """Columns with bounds, rows with entries, and links that a model may do without at first.

    A link says ``column <= room * (sum of the columns that its opening names)``. A row that is its site's own holds one
    site alone.
    """

    columns: int = 0
    rows: int = 0
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    whole: list[NDArray[np.bool_]] = field(default_factory=list)
    entries: list[tuple[Whole, Whole, Floats]] = field(default_factory=list)
    least: list[Floats] = field(default_factory=list)
    most: list[Floats] = field(default_factory=list)
    own: list[NDArray[np.bool_]] = field(default_factory=list)
    openings: list[Whole] = field(default_factory=list)
    linked: list[tuple[Whole, Floats, Whole]] = field(default_factory=list)

    def add_columns(self, count: int, low: Any = 0.0, high: Any = math.inf, whole: bool = False) -> Whole:
        """Add columns and return their numbers."""
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), count))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), count))
        self.whole.append(np.full(count, whole))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def add_rows(self, count: int, least: Any = -math.inf, most: Any = math.inf, own: bool = False) -> Whole:
        """Add rows without entries and return their numbers."""
        self.least.append(np.broadcast_to(np.asarray(least, dtype=float), count))
        self.most.append(np.broadcast_to(np.asarray(most, dtype=float), count))
        self.own.append(np.full(count, own))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def put(self, row: Any, column: Any, value: Any = 1.0) -> None:
        """Put entries into rows; shapes follow the columns."""
        column = np.asarray(column, dtype=np.int64)
        self.entries.append(
            (
                np.broadcast_to(np.asarray(row, dtype=np.int64), column.shape).ravel(),
                column.ravel(),
                np.broadcast_to(np.asarray(value, dtype=float), column.shape).ravel(),
            )
        )

    def add_row(self, column: Any, value: Any, least: float = -math.inf, most: float = math.inf) -> None:
        """Add one row with these entries."""
        self.put(self.add_rows(1, least, most)[0], column, value)

    def add_opening(self, columns: Whole) -> int:
        """Name a sum of columns that links may be tied to."""
        self.openings.append(columns)
        return len(self.openings) - 1

    def link(self, column: Whole, room: Any, opening: Whole) -> None:
        """Tie columns to openings."""
        self.linked.append((column, np.broadcast_to(np.asarray(room, dtype=float), column.shape), opening))

    def matrix(self) -> Any:
        """Return the (rows, columns) of all entries, sparse."""
        from scipy.sparse import coo_array

        row, column, value = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        return coo_array((value, (row, column)), shape=(self.rows, self.columns)).tocsr()

    def links(self) -> tuple[Any, Whole, Floats, Whole]:
        """Return the (openings, columns) sums, and column, room and opening of each link."""
        from scipy.sparse import coo_array

        counts = [len(one) for one in self.openings]
        where = np.concatenate(self.openings) if self.openings else np.zeros(0, dtype=np.int64)
        sums = coo_array(
            (np.ones(len(where)), (np.repeat(np.arange(len(counts)), counts), where)),
            shape=(len(counts), self.columns),
        ).tocsr()
        if not self.linked:
            none = np.zeros(0, dtype=np.int64)
            return sums, none, np.zeros(0), none
        column, room, opening = (np.concatenate(part) for part in zip(*self.linked, strict=True))
        return sums, column, room, opening
