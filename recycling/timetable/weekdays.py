"""Days of a timetable's cycle in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WORDS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
BETWEEN = {"en": (" + ", ", "), "zh": ("和", "、")}
WEEK = {"en": "{day} of week {week}", "zh": "第{week}周的{day}"}


@dataclass(frozen=True)
class DaySets:
    """Sets of days of a cycle of ``weeks``, which a page says in its reader's language."""

    sets: Sequence[Sequence[int]]
    weeks: int = 1

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: str) -> str:
        """Say them: Mon + Thu, Tue + Fri."""
        known = language if language in WORDS else "en"
        both, other = BETWEEN[known]
        return other.join(both.join(self._day(day, known) for day in days) for days in self.sets)

    def _day(self, day: int, language: str) -> str:
        word = WORDS[language][day % 7]
        return word if self.weeks == 1 else WEEK[language].format(day=word, week=day // 7 + 1)
