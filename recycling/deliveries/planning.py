"""What a plan makes of shops' orders: the narrowed hours of each on a route, told where they are new."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from recycling import hooks, notify
from recycling.deliveries.telling import tell
from recycling.models import Booking, Plan, TradeInOrder
from recycling.models.trade_in import DELIVERED, OPEN
from recycling.notify.quiet import announcing
from recycling.settings import Settings


def narrowed(settings: Settings, visit: Booking | TradeInOrder, begin: datetime) -> tuple[datetime, datetime]:
    """Return the hours that people are told when their visit is planned to begin at a moment of the promise."""
    return within(settings, visit.promise_start, visit.promise_end, begin)


def within(settings: Settings, first: datetime, last: datetime, begin: datetime) -> tuple[datetime, datetime]:
    """Return the part of promised hours that people are told when their visit is planned to begin at a moment."""
    half = timedelta(minutes=settings.booking.narrow_minutes / 2)
    start = min(max(first, begin - half), last - timedelta(minutes=1))
    return start, max(min(last, begin + half), start + timedelta(minutes=1))


def note_orders(session: Session, settings: Settings, plan: Plan, now: datetime) -> None:
    """Bring the day's open orders to what the plan makes of them; one whose crew has set off is left as it is."""
    visits = [v for route in plan.routes for v in route.visits if v.order_id]
    begins = {(v.order_id, v.fetches): v.begins_at for v in visits}
    query = select(TradeInOrder).where(
        TradeInOrder.depot_code == plan.depot_code,
        TradeInOrder.service_day == plan.service_day,
        TradeInOrder.state.in_((OPEN, DELIVERED)),
        or_(TradeInOrder.state == OPEN, TradeInOrder.fetch_state == OPEN),
    )
    query = query.order_by(TradeInOrder.id).with_for_update().execution_options(populate_existing=True)
    for order in session.scalars(query).all():
        if order.state == OPEN and order.set_off_at is None:
            _note_delivery(session, settings, order, begins.get((order.id, False)), now)
        if order.fetching and not order.partner and order.fetch_set_off_at is None:
            _note_fetch(session, settings, order, begins.get((order.id, True)), now)


def _note_delivery(
    session: Session, settings: Settings, order: TradeInOrder, begin: datetime | None, now: datetime
) -> None:
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


def _note_fetch(
    session: Session, settings: Settings, order: TradeInOrder, begin: datetime | None, now: datetime
) -> None:
    """Bring the second visit of an order to what the plan makes of it."""
    first, last = order.fetch_start, order.fetch_end
    if begin is not None and first is not None and last is not None and first <= begin <= last:
        hours = within(settings, first, last, begin)
        if (order.fetch_planned_start, order.fetch_planned_end) != hours:
            order.fetch_planned_start, order.fetch_planned_end = hours
            hooks.say(session, order, "fetch_planned", now)
            due, urgent = announcing(settings, first, now)
            tell(session, order, "order_fetch_planned", now, due, urgent, first=hours[0], last=hours[1])
    elif order.fetch_planned_start is not None:
        order.fetch_planned_start = order.fetch_planned_end = None
        hooks.say(session, order, "fetch_unplanned", now)
        notify.outdate(session, order.id, ("order_fetch_planned",), now)
