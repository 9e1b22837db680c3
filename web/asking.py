"""Asking the dispatcher for what a resident may not do any more, and staff's answers."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock
from recycling.accounts.rights import Action
from recycling.booking import asked
from recycling.errors import BadRequestError, ConflictError
from recycling.models import Booking
from web.clerk import page_of as clerk_page_of
from web.rights import actor, needs
from web.services import services
from web.status import found_by, holder_of, page_of

pages = Blueprint("asking", __name__)


@pages.post("/b/<token>/ask")
@needs(Action.BOOKING_OPEN)
def ask(token: str) -> ResponseReturnValue:
    """Keep what a resident asks for; the booking's page shows it until it is decided."""
    found, entered = found_by(token), request.form
    wish, note, key = (entered.get(name, "") for name in ("wish", "note", "key"))
    try:
        booking.ask(services().office, found, wish, note, key, holder_of(found), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return page_of(token, error)
    return redirect(url_for("status.page", token=token), code=303)


@pages.post("/clerk/asked/<uuid:key>/answer")
@needs(Action.BOOKING_TAKE)
def answer(key: uuid.UUID) -> ResponseReturnValue:
    """Tell a resident that what was asked for is not done, and why."""
    about = _about(key)
    try:
        booking.answer(services().office, key, request.form.get("answer", ""), actor(), clock.utc_now())
    except BadRequestError as error:
        return clerk_page_of(about.id, error)
    return redirect(url_for("clerk.page", key=about.id), code=303)


def _about(key: uuid.UUID) -> Booking:
    with services().database.read() as session:
        return asked.about(session, actor(), key)
