"""Geometries as points: points stay, of an area a point inside is taken, anything else is told by its feature."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recycling.errors import N_, BadRequestError, Fault
from recycling.layers.datum import in_wgs84
from recycling.layers.found import MOST_FEATURES, MOST_SIGNS, MOST_VERTICES, Feature, FeatureFault, Found

if TYPE_CHECKING:
    from pyproj import CRS

AREAS = ("Polygon", "MultiPolygon")
PLACES = ("Point", "MultiPoint", *AREAS)


@dataclass(frozen=True)
class Raw:
    """A feature of a file: its number, its geometry (shapely; None for none), and its cells by their heads."""

    number: int
    shape: Any
    cells: Mapping[str, Any]


def refuse_many(count: int) -> None:
    """Refuse a layer of more features than are taken."""
    if count > MOST_FEATURES:
        raise BadRequestError.one(
            "too-many-features",
            N_("The layer has more than %(most)s features. Send it in parts."),
            where="file",
            most=MOST_FEATURES,
        )


def refuse_vertices(count: int) -> None:
    """Refuse a layer of more vertices than are taken."""
    if count > MOST_VERTICES:
        raise BadRequestError.one(
            "too-many-vertices",
            N_("The layer has more than %(most)s vertices. Simplify its areas, or send points."),
            where="file",
            most=MOST_VERTICES,
        )


def placed(
    form: str, rows: Sequence[Raw], fields: Mapping[str, str], crs: str | CRS, word: str, unread: Sequence[str]
) -> Found:
    """Return features as points in WGS 84, with those cells whose heads are ``fields`` of ours.

    Raises
    ------
    BadRequestError
        For a layer of nothing, or of more features or vertices than are taken.
    """
    import numpy as np
    import shapely

    if not rows:
        raise BadRequestError.one("empty", N_("The file is empty. Fill in the template and send that."), where="file")
    refuse_many(len(rows))
    refuse_vertices(sum(int(shapely.get_num_coordinates(row.shape)) for row in rows if row.shape is not None))
    points = np.full((len(rows), 2), np.nan)
    faults, areas = [], 0
    for k, row in enumerate(rows):
        fault = _wrong(row.shape)
        if fault is not None:
            faults.append(FeatureFault(row.number, fault))
            continue
        areas += row.shape.geom_type in AREAS
        at = row.shape.representative_point() if row.shape.geom_type in AREAS else row.shape
        at = at.geoms[0] if at.geom_type == "MultiPoint" else at
        points[k] = at.x, at.y
    told = {one.number for one in faults}
    moved = in_wgs84(points, crs)
    features = []
    for row, (lon, lat) in zip(rows, moved.tolist(), strict=True):
        if row.number in told:
            continue
        if math.isnan(lon):
            faults.append(FeatureFault(row.number, out_of_range(word)))
            continue
        cells = {}
        for head, value in row.cells.items():
            if head in fields:
                cells[fields[head]] = text = said(value)
                if len(text) > MOST_SIGNS:
                    faults.append(FeatureFault(row.number, too_long(fields[head])))
        features.append(Feature(row.number, round(lon, 6), round(lat, 6), cells))
    return Found(form, word, features, sorted(faults, key=lambda one: one.number), areas, unread)


def said(value: Any) -> str:
    """Return a value as a person would write it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)[: MOST_SIGNS + 1].strip()


def out_of_range(word: str) -> Fault:
    """Say that a position is none in those coordinates."""
    return Fault(
        "position",
        "bad-position",
        N_("Its coordinates are none in %(crs)s. Correct them, or say which system they are in."),
        {"crs": word},
    )


def too_long(field: str) -> Fault:
    """Say that a cell is too long."""
    return Fault(field, "too-long", N_("This is longer than %(most)s characters. Shorten it."), {"most": MOST_SIGNS})


def _wrong(shape: Any) -> Fault | None:
    if shape is None or shape.is_empty:
        return Fault("position", "no-geometry", N_("It has no geometry. Give it a point, or leave it out."))
    if shape.geom_type not in PLACES:
        values: dict[str, object] = {"kind": shape.geom_type}
        return Fault(
            "position",
            "wrong-geometry",
            N_("It is a %(kind)s. A place is a point, or the area that it lies in."),
            values,
        )
    if shape.geom_type == "MultiPoint" and len(shape.geoms) != 1:
        return Fault("position", "many-points", N_("It has several points. Make a feature of each."))
    if shape.geom_type in AREAS and not shape.is_valid:
        return Fault(
            "position", "bad-area", N_("The outline of its area crosses itself or is open. Repair it, or send a point.")
        )
    return None
