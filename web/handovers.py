"""What is handed to partner recyclers, for staff: what is open and came back, offering, taking back, statements."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import audit, clock, deliveries, handing, network
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.errors import N_, BadRequestError, ConflictError, DomainError
from recycling.partner_accounts import named_partner
from web.clerk import page_of as clerk_page_of
from web.dispatcher import things_text
from web.handover_words import REASON_NAMES, STATE_NAMES
from web.rights import actor, needs
from web.services import services
from web.statements import draft_page, said_of, statement_page, statement_table

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("handovers", __name__, url_prefix="/handovers")


@pages.get("")
@needs(Action.HANDOVER_OFFER)
def listed() -> Response:
    """Show what is handed over, and what came back."""
    return _page()


@pages.post("/offer/<uuid:key>")
@needs(Action.HANDOVER_OFFER)
def offer(key: uuid.UUID) -> ResponseReturnValue:
    """Offer a booking to a partner."""
    form = request.form
    try:
        handing.offer(services().office, key, form.get("partner", ""), form.get("key", ""), actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return clerk_page_of(key, error)
    return redirect(url_for("clerk.page", key=key), code=303)


@pages.get("/order/<uuid:key>")
@needs(Action.HANDOVER_OFFER)
def order(key: uuid.UUID) -> Response:
    """Show who has what is old of a shop's order, or may get it."""
    return _order_page(key)


@pages.post("/order/<uuid:key>")
@needs(Action.HANDOVER_OFFER)
def offer_order(key: uuid.UUID) -> ResponseReturnValue:
    """Offer what is old of a shop's order to a partner."""
    office, form, now = services().office, request.form, clock.utc_now()
    try:
        handing.offer_order(office, key, form.get("partner", ""), form.get("key", ""), actor(), now)
    except (BadRequestError, ConflictError) as error:
        return _order_page(key, error)
    return redirect(url_for("handovers.order", key=key), code=303)


@pages.post("/<uuid:key>/withdraw")
@needs(Action.HANDOVER_OFFER)
def withdraw(key: uuid.UUID) -> ResponseReturnValue:
    """Take a booking back."""
    s = services()
    try:
        with s.database.write() as session:
            handing.withdraw(session, s.office, key, request.form.get("reason", ""), actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return _page(error)
    return redirect(url_for("handovers.listed"), code=303)


@pages.get("/statements")
@needs(Action.HANDOVER_SETTLE)
def statements() -> Response:
    """Show the statements with all partners, and what is still to be settled with each."""
    return statements_page()


@pages.post("/statements")
@needs(Action.HANDOVER_SETTLE)
def settle() -> ResponseReturnValue:
    """Make a statement of all that a partner collected until a day."""
    s, now, form = services(), clock.utc_now(), request.form
    try:
        partner = named_partner(s.settings, form.get("partner", ""))
        with s.database.write() as session:
            today = s.settings.clock.today(now)
            made = handing.make_statement(session, partner, _day(form.get("last", "")), today, actor(), now)
    except (BadRequestError, ConflictError) as error:
        return statements_page(error)
    return redirect(url_for("handovers.statement", name=made.partner, version=made.number), code=303)


@pages.get("/statements/<name>/draft")
@needs(Action.HANDOVER_SETTLE)
def draft(name: str) -> Response:
    """Show what will stand on the next statement with a partner."""
    return draft_page(named_partner(services().settings, name).code, staff=True)


@pages.get("/statements/<name>/<int:version>")
@needs(Action.HANDOVER_SETTLE)
def statement(name: str, version: int) -> Response:
    """Show a statement."""
    return statement_page(name, version, staff=True)


@pages.get("/statements/<name>/<int:version>.<ending>")
@needs(Action.HANDOVER_SETTLE)
def statement_file(name: str, version: int, ending: str) -> Response:
    """Give a statement as a table."""
    return statement_table(name, version, ending)


@pages.post("/statements/<name>/<int:version>/paid")
@needs(Action.HANDOVER_SETTLE)
def paid(name: str, version: int) -> ResponseReturnValue:
    """Note that a statement was paid."""
    s = services()
    try:
        with s.database.write() as session:
            partner = named_partner(s.settings, name)
            handing.note_paid(session, partner, version, request.form.get("reference", ""), actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return statement_page(name, version, staff=True, error=error)
    return redirect(url_for("handovers.statement", name=name, version=version), code=303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequestError.one("no-day", N_("Choose a day."), where="last") from None


def _order_page(key: uuid.UUID, error: DomainError | None = None) -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        found = deliveries.order_by_key(session, key)
        demand(actor(), Action.HANDOVER_OFFER, Subject(depot=found.depot_code))
        handed = handing.of_order(session, key)
        trouble, choices = None, []
        if not found.partner:
            try:
                choices = handing.choices_of_order(session, s.office, found, now)
            except (BadRequestError, ConflictError) as fault:
                trouble = fault
    text = render_template(
        "handover_order.html",
        area=area,
        order=found,
        handed=handed,
        choices=choices,
        trouble=None if error else trouble,
        error=error,
        partners=s.settings.partners,
        states=STATE_NAMES,
        reasons=REASON_NAMES,
        things_text=things_text,
        offer_key=f"offer-{uuid.uuid4()}",
    )
    return make_response(text, error.status if error else 200)


def _page(error: DomainError | None = None) -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        own = [one for one in network.depots(session) if may(actor(), Action.HANDOVER_OFFER, Subject(depot=one.code))]
        found = [one for depot in own for one in handing.of_depot(session, depot.code, now)]
    sections = [
        (N_("Offered"), [one for one in found if one.handover.state == "offered"]),
        (N_("Accepted"), [one for one in found if one.handover.state == "accepted"]),
        (N_("Came back: ours again"), [one for one in found if one.came_back]),
        (N_("Over"), [one for one in found if one.handover.ended_at is not None and not one.came_back]),
    ]
    text = render_template(
        "handovers.html",
        area=area,
        sections=sections,
        partners=s.settings.partners,
        states=STATE_NAMES,
        reasons=REASON_NAMES,
        things_text=things_text,
        error=error,
        now=now,
        can_settle=may(actor(), Action.HANDOVER_SETTLE),
    )
    return make_response(text, error.status if error else 200)


def _asked_by(session: Session, one: handing.Correction) -> str:
    """Return the name of whoever asked for a correction."""
    events = audit.events(session, "partner-correction", one.correction.id)
    return audit.name_of(session, events[0]) if events else ""


def statements_page(error: DomainError | None = None) -> Response:
    """Return the page of all statements, of what is to be settled, and of corrections to be decided."""
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        made = handing.statements(session)
        asked = [(one, _asked_by(session, one)) for one in handing.waiting(session)]
        waiting = [(one, *handing.to_settle(session, one.code)) for one in s.settings.partners.partner]
    text = render_template(
        "partner_statements.html",
        area=area,
        made=made,
        waiting=waiting,
        corrections=asked,
        said=said_of,
        own=actor().id,
        partners=s.settings.partners,
        today=s.settings.clock.today(clock.utc_now()),
        error=error,
    )
    return make_response(text, error.status if error else 200)
