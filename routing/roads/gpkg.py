"""A road layer as a GeoPackage file, written without GDAL: a large import stays small, and starts at once.

Source: OGC GeoPackage 1.4, https://www.geopackage.org/spec140/; the tables, and the triggers that keep the spatial
index true when somebody edits the layer in QGIS, are those that GDAL makes.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.roads import restrictions
from routing.roads.turn_rules import TurnRule

_SQL_TYPE = {"int64": "INTEGER", "int32": "MEDIUMINT", "float64": "REAL", "str": "TEXT"}
_HEAD = struct.Struct("<2sBBi4dBII")
_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
_FRAME = """
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10400;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_extensions VALUES ('edges', 'geom', 'gpkg_rtree_index',
  'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');
CREATE VIRTUAL TABLE rtree_edges_geom USING rtree(id, minx, maxx, miny, maxy);
"""
_BOX = 'ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")'
_FULL, _BARE = '(NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))', '(NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))'
_WAS_FULL = _FULL.replace("NEW", "OLD")
_PUT = f'INSERT OR REPLACE INTO "rtree_edges_geom" VALUES (NEW."fid", {_BOX});'
_TAKE = 'DELETE FROM "rtree_edges_geom" WHERE id = OLD."fid";'
_SAME, _OTHER = 'OLD."fid" = NEW."fid"', 'OLD."fid" != NEW."fid"'
_TRIGGERS = {
    "insert": ("INSERT", _FULL, _PUT),
    "update6": (
        'UPDATE OF "geom"',
        f"{_SAME} AND {_FULL} AND {_WAS_FULL}",
        f'UPDATE "rtree_edges_geom" SET (minx, maxx, miny, maxy) = ({_BOX}) WHERE id = NEW."fid";',
    ),
    "update7": ('UPDATE OF "geom"', f"{_SAME} AND {_FULL} AND NOT {_WAS_FULL}", _PUT),
    "update2": ('UPDATE OF "geom"', f"{_SAME} AND {_BARE}", _TAKE),
    "update5": ("UPDATE", f"{_OTHER} AND {_FULL}", f"{_TAKE} {_PUT}"),
    "update4": (
        "UPDATE",
        f"{_OTHER} AND {_BARE}",
        'DELETE FROM "rtree_edges_geom" WHERE id IN (OLD."fid", NEW."fid");',
    ),
    "delete": ("DELETE", 'OLD."geom" NOT NULL', _TAKE),
}


class Block(NamedTuple):
    """Some rows of the table ``edges``.

    Attributes
    ----------
    columns
        Values in the order of the columns, None where there is none.
    lonlat, row
        (q, 2) points in degrees; (q,) the row of each, counted from the block's first.
    """

    columns: Sequence[Sequence[Any]]
    lonlat: NDArray[np.float64]
    row: NDArray[np.int64]


def write(path: Path, columns: Mapping[str, str], blocks: Iterable[Block], rules: Iterable[TurnRule] = ()) -> None:
    """Write a file that is not there yet, and have the disk take it before returning.

    Parameters
    ----------
    columns
        Name and type of each column of ``edges``; see `routing.roads.layer.COLUMNS`.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # A draft that nobody reads yet needs no journal: whoever fails midway throws it away.
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + _FRAME)
        named = ", ".join(f'"{name}" {_SQL_TYPE[kind]}' for name, kind in columns.items())
        database.execute(
            f'CREATE TABLE "edges" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom LINESTRING, {named})'
        )
        ruled = ", ".join(f"{name} {kind}" for name, kind in restrictions.COLUMNS.items())
        database.execute(f"CREATE TABLE restrictions ({ruled})")
        database.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _systems())
        whole, rows = np.array([np.inf, np.inf, -np.inf, -np.inf]), 0
        for block in blocks:
            box = _boxes(block)
            marks = ", ".join("?" * (len(columns) + 2))
            fids = range(rows + 1, rows + 1 + len(box))
            database.executemany(
                f"INSERT INTO edges VALUES ({marks})",
                zip(fids, _blobs(block, box), *block.columns, strict=True),
            )
            database.executemany(
                "INSERT INTO rtree_edges_geom VALUES (?, ?, ?, ?, ?)", zip(fids, *box.T.tolist(), strict=True)
            )
            rows += len(box)
            west, south, east, north = box[:, 0].min(), box[:, 2].min(), box[:, 1].max(), box[:, 3].max()
            whole = np.r_[np.minimum(whole[:2], [west, south]), np.maximum(whole[2:], [east, north])]
        marks = ", ".join("?" * len(restrictions.COLUMNS))
        database.executemany(f"INSERT INTO restrictions VALUES ({marks})", restrictions.rows(rules))
        content = "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)"
        database.execute(f"{content} VALUES ('edges', 'features', 'edges', ?, ?, ?, ?, 4326)", whole.tolist())
        database.execute(
            f"{content} VALUES ('restrictions', 'attributes', 'restrictions', NULL, NULL, NULL, NULL, NULL)"
        )
        database.execute("INSERT INTO gpkg_geometry_columns VALUES ('edges', 'geom', 'LINESTRING', 4326, 0, 0)")
        for name, (event, when, action) in _TRIGGERS.items():
            database.execute(
                f'CREATE TRIGGER "rtree_edges_geom_{name}" AFTER {event} ON "edges" WHEN {when} BEGIN {action} END'
            )
        database.execute("COMMIT")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _systems() -> Iterator[tuple[Any, ...]]:
    text = "undefined {} coordinate reference system"
    yield "Undefined Cartesian SRS", -1, "NONE", -1, "undefined", text.format("Cartesian")
    yield "Undefined geographic SRS", 0, "NONE", 0, "undefined", text.format("geographic")
    yield "WGS 84 geodetic", 4326, "EPSG", 4326, _WGS84, "longitude/latitude coordinates in decimal degrees"


def _boxes(block: Block) -> NDArray[np.float64]:
    """Give west, east, south, north (r, 4) of each row."""
    first = np.flatnonzero(np.r_[True, block.row[1:] != block.row[:-1]])
    low, high = np.minimum.reduceat(block.lonlat, first), np.maximum.reduceat(block.lonlat, first)
    return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])


def _blobs(block: Block, boxes: NDArray[np.float64]) -> Iterator[bytes]:
    """Give the geometries as GeoPackage stores them: its header with the box, then WKB."""
    size = np.bincount(block.row).tolist()
    points, start = block.lonlat.astype("<f8").tobytes(), 0
    for box, count in zip(boxes.tolist(), size, strict=True):
        head = _HEAD.pack(b"GP", 0, 3, 4326, *box, 1, 2, count)
        yield head + points[start : start + 16 * count]
        start += 16 * count
