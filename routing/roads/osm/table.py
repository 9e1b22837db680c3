"""The rows of a road layer as an import makes them: whole as a GeoDataFrame, or block by block for a file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.gpkg import Block
from routing.roads.layer import COLUMNS
from routing.roads.osm.split import Pieces
from routing.roads.osm.tags import TOP_KMH
from routing.roads.osm.way import LIMITS, TEXTS, Ways
from routing.roads.turn_rules import Move

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


@dataclass(frozen=True)
class Table:
    """Edges of a layer; a row's number is its edge id.

    Attributes
    ----------
    pieces, ways
        Where the roads run, and the ways they were cut from.
    kmh
        (e, 2) km/h from u to v and back, 0 where not allowed.
    limits
        (e,) each, m or t, NaN where there is none.
    """

    pieces: Pieces
    ways: Ways
    kmh: NDArray[np.int16]
    limits: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.pieces)

    def only(self, keep: NDArray[Any]) -> Table:
        """Give the rows of a mask."""
        if keep.all():
            return self
        limits = {name: column[keep] for name, column in self.limits.items()}
        return replace(self, pieces=self.pieces.only(keep), kmh=self.kmh[keep], limits=limits)

    @property
    def way_id(self) -> NDArray[np.int64]:
        """OpenStreetMap way of each row."""
        return np.frombuffer(self.ways.way_id, np.int64)[self.pieces.way]

    @property
    def highway(self) -> tuple[NDArray[np.int_], list[str]]:
        """Class of each row as a number, and the word of each number."""
        words = self.ways.text["highway"]
        return np.frombuffer(words.codes, np.int32)[self.pieces.way].astype(np.int_), [
            str(word) for word in words.words
        ]

    def blocks(self) -> Iterator[Block]:
        """Give the rows for `routing.roads.gpkg.write`, some at a time."""
        for block in self.pieces.blocks():
            yield Block([_listed(self._column(name, block)) for name in COLUMNS], *self.pieces.lonlat(block))

    def frame(self) -> GeoDataFrame:
        """Give all rows with the columns of `routing.roads.layer`."""
        import geopandas
        import pandas
        import shapely

        whole = slice(0, len(self))
        columns = {name: pandas.Series(self._column(name, whole), dtype=kind) for name, kind in COLUMNS.items()}
        lonlat, row = self.pieces.lonlat(whole)
        return geopandas.GeoDataFrame(columns, geometry=shapely.linestrings(lonlat, indices=row), crs=4326)

    def _column(self, name: str, block: slice) -> Any:
        pieces = self.pieces
        if name == "edge_id":
            return np.arange(*block.indices(len(self)))
        if name in ("u", "v", "length"):
            return getattr(pieces, name)[block]
        if name in ("kmh_fwd", "kmh_bwd"):
            return self.kmh[block, int(name == "kmh_bwd")]
        if name in LIMITS:
            return self.limits[name][block]
        if name in TEXTS:
            return self.ways.texts(name, pieces.way[block])
        if name == "status":
            return ["real"] * len(pieces.way[block])
        return np.frombuffer(self.ways.way_id, np.int64)[pieces.way[block]]


def _listed(column: Any) -> list[Any]:
    if isinstance(column, list):
        return column
    listed: list[Any] = column.tolist()
    return [None if math.isnan(value) else value for value in listed] if column.dtype.kind == "f" else listed


def table_of(pieces: Pieces, ways: Ways) -> Table:
    """Give each piece what its way says; a ferry that tells how long it takes gets its speed from that."""
    kmh = ways.speeds()
    metres = np.bincount(pieces.way, pieces.length, len(ways))
    for row, hours in ways.crossing.items():
        speed = min(max(round(metres[row] / 1000 / hours), 1), TOP_KMH)
        kmh[row] = np.where(kmh[row] > 0, speed, 0)
    limits = {name: np.frombuffer(ways.limits[name], np.float64)[pieces.way] for name in LIMITS}
    return Table(pieces, ways, kmh[pieces.way], limits)


def drawn_once(table: Table) -> tuple[NDArray[np.bool_], dict[int, Move]]:
    """Find the pieces that repeat another: same ends, points, speeds, limits and access, either way round.

    Returns
    -------
    keep
        (e,) False for the repetitions.
    twice
        For each repetition the piece that stands for it, and True where both run the same way.
    """
    pieces = table.pieces
    keep = np.ones(len(table), bool)
    low, high = np.minimum(pieces.u, pieces.v), np.maximum(pieces.u, pieces.v)
    order = np.lexsort((high, low))
    same = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    near = np.zeros(len(table), bool)
    near[order[1:][same]] = near[order[:-1][same]] = True
    seen: dict[Any, int] = {}
    twice: dict[int, Move] = {}
    for row in np.flatnonzero(near).tolist():
        along = bool(pieces.u[row] < pieces.v[row])
        points = slice(pieces.a[row], pieces.b[row] + 1)
        step = 1 if along else -1
        key = (
            *(points_of[points][::step].tobytes() for points_of in (pieces.x, pieces.y)),
            *(int(low[row]), int(high[row]), table.kmh[row][::step].tobytes()),
            *(column[row : row + 1].tobytes() for column in table.limits.values()),
            *(table.ways.text[name].codes[pieces.way[row]] for name in ("hgv", "access")),
        )
        first = seen.setdefault(key, row)
        if first != row:
            keep[row] = False
            twice[row] = (first, along == bool(pieces.u[first] < pieces.v[first]))
    return keep, twice
