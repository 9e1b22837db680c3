"""Ending an offer, and taking what was accepted back into our own day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.away import end_offer, said
from recycling.booking import Office, life
from recycling.deliveries import handed
from recycling.models import Booking, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.spare import ACCEPTED

__all__ = ["end", "has_it", "locked_booking", "locked_order", "said"]


def end(
    session: Session, office: Office, offer: SpareOffer, state: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Bring an offer to its end, and let what it was for be ours again, with the hours that were promised.

    What was accepted takes its room again, of a full window too: it was promised.
    """
    was, booking, order = offer.state, locked_booking(session, offer), locked_order(session, offer)
    end_offer(session, offer, state, reason, actor, now)
    if order is not None and order.partner == _partner(session, offer):
        handed.handed_back(session, office, order, actor, now, reason)
    if booking is not None and has_it(session, offer, booking):
        accepted = was == ACCEPTED
        seconds = offer.seconds if accepted else booking.seconds
        life.handed_back(session, booking, seconds, accepted, actor, now, reason)


def has_it(session: Session, offer: SpareOffer, booking: Booking) -> bool:
    """Tell whether a booking is with the partner of the offer, and not ours again already because it was changed."""
    return booking.state == "booked" and booking.partner == _partner(session, offer)


def _partner(session: Session, offer: SpareOffer) -> str | None:
    return session.scalar(select(SpareTrip.partner).where(SpareTrip.id == offer.trip_id))


def locked_booking(session: Session, offer: SpareOffer) -> Booking | None:
    """Return the booking of an offer that nobody else changes meanwhile; None for a shop's order."""
    if offer.booking_id is None:
        return None
    query = select(Booking).where(Booking.id == offer.booking_id).options(selectinload(Booking.lines))
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def locked_order(session: Session, offer: SpareOffer) -> TradeInOrder | None:
    """Return the shop's order of an offer that nobody else changes meanwhile; None for a booking."""
    if offer.order_id is None:
        return None
    query = select(TradeInOrder).where(TradeInOrder.id == offer.order_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
