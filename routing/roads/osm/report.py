"""What an import tells about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from routing.roads.facts import Size, size_of
from routing.roads.osm.way import FERRY

if TYPE_CHECKING:
    from routing.roads.osm.table import Table


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
        ``no-places`` (the file has no places for their nodes), ``twice`` (drawn a second time, all alike).
    ferries, ferries_left_out
        Ferry lines that take trucks, counted among the ways; ferry lines that do not say so.
    barriers_cut, barriers_passed
        Barriers on kept roads by their word: those that part two roads, and those that let a truck through.
    node_limits
        Nodes on kept roads with a limit of height, weight or width.
    restrictions_read, restrictions_kept, restrictions_conditional
        Turn restrictions in the file; those that became rules; those of them that hold at some hours only in
        truth, and at all hours here.
    restrictions_skipped
        The others by reason: see `routing.roads.osm.relation` and `routing.roads.osm.turns`.
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
    ferries_left_out: int = 0
    barriers_cut: dict[str, int] = field(default_factory=dict)
    barriers_passed: dict[str, int] = field(default_factory=dict)
    node_limits: int = 0
    restrictions_read: int = 0
    restrictions_kept: int = 0
    restrictions_conditional: int = 0
    restrictions_skipped: dict[str, int] = field(default_factory=dict)
    small_parts_km: float = 0.0
    small_parts_edges: int = 0

    def skip(self, reason: str, ways: int = 1) -> None:
        """Count ways left out."""
        _add(self.skipped, reason, ways)

    def skip_restriction(self, reason: str) -> None:
        """Count a turn restriction left out."""
        _add(self.restrictions_skipped, reason, 1)


def _add(counts: dict[str, int], word: str, number: int) -> None:
    if number:
        counts[word] = counts.get(word, 0) + number


def count(report: ImportReport, table: Table) -> Size:
    """Fill in what the kept ways and their edges say, and give the network's size."""
    kept = np.unique(table.pieces.way)
    kmh = table.ways.speeds()[kept]
    report.ways_kept = len(kept)
    report.one_ways = int((kmh == 0).any(axis=1).sum())
    report.reversed_one_ways = int((kmh[:, 0] == 0).sum())
    report.named = sum(name is not None for name in table.ways.texts("name", kept))
    report.with_speed_limit = int(np.frombuffer(table.ways.limited, np.int8)[kept].sum())
    limited = np.array([word is not None for word in table.ways.texts("hgv", kept)])
    for column in table.ways.limits.values():
        limited |= ~np.isnan(np.frombuffer(column, np.float64)[kept])
    report.with_truck_limits = int(limited.sum())
    report.ferries = sum(word == FERRY for word in table.ways.texts("highway", kept))
    size = size_of(
        table.pieces.u, table.pieces.v, (table.kmh[:, 0], table.kmh[:, 1]), table.pieces.length, table.highway
    )
    report.km_by_class, report.junctions, report.edges = dict(size.km_by_class), size.junctions, len(table)
    report.small_parts_edges = int((~size.in_largest_part).sum())
    report.small_parts_km = round(float(table.pieces.length[~size.in_largest_part].sum()) / 1000, 3)
    for name in ("skipped", "restrictions_skipped", "barriers_cut", "barriers_passed"):
        setattr(report, name, dict(sorted(getattr(report, name).items())))
    return size
