"""A booking's own page, opened by its link: how it stands; moving, cancelling, repeating, reporting it as missed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from recycling import booking, clock, network, photos
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking.again import REPORTABLE, follower, report_until
from recycling.booking.life import visits_of
from recycling.catalogue import Name
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.exports.calendar import calendar_of
from recycling.exports.qr import qr_svg
from recycling.models import Booking
from recycling.models.booking import ENDED
from recycling.places import named
from web.language import language
from web.resident import blank_form
from web.rights import needs, origin
from web.services import services, whole_address

pages = Blueprint("status", __name__, url_prefix="/b/<token>")

STATE_NAMES = {
    "booked": N_("Booked"),
    "planned": N_("On a route"),
    "on_the_way": N_("On the way"),
    "collected": N_("Collected"),
    "settled": N_("Settled"),
    "failed": N_("Not collected"),
    "cancelled": N_("Cancelled"),
}
STEPS = ("booked", "planned", "on_the_way", "collected")
REASONS = {
    "missed": N_("Nobody came. We are sorry: a new visit goes first."),
}


@pages.get("")
@needs(Action.BOOKING_OPEN)
def page(token: str) -> Response:
    """Show a booking to whoever holds its link."""
    return page_of(token)


@pages.get("/move")
@needs(Action.BOOKING_OPEN)
def move_form(token: str) -> Response:
    """Show the windows into which the booking can go."""
    return _move_form(token, [])


@pages.post("/move")
@needs(Action.BOOKING_OPEN)
def move(token: str) -> ResponseReturnValue:
    """Bring the booking into another window; for one that failed, book a new visit there."""
    s, now = services(), clock.utc_now()
    found = _found(token)
    day, _, span = request.form.get("slot", "").partition(" ")
    try:
        chosen = _day(day)
        if found.state == "failed":
            key = request.form.get("key", "")
            made = booking.rebook(s.office, found, chosen, span, key, _holder(found), now)
            return redirect(url_for("status.page", token=made.token), code=303)
        booking.move(s.office, found, chosen, span, _holder(found), now)
    except (BadRequestError, ConflictError) as error:
        response = _move_form(token, list(error.faults))
        response.status_code = error.status
        return response
    return redirect(url_for("status.page", token=token), code=303)


@pages.get("/cancel")
@needs(Action.BOOKING_OPEN)
def cancel_form(token: str) -> str:
    """Ask once more before the booking is cancelled."""
    found = _found(token)
    with services().database.read() as session:
        area = network.the_area(session)
    return render_template("cancel.html", booking=found, area=area)


@pages.post("/cancel")
@needs(Action.BOOKING_OPEN)
def cancel(token: str) -> ResponseReturnValue:
    """Cancel the booking."""
    found = _found(token)
    reason = request.form.get("reason", "")
    try:
        booking.cancel(services().office, found, reason or "resident", _holder(found), clock.utc_now())
    except ConflictError as error:
        return page_of(token, error)
    return redirect(url_for("status.page", token=token), code=303)


@pages.post("/missed")
@needs(Action.BOOKING_OPEN)
def missed(token: str) -> ResponseReturnValue:
    """Take down that nobody came, and show the visit that makes it good."""
    found = _found(token)
    try:
        made = booking.report_missed(services().office, found, _holder(found), clock.utc_now())
    except ConflictError as error:
        return page_of(token, error)
    return redirect(url_for("status.page", token=made.token), code=303)


@pages.get("/again")
@needs(Action.BOOKING_OPEN)
def again(token: str) -> str:
    """Show the booking form, filled in as this booking was."""
    found = _found(token)
    entered = {f"item-{code}": str(pieces) for code, pieces in booking.wish_of(found).items.items()}
    entered |= {
        "lon": str(found.lon),
        "lat": str(found.lat),
        "address": found.address,
        "floor": str(found.floor),
        "lift": "yes" if found.lift else "",
        "standing": found.standing,
        "scene": found.scene,
        "contact": found.contact,
        "phone": found.phone.removeprefix("+86"),
        "note": found.note,
        "different": "yes",
    }
    with services().database.read() as session:
        entered["community"] = _community(session, found)
    return blank_form(MultiDict(entered))


@pages.get("/calendar.ics")
@needs(Action.BOOKING_OPEN)
def calendar(token: str) -> Response:
    """Return the visit as a calendar entry."""
    found = _found(token)
    s = services()
    link = whole_address(url_for("status.page", token=token))
    response = make_response(calendar_of(found, link, language(), s.settings.clock, clock.utc_now()))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.reference}.ics"'
    return response


def _reached(state: str) -> int:
    """Return which step of a visit a state is, -1 for one that leads nowhere."""
    return len(STEPS) - 1 if state == "settled" else STEPS.index(state) if state in STEPS else -1


def page_of(
    token: str, error: DomainError | None = None, photo_faults: Sequence[tuple[int, Fault]] = (), code: int = 200
) -> Response:
    """Return the booking's page, with what was wrong with the last thing that was asked of it.

    `photo_faults` are about photos by their number among those that were sent, 0 for a single one; `code` is the HTTP
    status that goes with them.
    """
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = booking.booking_by_token(session, s.office, token, now)
        visits = visits_of(session, found, lock=False)
        next_one = follower(session, found)
        pictures = photos.photos_of(session, found)
        area = network.the_area(session)
    over = found.promise_end <= now < report_until(s.office, found)
    link = whole_address(url_for("status.page", token=token))
    response = make_response(
        render_template(
            "booking.html",
            booking=found,
            visits=visits,
            follower=next_one,
            rights=booking.rights(s.office, found, now),
            can_report=over and found.state in REPORTABLE,
            states=STATE_NAMES,
            steps=STEPS,
            reached=_reached(found.state),
            reasons=REASONS,
            items=s.catalogue.items,
            area=area,
            error=error,
            photos=pictures,
            photo_faults=photo_faults,
            photo_rules=s.settings.photos,
            photo_wishes=_photo_wishes(visits),
            can_add_photo=found.state not in ENDED and len(pictures) < s.settings.photos.most,
            code=qr_svg(link, gettext("The code of this page")),
        ),
        error.status if error else code,
    )
    return _private(response)


def _photo_wishes(visits: Sequence[Booking]) -> dict[str, list[Name]]:
    """Return of which things a photo is asked for: those of which it must be there, and those of which it helps."""
    items = services().catalogue.variants
    asked: dict[str, dict[str, Name]] = {"must": {}, "may": {}}
    for line in (line for visit in visits for line in visit.lines):
        if line.item in items and items[line.item].photo in asked:
            asked[items[line.item].photo][line.item] = items[line.item]
    return {how: list(things.values()) for how, things in asked.items()}


def _move_form(token: str, faults: list[Fault]) -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = booking.booking_by_token(session, s.office, token, now)
        need = booking.need_of(s.office, found)
        days = None if found.state == "failed" else booking.open_days(s.settings, now)  # nothing is moved into a plan
        offers = booking.offers(session, s.office, need, now, days)
        out = booking.ways(session, s.office, need, offers, now)
        area = network.the_area(session)
    days: dict[date, list[booking.Offer]] = {}
    for offer in offers:
        days.setdefault(offer.window.day, []).append(offer)
    page = render_template(
        "move.html", booking=found, days=days, ways=out, faults=faults, area=area, key=f"again-{uuid.uuid4()}"
    )
    return _private(make_response(page))


def _private(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _found(token: str) -> Booking:
    s = services()
    with s.database.read() as session:
        return booking.booking_by_token(session, s.office, token, clock.utc_now())


def _holder(found: Booking) -> Actor:
    """Return whoever holds the booking's link, as the audit log knows them."""
    return Actor("link", str(found.leg_of or found.id), origin=origin())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError.one("no-window", N_("Choose a window."), where="window") from error


def _community(session: Session, found: Booking) -> str:
    places = named(session, found.community_code) if found.community_code else []
    return places[0].label if places else ""
