"""Ending an offer, and taking what was accepted back into our own day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.booking import life
from recycling.models import Booking, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.spare import ACCEPTED


def end(session: Session, offer: SpareOffer, state: str, reason: str, actor: Actor, now: datetime) -> None:
    """Bring an offer to its end, and let what it was for be ours again, with the hours that were promised.

    What was accepted takes its room again, of a full window too: it was promised.
    """
    was, booking = offer.state, locked_booking(session, offer)
    offer.state, offer.reason, offer.version = state, reason, offer.version + 1
    offer.answered_at, offer.ended_at = offer.answered_at or now, now
    session.flush()
    audit.record(session, actor, f"spare.{state}", "spare-offer", offer.id, {"state": was}, said(offer), now)
    if booking is not None and has_it(session, offer, booking):
        accepted = was == ACCEPTED
        seconds = offer.seconds if accepted else booking.seconds
        life.handed_back(session, booking, seconds, accepted, actor, now, reason)


def has_it(session: Session, offer: SpareOffer, booking: Booking) -> bool:
    """Tell whether a booking is with the partner of the offer, and not ours again already because it was changed."""
    partner = session.scalar(select(SpareTrip.partner).where(SpareTrip.id == offer.trip_id))
    return booking.state == "booked" and booking.partner == partner


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


def said(offer: SpareOffer) -> dict[str, Any]:
    """Return what the audit log says of an offer: no person and no place."""
    return {
        "trip": str(offer.trip_id),
        "state": offer.state,
        "reason": offer.reason,
        "saves": offer.saves,
        "asks": offer.asks,
        "due": offer.due,
        "collected": dict(offer.collected or {}),
    }
