"""The days of dated calls: which come next, and what is left of one."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.models import Call
from recycling.settings import Settings


def days_with_calls(session: Session, settings: Settings, now: datetime, most: int) -> list[date]:
    """Return the next days that have calls, cancelled ones too; today only while one of its calls is not over."""
    today = settings.clock.today(now)
    query = select(Call.service_day).where(Call.service_day >= today).distinct().order_by(Call.service_day)
    days = list(session.scalars(query.limit(most + 1)))
    if today in days and not calls_on(session, today, now):
        days.remove(today)
    return days[:most]


def are_over(session: Session, day: date, now: datetime) -> bool:
    """Tell whether a day had calls that took place, and all of them are over."""
    query = select(Call).where(Call.service_day == day, Call.state == "planned")
    ends = [call.ends_at for call in session.scalars(query)]
    return bool(ends) and max(ends) <= now


def calls_on(session: Session, day: date, now: datetime) -> list[Call]:
    """Return the calls of a day that are not over, of all depots, in the order of their hours."""
    query = select(Call).where(Call.service_day == day).order_by(Call.starts_at, Call.community_code)
    return [call for call in session.scalars(query.options(selectinload(Call.community))) if call.ends_at > now]
