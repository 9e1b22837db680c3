"""The waiting list: getting on it from the booking form, and the page of a place on it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock, network
from recycling.accounts.rights import Action
from recycling.booking.waiting import by_token
from recycling.errors import BadRequestError, ConflictError, DomainError
from web.resident import form_with_faults, read_request
from web.rights import needs
from web.services import services

pages = Blueprint("waiting", __name__)


@pages.post("/waiting")
@needs(Action.BOOKING_MAKE)
def wait() -> ResponseReturnValue:
    """Put what the booking form says on the waiting list, or ask for a call."""
    s, now, entered = services(), clock.utc_now(), request.form
    last = s.settings.clock.today(now) + timedelta(days=s.settings.service.horizon_days)
    key = f"waiting-{entered.get('key', '')}"
    call_back = entered.get("deed") == "call-back"
    try:
        made = booking.wait(s.office, read_request(entered), last, key, now, call_back)
    except (BadRequestError, ConflictError) as error:
        return form_with_faults(entered, error)
    return redirect(url_for("waiting.page", token=made.token), code=303)


@pages.get("/w/<token>")
@needs(Action.BOOKING_OPEN)
def page(token: str) -> Response:
    """Show a place on the list to whoever holds its link."""
    return _page(token)


@pages.post("/w/<token>/accept")
@needs(Action.BOOKING_OPEN)
def accept(token: str) -> ResponseReturnValue:
    """Book the window that is kept."""
    try:
        different = request.form.get("different") == "yes"
        made = booking.accept(services().office, token, clock.utc_now(), different=different)
    except (BadRequestError, ConflictError) as error:
        return _page(token, error)
    return redirect(url_for("status.page", token=made.token), code=303)


@pages.post("/w/<token>/withdraw")
@needs(Action.BOOKING_OPEN)
def withdraw(token: str) -> ResponseReturnValue:
    """Leave the list."""
    booking.withdraw(services().office, token, clock.utc_now())
    return redirect(url_for("waiting.page", token=token), code=303)


def _page(token: str, error: DomainError | None = None) -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = by_token(session, token)
        made = booking.booking_of(session, found.booking_id)
        area = network.the_area(session)
    offered = found.state == "offered" and found.until is not None and found.until > now
    text = render_template("waiting.html", waiting=found, offered=offered, made=made, area=area, error=error)
    return make_response(text, error.status if error else 200)
