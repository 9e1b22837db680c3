"""Booking a door pickup: which days and windows are open, and taking an order whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

import phonenumbers
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from recycling import network
from recycling.catalogue import Catalogue
from recycling.clock import Span
from recycling.db import Database
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError
from recycling.models import Booking, BookingLine, Community
from recycling.settings import Settings

REGION = "CN"
SYSTEMS = ("wgs84", "gcj02", "bd09")
MOST_PIECES = 99
MOST_LINES = 20
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike


@dataclass(frozen=True)
class BookingRequest:
    """What a resident asks for.

    ``lon`` and ``lat`` are in the system that ``crs`` names (``wgs84``, ``gcj02`` as Chinese phones and map services
    give them, ``bd09``) and are kept in WGS 84; without them the community's place is taken.
    """

    items: Mapping[str, int]
    community: str
    lon: float | None
    lat: float | None
    address: str
    floor: int
    lift: bool
    day: date | None
    window: str
    contact: str
    phone: str
    note: str = ""
    crs: str = "wgs84"
    unreadable: Mapping[str, Fault] = field(default_factory=dict)
    """Fields that the form could not read at all, with what to say about each."""

    def digest(self) -> str:
        """Return a fingerprint, so that one key cannot stand for two different wishes."""
        data = {k: v for k, v in asdict(self).items() if k != "unreadable"}
        return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def open_days(settings: Settings, now: datetime) -> list[date]:
    """Return the days that can be booked now: tomorrow until the evening cut-off, then the day after, and so on."""
    clock = settings.clock
    today = clock.today(now)
    first = today + timedelta(days=1 if now < clock.at(today, settings.service.cut_off) else 2)
    last = today + timedelta(days=settings.service.horizon_days)
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def find_communities(session: Session, text: str, limit: int = 12) -> list[Community]:
    """Return communities whose name or town contains the text, larger ones first; nothing for no text."""
    text = _clean(text)
    if not text:
        return []
    query = (
        select(Community)
        .where(or_(Community.name.contains(text, autoescape=True), Community.town.contains(text, autoescape=True)))
        .order_by(Community.population.desc(), Community.code)
        .limit(limit)
    )
    return list(session.scalars(query))


def book(
    database: Database,
    settings: Settings,
    catalogue: Catalogue,
    request: BookingRequest,
    key: str,
    now: datetime,
    channel: str = "web",
) -> Booking:
    """Take the booking, or nothing.

    The same key with the same request answers with the booking that it made the first time.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the key already stands for another request.
    """
    if not 8 <= len(key) <= 80 or not (key.isascii() and key.isprintable()):
        raise BadRequestError.one(
            "bad-key", N_("The form is not complete. Load the page again; your entries stay."), where="key"
        )
    again = _earlier(database, key, request)
    if again is not None:
        return again
    with database.read() as session:
        booking = _checked(session, settings, catalogue, request, now)
    booking.idempotency_key = key
    booking.request_digest = request.digest()
    booking.created_at = now
    booking.channel = channel
    booking.reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))
    booking.token = secrets.token_urlsafe(24)
    try:
        with database.write() as session:
            session.add(booking)
    except IntegrityError:
        again = _earlier(database, key, request)  # a twin of this request was quicker
        if again is None:
            raise
        return again
    return booking


def booking_by_token(session: Session, token: str) -> Booking:
    """Return the booking whose page the token opens."""
    found = session.scalar(select(Booking).where(Booking.token == token).options(selectinload(Booking.lines)))
    if found is None:
        raise NotFoundError.one(
            "no-booking", N_("There is no booking under this link. Check the link in your confirmation.")
        )
    return found


def service_minutes(
    settings: Settings, handling_minutes: float, pieces: int, floor: int, lift: bool, crew: int
) -> float:
    """Return the minutes of a visit: parking, handling, stairs shared by the crew; never more than the longest."""
    visit = settings.visit
    floors = 0 if lift else max(0, abs(floor) - (1 if floor > 0 else 0))
    stairs = pieces * floors * visit.stair_minutes_per_item_floor
    work = (handling_minutes + stairs) / max(1, crew)
    return min(visit.longest_minutes, visit.parking_minutes + work)


def _earlier(database: Database, key: str, request: BookingRequest) -> Booking | None:
    with database.read() as session:
        found = session.scalar(
            select(Booking).where(Booking.idempotency_key == key).options(selectinload(Booking.lines))
        )
    if found is not None and found.request_digest != request.digest():
        raise ConflictError.one(
            "key-used",
            N_("This form has already been sent with other entries. Open the booking page anew for a second booking."),
            where="key",
        )
    return found


def _checked(
    session: Session, settings: Settings, catalogue: Catalogue, request: BookingRequest, now: datetime
) -> Booking:
    faults: list[Fault] = list(request.unreadable.values())
    unreadable = set(request.unreadable)
    lines = _lines(catalogue, request, faults)
    community = _community(session, request, faults)
    position = _position(session, request, community, faults, unreadable)
    span = _window(settings, request, now, faults) if "day" not in unreadable else None
    phone = _phone(request.phone, faults)
    contact = _text(request.contact, "contact", 40, N_("Enter the name that the crew should ask for."), faults)
    address = _text(request.address, "address", 120, N_("Enter street, building and door."), faults)
    note = _clean(request.note)
    if len(note) > 300:
        faults.append(Fault("note", "too-long", N_("The note is longer than 300 characters. Shorten it.")))
    if "floor" not in unreadable and not -5 <= request.floor <= 120:
        faults.append(Fault("floor", "bad-floor", N_("The floor %(floor)s is not possible."), {"floor": request.floor}))
    if faults or span is None or position is None or request.day is None:
        raise BadRequestError(*faults)
    area = network.the_area(session)
    lon, lat = position
    depot = community.depot_code if community else network.nearest(network.depots(session), lon, lat).code
    return Booking(
        depot_code=depot,
        service_day=request.day,
        promise_start=settings.clock.at(request.day, span.start),
        promise_end=settings.clock.at(request.day, span.end),
        community_code=community.code if community else None,
        place=community.name if community else area.name,
        address=address,
        lon=lon,
        lat=lat,
        floor=request.floor,
        lift=request.lift,
        contact=contact,
        phone=phone,
        note=note,
        lines=lines,
    )


def _lines(catalogue: Catalogue, request: BookingRequest, faults: list[Fault]) -> list[BookingLine]:
    lines: list[BookingLine] = []
    for code, pieces in request.items.items():
        item = catalogue.items.get(code)
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
            lines.append(
                BookingLine(
                    position=len(lines),
                    item=code,
                    pieces=pieces,
                    kg=item.kg,
                    litres=item.litres,
                    minutes=item.minutes,
                    people=item.people,
                    price_low=item.price[0],
                    price_high=item.price[1],
                )
            )
    if not request.items and "items" not in request.unreadable:
        faults.append(Fault("items", "no-items", N_("Choose at least one thing that we should collect.")))
    if len(request.items) > MOST_LINES:
        faults.append(Fault("items", "too-many", N_("These are too many kinds at once. Make two bookings of them.")))
    return lines


def _community(session: Session, request: BookingRequest, faults: list[Fault]) -> Community | None:
    if not request.community:
        return None
    found = session.get(Community, request.community) if request.community.isprintable() else None
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
    session: Session,
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
        if not request.community:
            faults.append(Fault("community", "no-place", N_("Choose your community, or mark the place on the map.")))
        return None
    lon, lat = request.lon, request.lat
    area = network.the_area(session)
    if request.crs not in SYSTEMS:
        faults.append(
            Fault(
                "position",
                "unknown-crs",
                N_("%(crs)s is no system of positions that we know. Send one of: %(known)s."),
                {"crs": request.crs[:20], "known": ", ".join(SYSTEMS)},
            )
        )
        return None
    if request.crs != "wgs84" and abs(lon) <= 180 and abs(lat) <= 90:
        from routing.roads.crs import to_wgs84  # brings numpy, which most bookings do not need

        ((lon, lat),) = to_wgs84([(lon, lat)], request.crs).round(6).tolist()
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


def _window(settings: Settings, request: BookingRequest, now: datetime, faults: list[Fault]) -> Span | None:
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
                {"windows": ", ".join(spans)},
            )
        )
        return None
    days, today = open_days(settings, now), settings.clock.today(now)
    if request.day < today or (request.day == today and settings.clock.at(today, span.start) <= now):
        faults.append(Fault("day", "past", N_("This window is in the past. Choose a later one.")))
    elif not days or request.day < days[0]:
        faults.append(
            Fault(
                "day",
                "closed",
                N_("This day is closed since %(cut_off)s. The next day that is open is %(day)s."),
                {"cut_off": settings.service.evening_cut_off, "day": days[0].isoformat() if days else "-"},
            )
        )
    elif request.day > days[-1]:
        faults.append(
            Fault(
                "day",
                "too-far",
                N_("This day is too far ahead. The last day that is open is %(day)s."),
                {"day": days[-1].isoformat()},
            )
        )
    return span


def _phone(text: str, faults: list[Fault]) -> str:
    """Return the number in E.164; letters, which the library would dial, and extensions, which it drops, are faults."""
    try:
        number = phonenumbers.parse(text, REGION)
        spelled = any(c.isalpha() for c in text) or number.extension
        if not spelled and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    faults.append(
        Fault(
            "phone",
            "bad-phone",
            N_("This is not a telephone number. Enter 11 digits, or a landline with its area code."),
        )
    )
    return ""


def _clean(text: str) -> str:
    """Return the text without control characters, half characters and space at its ends."""
    bad = {"Cc", "Cf", "Cs"}
    kept = (" " if c in "\r\n\t" else c for c in text if c in "\r\n\t" or unicodedata.category(c) not in bad)
    return " ".join("".join(kept).split())


def _text(text: str, where: str, longest: int, missing: str, faults: list[Fault]) -> str:
    clean = _clean(text)
    if not clean:
        faults.append(Fault(where, "missing", missing))
    elif len(clean) > longest:
        faults.append(
            Fault(where, "too-long", N_("This is longer than %(most)s characters. Shorten it."), {"most": longest})
        )
    return clean
