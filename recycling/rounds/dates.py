"""On which days a round can go, and which is the last one that somebody who asks now can be promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from recycling.booking.days import open_days
from recycling.booking.office import Office
from recycling.errors import N_, ConflictError
from recycling.models import VillageRound

FARTHEST = timedelta(days=400)


def weekdays_of(found: VillageRound) -> tuple[int, ...]:
    """Return the weekdays of a round, 0 for Monday; none for one that goes every so many days."""
    return tuple(int(day) for day in found.weekdays.split(",") if day)


def rhythm_days(office: Office, found: VillageRound, first: date) -> Iterator[date]:
    """Yield the days from `first` on on which a round can go, without those on which nobody drives."""
    weekdays = weekdays_of(found)
    day = max(first, found.first_day)
    while day <= first + FARTHEST:
        fits = day.weekday() in weekdays if weekdays else (day - found.first_day).days % found.every_days == 0
        if fits and office.settings.holidays.on(day) is None:
            yield day
        day += timedelta(days=1)


def next_days(office: Office, found: VillageRound, now: datetime, count: int = 3) -> list[date]:
    """Return the next days on which a round can go and that can still be booked."""
    return list(islice(rhythm_days(office, found, _first(office, now)), count))


def bookable(office: Office, found: VillageRound, now: datetime) -> list[date]:
    """Return the days on which a round can go that can be booked now."""
    days = open_days(office.settings, now)
    return [day for day in rhythm_days(office, found, days[0]) if day in days] if days else []


def latest_day(office: Office, found: VillageRound, now: datetime) -> date:
    """Return the day on which the round goes at the latest for somebody who asks now.

    That is its last day within `latest_days`, and the next one after those where holidays leave none.

    Raises
    ------
    ConflictError
        When it goes on no day any more.
    """
    until = office.clock.today(now) + timedelta(days=found.latest_days)
    last: date | None = None
    for day in rhythm_days(office, found, _first(office, now)):
        if last is not None and day > until:
            break
        last = day
        if day > until:
            break
    if last is None:
        raise ConflictError.one("round-ended", N_("This round goes on no day any more. Book a window of your own."))
    return last


def _first(office: Office, now: datetime) -> date:
    return next(iter(open_days(office.settings, now)), office.clock.today(now) + timedelta(days=2))
