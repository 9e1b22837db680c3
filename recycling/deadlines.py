"""Until when something may still be changed, in an operator's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from recycling.clock import ServiceClock, parse_hour

MOST_DAYS = 60
"""No such time is longer than that."""
KNOWN_GRACE = "48 hours after; 30 minutes after; 7 days after; 20:00 the same day; 20:00 the day after; never"
KNOWN = "20:00 the day before; 2 hours before the window; the window begins; the crew is on its way"


@dataclass(frozen=True)
class Deadline:
    """A moment told from a booking's window.

    Attributes
    ----------
    hour, days
        That hour of the depot's clock so many days before the service day; None for the others.
    before
        So long before the window begins.
    until_on_the_way
        It binds only once the crew is on its way.
    """

    text: str
    hour: time | None = None
    days: int = 0
    before: timedelta = timedelta(0)
    until_on_the_way: bool = False

    @classmethod
    def parse(cls, text: str) -> Deadline:
        """Return the deadline that the words name; ValueError names the words that are known."""
        words = " ".join(text.lower().split())
        if words == "the crew is on its way":
            return cls(text, until_on_the_way=True)
        if words == "the window begins":
            return cls(text)
        if found := re.fullmatch(r"(\d\d:\d\d) (?:the|(\d+)) days? before", words):
            return cls(text, parse_hour(found[1]), int(found[2] or 1))
        if found := re.fullmatch(r"(\d+) (hour|minute)s? before the window", words):
            return cls(text, before=timedelta(**{f"{found[2]}s": int(found[1])}))
        raise ValueError(f"{text!r} says no deadline; write one such as: {KNOWN}")

    def moment(self, clock: ServiceClock, day: date, start: datetime, end: datetime) -> datetime:
        """Return the first moment that is too late for a window from `start` to `end` on a service day."""
        if self.hour is not None:
            return clock.at(day - timedelta(days=self.days), self.hour)
        return end if self.until_on_the_way else start - self.before

    def passed(self, clock: ServiceClock, day: date, start: datetime, end: datetime, state: str, now: datetime) -> bool:
        """Tell whether it is too late for a booking in that state."""
        return state == "on_the_way" or now >= self.moment(clock, day, start, end)


@dataclass(frozen=True)
class Grace:
    """How long after something was done it can be taken back, or complained of.

    Attributes
    ----------
    after
        So long.
    hour, days
        Until that hour of the depot's clock so many days later; None where `after` counts.
    """

    text: str
    after: timedelta = timedelta(0)
    hour: time | None = None
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Grace:
        """Return the time that the words name; ValueError names the words that are known."""
        words = " ".join(text.lower().split())
        if words == "never":
            return cls(text)
        if found := re.fullmatch(r"(\d{1,5}) (day|hour|minute)s? after", words):
            grace = cls(text, after=timedelta(**{f"{found[2]}s": int(found[1])}))
        elif found := re.fullmatch(r"(\d\d:\d\d) (?:the same day|the day after|(\d{1,3}) days? after)", words):
            days = 0 if words.endswith("the same day") else int(found[2] or 1)
            grace = cls(text, hour=parse_hour(found[1]), days=days)
        else:
            raise ValueError(f"{text!r} says no time after something; write one such as: {KNOWN_GRACE}")
        if grace.after > timedelta(days=MOST_DAYS) or grace.days > MOST_DAYS:
            raise ValueError(f"{text!r} is longer than {MOST_DAYS} days")
        return grace

    def until(self, clock: ServiceClock, done: datetime) -> datetime:
        """Return the last moment of that time; for ``never`` the moment at which it was done."""
        if self.hour is None:
            return done + self.after
        return clock.at(clock.today(done) + timedelta(days=self.days), self.hour)
