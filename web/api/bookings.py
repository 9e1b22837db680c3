"""Bookings: made under a key, then opened by their token."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for

from recycling import booking, clock, notify, tracking
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, link_to
from recycling.booking.life import visits_of
from recycling.errors import N_, BadRequestError
from recycling.models import Booking
from web.api.blueprint import IdempotencyHeader, api
from web.api.problems import ChangedError, VersionNeededError
from web.api.schemas import BookingAnswer, BookingBody, CancelQuery, ChangeBody, ConsentBody
from web.api.wishes import own_key, wish
from web.rights import actor, origin
from web.services import services, whole_address

BOOKINGS = "bookings"
ETAG = {"ETag": {"description": N_("The booking's version."), "schema": {"type": "string"}}}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": N_("The ETag of the booking as you read it."),
    "schema": {"type": "string", "examples": ['"1"']},
}
Answered = tuple[dict[str, Any], int, dict[str, str]]


@api.operation("POST", "/bookings", Action.BOOKING_MAKE, N_("Book a pickup"), BOOKINGS)
@api.arguments(IdempotencyHeader, location="headers")
@api.arguments(BookingBody)
@api.response(201, BookingAnswer, headers=ETAG)
def book(header: dict[str, Any], body: dict[str, Any]) -> Answered:
    """Book, or nothing; a window that is kept under the key is used."""
    key = own_key(header["key"])
    return answer(booking.book(services().office, wish(body), key, clock.utc_now(), "api", actor()), 201)


@api.operation("GET", "/bookings/<token:token>", Action.BOOKING_OPEN, N_("A booking as it stands"), BOOKINGS)
@api.response(200, BookingAnswer, headers=ETAG)
def show(token: str) -> Answered:
    """Return the booking that a token opens."""
    return answer(_found(token))


@api.operation(
    "PATCH",
    "/bookings/<token:token>",
    Action.BOOKING_OPEN,
    N_("Move a booking, or change what it says"),
    BOOKINGS,
    parameters=[IF_MATCH],
)
@api.arguments(ChangeBody)
@api.response(200, BookingAnswer, headers=ETAG)
def change(body: dict[str, Any], token: str) -> Answered:
    """Change all that is sent, or nothing; what is left out stays as it is."""
    s, found = services(), _found(token)
    if "If-Match" not in request.headers:
        raise VersionNeededError.one(
            "if-match-needed", N_("Say which version you saw: send its ETag as If-Match."), where="header:If-Match"
        )
    _same_version(found)
    with s.database.read() as session:
        visits = visits_of(session, found, lock=False)
    wanted = wish(body, booking.wish_of(found, found.service_day, found.window, visits))
    return answer(booking.change(s.office, found, wanted, holder(found), clock.utc_now()))


@api.operation("DELETE", "/bookings/<token:token>", Action.BOOKING_OPEN, N_("Cancel a booking"), BOOKINGS)
@api.arguments(CancelQuery, location="query")
@api.response(200, BookingAnswer, headers=ETAG)
def cancel(query: dict[str, Any], token: str) -> Answered:
    """Cancel; one that is cancelled already stays so. If-Match is kept to when it is sent."""
    found = _found(token)
    if "If-Match" in request.headers:
        _same_version(found)
    reason = query.get("reason") or "resident"
    return answer(booking.cancel(services().office, found, reason, holder(found), clock.utc_now()))


@api.operation("POST", "/bookings/<token:token>/missed", Action.BOOKING_OPEN, N_("Report that nobody came"), BOOKINGS)
@api.response(201, BookingAnswer, headers=ETAG)
def missed(token: str) -> Answered:
    """Return the new booking, which goes first; a second report answers with the same one."""
    found = _found(token)
    return answer(booking.report_missed(services().office, found, holder(found), clock.utc_now()), 201)


@api.operation(
    "POST", "/bookings/<token:token>/consents", Action.BOOKING_OPEN, N_("Count what a resident agreed to"), BOOKINGS
)
@api.arguments(IdempotencyHeader, location="headers")
@api.arguments(ConsentBody)
@api.response(200, BookingAnswer, headers=ETAG)
def consents(header: dict[str, Any], body: dict[str, Any], token: str) -> Answered:
    """Add one message of each template that the resident agreed to; a channel that needs no consent is refused."""
    s, found = services(), _found(token)
    if body["channel"] not in s.settings.messages.one_time:
        raise BadRequestError.one(
            "no-such-channel", N_("No channel of this name asks for consent."), where="body:/channel"
        )
    with s.database.write() as session:
        key, now = own_key(header["key"]), clock.utc_now()
        notify.consent_once(session, found.id, body["channel"], body["templates"], key, holder(found), now)
    return answer(found)


def answer(made: Booking, status: int = 200) -> Answered:
    """Return a booking as the record has it now, with its version as ETag."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = booking.booking_by_token(session, s.office, made.token, now)
        visits = visits_of(session, found, lock=False)
    local, may = s.settings.clock.local, booking.rights(s.office, found, now)
    apart = {line.item for visit in visits for line in visit.lines if line.dismantle}
    names = ("token", "reference", "version", "state", "reason", "window", "place", "address", "lon", "lat", "floor")
    more = ("lift", "standing", "height_limit", "scene", "trade_in", "contact", "note", "language")
    told = {
        **{name: getattr(found, name) for name in (*names, *more)},
        "page": whole_address(url_for("status.page", token=found.token)),
        "day": found.service_day,
        "promise": {"start": local(found.promise_start), "end": local(found.promise_end)},
        "working": {"start": local(found.working_start), "end": local(found.working_end)},
        "expected_at": _expected(found, now),
        "moved_from": _moved(found),
        "items": [{"item": i, "pieces": n} for i, n in _items(visits).items()],
        "dismantle": sorted(apart),
        "visits": len(visits),
        "community": found.community_code,
        "phone": f"{found.phone[:6]}****{found.phone[-4:]}",
        "rights": {
            "move": may.move,
            "move_until": local(may.move_until),
            "cancel": may.cancel,
            "cancel_until": local(may.cancel_until),
        },
    }
    headers = {"ETag": f'"{found.version}"'}
    if status == 201:
        headers["Location"] = url_for("api.show", token=found.token)
    return told, status, headers


