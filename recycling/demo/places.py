"""A network for roads that come without any register: depot, centres and communities placed by seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from recycling.models import Area, Community, Site
from recycling.network import NetworkData
from recycling.roads import imported_layer
from recycling.settings import Settings, home
from routing.roads.network import RoadNetwork
from routing.roads.places import spread, street_places
from routing.roads.profile import VehicleProfile

COMMUNITIES = 40
RADIUS = 6000.0
"""Metres around the densest streets in which the day takes place."""

MARGIN = 0.004
"""Degrees, some 400 m, that the area reaches beyond its outermost roads."""

ALL_MATERIALS = "paper,plastic,metal,glass,textiles,appliances,batteries,furniture"
TRUCK = VehicleProfile(name="site", height=3.2, weight=4.4, hgv=True)
"""Sites must be reached by the largest vehicle."""


def placed_network(settings: Settings, name: str, seed: int) -> NetworkData:
    """Place a depot, two sorting centres, a station and communities along the streets of an imported network."""
    path = imported_layer(settings, name)
    roads = RoadNetwork.from_layer(path)
    rng = np.random.default_rng(seed)
    doors = street_places(roads, 30 * COMMUNITIES, rng, TRUCK)
    rows = spread(roads, doors, COMMUNITIES, RADIUS)
    centre = doors[rows[0]]
    trucks = street_places(roads, 300, rng, TRUCK)
    away = np.hypot(*(roads.plane.to(trucks) - roads.plane.to(centre[None, :])).T)
    order = np.argsort(away)
    order = order[away[order] <= RADIUS * 1.2]
    sites = [
        _site("DEP-01", "示例车场", "Example depot", "depot", trucks[order[len(order) // 2]]),
        _site("CEN-01", "示例综合分拣中心一", "Example sorting centre 1", "comprehensive", trucks[order[-1]]),
        _site(
            "CEN-02", "示例综合分拣中心二", "Example sorting centre 2", "comprehensive", trucks[order[len(order) // 3]]
        ),
        _site("STA-01", "示例回收站", "Example station", "station", trucks[order[0]]),
    ]
    people = rng.pareto(1.5, COMMUNITIES) + 0.3
    communities = [
        Community(
            code=f"DEMO-{number:03d}",
            name=f"示例点 {number:03d}",
            town=name,
            county=name,
            urban=True,
            population=int(people[number - 1] * 2000),
            lon=round(float(doors[row][0]), 6),
            lat=round(float(doors[row][1]), 6),
            status="synthetic",
            depot_code="DEP-01",
        )
        for number, row in enumerate(rows, 1)
    ]
    notice = roads.notice or {"zh": "", "en": ""}
    area = Area(
        id=1,
        name=name,
        name_en=name,
        roads=name,
        roads_path=str(path.relative_to(home()) if path.is_relative_to(home()) else path),
        attribution=roads.facts.attribution,
        notice_zh=notice["zh"],
        notice_en=notice["en"],
        lon=round(float(centre[0]), 6),
        lat=round(float(centre[1]), 6),
        outline=_outline(roads),
    )
    return NetworkData(area, sites, communities)


def _outline(roads: RoadNetwork) -> dict[str, Any]:
    """The convex hull of the roads and a little more, so that doors beside the outermost road belong to it."""
    from shapely import GeometryCollection
    from shapely.geometry import mapping

    hull = GeometryCollection(list(roads.geometry)).convex_hull.buffer(MARGIN).simplify(MARGIN / 10)
    return dict(mapping(hull))


def _site(code: str, name: str, name_en: str, kind: str, position: np.ndarray) -> Site:
    return Site(
        code=code,
        name=name,
        name_en=name_en,
        kind=kind,
        lon=round(float(position[0]), 6),
        lat=round(float(position[1]), 6),
        materials="" if kind == "depot" else ALL_MATERIALS,
        opens="07:00",
        closes="19:00",
        unload_minutes=20 if kind == "comprehensive" else 0,
        tonnes_per_day=60.0 if kind == "comprehensive" else 0.0,
        ownership="own",
        status="synthetic",
    )
