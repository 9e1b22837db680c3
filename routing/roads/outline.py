"""The outline that an import is cut with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routing.errors import InputError
from routing.geojson import check_size, read_geojson

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


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
    check_size(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except ValueError as error:
        raise _not_geojson(path.name) from error
    return area_of_text(text, path.name)


def area_of_text(text: str, file: str) -> BaseGeometry:
    """Give all polygons of GeoJSON text as one shape; ``file`` names its origin in errors.

    Raises
    ------
    InputError
        As `area_of`, and for what goes beyond the limits of `routing.geojson`.
    """
    try:
        found = read_geojson(text, file)
    except InputError as error:
        if error.code == "not-json":
            raise _not_geojson(file) from error
        raise
    return area_of(found, file)


def area_of(found: Any, file: str) -> BaseGeometry:
    """Give all polygons of parsed GeoJSON as one shape; ``file`` names its origin in errors.

    Raises
    ------
    InputError
        When it is no GeoJSON, or holds no polygon in degrees.
    """
    import shapely

    try:
        parts = [shapely.from_geojson(json.dumps(shape)) for shape in _shapes(found)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, shapely.errors.GEOSException) as error:
        raise _not_geojson(file) from error
    polygons = [
        shapely.make_valid(part)
        for part in parts
        if part is not None and part.geom_type in ("Polygon", "MultiPolygon") and not part.is_empty
    ]
    if not polygons:
        raise InputError(
            "area-not-polygon",
            "The area file %(file)s holds no polygon. Give the outline of the area, not points or lines.",
            file=file,
        )
    area = shapely.union_all(polygons)
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError(
            "area-not-degrees",
            "The area file %(file)s is not in degrees. Save it in WGS 84 (EPSG:4326).",
            file=file,
        )
    return area


def _not_geojson(file: str) -> InputError:
    return InputError(
        "area-not-geojson",
        "The area file %(file)s is not GeoJSON. Save the outline as GeoJSON in WGS 84.",
        file=file,
    )


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
