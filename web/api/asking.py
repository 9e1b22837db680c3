"""Asking the dispatcher for what a booking's token no longer allows, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for

from recycling import booking, clock
from recycling.accounts.rights import Action
from recycling.booking import asked as wishes
from recycling.errors import N_
from recycling.models import AskedChange, Booking
from web.api.blueprint import IdempotencyHeader, api
from web.api.bookings import BOOKINGS, Answered, holder
from web.api.schemas import AskBody, AskingAnswer
from web.api.wishes import own_key
from web.services import services


@api.operation(
    "POST",
    "/bookings/<token:token>/asked",
    Action.BOOKING_OPEN,
    N_("Ask the dispatcher to move or cancel after the cut-off"),
    BOOKINGS,
)
@api.arguments(IdempotencyHeader, location="headers")
@api.arguments(AskBody)
@api.response(201, AskingAnswer)
def ask(header: dict[str, Any], body: dict[str, Any], token: str) -> Answered:
    """Keep a wish until staff decide; it costs nothing. A booking has one at a time, the last one."""
    s, now = services(), clock.utc_now()
    found = _found(token, now)
    key, who = own_key(header["key"]), holder(found)
    made = booking.ask_once(s.office, found, body["wish"], body["note"], key, who, now)
    return _answer(_found(token, now), made, now), 201, {"Location": url_for("api.asked", token=token)}


@api.operation(
    "GET",
    "/bookings/<token:token>/asked",
    Action.BOOKING_OPEN,
    N_("What can be asked of the dispatcher, and what became of it"),
    BOOKINGS,
)
@api.response(200, AskingAnswer)
def asked(token: str) -> dict[str, Any]:
    """Return the last wish about a booking, open or closed."""
    now = clock.utc_now()
    found = _found(token, now)
    with services().database.read() as session:
        last = wishes.newest(session, found.leg_of or found.id)
    return _answer(found, last, now)


def _found(token: str, now: datetime) -> Booking:
    s = services()
    with s.database.read() as session:
        return booking.booking_by_token(session, s.office, token, now)


def _answer(found: Booking, last: AskedChange | None, now: datetime) -> dict[str, Any]:
    s = services()
    return {"askable": list(booking.askable(s.office, found, now)), "asked": _said(last) if last else None}


def _said(wish: AskedChange) -> dict[str, Any]:
    local = services().settings.clock.local
    return {
        "wish": wish.wish,
        "note": "" if wish.ours else wish.note,
        "ours": wish.ours,
        "state": wish.outcome or "open",
        "asked_at": local(wish.asked_at),
        "closed_at": local(wish.closed_at) if wish.closed_at else None,
        "answer": wish.answer or None,
    }
