"""What was collected or brought is weighed, bought and settled at the counter, for a booking or for a walk-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office, life
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.ledger import Draft, Line, post
from recycling.models import Booking, Purchase
from recycling.money import books
from recycling.money.books import PayIn
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, Settled, settle
from recycling.money.terms import Terms

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


def weigh_in(office: Office, terms: Terms, weighing: Weighing, actor: Actor, key: str, now: datetime) -> Settled:
    """Buy what was weighed and bring its booking to its end, all or nothing; the same key again changes nothing.

    Raises
    ------
    BadRequestError
        As `recycling.money.settling.settle`; ``no-booking`` for a reference that nobody has, ``no-seller`` for neither
        a reference nor a telephone number.
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
        visit = _visit(session, weighing.reference, actor) if weighing.reference else None
        phone = visit.phone if visit else weighing.phone
        seller = seller_of_phone(session, phone, now)
        source = f"booking:{visit.reference}" if visit else f"station:{weighing.station or 'counter'}"
        hand_in = HandIn(
            seller.id, source, weighing.day, weighing.lines, weighing.pay_in, actor.id, weighing.protest.strip()
        )
        if visit is not None and visit.state == "settled":
            _refuse_another(session, visit, key)
        settled = settle(session, terms, hand_in, key, now, office.clock.today(now))
        if visit is not None and visit.state != "settled":
            _end(session, visit, settled.purchase, actor, now)
        return settled


def _visit(session: Session, reference: str, actor: Actor) -> Booking:
    """Return the booking of a reference, which nobody else weighs for meanwhile."""
    wanted = "".join(reference.split()).upper()
    found = session.scalar(select(Booking).where(Booking.reference == wanted).with_for_update())
    if found is None:
        raise BadRequestError.one(
            "no-booking", N_("There is no booking of this number. Look at the crew's sheet again."), where="reference"
        )
    demand(actor, Action.WEIGH_IN, Subject.booked(found))
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


def _end(session: Session, visit: Booking, purchase: Purchase, actor: Actor, now: datetime) -> None:
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
    life.settled(session, visit, amount_of(purchase, visit.language), actor, now)


def amount_of(purchase: Purchase, language: str) -> str:
    """Return what a purchase came to, as a message in a language says it."""
    if purchase.pay_in == "points":
        return f"{purchase.points} {'points' if language == 'en' else '积分'}"
    return f"¥ {purchase.fen / 100:.2f}"


def reward(session: Session, visit: Booking, purchase: Purchase, now: datetime) -> None:
    """Give the points that the booking's window was promised with, once."""
    if visit.bonus:
        lines = (Line(books.holding(purchase.seller_id, "points"), visit.bonus), Line(books.rewards(), -visit.bonus))
        post(session, Draft("window", lines, f"window:{visit.id}", now, purchase.person, visit.reference))
