"""Ending an offer, and taking what was accepted back into our own day."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.away import end_offer, said
from recycling.booking import Office, life
from recycling.deliveries import handed
from recycling.models import Booking, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.spare import ACCEPTED
from recycling.spare.finding import the_offer
from recycling.spare.partners import demand_trip

__all__ = ["end", "has_it", "held", "held_with_trip", "locked_booking", "locked_order", "said"]


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


def held(session: Session, key: uuid.UUID) -> SpareOffer:
    """Return an offer with what it is for, neither of which anybody else changes meanwhile.

    All who change offers hold these in one order, so that none waits for another in a circle: the trip, if that is
    asked, the booking or order, the offer. A booking that changes holds itself, and then its offer.
    """
    found = the_offer(session, key)
    locked_booking(session, found)
    locked_order(session, found)
    return the_offer(session, key, lock=True)


def held_with_trip(
    session: Session, office: Office, key: uuid.UUID, actor: Actor | None
) -> tuple[SpareOffer, SpareTrip]:
    """Return an offer as `held`, and its trip, of which the actor may speak; None for the clock.

    Raises
    ------
    NotFoundError, ForbiddenError, SignInNeededError
        When there is none, or it is another partner's.
    """
    found = the_offer(session, key)
    trip = session.scalars(select(SpareTrip).where(SpareTrip.id == found.trip_id).with_for_update()).one()
    if actor is not None:
        demand_trip(session, office, actor, trip)
    return held(session, key), trip


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
