"""A day's routes for other programs: a row a visit, a GeoJSON of ways and stops, a GPX track for a phone or a tracker.

The table holds what a crew's sheet holds, numbers masked. What is drawn on maps, GeoJSON and GPX, says the place, the
hours and the things, and nothing of the person: such files are sent around and loaded into programs of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from recycling.clock import ServiceClock
from recycling.exports.calendar import plain
from recycling.exports.tables import Cell
from recycling.models import Site
from recycling.schedule import Order, RouteSheet, Schedule, VisitLine

HEAD = (
    "route", "plate", "vehicle_type", "stop", "kind", "reference", "state", "place", "address", "contact", "phone",
    "promised_from", "promised_to", "arrives", "begins", "ends", "things", "takes_back", "floor", "lift", "way_in_m",
    "note", "collected_kg", "collected_litres", "load_kg", "load_litres", "load_percent", "lon", "lat", "plan_version",
    "notice",
)  # fmt: skip
GPX = "http://www.topografix.com/GPX/1/1"

NEVER_IN_XML = "\ufffe\uffff"
"""What XML has no way to write, besides what `plain` takes out."""

Names = Callable[[str], str]
"""Says what an item code is called."""


def chosen(schedule: Schedule, number: int | None) -> tuple[RouteSheet, ...]:
    """Return the sheets of a schedule, or that of one route alone; none where there is no such route."""
    return tuple(sheet for sheet in schedule.routes if number is None or sheet.route.number == number)


def notice_of(schedule: Schedule, language: str) -> str:
    """Return the notice of roads that are not real ones, in ``zh`` or ``en``; empty on real ones."""
    notice = schedule.plan.notice
    return notice["zh" if language.startswith("zh") else "en"] if notice else ""


def table_rows(
    schedule: Schedule, sheets: Iterable[RouteSheet], clock: ServiceClock, names: Names, language: str
) -> list[tuple[Cell, ...]]:
    """Return the visits in order as rows under `HEAD`; moments are local, positions WGS 84."""
    notice = notice_of(schedule, language)
    rows: list[tuple[Cell, ...]] = []
    for sheet in sheets:
        route = sheet.route
        for line in sheet.lines:
            order, visit, door = line.order, line.visit, line.order.door
            first, last = order.promise or (None, None)
            rows.append(
                (
                    route.number, route.plate, route.vehicle_type, line.number, order.kind, order.reference,
                    order.state, order.place, order.address, order.contact, order.phone, _local(clock, first),
                    _local(clock, last), _local(clock, visit.arrives_at), _local(clock, visit.begins_at),
                    _local(clock, visit.ends_at), things(order.items, names), things(order.taken_back, names),
                    door.floor if door else None, ("yes" if door.lift else "no") if door else "",
                    door.height_limit if door else None,
                    door.note if door else "", visit.collected_kg, visit.collected_litres, visit.load_kg,
                    visit.load_litres, round(100 * line.load_share), round(visit.lon, 6), round(visit.lat, 6),
                    schedule.plan.version, notice,
                )
            )  # fmt: skip
    return rows


def things(found: Iterable[tuple[str, int]], names: Names) -> str:
    """Say things and their pieces: Refrigerator ×2; Sofa ×1."""
    return "; ".join(f"{names(code)} ×{pieces}" for code, pieces in found)


def day_geojson(
    schedule: Schedule, sheets: Iterable[RouteSheet], depot: Site, clock: ServiceClock, names: Names, language: str
) -> dict[str, Any]:
    """Return a FeatureCollection (RFC 7946): of each route a line of ways with its figures, then its stops in order."""
    features: list[dict[str, Any]] = [
        _feature("Point", _lonlat(depot.lon, depot.lat), {"kind": "depot", "name": depot.label(language)})
    ]
    for sheet in sheets:
        route = sheet.route
        whole = {
            "kind": "route",
            "route": route.number,
            "plate": route.plate,
            "vehicle_type": route.vehicle_type,
            "stops": sheet.stops,
            "starts": _local(clock, route.starts_at),
            "ends": _local(clock, route.ends_at),
            "km": round(route.distance / 1000, 1),
        }
        lines = [[_lonlat(*place) for place in way] for way in _ways(sheet) if len(way) > 1]
        if lines:
            features.append(_feature("MultiLineString", lines, whole))
        for line in sheet.lines:
            about = {
                "kind": line.order.kind,
                "route": route.number,
                "stop": line.number,
                "reference": line.order.reference,
                "place": line.order.place,
                "things": things(line.order.items, names),
                "takes_back": things(line.order.taken_back, names),
                "begins": _local(clock, line.visit.begins_at),
                "ends": _local(clock, line.visit.ends_at),
                "load_kg": line.visit.load_kg,
                "load_litres": line.visit.load_litres,
            }
            features.append(_feature("Point", _lonlat(line.visit.lon, line.visit.lat), about))
    about_all = {
        "depot": schedule.plan.depot_code,
        "day": schedule.plan.service_day.isoformat(),
        "plan_version": schedule.plan.version,
        "notice": notice_of(schedule, language),
    }
    return {"type": "FeatureCollection", "properties": about_all, "features": features}


def day_gpx(
    schedule: Schedule, sheets: Iterable[RouteSheet], depot: Site, clock: ServiceClock, names: Names, language: str
) -> bytes:
    """Return a GPX 1.1 file: the depot and the stops as waypoints in order, each route as a track, a segment a way."""
    sheets = list(sheets)
    plan = schedule.plan
    root = ElementTree.Element("gpx", {"xmlns": GPX, "version": "1.1", "creator": "recycling"})
    about = ElementTree.SubElement(root, "metadata")
    _text(about, "name", f"{depot.label(language)} {plan.service_day.isoformat()}")
    _text(about, "desc", notice_of(schedule, language))
    _text(about, "time", f"{plan.made_at:%Y-%m-%dT%H:%M:%SZ}")
    _waypoint(root, depot.lon, depot.lat, depot.label(language), "", "depot")
    for sheet in sheets:
        for line in sheet.lines:
            name = f"{sheet.route.number}-{line.number:02d} {line.order.place}"
            visit = line.visit
            _waypoint(root, visit.lon, visit.lat, name, _said(line, clock, names), line.order.kind)
    for sheet in sheets:
        track = ElementTree.SubElement(root, "trk")
        _text(track, "name", f"{sheet.route.number} {sheet.route.plate}")
        _text(track, "number", str(sheet.route.number))
        for way in _ways(sheet):
            segment = ElementTree.SubElement(track, "trkseg")
            for lon, lat in way:
                ElementTree.SubElement(segment, "trkpt", _degrees(lon, lat))
    ElementTree.indent(root, " ")
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _said(line: VisitLine, clock: ServiceClock, names: Names) -> str:
    parts = [
        f"{clock.local(line.visit.begins_at):%H:%M}-{clock.local(line.visit.ends_at):%H:%M}",
        _promise(line.order, clock),
        line.order.reference if line.order.reference != line.order.place else "",
        things(line.order.items, names),
        things(line.order.taken_back, names),
    ]
    return " | ".join(part for part in parts if part)


def _promise(order: Order, clock: ServiceClock) -> str:
    if order.promise is None or order.promise[0] == order.promise[1]:
        return ""
    first, last = map(clock.local, order.promise)
    return f"({first:%H:%M}-{last:%H:%M})"


def _ways(sheet: RouteSheet) -> list[list[tuple[float, float]]]:
    """Return the way to each visit in order, and home; each a list of longitude and latitude."""
    ways = [line.visit.way for line in sheet.lines] + [sheet.route.way_home]
    return [[(float(lon), float(lat)) for lon, lat in way] for way in ways if way]


def _waypoint(root: ElementTree.Element, lon: float, lat: float, name: str, said: str, kind: str) -> None:
    point = ElementTree.SubElement(root, "wpt", _degrees(lon, lat))
    _text(point, "name", name)
    _text(point, "desc", said)
    _text(point, "type", kind)


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    """Add an element with a text; an empty one is left out."""
    if text:
        ElementTree.SubElement(parent, tag).text = "".join(c for c in plain(text) if c not in NEVER_IN_XML)


def _degrees(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}


def _lonlat(lon: float, lat: float) -> list[float]:
    return [round(lon, 6), round(lat, 6)]


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _local(clock: ServiceClock, moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment is not None else ""
