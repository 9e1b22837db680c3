"""Bookings that a partner recycler has: which one, and ending that where the booking changes under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.away import CHANGED, call_off_offers
from recycling.errors import N_, ConflictError
from recycling.hooks.events import say_handover
from recycling.models import Booking, Handover, SpareOffer
from recycling.models.booking import FREE
from recycling.models.handover import ACCEPTED, LIVE, WITHDRAWN

__all__ = ["CHANGED", "call_off", "end", "is_over", "live_of", "refuse_accepted"]


def live_of(session: Session, booking: Booking, lock: bool = False) -> Handover | None:
    """Return the hand-over of a booking that is offered or accepted, None where it is ours alone."""
    query = select(Handover).where(Handover.booking_id == (booking.leg_of or booking.id), Handover.state.in_(LIVE))
    return session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def is_over(booking: Booking, state: str, values: Mapping[str, object]) -> bool:
    """Tell whether a change of a booking takes it from its partner: its end, another window, other things."""
    seconds = values.get("seconds", booking.seconds)
    return state in FREE or "promise_start" in values or seconds != booking.seconds


def call_off(session: Session, booking: Booking, actor: Actor, now: datetime) -> None:
    """End what partners were offered of a booking that changes, if there is any, and tell the partner's program."""
    found = live_of(session, booking, lock=True)
    if found is not None:
        end(session, found, WITHDRAWN, CHANGED, actor, now)
    call_off_offers(session, SpareOffer.booking_id, booking.id, actor, now)


def end(session: Session, handover: Handover, state: str, reason: str, actor: Actor, now: datetime) -> None:
    """Bring a hand-over to an end, write it down and tell the partner's program."""
    before = {"state": handover.state}
    handover.state, handover.reason, handover.ended_at = state, reason, now
    say_handover(session, handover, state, now)
    session.flush()
    after = {"state": state, "partner": handover.partner, "reason": reason}
    audit.record(session, actor, f"handover.{state}", "handover", handover.id, before, after, now)


def refuse_accepted(session: Session, visits: Sequence[Booking]) -> None:
    """Raise ConflictError where a partner has accepted a booking whose things or door somebody wants to change."""
    if not any(visit.partner for visit in visits):
        return
    found = live_of(session, visits[0])
    if found is not None and found.state == ACCEPTED:
        raise ConflictError.one(
            "handed-over",
            N_(
                "A partner recycler has accepted booking %(reference)s as it is. Move it, or call us: the dispatcher"
                " takes it back first."
            ),
            reference=visits[0].reference,
        )
