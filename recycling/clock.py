"""Time: the depot's zone, now, service days and hours. Nobody else asks the system for the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def parse_hour(text: str) -> time:
    """Return the time of day that ``"08:30"`` names.

    Raises
    ------
    ValueError
        When the text is not two digits, a colon and two digits of a real hour.
    """
    digits = text[:2] + text[3:]
    if len(text) != 5 or text[2] != ":" or not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"{text!r} is not an hour such as 08:30")
    return time(int(text[:2]), int(text[3:]))


@dataclass(frozen=True)
class Span:
    """Hours of a day, such as 08:00-10:00."""

    start: time
    end: time

    @classmethod
    @lru_cache(maxsize=100)  # settings keep hours as text, and each offer asks for them
    def parse(cls, text: str) -> Span:
        """Return the span that ``"08:00-10:00"`` names; ValueError when it is none or ends before it starts."""
        begin, dash, end = text.partition("-")
        if not dash:
            raise ValueError(f"{text!r} is not a span such as 08:00-10:00")
        span = cls(parse_hour(begin.strip()), parse_hour(end.strip()))
        if span.end <= span.start:
            raise ValueError(f"{text!r} ends before it starts")
        return span

    def __str__(self) -> str:
        return f"{self.start.isoformat('minutes')}-{self.end.isoformat('minutes')}"


@dataclass(frozen=True)
class ServiceClock:
    """The depot's local time."""

    zone: ZoneInfo

    def local(self, moment: datetime) -> datetime:
        """Return the moment in the depot's zone."""
        return moment.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        """Return the local calendar day of a moment."""
        return self.local(now).date()

    def at(self, day: date, hour: time) -> datetime:
        """Return the moment, in UTC, of a local hour on a day; an hour that a clock change skips is moved on."""
        return datetime.combine(day, hour, tzinfo=self.zone).astimezone(UTC)

    def second_of_day(self, day: date, moment: datetime) -> int:
        """Return the seconds from the day's first moment to `moment`, as they really pass."""
        return round((moment - self.midnight(day)).total_seconds())

    def moment(self, day: date, second: int) -> datetime:
        """Return the moment `second` seconds after the day's first moment."""
        return self.midnight(day) + timedelta(seconds=second)

    def midnight(self, day: date) -> datetime:
        """Return the first moment of the day in UTC."""
        return self.at(day, time(0))
