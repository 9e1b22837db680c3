"""Positions from a file: CSV with the columns lon and lat, or GeoJSON points."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.geojson import check_size, read_geojson
from routing.roads.crs import to_wgs84

_NAMES = ("id", "name", "code")


def read_points(path: Path, crs: str) -> tuple[list[str], NDArray[np.float64]]:
    """Read names and positions (n, 2) in WGS 84 from a file whose coordinates are in ``wgs84``, ``gcj02`` or ``bd09``.

    A point's name stands in a column (or property) ``id``, ``name`` or ``code``; without one it is its number.

    Raises
    ------
    InputError
        With the line of the first row that is no position.
    """
    path = Path(path)
    try:
        check_size(path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "points-unreadable",
            "%(file)s cannot be read. Give a CSV file in UTF-8 with the columns lon and lat, or GeoJSON points.",
            file=path.name,
        ) from error
    rows = _features(path, text) if text.lstrip().startswith("{") else _table(path, text)
    if not rows:
        raise InputError("points-none", "%(file)s holds no position.", file=path.name)
    return [name for name, _ in rows], to_wgs84(np.array([place for _, place in rows], float), crs)


def _table(path: Path, text: str) -> list[tuple[str, tuple[float, float]]]:
    reader = csv.DictReader(text.splitlines())
    columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if "lon" not in columns or "lat" not in columns:
        raise InputError(
            "points-columns",
            "%(file)s has the columns %(columns)s. The first line must name lon and lat.",
            file=path.name,
            columns=", ".join(columns) or "-",
        )
    name = next((columns[word] for word in _NAMES if word in columns), None)
    rows = []
    for number, row in enumerate(reader, 1):
        place = row[columns["lon"]], row[columns["lat"]]
        rows.append(((row[name] if name else "") or str(number), _position(path, f"line {reader.line_num}", place)))
    return rows


def _features(path: Path, text: str) -> list[tuple[str, tuple[float, float]]]:
    rows = []
    try:
        features = read_geojson(text, path.name)["features"]
        for number, feature in enumerate(features, 1):
            properties = feature.get("properties") or {}
            name = next((str(properties[word]) for word in _NAMES if properties.get(word) is not None), str(number))
            geometry = feature["geometry"]
            place = geometry["coordinates"][:2] if geometry["type"] == "Point" else ()
            rows.append((name, _position(path, f"feature {number}", place)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, InputError) and error.code != "not-json":
            raise
        raise InputError(
            "points-not-geojson", "%(file)s is no GeoJSON collection of points.", file=path.name
        ) from error
    return rows


def _position(path: Path, where: str, place: Any) -> tuple[float, float]:
    try:
        lon, lat = (float(value) for value in place)
    except (TypeError, ValueError):
        lon = lat = np.nan
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(
            "bad-position",
            "%(file)s, %(where)s: %(place)s is not a longitude and a latitude in degrees.",
            file=path.name,
            where=where,
            place=", ".join(str(value) for value in place) or "the place",
        )
    return lon, lat
