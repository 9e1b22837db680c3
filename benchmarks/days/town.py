"""Where a made-up day takes place: the core of Dazhou on its demonstration roads, with traffic by the hour."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.problem import Matrix, Period
from routing.roads.changes import ClassSpeeds, When
from routing.roads.day_matrices import by_hours, day_matrices
from routing.roads.network import RoadNetwork
from routing.roads.profile import VehicleProfile
from routing.roads.projection import LocalMetres

LAYERS = Path(__file__).resolve().parents[2] / "data" / "geo"
PLANE = LocalMetres.around((107.475, 31.205, 107.475, 31.205))
REACH, OLD_TOWN = 7_000, 1_500
"""Metres around the middle of the plane in which doors lie, and in which trucks are kept out when streets are full."""
SPREAD, SNAP = 200, 1_500
"""Metres: how far doors lie from the middle of their community, and from a road at most."""
DEPOT, CENTRE, STATION, YARD, CHARGER = range(5)
"""Locations; doors follow."""
FIRST_DOOR = 5
SITES = ("depots DEP-01", "centres CEN-01", "stations STA-005", "centres CEN-02", "stations STA-009")
DAY = date(2026, 3, 4)
PROFILES = (
    VehicleProfile("van", height=2.1, weight=2.8, width=1.7, length=4.9, energy="petrol"),
    VehicleProfile("truck", height=3.2, weight=4.4, width=2.2, length=6.0, energy="diesel"),
)
TRAFFIC = (
    ClassSpeeds(
        "morning",
        (("trunk", 0.6), ("primary", 0.6), ("secondary", 0.65), ("tertiary", 0.8), ("residential", 0.9)),
        When(((7 * 3600 + 1800, 9 * 3600),)),
    ),
    ClassSpeeds("noon", (("primary", 0.8), ("secondary", 0.85)), When(((41_400, 45_000),))),
    ClassSpeeds(
        "evening",
        (("trunk", 0.55), ("primary", 0.55), ("secondary", 0.6), ("tertiary", 0.75), ("residential", 0.85)),
        When(((16 * 3600 + 1800, 18 * 3600 + 1800),)),
    ),
)


@dataclass(frozen=True, eq=False)
class Town:
    """Sites, then doors, as rows of the matrices; ``old_town`` are the rows in the old town."""

    matrices: Mapping[str, Matrix]
    periods: tuple[Period, ...]
    notice: Mapping[str, str] | None
    old_town: frozenset[int]


def town(doors: int, random_: random.Random) -> Town:
    """Draw doors around the middles of communities, by their population, and find the ways at all hours."""
    network = RoadNetwork.from_layer(LAYERS / "roads.gpkg")
    lonlat = np.array([*map(site, SITES), *doors_of(communities_near(REACH), doors, random_)])
    hours = {p.name: day_matrices(network, lonlat, TRAFFIC, DAY, p, max_distance=SNAP) for p in PROFILES}
    matrices, periods = by_hours(hours)
    away = np.hypot(*PLANE.to(lonlat).T)
    return Town(matrices, periods, network.notice, frozenset(np.flatnonzero(away < OLD_TOWN).tolist()))


def features(name: str) -> list[dict[str, Any]]:
    """Return the features of a layer of `LAYERS`."""
    found: list[dict[str, Any]] = json.loads((LAYERS / f"{name}.geojson").read_text())["features"]
    return found


def site(name: str) -> NDArray[np.float64]:
    """Return the position of what a layer and a code name."""
    layer, code = name.split()
    (found,) = (f for f in features(layer) if f["properties"]["code"] == code)
    return np.array(found["geometry"]["coordinates"])


def communities_near(reach: float) -> list[dict[str, Any]]:
    """Return the communities whose middles are within so many metres of that of the plane."""
    found = features("communities")
    away = np.hypot(*PLANE.to(np.array([c["geometry"]["coordinates"] for c in found])).T)
    return [found[k] for k in np.flatnonzero(away < reach)]


def doors_of(communities: Sequence[dict[str, Any]], doors: int, random_: random.Random) -> list[NDArray[np.float64]]:
    """Draw positions around the middles of communities, by their population."""
    metres = PLANE.to(np.array([c["geometry"]["coordinates"] for c in communities]))
    weights = [c["properties"]["population"] for c in communities]
    chosen = random_.choices(range(len(communities)), weights, k=doors)
    at = [metres[k] + (random_.gauss(0, SPREAD), random_.gauss(0, SPREAD)) for k in chosen]
    return list(PLANE.back(np.array(at)))
