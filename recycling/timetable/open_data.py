"""Calls ahead as open data: CSV, JSON and GeoJSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from recycling.exports.tables import csv_bytes
from recycling.models import Call
from recycling.settings import Settings
from recycling.stock.taken import Room

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "geojson": "application/geo+json",
}
"""Content type of each format."""

NOTHING_KNOWN = Room((), ())

COLUMNS = (
    "id",
    "community",
    "name",
    "town",
    "starts",
    "ends",
    "state",
    "reason",
    "moved_from",
    "lon",
    "lat",
    "reason_en",
    "full",
    "taken",
)


def open_data(
    settings: Settings, calls: Sequence[Call], form: str, rooms: Mapping[uuid.UUID, Room] | None = None
) -> bytes:
    """Return calls in one of the formats; times are local with their offset (ISO 8601), positions WGS 84.

    ``full`` and ``taken`` are codes of materials, known for calls of today; lists, in CSV with spaces between.
    """
    rows = [_row(settings, call, (rooms or {}).get(call.id, NOTHING_KNOWN)) for call in calls]
    if form == "csv":
        cells = [{**row, "full": " ".join(row["full"]), "taken": " ".join(row["taken"])} for row in rows]
        return csv_bytes(COLUMNS, [[row[name] for name in COLUMNS] for row in cells])
    if form == "geojson":
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row.pop("lon"), row.pop("lat")]},
                "properties": row,
            }
            for row in rows
        ]
        return _json({"type": "FeatureCollection", "features": features})
    return _json({"calls": rows})


def _row(settings: Settings, call: Call, room: Room) -> dict[str, Any]:
    local = settings.clock.local
    return {
        "id": str(call.id),
        "community": call.community_code,
        "name": call.community.name,
        "town": call.community.town,
        "starts": local(call.starts_at).isoformat(),
        "ends": local(call.ends_at).isoformat(),
        "state": call.state,
        "reason": call.reason,
        "moved_from": local(call.moved_from).isoformat() if call.moved_from else "",
        "lon": round(call.lon, 6),
        "lat": round(call.lat, 6),
        "reason_en": call.reason_en,
        "full": list(room.full),
        "taken": list(room.taken),
    }


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8")
