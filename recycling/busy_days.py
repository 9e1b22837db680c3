"""Which days have anything to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, func, or_, select, union_all
from sqlalchemy.orm import Session

from recycling.dispatch import TO_BE_BROUGHT, TO_BE_FETCHED, TO_COLLECT
from recycling.models import Booking, Call, TradeInOrder


def next_busy_day(session: Session, depot: str, first: date, last: date) -> date | None:
    """Return the first day of a span on which a depot has an order or a truck call; None where all are free."""

    def of(model: Any, condition: Any) -> Any:
        within = model.service_day.between(first, last)
        return select(func.min(model.service_day, type_=Date()).label("day")).where(
            model.depot_code == depot, within, condition
        )

    days = union_all(
        of(Booking, TO_COLLECT), of(Call, Call.state == "planned"), of(TradeInOrder, or_(TO_BE_BROUGHT, TO_BE_FETCHED))
    ).subquery()
    found: date | None = session.scalar(select(func.min(days.c.day, type_=Date())))
    return found
