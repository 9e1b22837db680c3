"""How often a contract's things are collected: a recurrence rule of RFC 5545, limited to what makes sense here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = -1
MOST_INTERVAL = 12
MOST_DAYS = 7
NTH = (1, 2, 3, 4, LAST)
"""A fifth Monday is in few months, so it is not among them."""
KNOWN = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH; FREQ=MONTHLY;BYDAY=1MO; FREQ=MONTHLY;BYMONTHDAY=15"


@dataclass(frozen=True)
class Rule:
    """Which days a contract names.

    Attributes
    ----------
    interval
        Every so many weeks, or months.
    weekdays
        Of every week: 0 for Monday to 6 for Sunday; empty for a rule by months.
    nth
        Of a month: (1, 0) for the first Monday, (-1, 4) for the last Friday.
    month_days
        Of a month: 1 to 31, -1 for its last day. A month without that day has none.
    """

    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Return the rule that a text of RFC 5545 names; ValueError names rules that are understood."""
        parts = dict(part.partition("=")[::2] for part in text.strip().upper().split(";"))
        if len(parts) != text.strip().count(";") + 1 or not parts.keys() <= {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY"}:
            raise ValueError(_unknown(text))
        every = parts.get("INTERVAL", "1")
        if not re.fullmatch(r"[1-9]\d?", every) or int(every) > MOST_INTERVAL:
            raise ValueError(_unknown(text))
        by_day = parts["BYDAY"].split(",") if "BYDAY" in parts else []
        by_month_day = parts["BYMONTHDAY"].split(",") if "BYMONTHDAY" in parts else []
        if max(len(by_day), len(by_month_day)) > MOST_DAYS or bool(by_day) == bool(by_month_day):
            raise ValueError(_unknown(text))
        interval = int(every)
        if parts.get("FREQ") == "WEEKLY" and all(d in WEEKDAYS for d in by_day) and by_day:
            return cls(interval, weekdays=tuple(sorted({WEEKDAYS.index(d) for d in by_day})))
        if parts.get("FREQ") != "MONTHLY":
            raise ValueError(_unknown(text))
        found = [re.fullmatch(r"([1-4]|-1)(MO|TU|WE|TH|FR|SA|SU)", d) for d in by_day]
        nth = {(int(f[1]), WEEKDAYS.index(f[2])) for f in found if f}
        days = {int(d) for d in by_month_day if re.fullmatch(r"-1|[1-9]|[12]\d|3[01]", d)}
        if len(nth) < len(set(by_day)) or len(days) < len(set(by_month_day)):
            raise ValueError(_unknown(text))
        return cls(interval, nth=tuple(sorted(nth)), month_days=tuple(sorted(days)))

    def __str__(self) -> str:
        every = f";INTERVAL={self.interval}" if self.interval != 1 else ""
        if self.weekdays:
            return f"FREQ=WEEKLY{every};BYDAY={','.join(WEEKDAYS[d] for d in self.weekdays)}"
        if self.nth:
            return f"FREQ=MONTHLY{every};BYDAY={','.join(f'{n}{WEEKDAYS[d]}' for n, d in self.nth)}"
        return f"FREQ=MONTHLY{every};BYMONTHDAY={','.join(map(str, self.month_days))}"

    def days(self, begins: date, first: date, last: date) -> list[date]:
        """Return the days that the rule names from `first` to `last`, counted from the day on which it begins.

        "Every second week" means the week of the first such weekday on or after that day, and each second one after it;
        weeks begin on Monday. (RFC 5545 wants the first day to be one that the rule names, and says no more.)
        """
        if self.weekdays:
            begins += timedelta(days=min((day - begins.weekday()) % 7 for day in self.weekdays))
        start = datetime.combine(begins, time(0))
        if self.weekdays:
            found = rrule(WEEKLY, start, self.interval, byweekday=self.weekdays)
        elif self.nth:
            found = rrule(MONTHLY, start, self.interval, byweekday=[weekday(d, n) for n, d in self.nth])
        else:
            found = rrule(MONTHLY, start, self.interval, bymonthday=self.month_days)
        between = found.between(datetime.combine(first, time(0)), datetime.combine(last, time(0)), inc=True)
        return [moment.date() for moment in between]


def _unknown(text: str) -> str:
    return f"{text[:80]!r} is no rule that is understood here; write one such as: {KNOWN}"
