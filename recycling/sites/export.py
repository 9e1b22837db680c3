"""A scenario as files: GeoJSON of sites and catchments, a table of communities; both with the notice of the roads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recycling.exports.tables import Cell, csv_bytes
from recycling.sites.compared import FIGURES
from recycling.sites.looking import Look

HEAD = (
    "community", "name", "county", "town", "people", "lon", "lat", "site", "site_name", "minutes", "roads",
)  # fmt: skip


def geojson(look: Look, notice: Mapping[str, str] | None) -> dict[str, Any]:
    """Return sites, own markets, and the communities with the site that each gets to, as points in WGS 84."""
    found = look.worth
    worths = {one.code: one for one in found.sites} if found is not None else {}
    features = []
    for row in look.scenario.sites:
        told: dict[str, Any] = {
            "kind": "site",
            "code": row.code,
            "name": row.name,
            "name_en": row.name_en,
            "site_kind": row.kind,
            "open": row.is_open,
            "size": row.size,
            "facts": dict(row.facts or {}),
        }
        if row.code in worths:
            one = worths[row.code]
            full = None if one.full == float("inf") else round(one.full, 4)
            told |= {"people": round(one.people), "tonnes": round(one.tonnes, 1), "capacity": one.capacity}
            told |= {"full": full, "minutes": round(one.minutes, 1), "km": round(one.km)}
        features.append(_point(row.lon, row.lat, told))
    for market in look.scenario.markets:
        known = {"kind": market.kind, "code": market.code, "name": market.name, "name_en": market.name_en}
        features.append(_point(market.lon, market.lat, known | {"open": market.is_open, "facts": dict(market.facts)}))
    for code, name, county, town, people, lon, lat, site, _, minutes, _ in rows(look, notice):
        told = {"kind": "community", "code": code, "name": name, "county": county, "town": town, "people": people}
        features.append(_point(lon, lat, told | ({"site": site, "minutes": minutes} if site else {"site": None})))
    return {
        "type": "FeatureCollection",
        "notice": dict(notice) if notice else None,
        "scenario": look.scenario.name,
        "version": look.scenario.version,
        "depot": look.scenario.depot_code,
        "assumed": look.assumed.model_dump(mode="json"),
        "figures": {figure.code: _finite(figure.rounded(found)) for figure in FIGURES} if found is not None else None,
        "features": features,
    }


def table(look: Look, notice: Mapping[str, str] | None) -> bytes:
    """Return a CSV of the communities, each with its site, its minutes, and what is to be said of the roads."""
    return csv_bytes(HEAD, rows(look, notice))


def rows(look: Look, notice: Mapping[str, str] | None) -> list[tuple[Any, ...]]:
    """Return a row of `HEAD` for each community of the scenario; without a way site and minutes are empty."""
    people, found = look.people, look.worth
    said: Cell = f"{notice['zh']} / {notice['en']}" if notice else ""
    opened = look.opened
    out = []
    for k, mine in enumerate(people.of(look.scenario.depot_code).tolist()):
        if not mine:
            continue
        county, town = people.towns[people.town[k]]
        number = int(found.site[k]) if found is not None else -1
        site = opened[number] if number >= 0 else None
        minutes = round(int(found.seconds[k]) / 60, 1) if found is not None and site is not None else None
        lon, lat = people.lonlat[k]
        out.append(
            (
                people.codes[k], people.names[k], county, town, round(float(people.people[k])), round(lon, 6),
                round(lat, 6), site.code if site else None, site.name if site else None, minutes, said,
            )
        )  # fmt: skip
    return out


def _point(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _finite(value: float) -> float | None:
    return None if value in (float("inf"), float("-inf")) else value
