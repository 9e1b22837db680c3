"""Quotes at the counter: writing them line by line, sending them, writing new versions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.booking import quotes
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, ForbiddenError
from recycling.models import Quote
from recycling.models.quote import QUOTE_SCENES
from recycling.places import named
from recycling.privacy import mask_phone
from web.entries import Entries, by_field
from web.resident import SCENE_NAMES, STANDING_NAMES
from web.rights import actor, needs
from web.services import services

pages = Blueprint("clerk_quotes", __name__, url_prefix="/clerk/quotes")

STATES = {
    "draft": N_("Draft"),
    "sent": N_("Sent"),
    "accepted": N_("Accepted"),
    "declined": N_("Declined"),
    "expired": N_("Expired"),
    "replaced": N_("Replaced by a newer version"),
}
FEWEST_ROWS, MORE_ROWS, MOST_ROWS = 4, 2, 20


@pages.get("")
@needs(Action.BOOKING_TAKE)
def desk() -> str:
    """List the quotes of one's depots."""
    s, now = services(), clock.utc_now()
    today = s.settings.clock.today(now)
    with s.database.read() as session:
        area = network.the_area(session)
        listed = [(quote, quotes.open_state(quote, today)) for quote in quotes.quotes_of(session, actor(), now)]
    return render_template("clerk_quotes.html", area=area, listed=listed, states=STATES, scenes=SCENE_NAMES)


@pages.get("/new")
@needs(Action.BOOKING_TAKE)
def blank() -> Response:
    """Show an empty quote."""
    return _form(None, {}, {})


@pages.post("/new")
@needs(Action.BOOKING_TAKE)
def write() -> ResponseReturnValue:
    """Write a new quote as a draft."""
    return _saved(None)


@pages.get("/<uuid:key>")
@needs(Action.BOOKING_TAKE)
def page(key: uuid.UUID) -> Response:
    """Show a quote: a draft as its form, any other as it was sent."""
    return _page(key)


@pages.post("/<uuid:key>")
@needs(Action.BOOKING_TAKE)
def change(key: uuid.UUID) -> ResponseReturnValue:
    """Change a draft, and send it if that button was pressed."""
    return _saved(key)


@pages.post("/<uuid:key>/revise")
@needs(Action.BOOKING_TAKE)
def revise(key: uuid.UUID) -> ResponseReturnValue:
    """Write a new version of a quote that was sent."""
    try:
        made = quotes.revise(services().office, key, actor(), clock.utc_now())
    except ConflictError as error:
        return _page(key, by_field(error), error.status)
    return redirect(url_for("clerk_quotes.page", key=made.id), code=303)


def read_draft(entered: Mapping[str, str]) -> quotes.QuoteDraft:
    """Read the form of a quote; a line without item and words is none."""
    fields = Entries(entered)
    lines = [
        _line(fields, number)
        for number in range(MOST_ROWS)
        if fields.text(f"line-{number}-item") or fields.text(f"line-{number}-words")
    ]
    return quotes.QuoteDraft(
        scene=fields.text("scene"),
        community=fields.community(),
        address=fields.text("address"),
        contact=fields.text("contact"),
        phone=fields.text("phone"),
        valid_until=fields.day("valid_until"),
        lines=lines,
        floor=fields.whole("floor", 1),
        lift=fields.text("lift") == "yes",
        standing=fields.text("standing") or "flat",
        note=fields.text("note"),
        minimum=fields.fen("minimum") or 0,
        crew=fields.whole("crew"),
        visits=fields.whole("visits"),
        trucks=fields.whole("trucks"),
        unreadable=fields.faults,
    )


def _line(fields: Entries, number: int) -> quotes.QuoteDraftLine:
    name = f"line-{number}-"
    amount = fields.fen(f"{name}price", "lines")
    we_pay = fields.text(f"{name}payer") == "we"
    return quotes.QuoteDraftLine(
        item=fields.text(f"{name}item"),
        words=fields.text(f"{name}words"),
        pieces=fields.whole(f"{name}pieces", 1, "lines"),
        kg=fields.whole(f"{name}kg", 0, "lines"),
        litres=fields.whole(f"{name}litres", 0, "lines"),
        minutes=fields.whole(f"{name}minutes", 0, "lines"),
        people=fields.whole(f"{name}people", 1, "lines"),
        price=None if amount is None else amount if we_pay else -amount,
        reason=fields.text(f"{name}reason"),
    )


