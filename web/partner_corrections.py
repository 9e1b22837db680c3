"""Putting right what a partner reported: one person asks on the form, another one decides in the list of statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, handing, network
from recycling.accounts.rights import Action
from recycling.errors import BadRequestError, ConflictError, DomainError, ForbiddenError
from recycling.handing import Weighed
from web.handover_words import CORRECTION_NAMES
from web.language import language
from web.partner import MORE, by_row, rows_of
from web.rights import actor, needs
from web.services import services
from web.statements import said_of

pages = Blueprint("corrections", __name__, url_prefix="/handovers/corrections")


@pages.get("/<uuid:key>")
@needs(Action.HANDOVER_SETTLE)
def form(key: uuid.UUID) -> Response:
    """Show what was reported of a pickup, or of what a trip has collected, to be put right."""
    return _form(key)


@pages.post("/<uuid:key>")
@needs(Action.HANDOVER_SETTLE)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Ask that other weights or serial numbers count."""
    entered = request.form
    rows = rows_of(entered)
    pieces = entered.get("visit-pieces", "").strip()
    visit = [Weighed(pieces=int(pieces))] if pieces.isascii() and pieces.isdecimal() and len(pieces) < 4 else []
    try:
        handing.ask_correction(
            services().office,
            key,
            [*rows.values(), *visit],
            entered.get("reason", ""),
            entered.get("key", ""),
            actor(),
            clock.utc_now(),
        )
    except (BadRequestError, ConflictError) as error:
        return _form(key, error, entered, tuple(rows))
    return redirect(url_for("handovers.statements", _anchor="corrections"), code=303)


@pages.post("/<uuid:key>/decide")
@needs(Action.HANDOVER_SETTLE)
def decide(key: uuid.UUID) -> ResponseReturnValue:
    """Make a correction that somebody else asked for, or refuse it."""
    from web.handovers import statements_page

    try:
        handing.decide_correction(services().office, key, request.form.get("word") == "make", actor(), clock.utc_now())
    except (ConflictError, ForbiddenError) as error:
        return statements_page(error)
    return redirect(url_for("handovers.statements", _anchor="corrections"), code=303)


def _numbers(found: handing.Reported) -> list[str]:
    """Return the serial numbers that belong to each line, with commas between; those of one item in their order."""
    left = list(found.serials)
    said = []
    for line in found.lines:
        mine = [one for one in left if line.item and one[0] == line.item][: line.pieces]
        left = [one for one in left if one not in mine]
        said.append(", ".join(serial for _, serial in mine))
    return said


def _form(
    key: uuid.UUID,
    error: DomainError | None = None,
    entered: Mapping[str, str] | None = None,
    rows: tuple[str, ...] = (),
) -> Response:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        found = handing.reported(session, key)
        earlier = handing.corrections_of(session, key)
    text = render_template(
        "partner_correction.html",
        area=area,
        key=key,
        found=found,
        visit=next((line for line in found.lines if not line.material), None),
        weighed=[(f"w{number:02d}", line, said_of(line)) for number, line in enumerate(found.lines) if line.material],
        numbers=_numbers(found),
        of_trip=found.of_trip,
        earlier=earlier,
        correction_names=CORRECTION_NAMES,
        partner=s.settings.partners.name_of(found.partner, language()),
        materials=s.catalogue.materials,
        more=range(MORE),
        form_key=f"correction-{uuid.uuid4()}",
        entered=entered or {},
        faults=by_row(error, rows),
        error=error,
    )
    return make_response(text, error.status if error else 200)
