"""Until when something may still be changed, in an operator's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from recycling.clock import ServiceClock, parse_hour

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
