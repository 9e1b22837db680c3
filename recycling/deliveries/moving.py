"""Moving a shop's order to another day at its hours, because nobody drives on its own; customer and shop are told."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, hooks, notify
from recycling.accounts.actors import Actor
from recycling.booking import Office
from recycling.booking.capacity import recount
from recycling.clock import ServiceClock
from recycling.db import hold
from recycling.deliveries import handed
from recycling.deliveries.entering import refuse_no_room, said
from recycling.deliveries.telling import tell
from recycling.errors import N_, ConflictError
from recycling.holidays import Closed
from recycling.models import TradeInOrder
from recycling.models.trade_in import OPEN
from recycling.notify.changes import BROUGHT, FETCH_FORECASTS


def hours_on(clock: ServiceClock, start: datetime, end: datetime, day: date) -> tuple[datetime, datetime]:
    """Return the same hours of another day."""
    return clock.at(day, clock.local(start).time()), clock.at(day, clock.local(end).time())


def move_off(
    session: Session,
    office: Office,
    key: uuid.UUID,
    version: int,
    day: date,
    closed: Closed,
    actor: Actor,
    now: datetime,
) -> TradeInOrder:
    """Bring an order to another day at its hours, those of its second visit too; the whole unit fails without room.

    The customer is told why and from which hours, the shop's program that it changed. A partner that was to fetch the
    old things does so no more.

    Raises
    ------
    ConflictError
        When the order was changed since `version`, is on its way or has come to its end.
    WindowFullError
        When the hours have no room beside what has been promised to others.
    """
    seen = session.get_one(TradeInOrder, key)
    hold(session, f"order/{seen.retailer}/{seen.external_id}")
    order = session.scalars(
        select(TradeInOrder).where(TradeInOrder.id == key).with_for_update().execution_options(populate_existing=True)
    ).one()
    if order.version != version or order.state != OPEN or order.set_off_at is not None:
        raise ConflictError.one(
            "changed-meanwhile",
            N_("Order %(number)s was changed meanwhile. Look at it again."),
            where="id",
            number=order.external_id,
        )
    before, left, promised = said(order), order.service_day, (order.promise_start, order.promise_end)
    handed.call_off(session, order, actor, now)
    order.service_day = day
    order.promise_start, order.promise_end = hours_on(office.clock, *promised, day)
    if order.fetch_start is not None and order.fetch_end is not None:
        order.fetch_start, order.fetch_end = hours_on(office.clock, order.fetch_start, order.fetch_end, day)
    order.planned_start = order.planned_end = order.fetch_planned_start = order.fetch_planned_end = None
    order.version, order.changed_at = order.version + 1, now
    session.flush()
    audit.record(session, actor, "order.changed", "order", order.id, before, said(order), now)
    hooks.say(session, order, "changed", now)
    notify.outdate(session, order.id, (*BROUGHT, *FETCH_FORECASTS), now)
    why = closed.zh if order.language.startswith("zh") else closed.en or ""
    tell(session, order, "order_moved_closed", now, from_start=promised[0], from_end=promised[1], why=why)
    if order.fetch_start is not None:
        tell(session, order, "order_fetch", now)
    refuse_no_room(session, office, order)
    recount(session, office, order.depot_code, left)
    return order
