"""Answers for stations and centres, and fronts, as files: tables of sites, of flows, of points; GeoJSON for maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recycling.exports.tables import Cell, csv_bytes
from recycling.sites.answer_maps import feature, notice_of
from recycling.tiers import TIERS

SITES = ("year", "tier", "site", "name", "name_en", "lon", "lat", "size", "tonnes", "full", "roads")
FLOWS = ("year", "tier", "source", "source_name", "site", "site_name", "material", "tonnes", "roads")
MEASURES = ("cost", "carbon", "within", "worst-town", "driving")
POINTS = ("point", *MEASURES, "bound", "gap", "held", "proven", "stations", "centres", "opened", "roads")

Answer = Mapping[str, Any]


def sites_table(answer: Answer) -> bytes:
    """Return a CSV with a row for each open site of each year: tonnes that it takes in, share of its room."""
    rows: list[Sequence[Cell]] = []
    for year, tier, code, size in opened(answer):
        name, name_en, lon, lat = answer["places"][tier][code]
        tonnes, full = answer["loads"][year][tier][code]
        place = (answer["years"][year], TIERS[tier], code, name, name_en, lon, lat, size)
        rows.append((*place, tonnes, full, notice_of(answer)))
    return csv_bytes(SITES, rows)


def flows_table(answer: Answer) -> bytes:
    """Return a CSV with a row for each material of each way in each year."""
    rows = (
        (
            answer["years"][year],
            TIERS[tier],
            source,
            source_of(answer, tier, source)[0],
            site,
            answer["places"][tier][site][0],
            material,
            tonnes,
            notice_of(answer),
        )
        for year, tier, source, site, material, tonnes in answer["flows"]
    )
    return csv_bytes(FLOWS, rows)


def points_table(front: Answer) -> bytes:
    """Return a CSV with a row for each point of a front."""
    rows = [
        (
            number,
            *(row["measures"].get(measure) for measure in MEASURES),
            row["bound"],
            row.get("gap"),
            str(row["held"]),
            str(row["proven"]),
            len(row["opened"][-1][0]),
            len(row["opened"][-1][1]),
            " ".join(sorted({code for tier in row["opened"][-1][:2] for code in tier})),
            notice_of(front),
        )
        for number, row in enumerate(front["rows"], start=1)
    ]
    return csv_bytes(POINTS, rows)


def geojson(answer: Answer) -> dict[str, Any]:
    """Return open sites as points and flows as straight lines in WGS 84, each with its year."""
    features = []
    for year, tier, code, size in opened(answer):
        name, name_en, lon, lat = answer["places"][tier][code]
        tonnes, full = answer["loads"][year][tier][code]
        told = {"kind": TIERS[tier][:-1], "code": code, "name": name, "name_en": name_en, "size": size}
        told |= {"year": answer["years"][year], "tonnes": tonnes, "full": full}
        features.append(feature("Point", [lon, lat], told))
    for (year, tier, source, site), materials in summed(answer).items():
        ends = [list(source_of(answer, tier, source)[1:]), list(answer["places"][tier][site][2:4])]
        told = {"kind": "flow", "to": TIERS[tier], "source": source, "site": site, "year": answer["years"][year]}
        told |= {"tonnes": round(sum(materials.values()), 3), "materials": materials}
        features.append(feature("LineString", ends, told))
    return {
        "type": "FeatureCollection",
        "notice": answer["notice"],
        **{name: answer[name] for name in ("best", "value", "bound", "proven", "measures", "parts")},
        "features": features,
    }


def opened(answer: Answer) -> Iterator[tuple[int, int, str, str]]:
    """Give year, tier, code and size of every open site, by code."""
    for year, tiers in enumerate(answer["opened"]):
        for tier, sites in enumerate(tiers):
            for code, size in sorted(sites.items()):
                yield year, tier, code, size


def summed(answer: Answer) -> dict[tuple[int, int, str, str], dict[str, float]]:
    """Return tonnes by material of each year, tier, source and site."""
    found: dict[tuple[int, int, str, str], dict[str, float]] = {}
    for year, tier, source, site, material, tonnes in answer["flows"]:
        found.setdefault((year, tier, source, site), {})[material] = tonnes
    return found


def source_of(answer: Answer, tier: int, code: str) -> tuple[str, float, float]:
    """Return name, longitude and latitude of where a flow to a tier comes from."""
    if tier == 0:
        name, lon, lat = answer["points"][code]
    else:
        name, _, lon, lat = answer["places"][tier - 1][code]
    return name, lon, lat
