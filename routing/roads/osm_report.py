"""What an import tells about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from routing.roads.osm_way import OsmWay
from routing.roads.parts import largest_part

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


@dataclass
class ImportReport:
    """What an import found and what it left out.

    Attributes
    ----------
    ways_read, ways_kept
        Ways tagged ``highway``; those that gave at least one edge.
    edges, junctions, km_by_class
        Size of the result.
    one_ways, reversed_one_ways, named, with_speed_limit, with_truck_limits
        Kept ways that are one-way (either way round), one-way against their nodes, named, with a numeric
        ``maxspeed``, with a limit of height, weight, width or length or an ``hgv`` tag.
    skipped
        Ways left out by reason: ``not-for-motor-vehicles``, ``area``, ``reversible``, ``outside-area``,
        ``no-places`` (the file has no places for their nodes).
    ferries
        Ferry lines seen; they are not imported.
    small_parts_km, small_parts_edges
        Roads outside the largest connected part: kept in the layer, not used for routes.
    """

    ways_read: int = 0
    ways_kept: int = 0
    edges: int = 0
    junctions: int = 0
    km_by_class: dict[str, float] = field(default_factory=dict)
    one_ways: int = 0
    reversed_one_ways: int = 0
    named: int = 0
    with_speed_limit: int = 0
    with_truck_limits: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    ferries: int = 0
    small_parts_km: float = 0.0
    small_parts_edges: int = 0


def count(report: ImportReport, kept: list[OsmWay], edges: GeoDataFrame) -> None:
    """Fill in what the kept ways and their edges say."""
    limits = np.array([[way.maxheight, way.maxweight, way.maxwidth, way.maxlength] for way in kept])
    report.ways_kept = len(kept)
    report.one_ways = sum(way.kmh_fwd == 0 or way.kmh_bwd == 0 for way in kept)
    report.reversed_one_ways = sum(way.reversed_one_way for way in kept)
    report.named = sum(way.name is not None for way in kept)
    report.with_speed_limit = sum(way.limited for way in kept)
    hgv = np.array([way.hgv is not None for way in kept])
    report.with_truck_limits = int((~np.isnan(limits).all(axis=1) | hgv).sum())
    km = edges["length"].groupby(edges["highway"]).sum() / 1000
    report.km_by_class = {str(k): round(float(value), 3) for k, value in km.sort_index().items()}
    report.edges = len(edges)
    inside, report.junctions = largest_part(*(edges[name].to_numpy() for name in ("u", "v", "kmh_fwd", "kmh_bwd")))
    report.small_parts_edges = int((~inside).sum())
    report.small_parts_km = round(float(edges["length"].to_numpy()[~inside].sum()) / 1000, 3)