def _expected(found: Booking, now: datetime) -> dict[str, Any] | None:
    """Return the band that the booking's page shows, None where nothing was said or no crew comes."""
    s = services()
    band = tracking.expected_band(found, now, s.settings)
    if band is None:
        return None
    first, last = (moment and s.settings.clock.local(moment) for moment in (band.first, band.last))
    return {"first": first, "last": last, "late": tracking.is_late(s.settings, found)}


def _moved(found: Booking) -> dict[str, Any] | None:
    local = services().settings.clock.local
    if found.moved_from_start is None or found.moved_from_end is None:
        return None
    why = {"zh": found.closed_zh, "en": found.closed_en or None}
    return {"start": local(found.moved_from_start), "end": local(found.moved_from_end), "why": why}


def _items(visits: list[Booking]) -> dict[str, int]:
    found: dict[str, int] = {}
    for visit in visits:
        for line in visit.lines:
            found[line.item] = found.get(line.item, 0) + line.pieces
    return found


def _found(token: str) -> Booking:
    s = services()
    with s.database.read() as session:
        return booking.booking_by_token(session, s.office, token, clock.utc_now())


def _same_version(found: Booking) -> None:
    if not request.if_match.contains(str(found.version)):
        raise ChangedError.one(
            "changed-elsewhere",
            N_("The booking is in version %(version)s now. Read it again, then change it."),
            where="header:If-Match",
            version=found.version,
        )


def holder(found: Booking) -> Actor:
    """Return who acts: the program by its key, or whoever holds the booking's link."""
    return actor() if actor().kind == "key" else link_to(found, origin())
