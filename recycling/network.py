"""The network as layers: from data/geo, or placed on an imported road layer, into the record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from recycling.errors import N_, ConfigurationError, Listing, NotFoundError
from recycling.kept_network import kept_network
from recycling.models import Area, Community, Site
from recycling.places.readings import keep_readings
from recycling.plane import METRES_A_DEGREE
from recycling.settings import home

CENTRES = ("comprehensive", "specialised")


@dataclass(frozen=True)
class NetworkData:
    """An area with its sites and communities, not yet in any database."""

    area: Area
    sites: list[Site]
    communities: list[Community]


def shipped_network() -> NetworkData:
    """Read the layers in data/geo.

    Raises
    ------
    ConfigurationError
        When a layer is missing, damaged or not the one that manifest.json describes.
    """
    folder = home() / "data" / "geo"
    try:
        manifest = json.loads(_checked(folder / "manifest.json"))
    except ValueError as error:
        raise ConfigurationError.one(
            "layer-changed",
            N_("The file %(file)s is damaged. Run: python data/geo/build.py"),
            file="manifest.json",
        ) from error
    for layer in manifest["layers"]:
        _checked(folder / layer["file"], layer["sha256"])
    counties = _features(folder / "counties.geojson")
    names = {p["adcode"]: p["name"] for p, _ in counties}
    sites = [
        Site(
            code=p["code"],
            name=p["name"],
            name_en=p["name_en"],
            kind=p["kind"],
            lon=lon,
            lat=lat,
            materials=p["materials"],
            opens=p["opens"],
            closes=p["closes"],
            unload_minutes=p["unload_minutes"],
            tonnes_per_day=p["tonnes_per_day"],
            ownership=p["ownership"],
            status=p["status"],
        )
        for file in ("depots", "centres", "stations")
        for p, (lon, lat) in _features(folder / f"{file}.geojson")
    ]
    depot_county = {p["code"]: p["county_code"] for p, _ in _features(folder / "depots.geojson")}
    depots = [s for s in sites if s.kind == "depot"]
    communities = []
    for p, (lon, lat) in _features(folder / "communities.geojson"):
        own = [d for d in depots if depot_county[d.code] == p["county_code"]]
        communities.append(
            Community(
                code=p["code"],
                name=p["name"],
                town=p["town_name"],
                county=names[p["county_code"]],
                urban=p["kind"] == "urban",
                population=p["population"],
                lon=lon,
                lat=lat,
                status=p["position_status"],
                depot_code=(own[0] if own else nearest(depots, lon, lat)).code,
            )
        )
    city, notice = manifest["city"], manifest["notice"]
    area = Area(
        id=1,
        name=city["name"],
        name_en=city["name_en"],
        roads="dazhou",
        roads_path="data/geo/roads.gpkg",
        attribution="",
        notice_zh=notice["zh"],
        notice_en=notice["en"],
        lon=city["core"]["lon"],
        lat=city["core"]["lat"],
        outline={"type": "MultiPolygon", "coordinates": [c for _, g in counties for c in g]},
    )
    return NetworkData(area, sites, communities)


def store(session: Session, data: NetworkData) -> None:
    """Write a network into an empty record, with the readings of its names."""
    session.add(data.area)
    session.add_all(data.sites)
    session.flush()
    session.add_all(data.communities)
    keep_readings(session, data.communities)


def the_area(session: Session) -> Area:
    """Return the area that this record serves; NotFoundError when no network has been loaded."""
    area = kept_network(session).area
    if area is None:
        raise NotFoundError.one(
            "no-network", N_("No network has been loaded yet. Run: recycling network load, or: recycling demo")
        )
    return area


def roads_path(area: Area) -> Path:
    """Return the file of the area's road layer."""
    return home() / area.roads_path


def depots(session: Session) -> list[Site]:
    """Return the depots by code."""
    return [site for site in kept_network(session).sites.values() if site.kind == "depot"]


def sites(session: Session) -> list[Site]:
    """Return all sites in order of their codes."""
    return list(kept_network(session).sites.values())


def the_depot(session: Session, code: str) -> Site:
    """Return the depot of that code; NotFoundError names the ones that there are."""
    found = kept_network(session).sites.get(code)
    if found is None or found.kind != "depot":
        raise NotFoundError.one(
            "no-depot",
            N_("There is no depot %(code)s. Choose one of: %(known)s."),
            where="depot",
            code=code,
            known=Listing(depot.code for depot in depots(session)),
        )
    return found


def inside(area: Area, lon: float, lat: float) -> bool:
    """Tell whether a position lies in the area."""
    from shapely import intersects_xy

    shape = _outline(area)
    with _OUTLINES_LOCK:  # a prepared shape completes itself while it is asked
        return bool(intersects_xy(shape, lon, lat))


def near(area: Area, lon: float, lat: float, metres: float) -> bool:
    """Tell whether a position lies in the area or at most about so many metres outside."""
    from shapely import Point

    shape = _outline(area)
    with _OUTLINES_LOCK:
        return bool(shape.dwithin(Point(lon, lat), metres / METRES_A_DEGREE))


_OUTLINES: WeakKeyDictionary[Area, Any] = WeakKeyDictionary()
"""The outline of each area that is kept, ready to be asked."""

_OUTLINES_LOCK = Lock()


def _outline(area: Area) -> Any:
    from shapely import prepare
    from shapely.geometry import shape

    with _OUTLINES_LOCK:
        known = _OUTLINES.get(area)
        if known is None:
            known = _OUTLINES[area] = shape(area.outline)
            prepare(known)
        return known


def nearest(sites: Iterable[Site], lon: float, lat: float) -> Site:
    """Return the site nearest in a straight line, good enough to choose a depot."""
    return min(sites, key=lambda s: ((s.lon - lon) * 0.86) ** 2 + (s.lat - lat) ** 2)


def _features(path: Path) -> list[tuple[dict[str, Any], Any]]:
    found = json.loads(path.read_text(encoding="utf-8"))["features"]
    out = []
    for f in found:
        coordinates = f["geometry"]["coordinates"]
        if f["geometry"]["type"] == "Polygon":
            coordinates = [coordinates]
        out.append((f["properties"], coordinates))
    return out


def _checked(path: Path, sha256: str | None = None) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError.one(
            "layer-missing",
            N_("The layer %(file)s is not there. Run: python data/geo/build.py"),
            file=path.name,
        ) from error
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise ConfigurationError.one(
            "layer-changed",
            N_("The layer %(file)s is not the one that manifest.json describes. Run: python data/geo/build.py"),
            file=path.name,
        )
    return content
