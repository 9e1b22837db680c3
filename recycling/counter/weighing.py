"""What was collected or brought is weighed, bought and settled at the counter, for a booking or for a walk-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office, life
from recycling.booking.checks import clean
from recycling.complaints.opening import take_down
from recycling.counter.agreed import AgreedThing, Booked, agreed, booked_lines, by_line, keep_notes, weighed
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.ledger import Draft, Line, post
from recycling.models import Booking, Purchase
from recycling.money import books
from recycling.money.books import PayIn
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, Settled, settle
from recycling.money.terms import Terms
from recycling.stock.loads import Load, load_of
from recycling.stock.purchases import bring, pick_up

COLLECTING = ("planned", "on_the_way")
"""States of a booking whose things are collected when somebody weighs them."""


@dataclass(frozen=True)
class Weighing:
    """What somebody weighed.

    Attributes
    ----------
    phone
        Whose it is; empty where a booking says so.
    reference
        Of the booking that it was collected for; empty for a walk-in.
    lines
        What is bought by weight, at the rates of the day.
    things
        What is settled by the piece, at a price that was agreed.
    station
        Where somebody who walked in was, such as ``STA-03``.
    """

    phone: str
    reference: str
    lines: tuple[WeighedLine, ...]
    pay_in: PayIn
    day: date
    station: str = ""
    protest: str = ""
    things: tuple[AgreedThing, ...] = ()


def weigh_in(office: Office, terms: Terms, weighing: Weighing, actor: Actor, key: str, now: datetime) -> Settled:
    """Buy what was weighed, bring its booking to its end and put it in the stock of its vehicle, all or nothing.

    The same key again changes nothing. What is said against the price of a booking becomes a complaint about it, while
    the purchase stands.

    Raises
    ------
    BadRequestError
        As `recycling.money.settling.settle` and `recycling.counter.agreed.agreed`; ``no-booking`` for a reference that
        nobody has, ``no-seller`` for neither a reference nor a telephone number.
    ConflictError
        When the booking was settled by another weighing, or its things cannot have been collected.
    """
    demand(actor, Action.WEIGH_IN)
    if not weighing.reference.strip() and not weighing.phone.strip():
        raise BadRequestError.one(
            "no-seller",
            N_("Enter the booking's number, or the telephone number of the person who brings it."),
            where="reference",
        )
    with office.database.write() as session:
        visit = the_visit(session, weighing.reference, actor) if weighing.reference else None
        phone = visit.phone if visit else weighing.phone
        seller = seller_of_phone(session, phone, now)
        source = source_of(visit) if visit else f"station:{weighing.station or 'counter'}"
        things = agreed(session, office.catalogue, weighing.things, visit, weighing.day)
        lines = (*weighing.lines, *things.lines)
        hand_in = HandIn(seller.id, source, weighing.day, lines, weighing.pay_in, actor.id, weighing.protest.strip())
        if visit is not None and visit.state == "settled":
            _refuse_another(session, visit, key)
        settled = settle(session, terms, hand_in, key, now, office.clock.today(now))
        notes = weighed(office.catalogue, weighing.lines, weighing.day) | by_line(things, len(weighing.lines))
        keep_notes(session, settled.purchase, notes, actor, now)
        loads = loads_of(office, weighing.lines, weighing.things, things.lines)
        if visit is not None and visit.partner:
            pass  # the partner recycler has the goods, and said so itself
        elif visit is not None:
            pick_up(session, office.fleet, visit, settled.purchase, loads, now)
        else:
            bring(session, weighing.station, settled.purchase, loads, now)
        if visit is not None and visit.state != "settled":
            points = sum(note["points"] for note in notes.values())
            _end(session, visit, settled.purchase, points, actor, now)
            if settled.purchase.protest:
                _complain(session, visit, settled.purchase, actor, now)
        return settled


def loads_of(
    office: Office, lines: Sequence[WeighedLine], things: Sequence[AgreedThing], agreed_lines: Sequence[WeighedLine]
) -> list[Load]:
    """Return what was bought as goods: weighed lines by their material's room, things by that of the catalogue."""
    loads = [load_of(office.settings.stock, line.material, line.grams) for line in lines]
    for thing, line in zip(things, agreed_lines, strict=True):
        litres = office.catalogue.find(thing.item).litres * thing.pieces
        loads.append(Load(line.material, line.grams, litres * 1000))
    return loads


