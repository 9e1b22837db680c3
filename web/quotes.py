"""A quote's page for its customer, opened by the link: what it says, accepting it for a window, declining it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock, network
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking import Offer, quotes
from recycling.errors import BadRequestError, ConflictError, Fault
from recycling.models import Quote
from web.resident import SCENE_NAMES
from web.rights import needs, origin
from web.services import services

pages = Blueprint("quotes", __name__, url_prefix="/q/<token>")


@pages.get("")
@needs(Action.BOOKING_OPEN)
def page(token: str) -> Response:
    """Show a quote with the windows that can be kept."""
    return _page(token, [])


@pages.post("/accept")
@needs(Action.BOOKING_OPEN)
def accept(token: str) -> ResponseReturnValue:
    """Accept a quote for a window; doing it again leads to the same booking."""
    s, now = services(), clock.utc_now()
    day, _, span = request.form.get("slot", "").partition(" ")
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = None
    try:
        made = quotes.accept_quote(s.office, token, chosen, span, now, _holder(token))
    except (BadRequestError, ConflictError) as error:
        return _page(token, error.faults, error.status)
    return redirect(url_for("status.page", token=made.token), code=303)


@pages.post("/decline")
@needs(Action.BOOKING_OPEN)
def decline(token: str) -> ResponseReturnValue:
    """Decline a quote."""
    try:
        quotes.decline_quote(services().office, token, request.form.get("reason", ""), clock.utc_now(), _holder(token))
    except ConflictError as error:
        return _page(token, error.faults, error.status)
    return redirect(url_for("quotes.page", token=token), code=303)


def _page(token: str, faults: Sequence[Fault], status: int = 200) -> Response:
    s, now = services(), clock.utc_now()
    days: dict[date, list[Offer]] = {}
    with s.database.read() as session:
        quote = quotes.quote_by_token(session, token)
        newest = quotes.newest_of(session, quote)
        made = booking.booking_of(session, quote.booking_id)
        try:
            found = quotes.windows_for(session, s.office, quote, now)
        except BadRequestError as error:  # an item is taken no longer
            found, faults = [], [*faults, *error.faults]
        for offer in found:
            days.setdefault(offer.window.day, []).append(offer)
        area = network.the_area(session)
    text = render_template(
        "quote.html", quote=quote, state=quotes.open_state(quote, s.settings.clock.today(now)), made=made, area=area,
        newer=newest if newest.version > quote.version else None, days=days, faults=faults, scenes=SCENE_NAMES,
        items=s.catalogue.variants, lines_fen=sum(line.price * line.pieces for line in quote.lines),
    )  # fmt: skip
    return make_response(text, status)


def _holder(token: str) -> Actor:
    """Return whoever holds the quote's link, as the audit log knows them."""
    with services().database.read() as session:
        found: Quote = quotes.quote_by_token(session, token)
    return Actor("link", str(found.id), origin=origin())
