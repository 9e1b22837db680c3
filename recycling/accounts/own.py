"""What belongs to a signed-in resident."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.models import Booking

MOST = 50


def bookings_of(session: Session, actor: Actor) -> list[Booking]:
    """Return the bookings under the resident's own phone, the latest day first, at most fifty."""
    demand(actor, Action.BOOKING_LIST)
    found = select(Booking).where(Booking.phone == actor.phone).order_by(Booking.promise_start.desc()).limit(MOST)
    return [b for b in session.scalars(found) if may(actor, Action.BOOKING_READ, Subject.booked(b))]
