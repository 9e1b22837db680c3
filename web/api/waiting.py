"""The waiting list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for

from recycling import booking, clock
from recycling.accounts.rights import Action
from recycling.booking.waiting import by_token
from recycling.errors import N_
from recycling.models import Waiting
from web.api.blueprint import IdempotencyHeader, api
from web.api.bookings import ETAG, Answered, answer
from web.api.schemas import AcceptQuery, BookingAnswer, WaitingAnswer, WaitingBody
from web.api.wishes import own_key, wish
from web.rights import actor
from web.services import services

WAITING = "waiting"


@api.operation("POST", "/waiting", Action.BOOKING_MAKE, N_("Wait for a window, or for a call"), WAITING)
@api.arguments(IdempotencyHeader, location="headers")
@api.arguments(WaitingBody)
@api.response(201, WaitingAnswer)
def wait(header: dict[str, Any], body: dict[str, Any]) -> Answered:
    """Put a wish on the list; the first window that becomes free is offered by a message."""
    s, now = services(), clock.utc_now()
    horizon = s.settings.clock.today(now) + timedelta(days=s.settings.service.horizon_days)
    last = min(body.get("last_day") or horizon, horizon)
    made = booking.wait(s.office, wish(body), last, own_key(header["key"]), now, body["call_back"])
    return _place(made), 201, {"Location": url_for("api.waits", token=made.token)}


@api.operation("GET", "/waiting/<token:token>", Action.BOOKING_OPEN, N_("A place on the waiting list"), WAITING)
@api.response(200, WaitingAnswer)
def waits(token: str) -> dict[str, Any]:
    """Return a place on the list, with what is offered."""
    with services().database.read() as session:
        return _place(by_token(session, token))


@api.operation("DELETE", "/waiting/<token:token>", Action.BOOKING_OPEN, N_("Leave the waiting list"), WAITING)
@api.response(200, WaitingAnswer)
def leave(token: str) -> dict[str, Any]:
    """Give up a place on the list, with what is kept for it."""
    s = services()
    booking.withdraw(s.office, token, clock.utc_now())
    with s.database.read() as session:
        return _place(by_token(session, token))


@api.operation("POST", "/waiting/<token:token>/accept", Action.BOOKING_OPEN, N_("Take the offered window"), WAITING)
@api.arguments(AcceptQuery, location="query")
@api.response(201, BookingAnswer, headers=ETAG)
def accept(query: dict[str, Any], token: str) -> Answered:
    """Book the window that is kept; a repeat answers with the same booking."""
    made = booking.accept(services().office, token, clock.utc_now(), actor(), query["different"])
    return answer(made, 201)


def _place(found: Waiting) -> dict[str, Any]:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        made = booking.booking_of(session, found.booking_id)
    offered = found.state == "offered" and found.until is not None and found.until > now
    state = "lapsed" if found.state == "offered" and not offered else found.state
    return {
        "token": found.token,
        "state": state,
        "call_back": found.call_back,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "offered_day": found.offered_day if offered else None,
        "offered_window": found.offered_window if offered else None,
        "until": s.settings.clock.local(found.until) if offered and found.until else None,
        "booking": made.token if made else None,
    }
