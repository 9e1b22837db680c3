"""Things that are settled by the piece: what was promised for them, and the price that was agreed at the scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.catalogue import Catalogue, Item
from recycling.errors import N_, BadRequestError, Fault
from recycling.ledger import Draft, Line, post
from recycling.models import Booking, BookingLine, Purchase, Quote
from recycling.money import books
from recycling.money.pricing import WeighedLine
from recycling.money.terms import Rates

NOTED = "things.agreed"
MOST_PIECES = 999


@dataclass(frozen=True)
class AgreedThing:
    """Some pieces of one thing of the catalogue.

    Attributes
    ----------
    grams
        Of all of them; 0: as the catalogue says, so that the weight counts as estimated.
    fen
        What was agreed for all of them, positive when we pay; None while nothing was said.
    why
        Why it is not what was promised; empty otherwise.
    """

    item: str
    pieces: int
    grams: int = 0
    fen: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Promise:
    """What was promised for some pieces: lowest and highest fen, positive when we pay, and points on top of them."""

    low: int
    high: int
    points: int

    @property
    def middle(self) -> int:
        """Fen in the middle of the range, in whole yuan where the range holds one."""
        middle = (self.low + self.high) // 2
        yuan = round(middle / 100) * 100
        return yuan if self.low <= yuan <= self.high else middle


@dataclass(frozen=True)
class Agreed:
    """Things as lines of a purchase, and what is kept of each: thing, promise, points on top and reason."""

    lines: tuple[WeighedLine, ...]
    notes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Booked:
    """A line of a booking as the scale begins with it.

    Attributes
    ----------
    promise
        None where the day's rate of a kilogram decides.
    rated_as
        Code of the item whose own rate that is; empty: the rate of its material.
    """

    item: str
    material: str
    pieces: int
    promise: Promise | None
    rated_as: str


def agreed(
    session: Session, catalogue: Catalogue, things: Sequence[AgreedThing], visit: Booking | None, day: date
) -> Agreed:
    """Price things by what was agreed for them, within what was promised.

    What was booked keeps the prices of its booking, and those of a quote bind; all else has the catalogue's of the day.

    Raises
    ------
    BadRequestError
        With a fault for each thing (``agreed-0`` is the first) that is not known, has no number of pieces or no price,
        or whose price is not what was promised without a reason.
    """
    quote = _quote(session, visit)
    faults: list[Fault] = []
    lines, notes = [], []
    for number, thing in enumerate(things):
        where, item = f"agreed-{number}", catalogue.variants.get(thing.item)
        if item is None:
            faults.append(Fault(where, "unknown-item", N_("Choose which thing it is.")))
            continue
        if type(thing.pieces) is not int or not 1 <= thing.pieces <= MOST_PIECES:
            faults.append(Fault(where, "bad-pieces", N_("Enter how many pieces of %(what)s."), {"what": item}))
            continue
        grams = thing.grams or item.kg * 1000 * thing.pieces
        promise = _promise(item, thing.item, thing.pieces, grams, visit, quote, day)
        fen = 0 if thing.fen is None and promise.low == promise.high == 0 else thing.fen
        faults += _faults(where, item, promise, fen, thing.why)
        lines.append(WeighedLine(item.material, grams, thing.pieces, fen, estimated=not thing.grams))
        notes.append(
            {"item": thing.item, "pieces": thing.pieces, "fen": fen, "low": promise.low, "high": promise.high,
             "points": promise.points, "why": thing.why.strip()}
        )  # fmt: skip
    if faults:
        raise BadRequestError(*faults)
    return Agreed(tuple(lines), tuple(notes))


def booked_lines(session: Session, catalogue: Catalogue, visit: Booking, rates: Rates) -> list[Booked]:
    """Return what a visit was booked for; what is sold by weight at a rate of the day has no promise of its own."""
    quote = _quote(session, visit)
    found = []
    for line in visit.lines:
        item = catalogue.variants.get(line.item)
        if item is None:
            continue
        by_weight = quote is None and item.offered_at(visit.service_day).by == "weight"
        by_scale = by_weight and rates.fen(item.material, line.item) is not None
        grams = item.kg * 1000 * line.pieces
        promise = None if by_scale else _promise(item, line.item, line.pieces, grams, visit, quote, visit.service_day)
        found.append(Booked(line.item, item.material, line.pieces, promise, rates.own(line.item)))
    return found


def weighed(catalogue: Catalogue, lines: Sequence[WeighedLine], day: date) -> dict[int, Mapping[str, Any]]:
    """Return what is kept of the lines that are bought as an item at its rate, by their position: item and points."""
    notes: dict[int, Mapping[str, Any]] = {}
    for position, line in enumerate(lines):
        item = catalogue.variants.get(line.item)
        if item is not None:
            price = item.offered_at(day)
            low, high = price.weighed(line.grams, 1)
            points = price.points_of_weighed(line.grams, line.pieces)
            notes[position] = {
                "line": position, "item": line.item, "pieces": line.pieces, "fen": None, "low": low, "high": high,
                "points": points, "why": "",
            }  # fmt: skip
    return notes


def by_line(made: Agreed, first: int) -> dict[int, Mapping[str, Any]]:
    """Return what is kept of agreed things by their position; `first` is that of their first line."""
    return {first + k: {"line": first + k, **note} for k, note in enumerate(made.notes)}


def keep_notes(
    session: Session, purchase: Purchase, notes: Mapping[int, Mapping[str, Any]], actor: Actor, now: datetime
) -> None:
    """Write down what was agreed or weighed as an item, by line of the purchase, and give the points, once."""
    if notes and not kept(session, purchase):
        things = [notes[line] for line in sorted(notes)]
        audit.record(session, actor, NOTED, "purchase", purchase.id, None, {"things": things}, now)
    points = sum(note["points"] for note in notes.values())
    if points:
        lines = (Line(books.holding(purchase.seller_id, "points"), points), Line(books.rewards(), -points))
        post(session, Draft("things", lines, entry_key(purchase), now, purchase.person, purchase.reference))


def kept(session: Session, purchase: Purchase) -> dict[int, Mapping[str, Any]]:
    """Return what was written down of the things of a purchase, by the position of their lines."""
    told = [e.after for e in audit.events(session, "purchase", purchase.id) if e.action == NOTED and e.after]
    return {note["line"]: note for after in told for note in after["things"]}


def entry_key(purchase: Purchase) -> str:
    """Return the key of the ledger entry that gave the points of a purchase's things."""
    return f"things:{purchase.id}"


