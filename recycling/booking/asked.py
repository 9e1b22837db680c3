"""What residents ask the dispatcher for, as it stands in the record: open ones, and closing one by what was done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.errors import N_, NotFoundError
from recycling.models import AskedChange, Booking

OVER = {"collected": "over", "failed": "over"}
"""What becomes of a wish when the visit has been made, or came to nothing."""


def newest(session: Session, head: uuid.UUID) -> AskedChange | None:
    """Return what was asked last about a booking, open or closed."""
    query = select(AskedChange).where(AskedChange.booking_id == head)
    return session.scalar(query.order_by(AskedChange.asked_at.desc(), AskedChange.id).limit(1))


def open_of(session: Session, head: uuid.UUID) -> AskedChange | None:
    """Return what is asked about a booking and not decided yet."""
    return session.scalar(
        select(AskedChange).where(AskedChange.booking_id == head, AskedChange.closed_at.is_(None)).with_for_update()
    )


def about(session: Session, actor: Actor, key: uuid.UUID) -> Booking:
    """Return the booking that was asked something about, to staff who may change it.

    Raises
    ------
    NotFoundError
        When nothing of that key was asked.
    SignInNeededError, ForbiddenError
        When the actor may not.
    """
    asked = session.get(AskedChange, key)
    if asked is None:
        raise NotFoundError.one("no-wish", N_("Nothing of this number was asked."))
    found = session.get_one(Booking, asked.booking_id)
    demand(actor, Action.BOOKING_CHANGE, Subject.booked(found))
    return found


def all_open(session: Session, depot: str = "") -> Sequence[tuple[AskedChange, Booking]]:
    """Return what is asked and not decided yet, of one depot or of all, each with its booking; soonest visit first."""
    query = (
        select(AskedChange, Booking)
        .join(Booking, Booking.id == AskedChange.booking_id)
        .where(AskedChange.closed_at.is_(None))
        .order_by(Booking.promise_start, AskedChange.asked_at, AskedChange.id)
    )
    if depot:
        query = query.where(Booking.depot_code == depot)
    return [(one, about) for one, about in session.execute(query)]


def settle(session: Session, head: Booking, outcome: str, actor: Actor, now: datetime, answer: str = "") -> None:
    """Close what is asked about a booking, if anything is; ``session`` is the unit that does what closes it."""
    found = open_of(session, head.id)
    if found is None:
        return
    found.closed_at, found.outcome, found.answer = now, outcome, answer
    after = {"wish": found.wish, "outcome": outcome}
    audit.record(session, actor, "wish.closed", "asked_change", found.id, {"wish": found.wish}, after, now)
