"""What differs between two versions of a timetable, community by community: calls, and who drives to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from recycling.fleet import Fleet
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


@dataclass(frozen=True)
class Drivers:
    """Who drives to a timetable's communities.

    Attributes
    ----------
    of
        The drivers of each community, by code, in the order of its days; a vehicle that nobody is named for stands for
        somebody of its own. Calls of any vehicle are not in it.
    others
        Calls in the cycle by another driver than on the community's first day.
    """

    of: Mapping[str, tuple[str, ...]]
    others: int

    @property
    def same(self) -> int:
        """How many communities have one driver on all their days."""
        return sum(len(set(names)) == 1 for names in self.of.values())


def drivers_of(fleet: Fleet, table: Timetable) -> Drivers | None:
    """Return who drives to a timetable's communities, as the fleet names drivers now; None where it names none."""
    names: dict[str, list[str]] = defaultdict(list)
    named = False
    for visit in sorted((one for one in table.visits if one.plate), key=lambda one: one.day):
        driver = fleet.driver_of(visit.plate, visit.day % 7)
        named = named or bool(driver)
        names[visit.community_code].append(driver or visit.plate)
    if not named:
        return None
    return Drivers(
        {code: tuple(found) for code, found in names.items()},
        sum(name != found[0] for found in names.values() for name in found),
    )


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
