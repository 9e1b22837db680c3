"""Which plan of a day is in force: the newest that is no draft."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from recycling.models import Plan

Column = str | InstrumentedAttribute[str]
Day = date | InstrumentedAttribute[date]


def in_force(depot: Column, day: Day) -> Select[Plan]:
    """Return the query of the plan that is in force, for a depot and day or for columns that say them."""
    ours = select(Plan).where(Plan.depot_code == depot, Plan.service_day == day, Plan.draft.is_(False))
    return ours.order_by(Plan.version.desc()).limit(1)


def next_version(session: Session, depot: str, day: date) -> int:
    """Return the number that the next version of a day gets, drafts counted."""
    newest = select(func.max(Plan.version)).where(Plan.depot_code == depot, Plan.service_day == day)
    return (session.scalar(newest) or 0) + 1
