"""The price is refused at the door: nothing is handed over, nothing is charged, and it is no visit in vain."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from recycling import audit, notify
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office, life
from recycling.booking.checks import clean
from recycling.counter.agreed import agreed
from recycling.counter.weighing import COLLECTING, Weighing, the_visit
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.models import Booking
from recycling.money.pricing import price
from recycling.money.terms import Terms

SUBJECT = "refusal"
MOST_REASON = 200


def refuse(office: Office, terms: Terms, weighing: Weighing, actor: Actor, now: datetime) -> Booking:
    """Note that the price of a visit was refused, with what was offered and what was said against it (`protest`).

    The visit has then failed, and its resident is told so; the same again changes nothing. Whatever is entered as
    weighed must be sound, so that what was offered is kept with the reason; nothing need be entered.

    Raises
    ------
    BadRequestError
        Without a booking or a reason, and as `recycling.counter.weigh_in` for what is entered.
    ConflictError
        When the booking is settled, or nobody can have been at its door to weigh anything.
    """
    demand(actor, Action.WEIGH_IN)
    why = clean(weighing.protest)[:MOST_REASON]
    if not weighing.reference.strip():
        raise BadRequestError.one(
            "no-booking",
            N_("A refusal is noted for a booking: enter its number. For somebody who walked in nothing is kept."),
            where="reference",
        )
    if not why:
        raise BadRequestError.one("no-reason", N_("Enter what the seller says against the price."), where="protest")
    if weighing.day > office.clock.today(now):
        raise BadRequestError.one("future-day", N_("This day is still to come. Choose today or before."), where="day")
    with office.database.write() as session:
        visit = the_visit(session, weighing.reference, actor)
        if (visit.state, visit.reason) == ("failed", life.REFUSED):
            return visit
        if visit.state not in COLLECTING or visit.promise_start > now:
            raise ConflictError.one(
                "not-at-the-door",
                N_(
                    "The price of booking %(reference)s cannot be refused at the door: its visit is still to come,"
                    " is off, or its things are collected already."
                ),
                where="reference",
                reference=visit.reference,
            )
        offered = _offered(session, office, terms, weighing, visit)
        life.failed(session, visit, life.REFUSED, actor, now)
        if visit.leg_of is not None:  # of a second visit nothing is told otherwise
            notify.tell(session, visit, "failed", now, reason=life.REFUSED)
        low, high = promised(visit)
        after = {"offered": offered, "promised": [low, high], "why": why}
        audit.record(session, actor, "price.refused", SUBJECT, visit.id, None, after, now)
        return visit


def promised(visit: Booking) -> tuple[int, int]:
    """Return the lowest and highest fen that were promised for a visit's things, positive when we pay."""
    return (
        sum(line.price_low * line.pieces for line in visit.lines),
        sum(line.price_high * line.pieces for line in visit.lines),
    )


def refusal_of(session: Session, visit: Booking) -> Mapping[str, Any] | None:
    """Return what was kept of the refusal of a visit's price, None where there was none or it was erased."""
    found = audit.events(session, SUBJECT, visit.id) if visit.reason == life.REFUSED else []
    return found[-1].after if found else None


def the_refusal(session: Session, actor: Actor, key: uuid.UUID) -> tuple[Booking, Mapping[str, Any]]:
    """Return a visit whose price was refused, with what was kept of that.

    Raises
    ------
    NotFoundError
        When there is no such visit, or its price was not refused.
    ForbiddenError, SignInNeededError
        When the actor may not see it.
    """
    visit = session.get(Booking, key)
    found = refusal_of(session, visit) if visit is not None else None
    if visit is None or found is None:
        raise NotFoundError.one("no-refusal", N_("No price was refused under this number."))
    demand(actor, Action.WEIGH_IN, Subject.booked(visit))
    return visit, found


def _offered(session: Session, office: Office, terms: Terms, weighing: Weighing, visit: Booking) -> dict[str, Any]:
    """Return the price that stood on the scale, as far as anything was entered."""
    things = agreed(session, office.catalogue, weighing.things, visit, weighing.day)
    lines = (*weighing.lines, *things.lines)
    if not lines:
        return {}
    total = price(terms, lines, weighing.pay_in, weighing.day).total
    return {"pay_in": weighing.pay_in, "total": total, "grams": sum(line.grams for line in lines)}
