"""What shops and partners send us under numbers of their own: found by days, and by number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from recycling.models import SpareTrip, TradeInOrder

T = TypeVar("T", SpareTrip, TradeInOrder)
OWNERS: dict[Any, InstrumentedAttribute[str]] = {SpareTrip: SpareTrip.partner, TradeInOrder: TradeInOrder.retailer}
"""The column of each that says who has sent it."""


def sent_between(
    model: type[T], first: date, last: date, sender: str = "", depots: Collection[str] | None = None
) -> Select[T]:
    """Return the query for what is of some days, of one sender or of all, and of some depots; None for all depots."""
    query = select(model).where(model.service_day.between(first, last))
    if sender:
        query = query.where(OWNERS[model] == sender)
    if depots is not None:
        query = query.where(model.depot_code.in_(sorted(depots)))
    return query


def numbered(session: Session, model: type[T], sender: str, external: str, lock: bool = False) -> T | None:
    """Return what a sender has sent under a number, with `lock` so that nobody else changes it; None for nothing."""
    query = select(model).where(OWNERS[model] == sender, model.external_id == external)
    return session.scalar(query.with_for_update() if lock else query)
