"""A partner recycler's own page: what is offered to it, what it has to collect, what it says of it, its statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, handing, hooks, network
from recycling.accounts.rights import Action
from recycling.errors import BadRequestError, ConflictError, DomainError, Fault, NotFoundError
from recycling.handing import CANNOT_COME, Weighed
from recycling.hooks.events import PARTNER
from recycling.partner_accounts import the_partner
from recycling.partner_companies import Partner
from recycling.site_key import site_key
from web.dispatcher import things_text
from web.handover_words import REASON_NAMES, STATE_NAMES
from web.order_events import ERROR_NAMES
from web.order_events import STATE_NAMES as EVENT_STATES
from web.rights import actor, needs
from web.services import services
from web.statements import draft_page, statement_page, statement_table

pages = Blueprint("partner", __name__, url_prefix="/partner")
MORE = 2
"""Rows for materials besides those for what was booked."""

MOST_KG = Decimal(1_000_000)
RECENT = 20


@pages.get("")
@needs(Action.HANDOVER_TAKE)
def listed() -> Response:
    """Show what the partner was offered and has to collect, the soonest first."""
    return _page()


@pages.post("/<uuid:key>")
@needs(Action.HANDOVER_TAKE)
def deed(key: uuid.UUID) -> ResponseReturnValue:
    """Accept or decline an offer, show the number to call, or say what became of a pickup."""
    s, now, form, who = services(), clock.utc_now(), request.form, actor()
    word, rows = form.get("word", ""), rows_of(form)
    try:
        with s.database.write() as session:
            mine = _mine()
            if word == "accept":
                handing.accept(session, s.office, mine, key, who, now)
            elif word == "decline":
                handing.decline(session, s.office, mine, key, form.get("reason", ""), who, now)
            elif word == "number":
                number = handing.shown_number(session, key, mine.code, who, now)
                return _page(numbers={key: number})
            elif word == "failed":
                handing.not_collected(session, s.office, mine, key, form.get("reason", ""), who, now)
            else:
                handing.collected(session, s.office, mine, key, list(rows.values()), who, now)
    except (BadRequestError, ConflictError) as error:
        return _page(error=error, about=key, entered=form, rows=tuple(rows))
    return redirect(url_for("partner.listed", _anchor=f"h-{key}"), code=303)


@pages.get("/statements/draft")
@needs(Action.HANDOVER_TAKE)
def draft() -> Response:
    """Show what will stand on the next statement."""
    return draft_page(_mine().code, staff=False)


@pages.get("/statements/<int:version>")
@needs(Action.HANDOVER_TAKE)
def statement(version: int) -> Response:
    """Show a statement of the partner's own."""
    return statement_page(_mine().code, version, staff=False)


@pages.get("/statements/<int:version>.<ending>")
@needs(Action.HANDOVER_TAKE)
def statement_file(version: int, ending: str) -> Response:
    """Give a statement as a table."""
    return statement_table(_mine().code, version, ending)


@pages.post("/events")
@needs(Action.HANDOVER_TAKE)
def events() -> ResponseReturnValue:
    """Name the address that the partner's program is told at, renew its secret, test it, or send events anew."""
    s, now, form, who = services(), clock.utc_now(), request.form, actor()
    owner, word, secret = PARTNER + _mine().code, form.get("word", ""), ""
    key = site_key(s.settings.home / "var")
    try:
        with s.database.write() as session:
            if word == "remove":
                hooks.remove(session, owner, who, now)
            elif word == "test":
                hooks.try_out(session, owner, who, now)
            elif word == "secret":
                secret = hooks.renew(session, key, owner, who, now)
            elif word == "again":
                hooks.again(session, who, now, (), owner)
            else:
                _, secret = hooks.register(session, s.settings, key, owner, form.get("url", ""), who, now)
    except (BadRequestError, ConflictError, NotFoundError) as error:
        return _page(event_error=error)
    return _page(secret=secret) if secret else redirect(url_for("partner.listed", _anchor="events"), code=303)


def rows_of(form: Mapping[str, str]) -> dict[str, Weighed]:
    """Return what a form says was taken, by the number of its row; rows without any weight or piece are left out."""
    found: dict[str, Weighed] = {}
    for row in sorted(name.removeprefix("kg-") for name in form if name.startswith("kg-"))[:50]:
        weight, pieces = form.get(f"kg-{row}", "").strip(), form.get(f"pieces-{row}", "").strip()
        item, material = form.get(f"item-{row}", ""), form.get(f"material-{row}", "")
        if (weight or (pieces not in ("", "0"))) if item else (weight or material):
            serials = tuple(filter(None, form.get(f"serials-{row}", "").replace("，", ",").split(",")))
            number = int(pieces) if pieces.isascii() and pieces.isdecimal() and len(pieces) < 5 else 0
            found[row] = Weighed("" if item else material, item, number if item else 0, _grams(weight), serials)
    return found


def _grams(text: str) -> int:
    try:
        kilograms = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return 0
    return round(kilograms * 1000) if kilograms.is_finite() and 0 <= kilograms <= MOST_KG else 0


def _mine() -> Partner:
    s = services()
    with s.database.read() as session:
        return the_partner(session, s.settings, actor())


def by_row(error: DomainError | None, rows: tuple[str, ...]) -> dict[str, list[Fault]]:
    """Return the faults by the row that they are about, those of none under ""."""
    found: dict[str, list[Fault]] = {}
    for fault in error.faults if error else ():
        part = fault.where.removeprefix("lines.").partition(".")[0]
        row = rows[int(part)] if part.isdecimal() and int(part) < len(rows) else ""
        found.setdefault(row, []).append(fault)
    return found


def _page(
    error: DomainError | None = None,
    about: uuid.UUID | None = None,
    entered: Mapping[str, str] | None = None,
    rows: tuple[str, ...] = (),
    numbers: Mapping[uuid.UUID, str] | None = None,
    event_error: DomainError | None = None,
    secret: str = "",
) -> Response:
    s, now, mine = services(), clock.utc_now(), _mine()
    owner = PARTNER + mine.code
    with s.database.read() as session:
        area = network.the_area(session)
        found = handing.of_partner(session, mine.code, now)
        made = handing.statements(session, mine.code)
        waiting = handing.to_settle(session, mine.code)
        addresses = hooks.addresses(session, owner)
        lines = hooks.lines(session, owner, most=RECENT)
    text = render_template(
        "partner.html",
        area=area,
        partner=mine,
        offered=[one for one in found if one.handover.state == "offered" and one.handover.answer_by > now],
        accepted=[one for one in found if one.handover.state == "accepted"],
        over=sorted(
            (one for one in found if one.handover.ended_at), key=lambda one: one.handover.ended_at or now, reverse=True
        ),
        made=made,
        waiting=waiting,
        states=STATE_NAMES,
        reasons=REASON_NAMES,
        why_not=lambda handover: (*handing.why_not_of(handover), CANNOT_COME),
        things_text=things_text,
        items=s.catalogue.variants,
        materials=s.catalogue.materials,
        more=range(MORE),
        error=error,
        about=about,
        faults=by_row(error, rows),
        entered=entered or {},
        numbers=numbers or {},
        now=now,
        hook=addresses[0] if addresses else None,
        host=urlsplit(addresses[0].url).hostname if addresses else "",
        lines=lines,
        given_up=any(line.event.state == "given-up" for line in lines),
        event_states=EVENT_STATES,
        event_errors=ERROR_NAMES,
        event_error=event_error,
        secret=secret,
    )
    trouble = error or event_error
    return make_response(text, trouble.status if trouble else 200)
