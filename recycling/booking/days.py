"""Which days can be booked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from recycling.booking.office import Office
from recycling.clock import Span
from recycling.settings import Settings


def closes_at(settings: Settings, day: date) -> datetime:
    """Return the moment at which a day can be booked no longer."""
    return settings.clock.at(day - timedelta(days=1), settings.service.cut_off)


def open_days(settings: Settings, now: datetime) -> list[date]:
    """Return the days that can be booked now: tomorrow until the evening cut-off, then the day after, and so on.

    Days on which nobody drives are not among them.
    """
    return [day for day in horizon(settings, now) if settings.holidays.on(day) is None]


def horizon(settings: Settings, now: datetime) -> list[date]:
    """Return the days that are as far ahead as can be booked, those on which nobody drives too."""
    clock = settings.clock
    today = clock.today(now)
    first = today + timedelta(days=1 if now < clock.at(today, settings.service.cut_off) else 2)
    last = today + timedelta(days=settings.service.horizon_days)
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def planned_days(settings: Settings, now: datetime) -> list[date]:
    """Return the days that are closed and planned, or being planned, and whose vehicles have not left."""
    today = settings.clock.today(now)
    near = [day for day in (today, today + timedelta(days=1)) if settings.holidays.on(day) is None]
    return [day for day in near if closes_at(settings, day) <= now < leaves_at(settings, day)]


def leaves_at(settings: Settings, day: date) -> datetime:
    """Return the moment from which a planned day takes nothing more, as its vehicles are about to leave."""
    begin = settings.clock.at(day, Span.parse(settings.service.shift).start)
    return begin - timedelta(minutes=settings.booking.late_minutes)


def bookable_days(office: Office, now: datetime) -> list[date]:
    """Return the days that can be booked now, those among them that are planned and take what fits their routes."""
    late = [] if office.planned is None else planned_days(office.settings, now)
    return [*late, *open_days(office.settings, now)]
