"""Layers as GeoPackage, read from the bytes alone: SQLite opens no file, runs nothing that the file brings, and ends.

GDAL is not asked: its drivers would follow what such a file may name elsewhere.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from typing import Any

from recycling.errors import N_, BadRequestError
from recycling.layers.columns import fields_in
from recycling.layers.datum import described, word_of
from recycling.layers.found import MOST_FEATURES, Found
from recycling.layers.shapes import Raw, placed

MAGIC = b"SQLite format 3\0"
SECONDS = 15.0
LONGEST_CELL = 4 * 1024 * 1024
ENVELOPES = (0, 32, 48, 48, 64)
ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
DEGREES = (-1, 0)
"""Numbers by which a GeoPackage says that its coordinates are in no known system."""


def read(data: bytes, what: str, crs: str) -> Found:
    """Return the features of the one layer that the file holds.

    Raises
    ------
    BadRequestError
        For what is no such file, holds several layers, or brings views or programs.
    """
    try:
        file = _opened(data)
        try:
            return _read(file, what, crs)
        finally:
            file.close()
    except (sqlite3.Error, OverflowError, ValueError, struct.error) as error:
        raise BadRequestError.one(
            "bad-geopackage", N_("This GeoPackage cannot be read. Export the layer anew."), where="file"
        ) from error


def _opened(data: bytes) -> sqlite3.Connection:
    plain = bytearray(data)
    plain[18:20] = b"\x01\x01"  # a journal beside the file is not there, and is not looked for
    file = sqlite3.connect(":memory:", isolation_level=None)
    file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(LONGEST_CELL, len(data)))
    file.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    file.deserialize(bytes(plain))
    file.execute("PRAGMA trusted_schema = OFF")
    file.execute("PRAGMA query_only = ON")
    file.set_authorizer(lambda deed, *_: sqlite3.SQLITE_OK if deed in ALLOWED else sqlite3.SQLITE_DENY)
    until = time.monotonic() + SECONDS
    file.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
    return file


def _read(file: sqlite3.Connection, what: str, crs: str) -> Found:
    tables = dict(file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    layers = file.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchall()
    if len(layers) != 1:
        raise BadRequestError.one(
            "several-layers",
            N_("This GeoPackage holds %(count)s layers of features. Export the one that is wanted by itself."),
            where="file",
            count=len(layers),
        )
    name = str(layers[0][0])
    if " ".join(str(tables.get(name)).upper().split()[:2]) != "CREATE TABLE":
        raise BadRequestError.one(
            "no-table-inside", N_("The layer of this GeoPackage is no table. Export it anew as a layer."), where="file"
        )
    asked = "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?"
    shape, srs = file.execute(asked, (name,)).fetchone() or ("geom", -1)
    quoted = '"' + name.replace('"', '""') + '"'
    cursor = file.execute(f"SELECT * FROM {quoted} LIMIT {MOST_FEATURES + 1}")  # noqa: S608 - a name of the file, quoted
    heads = [one[0] for one in cursor.description]
    fields, unread = fields_in(what, [h for h in heads if h not in (shape, "fid")], placed=True)
    names = dict(zip([h for h in heads if h not in (shape, "fid")], fields, strict=True))
    rows = []
    for number, row in enumerate(cursor, 1):
        cells = dict(zip(heads, row, strict=True))
        cells = {k: v for k, v in cells.items() if not isinstance(v, bytes) or k == shape}
        geometry = _geometry(cells.pop(shape, None))
        own = cells.get("fid")
        rows.append(Raw(own if isinstance(own, int) else number, geometry, cells))
    known, word = (crs, crs) if crs else _system(file, srs)
    return placed("gpkg", rows, {k: v for k, v in names.items() if v}, known, word, unread)


def _system(file: sqlite3.Connection, srs: Any) -> tuple[Any, str]:
    """Return what the coordinates are in, and its name."""
    asked = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
    found = file.execute(asked, (srs,)).fetchone()
    if srs in DEGREES or found is None:
        raise BadRequestError.one(
            "no-crs",
            N_("The file does not say what its coordinates are in. Choose the system on this page."),
            where="crs",
        )
    if str(found[0]).upper() == "EPSG":
        word = word_of(f"EPSG:{found[1]}")
        return word, word
    return described(str(found[2]))


def _geometry(blob: Any) -> Any:
    """Return what a cell of geometry holds; None for nothing."""
    import shapely

    if not isinstance(blob, bytes) or blob[:2] != b"GP":
        return None
    envelope = blob[3] >> 1 & 7
    if envelope >= len(ENVELOPES):
        return None
    return shapely.from_wkb(blob[8 + ENVELOPES[envelope] :], on_invalid="ignore")
