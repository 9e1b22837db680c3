"""Drives many legs over real extracts and has each judged against the raw file."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

from routing.roads.layer import read_layer
from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.osm import import_extract
from routing.roads.snap import snap
from routing.roads.trips import Trip, trips

from .raw_roads import RawRoads
from .road_judge import Piece, Violation, judge
from .road_law import Vehicle

EXTRACTS = Path(__file__).resolve().parents[2].parent / "shared" / "osm"
TRUCK = VehicleProfile("truck", height=3.5, weight=7.5, width=2.4, length=8, hgv=True)
PLACES, PAIRS = 150, 1000  # positions of one batch, and legs between them


@dataclass
class Town:
    """One extract: what the engine made of it, and what the file says."""

    name: str
    network: RoadNetwork
    layer: GeoDataFrame
    raw: RawRoads


@dataclass
class Seen:
    """What was driven, and what was wrong with it; of each kind of violation some are kept, each place once."""

    legs: int = 0
    no_way: int = 0
    pieces: int = 0
    metres: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    kept: dict[tuple[str, int, int, str], Violation] = field(default_factory=dict)

    def __str__(self) -> str:
        wrong = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items())) or "no violation"
        driven = f"{self.legs} legs, {self.pieces} pieces, {self.metres / 1000:.0f} km"
        return f"{driven}, {self.no_way} pairs without a way: {wrong}"


def town(file: str, folder: Path) -> Town:
    """Import an extract; skips the test when it is not there."""
    path = EXTRACTS / file
    if not path.is_file():
        pytest.skip(f"{file} is not here: put it into ../shared/osm beside the repository")
    name = file.partition(".")[0]
    import_extract(path, name, folder)
    layer = folder / f"{name}.gpkg"
    return Town(name, RoadNetwork.from_layer(layer), read_layer(layer), RawRoads.read(path))


def drive(
    town: Town, legs: int, profile: VehicleProfile | None, seed: int = 1, network: RoadNetwork | None = None
) -> Seen:
    """Drive legs between random places near usable roads, and judge each; on another network where one is given."""
    network = network or town.network
    u, v, way, metres = (town.layer[column].tolist() for column in ("u", "v", "way_id", "length"))
    vehicle = (
        None if profile is None else Vehicle(profile.height, profile.weight, profile.width, profile.length, profile.hgv)
    )
    seen = Seen()
    for trip in _drive(network, legs, profile, np.random.default_rng(seed)):
        seen.no_way += not np.isfinite(trip.ms)
        seen.legs += bool(np.isfinite(trip.ms))
        leg = [
            Piece(way[e], *((u[e], v[e]) if a < b else (v[e], u[e])), a not in (0, 1), b not in (0, 1), metres[e])
            for e, a, b in zip(trip.edge.tolist(), trip.start.tolist(), trip.end.tolist(), strict=True)
        ]
        seen.pieces += len(leg)
        seen.metres += trip.dm / 10 if np.isfinite(trip.dm) else 0
        for wrong in judge(town.raw, leg, vehicle):
            seen.kinds[wrong.kind] += 1
            seen.kept.setdefault((wrong.kind, wrong.way, wrong.node, wrong.words), wrong)
    return seen


def _drive(network: RoadNetwork, legs: int, profile: VehicleProfile | None, rng: np.random.Generator) -> Iterator[Trip]:
    weighting = network.weighting(profile)
    usable = np.flatnonzero(network.usable_by(profile))
    while legs > 0:
        lines = network.geometry[rng.choice(usable, PLACES)]
        on = shapely.line_interpolate_point(lines, rng.random(PLACES), normalized=True)
        snapped = snap(weighting, shapely.get_coordinates(on) + rng.normal(scale=2e-4, size=(PLACES, 2)))
        ready = np.flatnonzero(snapped.ok)
        count = min(legs, PAIRS)
        yield from trips(weighting, snapped, rng.choice(ready, (count, 2)).tolist())
        legs -= count
