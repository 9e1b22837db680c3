"""Writing a quote: lines with their prices, what it takes, its sum."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking.checks import MOST_REASON, clean, phone_number
from recycling.booking.office import Office
from recycling.booking.quotes.finding import locked_quote, quote_by_id
from recycling.booking.taking import REFERENCE_LETTERS, check_key
from recycling.catalogue import minutes_of
from recycling.catalogue.service import PLACES, Where
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.kept_network import the_community
from recycling.models import Quote, QuoteLine
from recycling.models.base import new_id
from recycling.models.booking import STANDING
from recycling.models.quote import QUOTE_SCENES

MOST_LINES = 20
MOST_FEN = 10_000_000
"""Fen of one piece, and of a minimum: 100,000 yuan."""


@dataclass(frozen=True)
class QuoteDraftLine:
    """A line as staff enter it: an item with pieces, or words with kilograms, litres, minutes and people of all of it.

    ``price`` is fen for one piece, positive when we pay; None takes the middle of the catalogue's.
    """

    item: str = ""
    words: str = ""
    pieces: int = 1
    kg: int = 0
    litres: int = 0
    minutes: float = 0
    people: int = 0
    price: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class QuoteDraft:
    """A quote as staff enter it; crew, visits and trucks that are 0 are estimated."""

    scene: str
    community: str
    address: str
    contact: str
    phone: str
    valid_until: date | None
    lines: Sequence[QuoteDraftLine]
    floor: int = 1
    lift: bool = False
    standing: str = "flat"
    note: str = ""
    minimum: int = 0
    crew: int = 0
    visits: int = 0
    trucks: int = 0
    unreadable: Mapping[str, Fault] = field(default_factory=dict)


def total_of(quote: Quote) -> int:
    """Return the sum in fen, positive when we pay; the customer pays at least the minimum."""
    total = sum(line.price * line.pieces for line in quote.lines)
    return min(total, -quote.minimum) if quote.minimum else total


def save_quote(
    office: Office, draft: QuoteDraft, key: str, actor: Actor, now: datetime, of: uuid.UUID | None = None
) -> Quote:
    """Write a new quote, or change the draft `of`; the same key again is the same quote.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the quote has been sent already.
    """
    check_key(key)
    with office.database.read() as session:
        if of is not None:
            quote_by_id(session, of, actor)
        else:
            earlier = session.scalar(select(Quote).where(Quote.idempotency_key == key))
            if earlier is not None:
                return quote_by_id(session, earlier.id, actor)
        values, lines = _checked(session, office, draft, actor, now)
    try:
        with office.database.write() as session:
            if of is None:
                quote = Quote(
                    id=new_id(),
                    number="Q" + "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(7)),
                    version=1,
                    token=secrets.token_urlsafe(24),
                    idempotency_key=key,
                    state="draft",
                    created_at=now,
                    **values,
                )
                session.add(quote)
            else:
                quote = locked_quote(session, of)
                if quote.state != "draft":
                    raise ConflictError.one("quote-sent", N_("This quote has been sent. Write a new version of it."))
                for name, value in values.items():
                    setattr(quote, name, value)
                quote.lines.clear()
                session.flush()
            quote.lines += lines
            quote.fen = total_of(quote)
            session.flush()
            deed = "quote.written" if of is None else "quote.changed"
            audit.record(session, actor, deed, "quote", quote.id, None, quote_facts(quote), now)
    except IntegrityError:
        with office.database.read() as session:
            twin = session.scalar(select(Quote).where(Quote.idempotency_key == key))  # a repeat was quicker
            if of is not None or twin is None:
                raise
            return quote_by_id(session, twin.id, actor)
    return quote


def quote_facts(quote: Quote) -> dict[str, object]:
    """Return what the audit log keeps of a quote: nothing that tells who or where."""
    return {
        "number": quote.number,
        "version": quote.version,
        "state": quote.state,
        "scene": quote.scene,
        "fen": quote.fen,
        "minimum": quote.minimum,
        "valid_until": quote.valid_until.isoformat(),
        "lines": [
            {"item": line.item, "pieces": line.pieces, "price": line.price, "reason": line.reason}
            for line in quote.lines
        ],
    }


def _checked(
    session: Session, office: Office, draft: QuoteDraft, actor: Actor, now: datetime
) -> tuple[dict[str, object], list[QuoteLine]]:
    faults = list(draft.unreadable.values())
    today = office.clock.today(now)
    community = the_community(session, draft.community)
    if community is None and "community" not in draft.unreadable:
        faults.append(Fault("community", "no-community", N_("Choose the community or village from the list.")))
    elif community is not None:
        demand(actor, Action.BOOKING_TAKE, Subject(depot=community.depot_code))
    phone = phone_number(draft.phone, faults)
    contact, address, note = clean(draft.contact), clean(draft.address), clean(draft.note)
    if not contact or len(contact) > 40:
        faults.append(Fault("contact", "missing", N_("Enter the customer's name, at most 40 characters.")))
    if not address or len(address) > 120:
        faults.append(Fault("address", "missing", N_("Enter street, building and door.")))
    if len(note) > 200:
        faults.append(
            Fault("note", "too-long", N_("This is longer than %(most)s characters. Shorten it."), {"most": 200})
        )
    if draft.scene not in QUOTE_SCENES:
        faults.append(Fault("scene", "unknown-choice", N_("Choose what kind of place it is.")))
    if not -5 <= draft.floor <= 120 and "floor" not in draft.unreadable:
        faults.append(Fault("floor", "bad-floor", N_("The floor %(floor)s is not possible."), {"floor": draft.floor}))
    if "valid_until" not in draft.unreadable and (draft.valid_until is None or draft.valid_until < today):
        faults.append(Fault("valid_until", "bad-day", N_("Enter until which day the quote is valid, today or later.")))
    if not 0 <= draft.minimum <= MOST_FEN:
        faults.append(Fault("minimum", "bad-amount", N_("This amount is not possible.")))
    for name, value, most in (("crew", draft.crew, 20), ("visits", draft.visits, 50), ("trucks", draft.trucks, 50)):
        if not 0 <= value <= most:
            faults.append(Fault(name, "bad-count", N_("Enter 1 to %(most)s, or nothing."), {"most": most}))
    lines = _lines(office, draft, today, faults)
    if faults or community is None or draft.valid_until is None:
        raise BadRequestError(*faults)
    values: dict[str, object] = {
        "scene": draft.scene,
        "depot_code": community.depot_code,
        "community_code": community.code,
        "place": community.name,
        "address": address,
        "floor": draft.floor,
        "lift": draft.lift,
        "standing": draft.standing if draft.standing in STANDING else "flat",
        "contact": contact,
        "phone": phone,
        "note": note,
        "valid_until": draft.valid_until,
        "minimum": draft.minimum,
        "crew": draft.crew or max(line.people for line in lines),
        "visits": draft.visits or 1,
        "trucks": draft.trucks or _trucks(office, community.depot_code, lines),
    }
    return values, lines


def _lines(office: Office, draft: QuoteDraft, today: date, faults: list[Fault]) -> list[QuoteLine]:
    if not draft.lines:
        faults.append(Fault("lines", "no-lines", N_("Enter at least one line.")))
    if len(draft.lines) > MOST_LINES:
        faults.append(Fault("lines", "too-many", N_("At most %(most)s lines fit a quote."), {"most": MOST_LINES}))
    made = []
    for number, line in enumerate(draft.lines, 1):
        found = _line(office, draft, line, number, today, faults)
        if found is not None:
            made.append(found)
    return made


def _line(
    office: Office, draft: QuoteDraft, line: QuoteDraftLine, number: int, today: date, faults: list[Fault]
) -> QuoteLine | None:
    item = office.catalogue.variants.get(line.item)
    words, reason = clean(line.words)[:80], clean(line.reason)[:MOST_REASON]
    before = len(faults)

    def wrong(code: str, sentence: str, **values: object) -> None:
        faults.append(Fault("lines", code, sentence, {"line": number, **values}))

    if line.item and item is None:
        wrong("unknown-item", N_("Line %(line)s: we do not know this item."))
    if not 1 <= line.pieces <= 99:
        wrong("bad-pieces", N_("Line %(line)s: enter 1 to 99 pieces."))
    if words and not (0 < line.kg <= 50_000 and 0 < line.litres <= 500_000 and 0 < line.minutes <= 6000):
        wrong("no-sizes", N_("Line %(line)s: enter kilograms, litres and minutes of what you wrote in words."))
    if words and not 1 <= line.people <= 6:
        wrong("no-people", N_("Line %(line)s: enter 1 to 6 people."))
    low, high = item.offered_at(today).fen(item.kg) if item else (0, 0)
    price = (low + high) // 2 if line.price is None else line.price
    if abs(price) > MOST_FEN:
        wrong("bad-amount", N_("Line %(line)s: this amount is not possible."))
    if words and line.price is None:
        wrong("no-price", N_("Line %(line)s: enter the price of what you wrote in words."))
    if item and not words and not low <= price <= high and not reason:
        wrong("no-reason", N_("Line %(line)s: the price is not the catalogue's. Enter why."))
    if len(faults) > before or (item is None and not words):
        return None
    where: Where = next((place for place in PLACES if place == draft.standing), "flat")
    sizes = (line.kg, line.litres, line.minutes, line.people)
    if item is not None and not words:
        floor = min(120, max(-5, draft.floor))
        minutes = minutes_of(office.catalogue, line.item, line.pieces, floor, draft.lift, where)
        sizes = (item.kg * line.pieces, item.litres * line.pieces, minutes, item.people)
    return QuoteLine(
        position=number - 1,
        item=line.item,
        words=words,
        pieces=line.pieces,
        kg=sizes[0],
        litres=sizes[1],
        minutes=sizes[2],
        people=sizes[3],
        list_low=low,
        list_high=high,
        price=price,
        reason=reason,
    )


def _trucks(office: Office, depot: str, lines: Sequence[QuoteLine]) -> int:
    """Return how many loads of the depot's largest vehicle it takes, by room and by weight."""
    kinds = [kind for _, _, kind in office.fleet.at(depot)]
    if not kinds:
        return 1
    largest = max(kinds, key=lambda kind: (kind.litres, kind.kg))
    litres, kg = sum(line.litres for line in lines), sum(line.kg for line in lines)
    return max(1, -(-litres // largest.litres), -(-kg // largest.kg))
