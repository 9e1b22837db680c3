"""Layers as GeoJSON (RFC 7946), read without trust: how deep, how many, and whether numbers are numbers."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from recycling.errors import N_, BadRequestError, Fault
from recycling.layers.columns import fields_in
from recycling.layers.datum import word_of
from recycling.layers.found import MOST_COLUMNS, FeatureFault, Found
from recycling.layers.shapes import Raw, placed, refuse_many, refuse_vertices

DEEPEST = 16
"""Levels of brackets; a layer of areas has eight."""

LEVELS = {"Point": 0, "MultiPoint": 1, "Polygon": 2, "MultiPolygon": 3, "LineString": 1, "MultiLineString": 2}
FARTHEST = 1e9
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)


def read(data: bytes, what: str, crs: str) -> Found:
    """Return the features of a collection; ``crs`` is what its coordinates are in, empty for what it says itself.

    Raises
    ------
    BadRequestError
        For what is no such file, or larger than is taken.
    """
    found = _loaded(data)
    rows = found.get("features") if isinstance(found, dict) and found.get("type") == "FeatureCollection" else None
    if not isinstance(rows, list):
        raise BadRequestError.one(
            "no-collection",
            N_("This GeoJSON is no FeatureCollection. Export the layer as one with its features."),
            where="file",
        )
    refuse_many(len(rows))
    word = crs or word_of(_named(found))
    heads = list(dict.fromkeys(str(k) for row in rows if isinstance(row, dict) for k in _cells(row)))[
        : MOST_COLUMNS + 1
    ]
    fields, unread = fields_in(what, heads, placed=True) if rows else ([], [])
    raws, faults, vertices = [], [], 0
    for number, row in enumerate(rows, 1):
        shape, fault, count = _shape(row)
        vertices += count
        refuse_vertices(vertices)
        if fault is not None:
            faults.append(FeatureFault(number, fault))
        else:
            raws.append(Raw(number, shape, _cells(row)))
    names = {head: name for head, name in zip(heads, fields, strict=True) if name}
    if not raws and faults:
        return Found("geojson", word or "wgs84", (), faults, 0, unread)
    got = placed("geojson", raws, names, word or "wgs84", word or "wgs84", unread)
    every = sorted([*faults, *got.faults], key=lambda one: one.number)
    return Found(got.form, got.crs, got.features, every, got.areas, got.unread)


def _loaded(data: bytes) -> Any:
    depth = deepest = 0
    bare = STRINGS.sub(b'""', data)
    for sign in re.findall(rb"[\[\]{}]", bare):
        depth += 1 if sign in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            raise BadRequestError.one(
                "too-deep",
                N_(
                    "This GeoJSON is nested more than %(most)s levels deep. Export the layer anew, without collections."
                ),
                where="file",
                most=DEEPEST,
            )
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequestError.one(
            "bad-json", N_("This GeoJSON cannot be read. Export the layer anew, in UTF-8."), where="file"
        ) from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _named(found: dict[str, Any]) -> str:
    """Return the code of an old file's own coordinate system (GeoJSON of 2008); empty for none and for degrees."""
    try:
        name = str(found["crs"]["properties"]["name"])
    except (KeyError, TypeError):
        return ""
    if "CRS84" in name:
        return ""
    match = re.fullmatch(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d+)", name)
    return f"EPSG:{match[1]}" if match else name


def _cells(row: Any) -> dict[str, Any]:
    cells = row.get("properties") if isinstance(row, dict) else None
    return cells if isinstance(cells, dict) else {}


def _shape(row: Any) -> tuple[Any, Fault | None, int]:
    """Return the geometry of a feature, or what is wrong with it, and its vertices."""
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    if not isinstance(row, dict) or row.get("type") != "Feature":
        return None, Fault("position", "no-feature", N_("This is no feature. Export the layer anew.")), 0
    given = row.get("geometry")
    if given is None:
        return None, None, 0
    kind = given.get("type") if isinstance(given, dict) else None
    if not isinstance(kind, str) or kind not in LEVELS:
        values: dict[str, object] = {"kind": str(kind)[:20]}
        sentence = N_("It is a %(kind)s. A place is a point, or the area that it lies in.")
        return None, Fault("position", "wrong-geometry", sentence, values), 0
    broken = Fault("position", "bad-coordinates", N_("Its coordinates are no numbers. Export the layer anew."))
    count = _counted(given.get("coordinates"), LEVELS[kind])
    if count is None:
        return None, broken, 0
    try:
        return shape({"type": kind, "coordinates": given["coordinates"]}), None, count
    except (ShapelyError, ValueError, TypeError, IndexError):
        return None, broken, 0


def _counted(given: Any, level: int) -> int | None:
    """Return how many vertices coordinates have; None where they are none."""
    if not isinstance(given, list):
        return None
    if level == 0:
        good = 2 <= len(given) <= 4 and all(
            isinstance(one, (int, float)) and not isinstance(one, bool) and abs(one) < FARTHEST for one in given
        )
        return 1 if good else None
    counts = [_counted(one, level - 1) for one in given]
    return None if None in counts else sum(one or 0 for one in counts)
