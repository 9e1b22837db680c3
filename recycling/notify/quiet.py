"""Hours in which residents are left in peace, and how long a message has waited outside of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from recycling.clock import parse_hour
from recycling.settings import Settings


def is_quiet(settings: Settings, moment: datetime) -> bool:
    """Tell whether only urgent messages may leave now."""
    first, last = parse_hour(settings.messages.quiet_from), parse_hour(settings.messages.quiet_until)
    hour = settings.clock.local(moment).time()
    return first <= hour < last if first <= last else hour >= first or hour < last


def loud_from(settings: Settings, now: datetime) -> datetime:
    """Return from when a message that is not urgent can leave: now, or the end of the quiet hours."""
    if not is_quiet(settings, now):
        return now
    clock, until = settings.clock, parse_hour(settings.messages.quiet_until)
    today = clock.today(now)
    ends = (clock.at(day, until) for day in (today, today + timedelta(days=1)))
    return next(end for end in ends if end > now)


def awake_time(settings: Settings, start: datetime, end: datetime) -> timedelta:
    """Return how much of the time from `start` to `end` lies outside the quiet hours."""
    clock = settings.clock
    first, last = parse_hour(settings.messages.quiet_from), parse_hour(settings.messages.quiet_until)
    awake, day = max(timedelta(0), end - start), clock.today(start) - timedelta(days=1)
    while day <= clock.today(end):
        quiet_from = clock.at(day, first)
        quiet_until = clock.at(day if first <= last else day + timedelta(days=1), last)
        awake -= max(timedelta(0), min(end, quiet_until) - max(start, quiet_from))
        day += timedelta(days=1)
    return max(timedelta(0), awake)


def evening_before(settings: Settings, day: date) -> datetime:
    """Return from when the hours of a day's visits are told."""
    return settings.clock.at(day - timedelta(days=1), parse_hour(settings.messages.announce_from))


def announcing(settings: Settings, start: datetime, now: datetime) -> tuple[datetime, bool]:
    """Return from when the hours of a visit that is promised from `start` are told, and whether in quiet hours too.

    That is the evening before, or now if it has begun. Where the quiet hours would last until it is too late, it is
    shortly before the window instead, whatever the hour.
    """
    due = max(now, evening_before(settings, settings.clock.today(start)))
    latest = start - timedelta(minutes=settings.messages.announce_minutes)
    if is_quiet(settings, due) and awake_time(settings, due, latest) <= timedelta(0):
        return max(now, latest), True
    return due, False
