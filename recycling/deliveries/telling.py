"""What a delivery's customer is told, as residents are told of their bookings: once for each change, and of no other.

Customers have no page of their own here, so their messages lead nowhere; what they ask is for the shop.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from recycling import notify
from recycling.models import Message, TradeInOrder
from recycling.notify.changes import BROUGHT, CHANGES, ORDERED

PROMISE = {"service_day", "promise_start", "promise_end"}


def tell(
    session: Session,
    order: TradeInOrder,
    change: str,
    now: datetime,
    due: datetime | None = None,
    urgent: bool = False,
    **figures: object,
) -> None:
    """Write a change of an order into the outbox, unless it has been told; nobody is told of one without a number.

    `change` is one of `notify.changes.CHANGES`, which says what `figures` it takes besides the shop.
    """
    if not order.phone:
        return
    promise = CHANGES[change].once == "promise"
    notify.post(
        session,
        order.id,
        order.phone,
        change,
        f"p{order.promise_start:%Y%m%d%H%M}" if promise else f"v{order.version}",
        now,
        link="",
        language=order.language,
        booking_id=None,
        due=due,
        urgent=urgent,
        reference=order.external_id,
        start=order.promise_start,
        end=order.promise_end,
        shop=order.retailer,
        **figures,
    )


def tell_changed(session: Session, order: TradeInOrder, changed: Collection[str], anew: bool, now: datetime) -> None:
    """Tell a customer what concerns them of a changed order: that it is ordered (`anew`), or when it comes now.

    Another number is told all of it, and the one before nothing any more; what else changes is the shop's own matter.
    """
    notify.outdate(session, order.id, BROUGHT, now)
    if "phone" in changed:
        notify.outdate(session, order.id, (*ORDERED, "order_cancelled"), now, Message.phone != order.phone)
    if anew or "phone" in changed:
        tell(session, order, "order_taken", now)
    elif PROMISE & set(changed):
        tell(session, order, "order_moved", now)
