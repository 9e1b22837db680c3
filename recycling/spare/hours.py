"""Hours of a trip, which may go on over midnight: ``20:00-02:00`` ends on the day after the one on which it begins."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from recycling.clock import ServiceClock, parse_hour
from recycling.models import Site
from routing.problem import TimeWindow

NEXT_DAY = timedelta(days=1)


def moments_of(clock: ServiceClock, day: date, text: str) -> tuple[datetime, datetime]:
    """Return the moments between which hours such as ``09:00-17:00`` lie, the first on `day`.

    Raises
    ------
    ValueError
        When the text is no two hours, or both are the same.
    """
    begin, dash, end = text.partition("-")
    first, last = parse_hour(begin.strip()), parse_hour(end.strip())
    if not dash or first == last:
        raise ValueError(f"{text!r} is not hours such as 09:00-17:00")
    return clock.at(day, first), clock.at(day if last > first else day + NEXT_DAY, last)


def place_hours(
    clock: ServiceClock, day: date, text: str, starts: datetime, ends: datetime
) -> tuple[datetime, datetime]:
    """Return the moments of the hours of a trip's place; "" for the whole trip.

    On a trip over midnight, hours before that of its start are those of the next day. Raises as `moments_of`.
    """
    if not text:
        return starts, ends
    first, last = moments_of(clock, day, text)
    over_midnight = clock.today(ends) > day
    if over_midnight and last <= starts:
        first, last = moments_of(clock, day + NEXT_DAY, text)
    return first, last


def unloading(clock: ServiceClock, day: date, site: Site, starts: datetime, ends: datetime) -> TimeWindow:
    """Return when a trip may begin to unload at a site, in seconds of its day: it is over when the site closes.

    Of a trip over midnight those hours, of its day or of the next one, of which it has more; both, where the site does
    not close in between.
    """
    opens, closes = parse_hour(site.opens), parse_hour(site.closes)
    spans = [(clock.at(one, opens), clock.at(one, closes)) for one in (day, day + NEXT_DAY)]
    if spans[1][0] - spans[0][1] <= timedelta(minutes=1):
        spans = [(spans[0][0], spans[1][1])]
    elif clock.today(ends) == day:
        spans = spans[:1]
    first, last = max(spans, key=lambda span: min(span[1], ends) - max(span[0], starts))
    begin, end = clock.second_of_day(day, first), clock.second_of_day(day, last)
    return TimeWindow(begin, max(begin, end - site.unload_minutes * 60))
