"""Sites and points of a scenario as layers that come in again the same: GeoJSON, GeoPackage, zipped shapefile, CSV."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from recycling.exports.tables import csv_bytes
from recycling.layers.columns import COLUMNS, PLACE
from recycling.layers.site_rows import AMOUNTS
from recycling.models import Scenario, ScenarioMarket, ScenarioSite
from recycling.sites.facts import facts_of
from recycling.sites.people import layer_of, people_for

FORMS = {
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "zip": "application/zip",
    "csv": "text/csv",
}
"""Endings, and what they are called on the wire."""

NUMBERS = {*AMOUNTS, "people", "kg_week"}
Row = Mapping[str, Any]


def site_values(scenario: Scenario) -> list[Row]:
    """Return the sites and markets of a scenario as rows of `recycling.layers.columns.SITES`, with ``lon``, ``lat``."""
    return [*(_site(row, row.size) for row in scenario.sites), *(_site(row, "") for row in scenario.markets)]


def _site(row: ScenarioSite | ScenarioMarket, size: str) -> Row:
    facts = facts_of(row)
    said: dict[str, Any] = facts.model_dump(mode="json")
    said |= {name: _pairs(getattr(facts, name)) for name in ("materials", "prices")}
    said |= {"feeds": "; ".join(facts.feeds), "open": "yes" if row.is_open else "no", "size": size}
    return said | {name: getattr(row, name) for name in ("code", "name", "name_en", "kind", "lon", "lat")}


def _pairs(amounts: Mapping[str, float]) -> str:
    return "; ".join(f"{code}={_short(amount)}" for code, amount in amounts.items())


def point_values(session: Session, scenario: Scenario) -> list[Row]:
    """Return the points that a scenario counts as rows of `recycling.layers.columns.POINTS`."""
    found: list[Row] = []
    people, layer = people_for(session, scenario), layer_of(session, scenario)
    own = {row["code"]: row for row in layer.rows} if layer is not None else {}
    for k, inside in enumerate(people.of(scenario.depot_code).tolist()):
        if not inside:
            continue
        code, (county, town) = people.codes[k], people.towns[people.town[k]]
        lon, lat = people.lonlat[k]
        known: dict[str, Any] = {
            "code": code, "name": people.names[k], "county": county, "town": town, "kind": "community",
            "urban": bool(people.urban[k]), "people": float(people.people[k]), "kg_week": None, "operator": "",
            "note": "",
        }  # fmt: skip
        known |= own.get(code, {})
        urban = "yes" if known["urban"] else "no"
        found.append(known | {"urban": urban, "lon": round(lon, 6), "lat": round(lat, 6)})
    return found


def written(what: str, rows: Sequence[Row], form: str) -> bytes:
    """Return rows of ``sites`` or ``points`` as a file of one of `FORMS`, in WGS 84."""
    if form == "geojson":
        return _geojson(what, rows)
    if form == "csv":
        columns = (*COLUMNS[what], *PLACE)
        head = [f"{c.zh} / {c.en}" for c in columns]
        return csv_bytes(head, ([_cell(row | {"crs": "wgs84"}, c.field) for c in columns] for row in map(dict, rows)))
    with tempfile.TemporaryDirectory(prefix="layer-") as folder:
        return _by_gdal(Path(folder), what, rows, form)


def _cell(row: Row, field: str) -> Any:
    value = row.get(field)
    return _short(value) if isinstance(value, float) and field not in ("lon", "lat") else value


def _short(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _geojson(what: str, rows: Sequence[Row]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {c.field: row.get(c.field) for c in COLUMNS[what]},
            "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        }
        for row in rows
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _by_gdal(folder: Path, what: str, rows: Sequence[Row], form: str) -> bytes:
    """Write a GeoPackage, or a shapefile and pack it, under names of our own."""
    import numpy as np
    import shapely
    from pyogrio.raw import write

    fields = [c.field for c in COLUMNS[what]]
    data, masks = [], []
    for name in fields:
        values = [row.get(name) for row in rows]
        empty = np.array([value is None or value == "" for value in values], dtype=bool)
        if name in NUMBERS:
            data.append(np.array([0.0 if value is None else float(value) for value in values]))
        else:
            data.append(np.array(["" if value is None else str(value) for value in values], dtype=object))
        masks.append(empty)
    points = shapely.to_wkb(shapely.points([[row["lon"], row["lat"]] for row in rows] or np.zeros((0, 2))))
    ending, driver = ("gpkg", "GPKG") if form == "gpkg" else ("shp", "ESRI Shapefile")
    path = folder / f"{what}.{ending}"
    write(
        path, np.asarray(points, dtype=object), data, fields, field_mask=masks, layer=what, driver=driver,
        geometry_type="Point", crs="EPSG:4326", encoding="UTF-8",
    )  # fmt: skip
    if form == "gpkg":
        return path.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return packed.getvalue()
