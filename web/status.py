"""A booking's own page, opened by its link: how it stands; moving, cancelling, repeating, reporting it as missed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from recycling import booking, clock, counter, network, photos, tracking
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking import asked
from recycling.booking.again import REPORTABLE, follower, report_until
from recycling.booking.life import visits_of
from recycling.catalogue import Name
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.exports.calendar import calendar_of
from recycling.exports.qr import qr_svg
from recycling.models import Booking
from recycling.models.booking import ENDED
from recycling.money.paying import payments_for
from recycling.money.settling import purchases_from
from recycling.places import named
from web import amending
from web.complaint_words import section
from web.entries import by_field
from web.handed import accepted_by
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
WISH_NAMES = {"move": N_("Another time"), "cancel": N_("To cancel")}
STEPS = ("booked", "planned", "on_the_way", "collected")
REASONS = {
    "missed": N_("Nobody came. We are sorry: a new visit goes first."),
    "absent": N_("We rang, and nobody answered the door."),
    "no_access": N_("Our crew could not get to the door."),
    "wrong_address": N_("Our crew could not find the address."),
    "too_much": N_("There was more than was booked, and no room for it on the truck."),
    "not_taken": N_("The things are not among those that we take."),
    "vehicle": N_("Our vehicle broke down. We are sorry."),
    "refused": N_("You did not accept the price. It costs you nothing, and your things stay with you."),
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
    found = found_by(token)
    day, _, span = request.form.get("slot", "").partition(" ")
    different = request.form.get("different") == "yes"
    try:
        chosen = _day(day)
        if found.state == "failed":
            key = request.form.get("key", "")
            made = booking.rebook(s.office, found, chosen, span, key, holder_of(found), now, different)
            return redirect(url_for("status.page", token=made.token), code=303)
        booking.move(s.office, found, chosen, span, holder_of(found), now, different=different)
    except (BadRequestError, ConflictError) as error:
        response = _move_form(token, list(error.faults), request.form.get("slot", ""))
        response.status_code = error.status
        return response
    return redirect(url_for("status.page", token=token), code=303)


@pages.post("/call-back")
@needs(Action.BOOKING_OPEN)
def call_back(token: str) -> ResponseReturnValue:
    """Ask the counter to call whoever finds no other window."""
    try:
        asked = booking.call_back(services().office, found_by(token), clock.utc_now())
    except ConflictError as error:
        return page_of(token, error)
    return redirect(url_for("waiting.page", token=asked.token), code=303)


@pages.get("/amend")
@needs(Action.BOOKING_OPEN)
def amend_form(token: str) -> Response:
    """Show what the booking says, to be changed."""
    return amending.form_of(found_by(token), *_amend_ways(token))


@pages.post("/amend")
@needs(Action.BOOKING_OPEN)
def amend(token: str) -> ResponseReturnValue:
    """Change what the booking says."""
    found = found_by(token)
    try:
        wish = amending.wish_of(found, request.form)
        booking.amend(services().office, amending.seen(found, request.form), wish, holder_of(found), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return amending.form_of(found, *_amend_ways(token), request.form, by_field(error), error.status)
    return redirect(url_for("status.page", token=token), code=303)


def _amend_ways(token: str) -> tuple[str, str]:
    return url_for("status.amend", token=token), url_for("status.page", token=token)


@pages.get("/cancel")
@needs(Action.BOOKING_OPEN)
def cancel_form(token: str) -> str:
    """Ask once more before the booking is cancelled."""
    found = found_by(token)
    with services().database.read() as session:
        area = network.the_area(session)
    return render_template("cancel.html", booking=found, area=area)


@pages.post("/cancel")
@needs(Action.BOOKING_OPEN)
def cancel(token: str) -> ResponseReturnValue:
    """Cancel the booking."""
    found = found_by(token)
    reason = request.form.get("reason", "")
    try:
        booking.cancel(services().office, found, reason or "resident", holder_of(found), clock.utc_now())
    except ConflictError as error:
        return page_of(token, error)
    return redirect(url_for("status.page", token=token), code=303)


@pages.post("/missed")
@needs(Action.BOOKING_OPEN)
def missed(token: str) -> ResponseReturnValue:
    """Take down that nobody came, and show the visit that makes it good."""
    found = found_by(token)
    try:
        made = booking.report_missed(services().office, found, holder_of(found), clock.utc_now())
    except ConflictError as error:
        return page_of(token, error)
    return redirect(url_for("status.page", token=made.token), code=303)


@pages.get("/again")
@needs(Action.BOOKING_OPEN)
def again(token: str) -> str:
    """Show the booking form, filled in as this booking was."""
    found = found_by(token)
    with services().database.read() as session:
        wish = booking.wish_of(found, visits=visits_of(session, found, lock=False))
    entered = {f"item-{code}": str(pieces) for code, pieces in wish.items.items()}
    entered |= {f"apart-{code}": "yes" for code in wish.dismantle}
    entered |= {
        "lon": str(found.lon),
        "lat": str(found.lat),
        "address": found.address,
        "floor": str(found.floor),
        "lift": "yes" if found.lift else "",
        "standing": found.standing,
        "height_limit": "" if found.height_limit is None else str(found.height_limit),
        "scene": found.scene,
        "contact": found.contact,
        "phone": found.phone.removeprefix("+86"),
        "note": found.note,
    }
    entered["community"] = _community(found)
    return blank_form(MultiDict(entered))


@pages.get("/calendar.ics")
@needs(Action.BOOKING_OPEN)
def calendar(token: str) -> Response:
    """Return the visit as a calendar entry."""
    found = found_by(token)
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
    token: str,
    error: DomainError | None = None,
    photo_faults: Sequence[tuple[int, Fault]] = (),
    code: int = 200,
    complaint: Mapping[str, str] | None = None,
) -> Response:
    """Return the booking's page, with what was wrong with the last thing that was asked of it.

    `photo_faults` are about photos by their number among those that were sent, 0 for a single one; `code` is the HTTP
    status that goes with them; `complaint` is what was entered of one.
    """
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = booking.booking_by_token(session, s.office, token, now)
        visits = visits_of(session, found, lock=False)
        next_one = follower(session, found)
        last_asked = asked.newest(session, found.leg_of or found.id)
        pictures = photos.photos_of(session, found)
        bought = [
            (one, counter.kept(session, one), sum(payment.fen for payment in payments_for(session, one)))
            for one in purchases_from(session, [counter.source_of(visit) for visit in visits])
        ]
        refusals = [
            (counter.promised(visit), refusal) for visit in visits if (refusal := counter.refusal_of(session, visit))
        ]
        complained = section(session, s.office, visits, now, resident=True, entered=complaint)
        partner_name, partner_phone = accepted_by(session, found)
        area = network.the_area(session)
    over = found.promise_end <= now < report_until(s.office, found)
    link = whole_address(url_for("status.page", token=token))
    response = make_response(
        render_template(
            "booking.html",
            partner_name=partner_name,
            partner_phone=partner_phone,
            booking=found,
            visits=visits,
            follower=next_one,
            rights=booking.rights(s.office, found, now),
            expected=tracking.expected_band(found, now, s.settings),
            late=tracking.is_late(s.settings, found),
            askable=booking.askable(s.office, found, now),
            asked=last_asked,
            asked_key=f"ask-{uuid.uuid4()}",
            closed=s.settings.holidays.on(found.service_day),
            wishes=WISH_NAMES,
            can_report=over and found.state in REPORTABLE,
            states=STATE_NAMES,
            steps=STEPS,
            reached=_reached(found.state),
            reasons=REASONS,
            items=s.catalogue.variants,
            bought=bought,
            materials=s.catalogue.materials,
            area=area,
            error=error,
            photos=pictures,
            photo_faults=photo_faults,
            photo_rules=s.settings.photos,
            photo_wishes=_photo_wishes(visits),
            can_add_photo=found.state not in ENDED and len(pictures) < s.settings.photos.most,
            code=qr_svg(link, gettext("The code of this page")),
            refusals=refusals,
            **complained,
        ),
        error.status if error else code,
    )
    return response


def _photo_wishes(visits: Sequence[Booking]) -> dict[str, list[Name]]:
    """Return of which things a photo is asked for: those of which it must be there, and those of which it helps."""
    items = services().catalogue.variants
    asked: dict[str, dict[str, Name]] = {"must": {}, "may": {}}
    for line in (line for visit in visits for line in visit.lines):
        if line.item in items and items[line.item].photo in asked:
            asked[items[line.item].photo][line.item] = items[line.item]
    return {how: list(things.values()) for how, things in asked.items()}


def _move_form(token: str, faults: list[Fault], slot: str = "") -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = booking.booking_by_token(session, s.office, token, now)
        need = booking.need_of_visits(s.office, visits_of(session, found, lock=False))
        days = None if found.state == "failed" else booking.open_days(s.settings, now)  # nothing is moved into a plan
        offers = booking.offers(session, s.office, need, now, days, but=found.leg_of or found.id)
        out = booking.ways(session, s.office, need, offers, now)
        area = network.the_area(session)
    days: dict[date, list[booking.Offer]] = {}
    for offer in offers:
        days.setdefault(offer.window.day, []).append(offer)
    page = render_template(
        "move.html",
        booking=found,
        days=days,
        ways=out,
        faults=faults,
        area=area,
        key=f"again-{uuid.uuid4()}",
        slot=slot or f"{found.service_day} {found.window}",
    )
    return make_response(page)


def found_by(token: str) -> Booking:
    """Return the booking whose link somebody came with."""
    s = services()
    with s.database.read() as session:
        return booking.booking_by_token(session, s.office, token, clock.utc_now())


def holder_of(found: Booking) -> Actor:
    """Return whoever holds the booking's link, as the audit log knows them."""
    return Actor("link", str(found.leg_of or found.id), origin=origin())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError.one("no-window", N_("Choose a window."), where="window") from error


def _community(found: Booking) -> str:
    with services().database.read() as session:
        places = named(session, found.community_code) if found.community_code else []
    return places[0].label if places else ""
