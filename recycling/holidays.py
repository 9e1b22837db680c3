"""Days on which nobody drives, and which days are working days: config/holidays.toml, once it has been read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SATURDAY = 5
MOST_LETTERS = 40
LONGEST_DAYS = 31
"""A span of more days is a slip of the pen in a month or a year."""


class Closed(BaseModel):
    """Days in a row on which nobody drives, and the days at weekends that are worked for them.

    Attributes
    ----------
    zh, en
        What people read: the name in Chinese and, where it has one, in English.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: date = Field(alias="from")
    to: date | None = None
    zh: str = Field(min_length=1, max_length=20)
    en: str | None = Field(default=None, min_length=1, max_length=MOST_LETTERS)
    working: tuple[date, ...] = ()

    @field_validator("en")
    @classmethod
    def _english(cls, name: str | None) -> str | None:
        if name is not None and not (name.isprintable() and any("a" <= c <= "z" for c in name.lower())):
            raise ValueError("write the English name in Latin letters, or leave it out")
        if name is not None and any("\u2e80" <= c <= "\uffef" for c in name):
            raise ValueError("Chinese signs belong into zh; leave en out where there is no English name")
        return name

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.to or self.first

    @property
    def days(self) -> list[date]:
        """All of the days."""
        return [self.first + timedelta(days=k) for k in range((self.last - self.first).days + 1)]

    def text(self, language: str) -> str:
        """Return its name in Chinese or English, in Chinese where it has no other."""
        return self.zh if language.startswith("zh") else str(self)

    def __str__(self) -> str:
        return self.en or self.zh


class Holidays(BaseModel):
    """The whole file.

    Attributes
    ----------
    announced
        Which notice the public holidays of a year were taken from.
    closed
        Spans of days on which nobody drives.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    announced: Mapping[int, str] = Field(default_factory=dict)
    closed: tuple[Closed, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Holidays:
        for where, what in self._faults():
            raise ValueError(f"{where}: {what}")
        return self

    def on(self, day: date) -> Closed | None:
        """Return why nobody drives on a day; None for a day of service."""
        return self._closed.get(day)

    def is_working(self, day: date) -> bool:
        """Tell whether a day is a working day: Monday to Friday, and what is worked instead of a holiday."""
        return day not in self._closed and (day.weekday() < SATURDAY or day in self._worked)

    def working_day(self, day: date, step: int) -> date:
        """Return the nearest working day before a day (`step` -1) or after it (`step` 1)."""
        day += timedelta(days=step)
        while not self.is_working(day):
            day += timedelta(days=step)
        return day

    def known(self, year: int) -> bool:
        """Tell whether the public holidays of a year have been entered."""
        return year in self.announced

    @cached_property
    def _closed(self) -> Mapping[date, Closed]:
        return {day: span for span in self.closed for day in span.days}

    @cached_property
    def _worked(self) -> frozenset[date]:
        return frozenset(day for span in self.closed for day in span.working)

    def _faults(self) -> Iterator[tuple[str, str]]:
        """Find what cannot be meant, with its place in the file."""
        seen: dict[date, Closed] = {}
        for number, span in enumerate(self.closed):
            here = f"closed.{number}"
            if span.last < span.first:
                yield f"{here}.to", f"{span.last} is before {span.first}, the first day"
            elif (span.last - span.first).days >= LONGEST_DAYS:
                yield f"{here}.to", f"more than {LONGEST_DAYS} days in a row; enter them as several spans if it is so"
            else:
                for day in span.days:
                    if day in seen:
                        yield f"{here}.from", f"{day} stands here already, as {seen[day]}"
                    seen[day] = span
        worked = set[date]()
        for number, span in enumerate(self.closed):
            here = f"closed.{number}.working"
            for day in span.working:
                if day in seen:
                    yield here, f"nobody drives on {day}, {seen[day]}"
                elif day.weekday() < SATURDAY:
                    yield here, f"{day} is a working day anyway"
                elif day in worked:
                    yield here, f"{day} stands here already"
                worked.add(day)
