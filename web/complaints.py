"""Complaints: residents make them on their booking's page; the counter takes them down, sees the proof and answers."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock, complaints, counter, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, ConflictError, DomainError
from recycling.privacy import mask_phone
from web.clerk import page_of as clerk_page_of
from web.complaint_words import KIND_NAMES, OPENED_NAMES
from web.rights import actor, needs
from web.services import services
from web.status import REASONS, STATE_NAMES, found_by, holder_of, page_of

pages = Blueprint("complaints", __name__)

LOOKED_BACK = timedelta(days=30)
"""Over how long refusals at the door and missed visits are shown beside the open complaints."""
STEP_NAMES = {
    "booking.made": N_("booked"),
    "booking.moved": N_("moved"),
    "booking.amended": N_("changed"),
    "booking.changed": N_("changed"),
    "booking.planned": N_("put on a route"),
    "booking.unplanned": N_("taken off its route"),
    "booking.on_the_way": N_("the crew set off"),
    "booking.turned_back": N_("the crew did not set off after all"),
    "booking.collected": N_("collected"),
    "booking.settled": N_("settled"),
    "booking.failed": N_("not collected"),
    "booking.not_failed": N_("that it was not collected was a mistake"),
    "booking.cancelled": N_("cancelled"),
    "booking.offered": N_("offered to a partner recycler"),
    "booking.handed": N_("a partner recycler collects it"),
    "booking.handed_back": N_("ours again"),
    "booking.new_link": N_("given a new link"),
    "crew.expected": N_("another hour was said"),
    "crew.told_late": N_("told that we are late"),
    "price.refused": N_("the price was refused"),
}
MESSAGE_STATES = {
    "waiting": N_("waits to be sent"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "delivered": N_("delivered"),
    "unreached": N_("not reached"),
    "outdated": N_("not sent: old news"),
    "expired": N_("not sent: too late"),
}


@pages.post("/b/<token>/complain")
@needs(Action.BOOKING_OPEN)
def complain(token: str) -> ResponseReturnValue:
    """Take down what a resident complains of; the booking's page shows it until and after it is answered."""
    found, entered = found_by(token), request.form
    kind, text, key = (entered.get(name, "") for name in ("kind", "complaint", "key"))
    try:
        complaints.complain(services().office, found, kind, text, key, holder_of(found), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return page_of(token, error, complaint=entered)
    return redirect(url_for("status.page", token=token, _anchor="complaints"), code=303)


@pages.post("/clerk/bookings/<uuid:key>/complain")
@needs(Action.COMPLAINT_ANSWER)
def take_down(key: uuid.UUID) -> ResponseReturnValue:
    """Take down what a caller complains of, and show it with what proves how it was."""
    s, entered = services(), request.form
    with s.database.read() as session:
        found = booking.the_booking(session, actor(), Action.COMPLAINT_ANSWER, key)
    kind, text, form = (entered.get(name, "") for name in ("kind", "complaint", "key"))
    try:
        made = complaints.complain(s.office, found, kind, text, form, actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return clerk_page_of(found.leg_of or found.id, error, complaint=entered)
    return redirect(url_for("complaints.page", key=made.id), code=303)


@pages.get("/clerk/complaints")
@needs(Action.COMPLAINT_READ)
def listed() -> str:
    """Show the open complaints, the oldest first, and what else went wrong at doors lately."""
    s, now = services(), clock.utc_now()
    today, since = s.settings.clock.today(now), now - LOOKED_BACK
    with s.database.read() as session:
        found = complaints.all_open(session, actor())
        missed = complaints.missed_reports(session, actor(), since)
        door = counter.door_figures(session, actor(), s.settings.clock.today(since), today)
        area = network.the_area(session)
    ages = {one.id: (today - s.settings.clock.today(one.opened_at)).days for one, _ in found}
    return render_template(
        "complaints.html", area=area, listed=found, ages=ages, missed=missed, door=door, kinds=KIND_NAMES,
        days=LOOKED_BACK.days, mask=mask_phone,
    )  # fmt: skip


@pages.get("/clerk/complaints/<uuid:key>")
@needs(Action.COMPLAINT_READ)
def page(key: uuid.UUID) -> Response:
    """Show a complaint beside what proves how it was."""
    return _page(key)


@pages.post("/clerk/complaints/<uuid:key>/answer")
@needs(Action.COMPLAINT_ANSWER)
def answer(key: uuid.UUID) -> ResponseReturnValue:
    """Answer a complaint; its resident is told."""
    text = request.form.get("answer", "")
    try:
        complaints.answer(services().office, key, text, actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return _page(key, error, text)
    return redirect(url_for("complaints.page", key=key), code=303)


def _page(key: uuid.UUID, error: DomainError | None = None, text: str = "") -> Response:
    s = services()
    with s.database.read() as session:
        found, head = complaints.the_complaint(session, actor(), key)
        proof = counter.proof_of(session, s.settings, head)
        others = [one for one in complaints.about(session, head.id) if one.id != key]
        area = network.the_area(session)
    page = render_template(
        "complaint.html", area=area, complaint=found, booking=head, proof=proof, others=others, error=error,
        entered=text, kinds=KIND_NAMES, opened=OPENED_NAMES, steps=STEP_NAMES, reasons=REASONS, states=STATE_NAMES,
        message_states=MESSAGE_STATES, mask=mask_phone, items=s.catalogue.variants, materials=s.catalogue.materials,
    )  # fmt: skip
    return make_response(page, error.status if error else 200)
