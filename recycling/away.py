"""Which second visits of shops' orders are not ours: a partner has accepted them for a trip of its own.

They stand on none of our routes for as long as their hours stay as they were promised. Bookings say it themselves, in
`Booking.partner`.
"""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from recycling.models import SpareOffer, TradeInOrder
from recycling.models.spare import ACCEPTED


def fetching_is_away() -> ColumnElement[bool]:
    """Return the condition that a partner's trip makes an order's second visit, asked together with `TradeInOrder`."""
    return (
        exists()
        .where(
            SpareOffer.order_id == TradeInOrder.id,
            SpareOffer.state == ACCEPTED,
            SpareOffer.promise_start == TradeInOrder.fetch_start,
        )
        .correlate(TradeInOrder)
    )


def fetching_away(session: Session, depot: str, day: date) -> frozenset[uuid.UUID]:
    """Return the orders of a depot's day whose old goods a partner's trip fetches."""
    query = select(TradeInOrder.id).where(
        TradeInOrder.depot_code == depot, TradeInOrder.service_day == day, fetching_is_away()
    )
    return frozenset(session.scalars(query))
