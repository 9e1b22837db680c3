"""What differs between two versions of a timetable, community by community."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from recycling.models import Timetable


@dataclass(frozen=True)
class Changed:
    """A community whose calls differ: (day of the cycle, minute) of each before and after; empty where it has none."""

    community: str
    before: tuple[tuple[int, int], ...]
    after: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Comparison:
    """Communities with other calls, how many have the same, and fen a week more."""

    changed: tuple[Changed, ...]
    same: int
    fen_a_week: int


def compared(before: Timetable, after: Timetable) -> Comparison:
    """Compare two versions."""
    old, new = _times(before), _times(after)
    codes = sorted(old.keys() | new.keys())
    changed = tuple(Changed(c, old.get(c, ()), new.get(c, ())) for c in codes if old.get(c) != new.get(c))
    return Comparison(changed, len(codes) - len(changed), after.fen_a_week - before.fen_a_week)


def _times(table: Timetable) -> dict[str, tuple[tuple[int, int], ...]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for visit in table.visits:
        found[visit.community_code].append((visit.day, visit.start_minute))
    return {code: tuple(sorted(times)) for code, times in found.items()}
