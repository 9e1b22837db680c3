"""What partners' trips were offered, ended: by an answer, by the clock, or because what it was for has changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.hooks.events import say_offer
from recycling.models import SpareOffer
from recycling.models.spare import LIVE, WITHDRAWN

CHANGED = "changed"
"""Why an offer is withdrawn: whoever it was for has changed or cancelled it, or it stands on a route of ours."""


def end_offer(session: Session, offer: SpareOffer, state: str, reason: str, actor: Actor, now: datetime) -> None:
    """Bring an offer to its end and write that down; what it was for is not touched."""
    was = offer.state
    offer.state, offer.reason, offer.version = state, reason, offer.version + 1
    offer.answered_at, offer.ended_at = offer.answered_at or now, now
    session.flush()
    say_offer(session, offer, state, now)
    audit.record(session, actor, f"spare.{state}", "spare-offer", offer.id, {"state": was}, said(offer), now)


def call_off_offers(
    session: Session, column: InstrumentedAttribute[uuid.UUID | None], key: uuid.UUID, actor: Actor, now: datetime
) -> None:
    """Withdraw what trips were offered of a booking or an order (`SpareOffer.booking_id` or its `order_id`).

    The caller holds the row of the booking or order, and lets it be ours again.
    """
    query = select(SpareOffer).where(column == key, SpareOffer.state.in_(LIVE)).order_by(SpareOffer.id)
    for offer in session.scalars(query.with_for_update().execution_options(populate_existing=True)):
        end_offer(session, offer, WITHDRAWN, CHANGED, actor, now)


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
