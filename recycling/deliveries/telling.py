"""What a delivery's customer is told, as residents are told of their bookings: once for each change, and of no other.

Customers have no page of their own here, so their messages lead nowhere; what they ask is for the shop.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from recycling import notify
from recycling.models import Message, TradeInOrder
from recycling.notify.changes import BROUGHT, CHANGES, FETCH_FORECASTS, FETCHING, ORDERED

PROMISE = {"service_day", "promise_start", "promise_end"}
FETCH_PROMISE = {"fetch_start", "fetch_end"}
OF_FETCHING = (*FETCHING, "order_fetch_unserved", "order_fetch_cancelled", "order_fetch_failed")


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
    Those of the second visit name its hours; without any, because it is called off, those of the first.
    """
    if not order.phone:
        return
    promise = CHANGES[change].once == "promise"
    start, end = order.promise_start, order.promise_end
    if change in OF_FETCHING:
        start, end = order.fetch_start or start, order.fetch_end or end
    notify.post(
        session,
        order.id,
        order.phone,
        change,
        f"p{start:%Y%m%d%H%M}" if promise else f"v{order.version}",
        now,
        link="",
        language=order.language,
        booking_id=None,
        due=due,
        urgent=urgent,
        reference=order.external_id,
        start=start,
        end=end,
        shop=order.retailer,
        **figures,
    )


def tell_changed(session: Session, order: TradeInOrder, changed: Collection[str], anew: bool, now: datetime) -> None:
    """Tell a customer what concerns them of a changed order: that it is ordered (`anew`), or when it comes now.

    Another number is told all of it, and the one before nothing any more; what else changes is the shop's own matter.
    """
    notify.outdate(session, order.id, (*BROUGHT, *FETCH_FORECASTS), now)
    if "phone" in changed:
        notify.outdate(
            session, order.id, (*ORDERED, "order_cancelled", *OF_FETCHING), now, Message.phone != order.phone
        )
    if anew or "phone" in changed:
        tell(session, order, "order_taken", now)
    elif PROMISE & set(changed):
        tell(session, order, "order_moved", now)
    if order.fetch_start is not None and (anew or {"phone", *FETCH_PROMISE} & set(changed)):
        tell(session, order, "order_fetch", now)
    elif order.fetch_start is None and "fetch_start" in changed and not anew:
        tell(session, order, "order_fetch_cancelled", now)