def _saved(key: uuid.UUID | None) -> ResponseReturnValue:
    s, now, entered = services(), clock.utc_now(), request.form
    if key is not None:
        _found(key)
    try:
        made = quotes.save_quote(s.office, read_draft(entered), entered.get("key", ""), actor(), now, key)
    except ForbiddenError as error:
        sentence = N_("This place is served by another depot, for which you do not work.")
        return _form(None, entered, {"community": [Fault("community", "other-depot", sentence)]}, error.status, key)
    except (BadRequestError, ConflictError) as error:
        return _form(None, entered, by_field(error), error.status, key)
    if entered.get("deed") == "send":
        try:
            quotes.send_quote(s.office, made.id, actor(), now)
        except (BadRequestError, ConflictError) as error:
            return _page(made.id, _beside(error), error.status)
    return redirect(url_for("clerk_quotes.page", key=made.id), code=303)


def _beside(error: DomainError) -> dict[str, list[Fault]]:
    """Return what keeps a quote from being sent; what is wrong with its things stands beside its lines."""
    found = by_field(error)
    if "items" in found:
        found.setdefault("lines", []).extend(found.pop("items"))
    return found


def _page(key: uuid.UUID, faults: Mapping[str, Sequence[Fault]] | None = None, status: int = 200) -> Response:
    quote = _found(key)
    if quote.state == "draft":
        return _form(quote, _entered(quote), faults or {}, status, key)
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        newest = quotes.newest_of(session, quote)
    text = render_template(
        "clerk_quote.html", area=area, quote=quote, newer=newest if newest.version > quote.version else None,
        state=quotes.open_state(quote, s.settings.clock.today(now)), states=STATES, scenes=SCENE_NAMES,
        items=s.catalogue.variants, faults=faults or {}, mask=mask_phone,
        lines_fen=sum(line.price * line.pieces for line in quote.lines),
    )  # fmt: skip
    return make_response(text, status)


def _form(
    quote: Quote | None,
    entered: Mapping[str, str],
    faults: Mapping[str, Sequence[Fault]],
    status: int = 200,
    key: uuid.UUID | None = None,
) -> Response:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
    filled = max((n + 1 for n in range(MOST_ROWS) if _has_line(entered, n)), default=0)
    text = render_template(
        "clerk_quote_form.html", area=area, quote=quote, entered=entered, faults=faults,
        action=url_for("clerk_quotes.change", key=key) if key else url_for("clerk_quotes.write"),
        scenes={code: SCENE_NAMES[code] for code in QUOTE_SCENES}, standings=STANDING_NAMES,
        items=s.catalogue.variants, rows=range(min(MOST_ROWS, max(FEWEST_ROWS, filled + MORE_ROWS))),
        today=s.settings.clock.today(clock.utc_now()), key=entered.get("key") or f"quote-{uuid.uuid4()}",
    )  # fmt: skip
    return make_response(text, status)


def _has_line(entered: Mapping[str, str], number: int) -> bool:
    return bool(entered.get(f"line-{number}-item") or entered.get(f"line-{number}-words"))


def _entered(quote: Quote) -> dict[str, str]:
    """Return a draft as its form's fields."""
    with services().database.read() as session:
        places = named(session, quote.community_code)
    entered = {
        "scene": quote.scene,
        "community": places[0].label if places else "",
        "address": quote.address,
        "contact": quote.contact,
        "phone": quote.phone.removeprefix("+86"),
        "valid_until": quote.valid_until.isoformat(),
        "floor": str(quote.floor),
        "lift": "yes" if quote.lift else "",
        "standing": quote.standing,
        "note": quote.note,
        "minimum": f"{quote.minimum / 100:g}" if quote.minimum else "",
        "crew": str(quote.crew),
        "visits": str(quote.visits),
        "trucks": str(quote.trucks),
    }
    for line in quote.lines:
        name = f"line-{line.position}-"
        entered |= {
            f"{name}item": line.item,
            f"{name}words": line.words,
            f"{name}pieces": str(line.pieces),
            f"{name}price": f"{abs(line.price) / 100:.2f}",
            f"{name}payer": "we" if line.price > 0 else "they",
            f"{name}reason": line.reason,
        }
        if line.words:
            sizes = {"kg": line.kg, "litres": line.litres, "minutes": round(line.minutes), "people": line.people}
            entered |= {f"{name}{part}": str(value) for part, value in sizes.items()}
    return entered


def _found(key: uuid.UUID) -> Quote:
    with services().database.read() as session:
        return quotes.quote_by_id(session, key, actor())
