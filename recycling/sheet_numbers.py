"""The numbers to call on a printed route sheet; whoever prints them is written down at each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.dispatch import TO_BE_BROUGHT, TO_BE_FETCHED, TO_COLLECT
from recycling.errors import N_, ConflictError
from recycling.models import Booking, TradeInOrder
from recycling.schedule import RouteSheet
from recycling.settings import Settings


def sheet_numbers(
    session: Session,
    settings: Settings,
    depot: str,
    day: date,
    sheets: Iterable[RouteSheet],
    actor: Actor,
    now: datetime,
) -> dict[uuid.UUID, str]:
    """Return the numbers to call at the doors of some routes by the ids of bookings and orders, and write that down.

    Visits that are off by now have none.

    Parameters
    ----------
    session
        A write unit.
    depot, day
        Whose routes they are, and of which day.

    Raises
    ------
    ConflictError
        When the day is over.
    ForbiddenError, SignInNeededError
        When the actor may not see the numbers of that depot's visits.
    """
    demand(actor, Action.VISIT_MARK, Subject(depot=depot))
    if day < settings.clock.today(now):
        raise ConflictError.one(
            "day-over", N_("%(day)s is over: numbers are printed up to the day itself. Print without them."), day=day
        )
    visits = [line.visit for sheet in sheets for line in sheet.lines]
    bookings = select(Booking.id, Booking.phone).where(
        Booking.id.in_({v.booking_id for v in visits if v.booking_id}),
        TO_COLLECT,
        Booking.service_day == day,
    )
    orders = select(TradeInOrder.id, TradeInOrder.phone).where(
        TradeInOrder.id.in_({v.order_id for v in visits if v.order_id}),
        or_(TO_BE_BROUGHT, TO_BE_FETCHED),
        TradeInOrder.phone != "",
    )
    found: dict[uuid.UUID, str] = {}
    for kind, query in (("booking", bookings), ("order", orders)):
        for key, phone in sorted((row[0], row[1]) for row in session.execute(query)):
            audit.record(session, actor, "caller.seen", kind, key, None, {"printed": True}, now)
            found[key] = phone
    return found
