"""The rows of a past day's file as visits: what was to be done where, and how it was driven where that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from sqlalchemy.orm import Session

from recycling import network
from recycling.booking import BookingRequest, Office
from recycling.booking.checks import given_position
from recycling.catalogue import Catalogue
from recycling.clock import Span, parse_hour
from recycling.errors import N_, BadRequestError, Fault
from recycling.intake.cells import column_name, community_in, fields_of, items_in, number_in, refuse_long, window_in
from recycling.intake.reading import Line
from recycling.kept_network import the_community
from recycling.replay.columns import COLUMNS

USUAL_MINUTES = 8.0
"""At a door of which the file says neither how long it took nor what was there."""

MOST_FAULTS = 20


@dataclass(frozen=True)
class Visit:
    """One row.

    Attributes
    ----------
    span
        Hours in which it was promised, None for any time of the shift.
    vehicle, sequence, arrived
        By which vehicle, as which of its stops, and when it was driven; "", None where the file does not say.
    """

    id: str
    lon: float
    lat: float
    kg: int
    litres: int
    brings_kg: int
    brings_litres: int
    seconds: int
    people: int
    span: Span | None
    vehicle: str
    sequence: float | None
    arrived: time | None


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a row: its line as a spreadsheet counts it, and its fault, whose ``where`` is a column."""

    line: int
    fault: Fault


def visits_of(session: Session, office: Office, lines: Sequence[Line]) -> list[Visit]:
    """Return the visits of a table whose head comes first.

    Raises
    ------
    BadRequestError
        With what is wrong in the rows, each with its line and column; nothing is replayed in part.
    """
    found, faults = read_visits(session, office, lines)
    if faults:
        raise BadRequestError(*(_at(one) for one in faults[:MOST_FAULTS]))
    return found


def read_visits(session: Session, office: Office, lines: Sequence[Line]) -> tuple[list[Visit], list[RowFault]]:
    """Return the visits of a table whose head comes first, and all that is wrong in its rows.

    Raises
    ------
    BadRequestError
        When there are no rows, or the head does not name the columns.
    """
    if len(lines) < 2:
        raise BadRequestError.one("no-rows", N_("The file has no rows below its head. Fill them in."), where="file")
    fields = fields_of(COLUMNS, lines[0])
    found: list[Visit] = []
    faults: list[RowFault] = []
    for line in lines[1:]:
        cells = {field: cell.strip() for field, cell in zip(fields, line.cells, strict=False) if field}
        wrong: dict[str, Fault] = {}
        refuse_long(cells, fields, wrong)
        visit = _visit(session, office, cells, line.number, wrong)
        faults += [RowFault(line.number, fault) for fault in wrong.values()]
        if visit is not None:
            found.append(visit)
    return found, faults


def _at(row: RowFault) -> Fault:
    """Return a fault that says its line and column before its sentence."""
    fault = row.fault
    place = {"line": row.line, "column": column_name(COLUMNS, fault.where, "en"), "what": str(fault)}
    return Fault(fault.where, fault.code, N_("line %(line)s, %(column)s: %(what)s"), place)


def _visit(
    session: Session, office: Office, cells: Mapping[str, str], line: int, faults: dict[str, Fault]
) -> Visit | None:
    lon, lat = number_in(cells, "lon", faults), number_in(cells, "lat", faults)
    code = community_in(session, cells.get("community", ""), lon is None or lat is None, faults)
    place = _place(session, cells, code, lon, lat, faults)
    items = items_in(office.catalogue, cells.get("items", ""), faults)
    numbers = {name: number_in(cells, name, faults, 100_000) for name in NUMBERS}
    for name, number in numbers.items():
        if number is not None and number < 0:
            text = N_("%(text)s is not a number that can stand here.")
            faults[name] = Fault(name, "not-a-number", text, {"text": cells[name][:20]})
    span, arrived = _span(cells, faults), _hour(cells, faults)
    if faults or place is None:
        return None
    kg, litres, minutes, people = _goods(office, office.catalogue, items)
    given = {name: number for name, number in numbers.items() if number is not None}
    return Visit(
        id=cells.get("id", "") or str(line),
        lon=place[0],
        lat=place[1],
        kg=round(given.get("kg", kg)),
        litres=round(given.get("litres", litres)),
        brings_kg=round(given.get("brings_kg", 0)),
        brings_litres=round(given.get("brings_litres", 0)),
        seconds=round(60 * given.get("minutes", minutes)),
        people=max(1, round(given.get("people", people))),
        span=span,
        vehicle=cells.get("vehicle", ""),
        sequence=numbers["sequence"],
        arrived=arrived,
    )


NUMBERS = ("kg", "litres", "brings_kg", "brings_litres", "minutes", "people", "sequence")


def _goods(office: Office, catalogue: Catalogue, items: Mapping[str, int]) -> tuple[int, int, float, int]:
    """Return kilograms, litres, minutes at the door and people that things take."""
    known = [(catalogue.variants[code], pieces) for code, pieces in items.items()]
    if not known:
        return 0, 0, USUAL_MINUTES, 1
    people = max(item.people for item, _ in known)
    handling = sum(item.minutes * pieces for item, pieces in known) / people
    return (
        sum(item.kg * pieces for item, pieces in known),
        sum(item.litres * pieces for item, pieces in known),
        office.settings.visit.parking_minutes + handling,
        people,
    )


def _place(
    session: Session,
    cells: Mapping[str, str],
    code: str,
    lon: float | None,
    lat: float | None,
    faults: dict[str, Fault],
) -> tuple[float, float] | None:
    if lon is not None and lat is not None:
        crs = (cells.get("crs", "") or "wgs84").lower().replace("-", "")
        if crs not in ("wgs84", "gcj02", "bd09") or abs(lon) > 180 or abs(lat) > 90:
            text = N_("Send longitude and latitude in wgs84, gcj02 or bd09.")
            faults["lon"] = Fault("lon", "bad-position", text)
            return None
        mark = BookingRequest({}, "", lon, lat, "", 1, False, None, "", "", "", crs=crs)
        return given_position(mark)
    if code:
        community = the_community(session, code)
        return None if community is None else (community.lon, community.lat)
    if "community" not in faults and not {"lon", "lat"} & faults.keys():
        text = N_("Say where it was: a community, or longitude and latitude.")
        faults["community"] = Fault("community", "no-place", text)
    return None


def _span(cells: Mapping[str, str], faults: dict[str, Fault]) -> Span | None:
    text = window_in(cells.get("window", ""))
    if not text:
        return None
    try:
        return Span.parse(text)
    except ValueError:
        faults["window"] = Fault("window", "bad-hours", N_("Write the hours as in 09:00-12:00."))
        return None


def _hour(cells: Mapping[str, str], faults: dict[str, Fault]) -> time | None:
    text = cells.get("arrived", "").replace("：", ":")
    if not text:
        return None
    try:
        return parse_hour(f"0{text}"[-5:] if len(text) == 4 else text[:5])
    except ValueError:
        faults["arrived"] = Fault("arrived", "bad-hour", N_("Write the hour as in 09:30."))
        return None


def depot_of(session: Session, visits: Sequence[Visit]) -> str:
    """Return the depot that lies nearest to the middle of the visits."""
    lon, lat = (sum(getattr(visit, axis) for visit in visits) / len(visits) for axis in ("lon", "lat"))
    return network.nearest(network.depots(session), lon, lat).code