def _promise(
    item: Item, code: str, pieces: int, grams: int, visit: Booking | None, quote: Quote | None, day: date
) -> Promise:
    line = _line(visit, code)
    price = item.offered_at(visit.service_day if visit is not None and line is not None else day)
    points = price.points_of_weighed(grams, pieces)
    if line is None:
        return Promise(*price.weighed(grams, pieces), points)
    if quote is not None:
        fen = line.price_low * pieces + _rest(quote, code, pieces)
        return Promise(fen, fen, points)
    if price.by in ("weight", "band"):
        return Promise(*price.weighed(grams, pieces), points)
    return Promise(line.price_low * pieces, line.price_high * pieces, points)


def _rest(quote: Quote, code: str, pieces: int) -> int:
    """Return by how much a quote's binding sum differs from that of its lines: that goes with the first of them."""
    first = quote.lines[0]
    if (first.item, first.pieces) != (code, pieces):
        return 0
    return quote.fen - sum(line.price * line.pieces for line in quote.lines)


def _faults(where: str, item: Item, promise: Promise, fen: int | None, why: str) -> list[Fault]:
    if fen is None:
        return [Fault(where, "no-agreed-price", N_("Enter the price agreed for %(what)s."), {"what": item})]
    if promise.low <= fen <= promise.high or why.strip():
        return []
    low, high = sorted((abs(promise.low), abs(promise.high)))
    values = {"what": item, "range": f"{low / 100:,.2f}" + (f"–{high / 100:,.2f}" if high != low else "")}
    if promise.high <= 0 and promise.low < 0:
        sentence = N_("For %(what)s it was promised that they pay %(range)s yuan. Enter that, or say why not.")
    else:
        sentence = N_("For %(what)s it was promised that we pay %(range)s yuan. Enter that, or say why not.")
    return [Fault(where, "not-as-promised", sentence, values)]


def _line(visit: Booking | None, code: str) -> BookingLine | None:
    return next((line for line in visit.lines if line.item == code), None) if visit is not None else None


def _quote(session: Session, visit: Booking | None) -> Quote | None:
    """Return the quote that a visit was booked by."""
    if visit is None:
        return None
    query = select(Quote).where(Quote.booking_id == (visit.leg_of or visit.id)).options(selectinload(Quote.lines))
    return session.scalar(query)
