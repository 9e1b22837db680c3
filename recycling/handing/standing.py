"""How a hand-over stands: read with what it is about, so that nobody else changes either."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.booking import life
from recycling.errors import N_, NotFoundError
from recycling.handing.booked import Booked
from recycling.handing.ordered import Ordered
from recycling.handing.subject import Subject
from recycling.models import Booking, Handover, TradeInOrder


def locked(session: Session, key: uuid.UUID, partner: str = "") -> tuple[Handover, Subject]:
    """Return a hand-over and what it is about, that locked first, as everybody does.

    Raises
    ------
    NotFoundError
        When there is none of this key, or it is not the `partner`'s (its code; "" for staff).
    """
    found = session.get(Handover, key)
    if found is None or partner not in ("", found.partner):
        raise unknown()
    subject = held_booking(session, found.booking_id) if found.booking_id else held_order(session, found.order_id)
    session.refresh(found, with_for_update=True)
    if subject is None:
        raise unknown()
    return found, subject


def held_booking(session: Session, key: uuid.UUID) -> Booked | None:
    """Return a booking by the key of one of its visits, all of them locked; None where there is none."""
    found = session.get(Booking, key)
    return None if found is None else Booked(life.visits_of(session, found))


def held_order(session: Session, key: uuid.UUID | None) -> Ordered | None:
    """Return an order, locked; None where there is none."""
    query = select(TradeInOrder).where(TradeInOrder.id == key).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    return None if found is None else Ordered(found)


def unknown() -> NotFoundError:
    """Return the refusal of a key that names none, or somebody else's."""
    return NotFoundError.one("no-handover", N_("There is no such pickup among those that were handed over."))
