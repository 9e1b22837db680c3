"""OpenStreetMap extract to road layer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads import gpkg
from routing.roads.facts import OSM_ATTRIBUTION, OSM_LICENCE, RoadFacts, facts_of, file_sha256
from routing.roads.layer import COLUMNS, place_layer
from routing.roads.osm import nodes
from routing.roads.osm import table as tables
from routing.roads.osm.read import read
from routing.roads.osm.report import ImportReport, count
from routing.roads.osm.split import Pieces, split
from routing.roads.osm.turns import Roads, turn_rules
from routing.roads.outline import read_area
from routing.roads.turn_rules import TurnRule

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

Progress = Callable[[str, float], None]
"""Called with the step (``read``, ``split``, ``write``, ``done``) and the share that is done."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def read_extract(
    path: Path, area: BaseGeometry | None = None, progress: Progress | None = None, tracks: bool = False
) -> tuple[GeoDataFrame, ImportReport]:
    """Read the drivable roads of an OpenStreetMap file, cut at junctions and closed barriers.

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
        One row a road piece, the columns of `routing.roads.layer`; junction ids are OSM node ids, negative where
        a barrier parts roads. ``edges.attrs["rules"]`` is the list of turn rules (`TurnRule`).
    report
        Counts of what was read, kept and skipped.

    Raises
    ------
    InputError
        When the file is missing, empty, not OSM, damaged, or has no drivable road (in the area).
    """
    report = ImportReport()
    table, rules = _read(Path(path), area, progress, tracks, report)
    count(report, table)
    edges = table.frame()
    edges.attrs["rules"] = rules
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
    area = read_area(Path(area_file)) if area_file is not None else None
    report = ImportReport()
    table, rules = _read(path, area, progress, False, report)
    tell = progress or (lambda step, share: None)
    tell("write", 0.8)
    size = count(report, table)
    facts = facts_of(
        size,
        {"real": len(table)},
        table.pieces.bbox(),
        name,
        source=path.name,
        source_sha256=file_sha256(path),
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        made=datetime.now(UTC).date().isoformat(),
    )
    facts = place_layer(folder / f"{name}.gpkg", facts, lambda draft: gpkg.write(draft, COLUMNS, table.blocks(), rules))
    tell("done", 1.0)
    return facts, report


def _read(
    path: Path, area: BaseGeometry | None, progress: Progress | None, tracks: bool, report: ImportReport
) -> tuple[tables.Table, list[TurnRule]]:
    tell = progress or (lambda step, share: None)
    tell("read", 0.0)
    found = read(path, None if area is None else area.bounds, tracks, report, lambda share: tell("read", 0.6 * share))
    tell("split", 0.6)
    cuts = [node for node, cut in zip(found.barriers.node, found.barriers.cuts, strict=True) if cut]
    pieces = nodes.part(split(found.points, np.array(cuts, np.int64)), found.barriers, report)
    table = tables.table_of(pieces, found.ways)
    nodes.narrow(pieces, table.limits, found.node_limits, report)
    report.skip("no-places", len(found.ways) - len(np.unique(pieces.way)))
    once, repeats = tables.drawn_once(table)
    inside = once if area is None else once & _touching(pieces, area)
    _left_out(pieces, once, inside, report)
    if not inside.any():
        raise _nothing(path, area, "outside-area" in report.skipped)
    edge = np.cumsum(inside) - 1
    way_id = table.way_id
    twice = [(int(way_id[row]), (int(edge[kept]), same)) for row, (kept, same) in repeats.items() if inside[kept]]
    table = table.only(inside)
    roads = Roads(table.way_id, table.pieces.u, table.pieces.v, table.kmh, pieces.twin, twice)
    rules = turn_rules(found.restrictions, roads, report)
    return table, rules


def _touching(pieces: Pieces, area: BaseGeometry) -> NDArray[np.bool_]:
    import shapely

    shapely.prepare(area)
    touching = [
        shapely.intersects(area, shapely.linestrings(lonlat, indices=row))
        for lonlat, row in map(pieces.lonlat, pieces.blocks())
    ]
    return np.concatenate(touching) if touching else np.zeros(0, bool)


def _left_out(pieces: Pieces, once: NDArray[np.bool_], inside: NDArray[np.bool_], report: ImportReport) -> None:
    """Count the ways of which nothing is left."""
    there, drawn, kept = (len(np.unique(pieces.way[rows])) for rows in (slice(None), once, inside))
    report.skip("twice", there - drawn)
    report.skip("outside-area", drawn - kept)


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
