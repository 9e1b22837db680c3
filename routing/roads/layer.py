"""The road layer of record: a GeoPackage with one table ``edges``, its facts in a JSON file beside it."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routing.errors import InputError
from routing.roads.facts import (
    STATUSES,
    RoadFacts,
    describe,
    file_sha256,
    read_facts,
    status_notice,
    write_facts,
)

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["COLUMNS", "RoadFacts", "layer_facts", "read_layer", "status_notice", "write_layer"]

COLUMNS: dict[str, str] = {
    "edge_id": "int64",
    "u": "int64",
    "v": "int64",
    "way_id": "int64",
    "highway": "str",
    "name": "str",
    "ref": "str",
    "kmh_fwd": "int32",
    "kmh_bwd": "int32",
    "length": "float64",
    "maxheight": "float64",
    "maxweight": "float64",
    "maxwidth": "float64",
    "maxlength": "float64",
    "hgv": "str",
    "access": "str",
    "status": "str",
}
"""Columns beside ``geometry`` in their order. u, v are junction ids; speeds in km/h, 0 where driving is not
allowed that way; length in geodesic metres; limits in metres and tonnes, NaN where there is none."""

_REQUIRED_TEXT = ("highway", "status")


def write_layer(edges: GeoDataFrame, path: Path, facts: RoadFacts) -> RoadFacts:
    """Write a layer and its facts, replacing what stands there in one step.

    The GeoPackage is written beside its place under another name and then renamed; a failure leaves the old
    layer as it was. Facts from a write that ended between the two renames do not match the layer's hash and
    are not believed by `layer_facts`.

    Returns
    -------
    The facts as written, with the layer's hash.

    Raises
    ------
    InputError
        When the edges would not pass `read_layer`.
    """
    path = Path(path)
    edges = checked(edges, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.tmp.gpkg")
    try:
        edges.to_file(draft, layer="edges", driver="GPKG", engine="pyogrio", index=False)
        facts = replace(facts, layer_sha256=file_sha256(draft))
        os.replace(draft, path)
    finally:
        for left in draft.parent.glob(draft.name + "*"):
            left.unlink(missing_ok=True)
    write_facts(facts, path.with_suffix(".json"))
    return facts


def read_layer(path: Path) -> GeoDataFrame:
    """Read and check a layer; rows are in the order of ``edge_id``, so row number and edge id agree.

    Raises
    ------
    InputError
        For a missing file, something that is not a GeoPackage with a table ``edges``, missing columns, no
        rows, or values that cannot be; the sentence names the file and the row.
    """
    import geopandas
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    path = Path(path)
    if not path.is_file():
        raise InputError(
            "layer-missing",
            "There is no road layer %(file)s. Import an OpenStreetMap extract under this name first.",
            file=path.name,
        )
    try:
        with path.open("rb") as file:
            whole = file.read(16) == b"SQLite format 3\0"
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]] if whole else []
        if "edges" not in names:
            raise DataLayerError("no layer edges")
        found = geopandas.read_file(path, layer="edges", engine="pyogrio")
    except (DataSourceError, DataLayerError) as error:
        raise InputError(
            "layer-not-geopackage",
            "%(file)s is not a GeoPackage with a table 'edges'. Import the roads again.",
            file=path.name,
        ) from error
    return checked(found, path.name)


def layer_facts(path: Path, edges: GeoDataFrame | None = None) -> RoadFacts:
    """Give a layer's facts: from NAME.json if it describes exactly this file, else counted from the layer.

    Parameters
    ----------
    edges
        The layer if it was read already; saves reading it again.
    """
    path = Path(path)
    if edges is None and not path.is_file():
        read_layer(path)
    sha256 = file_sha256(path)
    facts = read_facts(path.with_suffix(".json"), sha256)
    if facts is None:
        edges = read_layer(path) if edges is None else edges
        facts = replace(describe(edges, name=path.stem), layer_sha256=sha256)
    return facts


def checked(edges: GeoDataFrame, file: str) -> GeoDataFrame:
    """Bring columns to their types and order, and refuse values that cannot be."""
    if "geometry" not in edges.columns:
        raise InputError("layer-columns", "%(file)s: the table 'edges' has no geometry.", file=file)
    missing = [name for name in COLUMNS if name not in edges.columns]
    if missing:
        raise InputError(
            "layer-columns",
            "%(file)s: the table 'edges' lacks the columns %(columns)s. Import the roads again.",
            file=file,
            columns=", ".join(missing),
        )
    if edges.empty:
        raise InputError("layer-empty", "%(file)s has no roads. Import the roads again.", file=file)
    if edges.crs is not None and edges.crs.to_epsg() not in (4326, None):
        raise InputError(
            "layer-crs",
            "%(file)s is in %(crs)s. Save it in EPSG:4326 (WGS 84 longitude, latitude).",
            file=file,
            crs=edges.crs.to_string(),
        )
    import pandas

    edges = edges[[*COLUMNS, "geometry"]].reset_index(drop=True)
    for name, kind in COLUMNS.items():
        values: Any = edges[name]
        if kind != "str":
            values = pandas.to_numeric(values, errors="coerce")
            if not name.startswith("max"):
                _refuse(values.isna(), file, name, "is not a number")
        elif name in _REQUIRED_TEXT:
            _refuse(values.isna(), file, name, "is empty")
        edges[name] = values.astype(kind)
    _refuse(~edges["status"].isin(STATUSES), file, "status", f"is none of {', '.join(STATUSES)}")
    _refuse(~(edges["length"] > 0), file, "length", "is not above zero")
    _refuse(edges["length"].gt(1e7), file, "length", "is longer than a quarter of the globe")
    for name in ("kmh_fwd", "kmh_bwd"):
        _refuse(~edges[name].between(0, 200), file, name, "is not between 0 and 200 km/h")
    _refuse(edges["u"].eq(edges["v"]), file, "v", "equals u; cut the loop in two")
    lines = edges.geometry.geom_type.eq("LineString") & ~edges.geometry.is_empty
    _refuse(~lines, file, "geometry", "is not a line")
    sides = edges.geometry.bounds
    outside = sides["minx"].lt(-180) | sides["maxx"].gt(180) | sides["miny"].lt(-90) | sides["maxy"].gt(90)
    _refuse(outside, file, "geometry", "is not in degrees of longitude and latitude")
    edges = edges.sort_values("edge_id", ignore_index=True)
    _refuse(edges["edge_id"].ne(edges.index), file, "edge_id", "breaks the count 0, 1, 2 ..; number rows anew")
    return edges.set_crs(4326, allow_override=True)


def _refuse(bad: Any, file: str, column: str, wrong: str) -> None:
    if bad.any():
        raise InputError(
            "layer-value",
            "%(file)s, row %(row)s of 'edges': %(column)s %(wrong)s (%(count)s such rows).",
            file=file,
            row=int(bad.to_numpy().argmax()) + 1,
            column=column,
            wrong=wrong,
            count=int(bad.sum()),
        )
