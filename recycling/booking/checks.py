"""What is wrong with a request, all of it at once; what is right becomes a booking that is not yet in the record."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling import network
from recycling.booking.days import bookable_days, open_days
from recycling.booking.legs import loads_of
from recycling.booking.needs import need_for
from recycling.booking.office import Office
from recycling.booking.request import MOST_LINES, MOST_PIECES, SYSTEMS, BookingRequest
from recycling.booking.visits import people_of
from recycling.booking.workload import Need
from recycling.catalogue import Catalogue, minutes_of, over_limit
from recycling.catalogue.service import Where
from recycling.clock import Span
from recycling.errors import N_, BadRequestError, Fault, Listing
from recycling.kept_network import the_community
from recycling.models import Area, Booking, BookingLine, Community
from recycling.models.base import made
from recycling.models.booking import LANGUAGES, SCENES, STANDING
from recycling.phones import e164
from recycling.pins import settle_pin

WHERE: Mapping[str, Where] = {"flat": "flat", "hallway": "hallway", "gate": "gate"}
LOWEST_WAY, HIGHEST_WAY = 1.5, 6.0
MOST_REASON = 120
"""Signs of a reason that are kept."""


def checked(
    session: Session,
    office: Office,
    request: BookingRequest,
    now: datetime,
    open_only: bool = True,
    known: bool = True,
    agreed: Mapping[str, int] | None = None,
) -> Booking:
    """Return the booking that the request describes; BadRequestError with a fault for each field to be mended.

    Whether its window still has room is not asked here, and without `open_only` not whether its day is open. `known`
    is False where nothing is in the record under its number. So many pieces as are `agreed` may be more than one
    booking holds.
    """
    settings = office.settings
    faults: list[Fault] = list(request.unreadable.values())
    unreadable = set(request.unreadable)
    lines = lines_of(office.catalogue, request, settings.clock.today(now), faults, agreed)
    community = _community(session, request, faults)
    area = network.the_area(session)
    position = _position(area, request, community, faults, unreadable)
    span = window_of(office, request, now, faults, open_only) if "day" not in unreadable else None
    phone = phone_number(request.phone, faults)
    contact = _text(request.contact, "contact", 40, N_("Enter the name that the crew should ask for."), faults)
    address = _text(request.address, "address", 120, N_("Enter street, building and door."), faults)
    note = _at_most(request.note, "note", 300, faults)
    trade_in = _at_most(request.trade_in, "trade_in", 40, faults)
    if "floor" not in unreadable and not -5 <= request.floor <= 120:
        faults.append(Fault("floor", "bad-floor", N_("The floor %(floor)s is not possible."), {"floor": request.floor}))
    _known_word(request.scene, "scene", SCENES, faults)
    _known_word(request.standing, "standing", STANDING, faults)
    _known_word(request.language, "language", LANGUAGES, faults)
    way = request.height_limit
    if way is not None and not LOWEST_WAY <= way <= HIGHEST_WAY:
        faults.append(
            Fault(
                "height_limit",
                "bad-height",
                N_("A way in of %(metres)s m is not possible. Enter %(low)s to %(high)s m, or nothing."),
                {"metres": way, "low": LOWEST_WAY, "high": HIGHEST_WAY},
            )
        )
    if position is not None and request.lon is not None and phone and address:
        position = _settled(session, request, community, position, phone, address, faults, known)
    if faults or span is None or position is None or request.day is None:
        raise BadRequestError(*faults)
    lon, lat = position
    depot = _depot(session, community, position)
    start, end = (settings.clock.at(request.day, hour) for hour in (span.start, span.end))
    booking = made(
        Booking,
        {
            "depot_code": depot,
            "service_day": request.day,
            "window": str(span),
            "promise_start": start,
            "promise_end": end,
            "working_start": start,
            "working_end": end,
            "community_code": community.code if community else None,
            "place": community.name if community else area.name,
            "address": address,
            "lon": lon,
            "lat": lat,
            "floor": request.floor,
            "lift": request.lift,
            "standing": request.standing,
            "height_limit": way,
            "scene": request.scene,
            "language": request.language,
            "trade_in": trade_in,
            "contact": contact,
            "phone": phone,
            "note": note,
            "people": people_of(lines),
        },
    )
    booking.lines = lines
    return booking


def need_of_wish(session: Session, office: Office, request: BookingRequest, now: datetime) -> Need:
    """Return what a wish needs of the fleet, of which only things and place are looked at; BadRequestError as above."""
    faults: list[Fault] = [f for where, f in request.unreadable.items() if where in ("items", "position", "community")]
    lines = lines_of(office.catalogue, request, office.clock.today(now), faults)
    community = _community(session, request, faults)
    position = _position(network.the_area(session), request, community, faults, set(request.unreadable))
    if faults or position is None:
        raise BadRequestError(*faults)
    depot = _depot(session, community, position)
    return need_for(office, depot, position, lines, request.height_limit, request.scene)


def visits_of_wish(session: Session, office: Office, request: BookingRequest, now: datetime) -> list[dict[str, int]]:
    """Return the pieces of each thing that each visit for a wish takes; BadRequestError as `need_of_wish`."""
    need = need_of_wish(session, office, request, now)
    lines = lines_of(office.catalogue, request, office.clock.today(now), [])
    loads = loads_of(office, need.depot, lines, request.height_limit)
    return [{line.item: pieces for line, pieces in load} for load in loads]


def _settled(
    session: Session,
    request: BookingRequest,
    community: Community | None,
    position: tuple[float, float],
    phone: str,
    address: str,
    faults: list[Fault],
    known: bool,
) -> tuple[float, float]:
    """Return where a mark on the map is after what is known of it; a doubt that was not answered becomes a fault."""
    found = settle_pin(session, *position, community, phone, address, known=known)
    if found.doubt is not None and request.pin == "mended" and found.doubt.lon is not None:
        return found.doubt.lon, found.doubt.lat or 0.0
    if found.doubt is not None and not request.pin:
        faults.append(found.doubt.fault())
    return found.lon, found.lat


def given_position(request: BookingRequest) -> tuple[float, float] | None:
    """Return the mark of a request in WGS 84, None when it has none."""
    if request.lon is None or request.lat is None:
        return None
    return in_wgs84(request.lon, request.lat, request.crs)


def in_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """Return degrees of one of `SYSTEMS` in WGS 84, to six places where they were in another."""
    if crs == "wgs84":
        return lon, lat
    from routing.roads.crs import to_wgs84  # brings numpy, which most bookings do not need

    ((east, north),) = to_wgs84([(lon, lat)], crs).round(6).tolist()
    return east, north


def _depot(session: Session, community: Community | None, position: tuple[float, float]) -> str:
    return community.depot_code if community else network.nearest(network.depots(session), *position).code


def lines_of(
    catalogue: Catalogue,
    request: BookingRequest,
    day: date,
    faults: list[Fault],
    agreed: Mapping[str, int] | None = None,
) -> list[BookingLine]:
    """Return the lines of a booking; what cannot be taken becomes a fault. For `agreed` see `checked`."""
    lines: list[BookingLine] = []
    floor = min(120, max(-5, request.floor))
    standing = WHERE.get(request.standing, "flat")
    for code, pieces in request.items.items():
        item = catalogue.variants.get(code)
        if item is None:
            faults.append(
                Fault(
                    "items",
                    "unknown-item",
                    N_("We do not know the item %(item)s. Choose one from the list."),
                    {"item": code[:40]},
                )
            )
        elif not 1 <= pieces <= MOST_PIECES:
            faults.append(
                Fault(
                    "items",
                    "bad-pieces",
                    N_("%(pieces)s pieces of one kind are not possible. Enter 1 to %(most)s."),
                    {"pieces": pieces, "most": MOST_PIECES},
                )
            )
        else:
            low, high = (round(fen / pieces) for fen in item.offered_at(day).fen(item.kg, pieces))
            apart = code in request.dismantle
            line = {
                "position": len(lines),
                "item": code,
                "pieces": pieces,
                "kg": item.kg,
                "litres": item.litres,
                "minutes": minutes_of(catalogue, code, 1, floor, request.lift, standing, apart),
                "people": item.people,
                "dismantle": apart and item.dismantling is not None,
                "tail_lift": item.tail_lift,
                "price_low": low,
                "price_high": high,
            }
            lines.append(made(BookingLine, line))
    faults += over_limit(catalogue, {line.item: line.pieces for line in lines}, agreed)
    if not request.items and "items" not in request.unreadable:
        faults.append(Fault("items", "no-items", N_("Choose at least one thing that we should collect.")))
    if len(request.items) > MOST_LINES:
        faults.append(Fault("items", "too-many", N_("These are too many kinds at once. Make two bookings of them.")))
    return lines


def _community(session: Session, request: BookingRequest, faults: list[Fault]) -> Community | None:
    if not request.community:
        return None
    found = the_community(session, request.community)
    if found is None:
        faults.append(
            Fault(
                "community",
                "unknown-community",
                N_("We do not know this community. Choose one from the list, or mark the place on the map."),
            )
        )
    return found


def _position(
    area: Area,
    request: BookingRequest,
    community: Community | None,
    faults: list[Fault],
    unreadable: set[str],
) -> tuple[float, float] | None:
    if "position" in unreadable:
        return None
    if request.lon is None or request.lat is None:
        if community is not None:
            return community.lon, community.lat
        if not request.community and "community" not in unreadable:
            faults.append(Fault("community", "no-place", N_("Choose your community, or mark the place on the map.")))
        return None
    lon, lat = request.lon, request.lat
    if request.crs not in SYSTEMS:
        faults.append(
            Fault(
                "position",
                "unknown-crs",
                N_("%(crs)s is no system of positions that we know. Send one of: %(known)s."),
                {"crs": request.crs[:20], "known": Listing(SYSTEMS)},
            )
        )
        return None
    if abs(lon) <= 180 and abs(lat) <= 90:
        lon, lat = given_position(request) or (lon, lat)
    if not (math.isfinite(lon) and math.isfinite(lat)) or not network.inside(area, lon, lat):
        faults.append(
            Fault(
                "position",
                "outside-area",
                N_("This place is outside %(area)s. Mark a place inside it."),
                {"area": area.name},
            )
        )
        return None
    return lon, lat


def window_of(
    office: Office,
    request: BookingRequest,
    now: datetime,
    faults: list[Fault],
    open_only: bool = True,
    planned: bool = True,
) -> Span | None:
    """Return the window that is asked for; a fault where it is none, or its day is not open.

    Days that are planned already and take more count as open, without `planned` they do not.
    """
    settings = office.settings
    spans = {str(s): s for s in settings.service.window_spans}
    if request.day is None:
        faults.append(Fault("day", "no-day", N_("Choose a day.")))
        return None
    span = spans.get(request.window)
    if span is None:
        faults.append(
            Fault(
                "window",
                "unknown-window",
                N_("Choose one of the windows: %(windows)s."),
                {"windows": Listing(spans)},
            )
        )
        return None
    if not open_only:
        return span
    days = bookable_days(office, now) if planned else open_days(settings, now)
    today = settings.clock.today(now)
    if request.day < today or (request.day == today and settings.clock.at(today, span.start) <= now):
        faults.append(Fault("day", "past", N_("This window is in the past. Choose a later one.")))
    elif (closed := settings.holidays.on(request.day)) is not None:
        later = next((day for day in days if day > request.day), None)
        faults.append(
            Fault(
                "day",
                "no-service",
                N_("Nobody drives on %(closed)s, %(holiday)s. The next day that is open is %(day)s."),
                {"closed": request.day, "holiday": closed, "day": later or "-"},
            )
        )
    elif not days or request.day < days[0]:
        faults.append(
            Fault(
                "day",
                "closed",
                N_("This day is closed since %(cut_off)s. The next day that is open is %(day)s."),
                {"cut_off": settings.service.evening_cut_off, "day": days[0] if days else "-"},
            )
        )
    elif request.day > days[-1]:
        faults.append(
            Fault(
                "day",
                "too-far",
                N_("This day is too far ahead. The last day that is open is %(day)s."),
                {"day": days[-1]},
            )
        )
    return span


def phone_number(text: str, faults: list[Fault]) -> str:
    """Return the number in E.164, empty with a fault for what is none."""
    number = e164(text)
    if number is None:
        faults.append(
            Fault(
                "phone",
                "bad-phone",
                N_("This is not a telephone number. Enter 11 digits, or a landline with its area code."),
            )
        )
    return number or ""


def clean(text: str) -> str:
    """Return the text without control characters, half characters and space at its ends."""
    if text.isprintable():  # as nearly all that people write
        return " ".join(text.split())
    bad = {"Cc", "Cf", "Cs"}
    kept = (" " if c in "\r\n\t" else c for c in text if c in "\r\n\t" or unicodedata.category(c) not in bad)
    return " ".join("".join(kept).split())


def _text(text: str, where: str, longest: int, missing: str, faults: list[Fault]) -> str:
    kept = clean(text)
    if not kept:
        faults.append(Fault(where, "missing", missing))
    elif len(kept) > longest:
        faults.append(
            Fault(where, "too-long", N_("This is longer than %(most)s characters. Shorten it."), {"most": longest})
        )
    return kept


def _at_most(text: str, where: str, longest: int, faults: list[Fault]) -> str:
    kept = clean(text)
    if len(kept) > longest:
        faults.append(
            Fault(where, "too-long", N_("This is longer than %(most)s characters. Shorten it."), {"most": longest})
        )
    return kept


def _known_word(word: str, where: str, known: tuple[str, ...], faults: list[Fault]) -> None:
    if word not in known:
        faults.append(
            Fault(
                where,
                "unknown-choice",
                N_("%(word)s is not one of the choices: %(known)s."),
                {"word": word[:20], "known": Listing(known)},
            )
        )
