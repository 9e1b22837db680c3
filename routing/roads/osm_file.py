"""The door for files from outside: is it an OpenStreetMap file, is it whole, is the area an area."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routing.errors import InputError

if TYPE_CHECKING:
    from osmium.osm import Way
    from shapely.geometry.base import BaseGeometry

LARGE = 400_000_000
"""Bytes above which node places are kept in a temporary file instead of memory (16 bytes a node)."""


def format_of(path: Path) -> str:
    """Tell the OSM file format from the first bytes, whatever the file is called.

    Raises
    ------
    InputError
        When the file is missing, empty or no OpenStreetMap file.
    """
    if not path.is_file():
        raise InputError("osm-missing", "There is no file %(file)s. Check the name and the folder.", file=path.name)
    with path.open("rb") as file:
        head = file.read(2048)
    if not head:
        raise InputError("osm-empty", "%(file)s is empty (0 bytes). Download it again.", file=path.name)
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head[4:6] == b"\x0a\x09" and head[6:15] == b"OSMHeader":
        return "pbf"
    if head[:2] == b"\x1f\x8b":
        return "osm.gz"
    if head[:3] == b"BZh":
        return "osm.bz2"
    if head[4:8] == b"o5m2":
        return "o5m"
    if text.startswith((b"<?xml", b"<osm")) and b"<osm" in text:
        return "osm"
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text:
        raise InputError(
            "not-osm",
            "%(file)s is a web page, not an OpenStreetMap file. Download the .osm.pbf again.",
            file=path.name,
        )
    raise InputError(
        "not-osm",
        "%(file)s is not an OpenStreetMap file. Give an extract that ends in .osm.pbf or .osm.",
        file=path.name,
    )


def ways(path: Path) -> Iterator[Way]:
    """Stream the ways with a ``highway`` or ``route`` tag, their nodes with places.

    Node places are held by osmium, 16 bytes each, never as Python objects; on disk for files above `LARGE`.

    Raises
    ------
    InputError
        When the file is none of OpenStreetMap, or ends in the middle.
    """
    kind = format_of(path)
    import osmium

    with tempfile.TemporaryDirectory() as folder:
        large = path.stat().st_size > LARGE
        storage = f"sparse_file_array,{folder}/nodes" if large else "flex_mem"
        stream = (
            osmium.FileProcessor(osmium.io.File(path, kind))
            .with_locations(storage)
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway", "route"))
        )
        try:
            yield from stream  # type: ignore[misc]
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(
                "osm-damaged",
                "%(file)s ends in the middle or is damaged (%(detail)s). Download it again.",
                file=path.name,
                detail=str(error).splitlines()[0] if str(error) else type(error).__name__,
            ) from error


def read_area(path: Path) -> BaseGeometry:
    """Read the outline to cut with: all polygons of a GeoJSON file, in WGS 84 degrees, as one shape.

    Raises
    ------
    InputError
        When the file is missing, no GeoJSON, or holds no polygon in degrees.
    """
    if not path.is_file():
        raise InputError(
            "area-missing", "There is no area file %(file)s. Check the name and the folder.", file=path.name
        )
    import shapely

    try:
        found: Any = json.loads(path.read_text(encoding="utf-8-sig"))
        parts = [shapely.from_geojson(json.dumps(shape)) for shape in _shapes(found)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, shapely.errors.GEOSException) as error:
        raise InputError(
            "area-not-geojson",
            "The area file %(file)s is not GeoJSON. Save the outline as GeoJSON in WGS 84.",
            file=path.name,
        ) from error
    polygons = [
        shapely.make_valid(part)
        for part in parts
        if part is not None and part.geom_type in ("Polygon", "MultiPolygon") and not part.is_empty
    ]
    if not polygons:
        raise InputError(
            "area-not-polygon",
            "The area file %(file)s holds no polygon. Give the outline of the area, not points or lines.",
            file=path.name,
        )
    area = shapely.union_all(polygons)
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError(
            "area-not-degrees",
            "The area file %(file)s is not in degrees. Save it in WGS 84 (EPSG:4326).",
            file=path.name,
        )
    return area


def _shapes(found: Any) -> list[dict[str, Any]]:
    kind = found.get("type")
    if kind == "FeatureCollection":
        return [shape for feature in found["features"] for shape in _shapes(feature)]
    if kind == "Feature":
        return _shapes(found["geometry"]) if found["geometry"] else []
    if kind == "GeometryCollection":
        return [shape for part in found["geometries"] for shape in _shapes(part)]
    if kind in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"):
        return [found]
    raise ValueError(kind)