def source_of(visit: Booking) -> str:
    """Return what the purchase of a visit says that it came in by."""
    return f"booking:{visit.reference}"


def to_weigh(session: Session, office: Office, terms: Terms, reference: str, actor: Actor, day: date) -> list[Booked]:
    """Return what the booking of a reference says that there is to weigh.

    Raises
    ------
    BadRequestError
        ``no-booking`` for a reference that nobody has.
    """
    visit = the_visit(session, reference, actor, lock=False)
    return booked_lines(session, office.catalogue, visit, terms.rates_on(day))


def the_visit(session: Session, reference: str, actor: Actor, lock: bool = True) -> Booking:
    """Return the visit of a reference; with `lock` nobody else gets at any visit of its booking meanwhile.

    Raises
    ------
    BadRequestError
        ``no-booking`` for a reference that nobody has.
    ForbiddenError, SignInNeededError
        When the actor may not weigh for it.
    """
    found = session.scalar(select(Booking).where(Booking.reference == "".join(reference.split()).upper()))
    if found is None:
        raise BadRequestError.one(
            "no-booking", N_("There is no booking of this number. Look at the crew's sheet again."), where="reference"
        )
    demand(actor, Action.WEIGH_IN, Subject.booked(found))
    if lock:
        life.visits_of(session, found)
    return found


def _refuse_another(session: Session, visit: Booking, key: str) -> None:
    bought = session.scalar(select(Purchase.reference).where(Purchase.key == key))
    if bought is None:
        raise ConflictError.one(
            "settled-already",
            N_("Booking %(reference)s is settled already. Put its purchase right instead."),
            where="reference",
            reference=visit.reference,
        )


def _end(session: Session, visit: Booking, purchase: Purchase, points: int, actor: Actor, now: datetime) -> None:
    """Bring a booking from its visit to settled; its day must have come."""
    if visit.state in COLLECTING and visit.promise_start <= now:
        grams = sum(line.grams for line in purchase.lines)
        life.collected(session, visit, round(grams / 1000), actor, now)
    if visit.state != "collected":
        raise ConflictError.one(
            "not-collected",
            N_(
                "The things of booking %(reference)s cannot have been collected: its visit is still to come, or is off."
            ),
            where="reference",
            reference=visit.reference,
        )
    reward(session, visit, purchase, now)
    life.settled(session, visit, amount_of(purchase, visit.language, points), actor, now)


def _complain(session: Session, visit: Booking, purchase: Purchase, actor: Actor, now: datetime) -> None:
    """Open the complaint of whoever took the price under protest."""
    head, said = visit.leg_of or visit.id, clean(purchase.protest)
    if said:
        take_down(session, head, "price", said, "crew", f"protest-{purchase.id}", actor, now, purchase.id)


def amount_of(purchase: Purchase, language: str, more: int = 0) -> str:
    """Return what a purchase came to, as a message in a language says it, with `more` points for its things."""
    english = language == "en"
    points = more + purchase.points
    said = [f"{points} {'points' if english else '积分'}"] if points or purchase.pay_in == "points" else []
    if purchase.pay_in != "points":
        payer = ("you pay " if english else "您付 ") if purchase.fen < 0 else ""
        said.insert(0, f"{payer}¥ {abs(purchase.fen) / 100:.2f}")
    return (" + " if english else "，").join(said)


def reward(session: Session, visit: Booking, purchase: Purchase, now: datetime) -> None:
    """Give the points that the booking's window was promised with, once."""
    if visit.bonus:
        lines = (Line(books.holding(purchase.seller_id, "points"), visit.bonus), Line(books.rewards(), -visit.bonus))
        post(session, Draft("window", lines, f"window:{visit.id}", now, purchase.person, visit.reference))
