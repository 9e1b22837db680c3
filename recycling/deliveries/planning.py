"""What a plan makes of shops' orders: the narrowed hours of each on a route, told where they are new."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import hooks, notify
from recycling.deliveries.telling import tell
from recycling.models import Booking, Plan, TradeInOrder
from recycling.models.trade_in import OPEN
from recycling.notify.quiet import announcing
from recycling.settings import Settings


def narrowed(settings: Settings, visit: Booking | TradeInOrder, begin: datetime) -> tuple[datetime, datetime]:
    """Return the hours that people are told when their visit is planned to begin at a moment of the promise."""
    half = timedelta(minutes=settings.booking.narrow_minutes / 2)
    start = min(max(visit.promise_start, begin - half), visit.promise_end - timedelta(minutes=1))
    return start, max(min(visit.promise_end, begin + half), start + timedelta(minutes=1))


def note_orders(session: Session, settings: Settings, plan: Plan, now: datetime) -> None:
    """Bring the day's open orders to what the plan makes of them; one whose crew has set off is left as it is."""
    begins = {v.order_id: v.begins_at for route in plan.routes for v in route.visits if v.order_id}
    query = select(TradeInOrder).where(
        TradeInOrder.depot_code == plan.depot_code,
        TradeInOrder.service_day == plan.service_day,
        TradeInOrder.state == OPEN,
        TradeInOrder.set_off_at.is_(None),
    )
    query = query.order_by(TradeInOrder.id).with_for_update().execution_options(populate_existing=True)
    for order in session.scalars(query).all():
        begin = begins.get(order.id)
        if begin is not None and order.promise_start <= begin <= order.promise_end:
            hours = narrowed(settings, order, begin)
            if (order.planned_start, order.planned_end) != hours:
                order.planned_start, order.planned_end = hours
                hooks.say(session, order, "planned", now)
                due, urgent = announcing(settings, order.promise_start, now)
                tell(session, order, "order_planned", now, due, urgent, first=hours[0], last=hours[1])
        elif order.planned_start is not None:
            order.planned_start = order.planned_end = None
            hooks.say(session, order, "unplanned", now)
            notify.outdate(session, order.id, ("order_planned",), now)
