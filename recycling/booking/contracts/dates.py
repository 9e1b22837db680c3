"""The dates of a contract: what its rule names, moved off days on which nobody drives, without what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from recycling.booking.contracts.rule import Rule
from recycling.holidays import LONGEST_DAYS, Closed, Holidays
from recycling.models import Contract

MARGIN = timedelta(days=2 * LONGEST_DAYS)
"""Farther than this no date is moved."""
LOOKED_AHEAD = timedelta(days=366 * 2)


@dataclass(frozen=True)
class Schedule:
    """When a contract's things are collected, and nothing else of it."""

    rule: Rule
    first_day: date
    last_day: date | None = None
    on_holiday: str = "after"
    skips: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Occasion:
    """One day that the rule names, and when somebody comes for it.

    Attributes
    ----------
    rule_day
        The day that the rule names.
    day
        The day of the visit; None when nobody comes for it.
    holiday
        Why it is not the rule's day.
    joined
        The visit on whose day it would fall too, which is made once.
    reason
        Why it is left out, where it stands in the list of such dates.
    """

    rule_day: date
    day: date | None
    holiday: Closed | None = None
    joined: date | None = None
    reason: str = ""

    @property
    def shown(self) -> date:
        """The day under which it stands in a list."""
        return self.day or self.rule_day


def schedule_of(contract: Contract) -> Schedule:
    """Return the schedule of a contract in the record."""
    skips = {skip.day: skip.reason for skip in contract.skips}
    return Schedule(Rule.parse(contract.rule), contract.first_day, contract.last_day, contract.on_holiday, skips)


def dates_of(contract: Contract | Schedule, holidays: Holidays, first: date, last: date) -> list[date]:
    """Return the days from `first` to `last` on which somebody comes, each once, in order."""
    schedule = schedule_of(contract) if isinstance(contract, Contract) else contract
    return [o.day for o in occasions(schedule, holidays, first, last) if o.day is not None]


def occasions(schedule: Schedule, holidays: Holidays, first: date, last: date) -> list[Occasion]:
    """Return what the rule names, in the order of days, with those for which nobody comes.

    A date that is moved by a holiday stays within the contract's first and last day, or is left out. Where it falls on
    another date of the contract, one visit is made for both.
    """
    begin = max(first - MARGIN, schedule.first_day)
    end = last + MARGIN if schedule.last_day is None else min(last + MARGIN, schedule.last_day)
    named = schedule.rule.days(schedule.first_day, begin, end) if begin <= end else []
    taken = {day for day in named if day not in schedule.skips and holidays.on(day) is None}
    found = []
    for day in named:
        closed = holidays.on(day)
        if day in schedule.skips:
            found.append(Occasion(day, None, reason=schedule.skips[day]))
        elif closed is None:
            found.append(Occasion(day, day))
        else:
            found.append(_moved(schedule, holidays, day, closed, taken))
    return sorted((o for o in found if first <= o.shown <= last), key=lambda o: (o.shown, o.rule_day))


def coming(schedule: Schedule, holidays: Holidays, first: date, count: int) -> Sequence[Occasion]:
    """Return what the rule names from a day on, until so many visits are among it or two years are over."""
    shown: list[Occasion] = []
    for occasion in occasions(schedule, holidays, first, first + LOOKED_AHEAD):
        shown.append(occasion)
        count -= occasion.day is not None
        if count <= 0:
            break
    return shown


def _moved(schedule: Schedule, holidays: Holidays, day: date, closed: Closed, taken: set[date]) -> Occasion:
    """Move a date off a holiday; `taken` are the days on which somebody comes already, and grows."""
    if schedule.on_holiday == "skip":
        return Occasion(day, None, closed)
    there = holidays.working_day(day, -1 if schedule.on_holiday == "before" else 1)
    if there < schedule.first_day or (schedule.last_day is not None and there > schedule.last_day):
        return Occasion(day, None, closed)
    if there in schedule.skips:
        return Occasion(day, None, closed, reason=schedule.skips[there])
    if there in taken:
        return Occasion(day, None, closed, joined=there)
    taken.add(there)
    return Occasion(day, there, closed)
