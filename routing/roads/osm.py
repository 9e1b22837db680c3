"""OpenStreetMap extract to road layer."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from routing.errors import InputError
from routing.roads import osm_file, osm_tags
from routing.roads.facts import OSM_ATTRIBUTION, OSM_LICENCE, RoadFacts, describe, file_sha256
from routing.roads.layer import COLUMNS, write_layer
from routing.roads.osm_report import ImportReport, count
from routing.roads.osm_split import WayPoints, split
from routing.roads.osm_way import OsmWay, read_way

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

Progress = Callable[[str, float], None]
"""Called with the step (``read``, ``split``, ``write``, ``done``) and the share that is done."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def read_extract(
    path: Path, area: BaseGeometry | None = None, progress: Progress | None = None, tracks: bool = False
) -> tuple[GeoDataFrame, ImportReport]:
    """Read the drivable roads of an OpenStreetMap file, cut at junctions.

    Parameters
    ----------
    path
        .osm.pbf, .osm, .osm.gz, .osm.bz2 or .o5m; told by content, not by name.
    area
        Polygon in WGS 84 degrees; edges that touch it are kept whole.
    tracks
        Whether field tracks (``highway=track``) count as roads.

    Returns
    -------
    edges
        One row a road piece, the columns of `routing.roads.layer`, junction ids are OSM node ids.
    report
        Counts of what was read, kept and skipped.

    Raises
    ------
    InputError
        When the file is missing, empty, not OSM, damaged, or has no drivable road (in the area).
    """
    path = Path(path)
    tell = progress or (lambda step, share: None)
    tell("read", 0.0)
    report, skipped = ImportReport(), Counter[str]()
    found, points = _read(path, area, tracks, report, skipped)
    tell("split", 0.6)
    pieces = split(points)
    skipped["no-places"] += len(found) - len(np.unique(pieces.way))
    keep = np.ones(len(pieces.way), bool)
    if area is not None:
        import shapely

        shapely.prepare(area)
        keep = shapely.intersects(area, pieces.geometry)
        skipped["outside-area"] += len(np.unique(pieces.way)) - len(np.unique(pieces.way[keep]))
    report.skipped = {reason: n for reason, n in sorted(skipped.items()) if n}
    if not keep.any():
        raise _nothing(path, area, bool(skipped["outside-area"]))
    way = pieces.way[keep]
    edges = _table(
        [found[i] for i in way.tolist()],
        {"u": pieces.u[keep], "v": pieces.v[keep], "length": pieces.length[keep]},
        pieces.geometry[keep],
    )
    count(report, [found[i] for i in np.unique(way).tolist()], edges)
    return edges, report


def import_extract(
    path: Path,
    name: str,
    folder: Path,
    area_file: Path | None = None,
    progress: Progress | None = None,
) -> tuple[RoadFacts, ImportReport]:
    """Make the layer ``folder/NAME.gpkg`` from an OpenStreetMap file, or replace it in one step.

    Raises
    ------
    InputError
        As `read_extract`, and for a bad name or area file. Nothing is written then.
    """
    path, folder = Path(path), Path(folder)
    if not NAME.fullmatch(name):
        raise InputError(
            "layer-name",
            "A road layer cannot be called '%(name)s'. Use 1 to 40 of a-z, 0-9 and '-', not '-' first.",
            name=name,
        )
    area = osm_file.read_area(Path(area_file)) if area_file is not None else None
    edges, report = read_extract(path, area, progress)
    tell = progress or (lambda step, share: None)
    tell("write", 0.8)
    facts = describe(
        edges,
        name=name,
        source=path.name,
        source_sha256=file_sha256(path),
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        made=datetime.now(UTC).date().isoformat(),
    )
    facts = write_layer(edges, folder / f"{name}.gpkg", facts)
    tell("done", 1.0)
    return facts, report


def _read(
    path: Path, area: BaseGeometry | None, tracks: bool, report: ImportReport, skipped: Counter[str]
) -> tuple[list[OsmWay], WayPoints]:
    box = None if area is None else tuple(round(side * 1e7) for side in area.bounds)
    found: list[OsmWay] = []
    ref, x, y, first = array("q"), array("i"), array("i"), array("q", [0])
    for way in osm_file.ways(path):
        highway = way.tags.get("highway")
        if highway is None:
            report.ferries += way.tags.get("route") == "ferry"
            continue
        report.ways_read += 1
        if not osm_tags.is_road(highway, tracks):
            skipped["not-for-motor-vehicles"] += 1
            continue
        nodes = [(node.ref, node.location) for node in way.nodes]
        xs = [place.x for _, place in nodes]
        ys = [place.y for _, place in nodes]
        if box and xs and (max(xs) < box[0] or min(xs) > box[2] or max(ys) < box[1] or min(ys) > box[3]):
            skipped["outside-area"] += 1
            continue
        tags = {tag.k: tag.v for tag in way.tags}
        if reason := osm_tags.why_not(tags, tracks):
            skipped[reason] += 1
            continue
        found.append(read_way(way.id, tags))
        ref.extend([number for number, _ in nodes])
        x.extend(xs)
        y.extend(ys)
        first.append(len(ref))
    return found, WayPoints(
        np.frombuffer(ref, np.int64) if ref else np.empty(0, np.int64),
        np.frombuffer(x, np.int32) if x else np.empty(0, np.int32),
        np.frombuffer(y, np.int32) if y else np.empty(0, np.int32),
        np.frombuffer(first, np.int64),
    )


def _table(rows: list[OsmWay], ends: dict[str, Any], geometry: Any) -> GeoDataFrame:
    import geopandas
    import pandas

    table = pandas.DataFrame(rows, columns=list(OsmWay._fields)).assign(**ends)
    table["edge_id"] = np.arange(len(table))
    table["status"] = "real"
    table = pandas.DataFrame({name: table[name].astype(kind) for name, kind in COLUMNS.items()})
    return geopandas.GeoDataFrame(table, geometry=geometry, crs=4326)


def _nothing(path: Path, area: BaseGeometry | None, outside: bool) -> InputError:
    if area is not None and outside:
        return InputError(
            "no-roads-in-area",
            "%(file)s has roads, but none inside the area. Check that file and area are of the same place.",
            file=path.name,
        )
    return InputError(
        "no-roads",
        "%(file)s has no roads for motor vehicles. Give an extract with ways tagged highway and their nodes.",
        file=path.name,
    )
