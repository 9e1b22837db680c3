"""The roads of a day: the ways between all positions for each profile, in each part of the day, and their lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routing.insertion.places import Place, Ways
from routing.legs import setting_out, ways_of
from routing.plan import Route
from routing.problem import Matrix, Problem, TimeWindow
from routing.problem import Period as Hours
from routing.roads.changes import DAY, Change, Period
from routing.roads.day_matrices import by_hours
from routing.roads.lead import longest_changed, with_lead
from routing.roads.profile import VehicleProfile

if TYPE_CHECKING:
    from routing.roads.engine import TravelEngine

Way = list[tuple[float, float]]
"""Points (longitude, latitude) along the road."""

Changes = tuple[Change, ...]


@dataclass(frozen=True)
class _Ways:
    """What holds for a profile under some changes; ``off`` are metres to the road of positions that have none near."""

    engine: TravelEngine
    matrix: Matrix
    off: Mapping[int, float]


@dataclass(frozen=True)
class _Part:
    """A part of the day."""

    period: Period
    ways: _Ways

    @property
    def matrix(self) -> Matrix:
        return self.ways.matrix


class DayRoads:
    """Ways between the positions of a day, for each part of the day in which the same changes hold.

    Closures and bans hold a little before they begin as well (`routing.roads.lead`).

    Parameters
    ----------
    positions
        (n, 2) longitude and latitude.
    engine
        Gives what answers under some changes.
    parts
        By profile name: the measures, and the parts of the day from the first hour at which a vehicle may leave to the
        last at which it may come home.

    Attributes
    ----------
    off
        By profile name: the positions that have no road near at any hour, with metres to the nearest.
    """

    def __init__(
        self,
        positions: NDArray[np.float64],
        engine: Callable[[Changes], TravelEngine],
        parts: Mapping[str, tuple[VehicleProfile, Sequence[Period]]],
    ) -> None:
        self._positions, self._engine = positions, engine
        self._profiles = {name: profile for name, (profile, _) in parts.items()}
        self._parts = {name: self._day_of(profile, periods) for name, (profile, periods) in parts.items()}
        self.off = {name: _always_off(found) for name, found in self._parts.items()}

    def _day_of(self, profile: VehicleProfile, periods: Sequence[Period]) -> list[_Part]:
        known: dict[frozenset[Change], _Ways] = {}

        def ways(changes: Changes) -> _Ways:
            key = frozenset(changes)
            if key not in known:
                engine = self._engine(changes)
                table = engine.table(self._positions, profile=profile)
                off = {index: metres for index, _, metres in table.source_problems}
                known[key] = _Ways(engine, Matrix(table.durations, table.distances), off)
            return known[key]

        def longest(before: Changes, after: Changes) -> int:
            return longest_changed(ways(before).matrix.durations, ways(after).matrix.durations)

        return [_Part(period, ways(period.changes)) for period in with_lead(periods, longest)]

    @cached_property
    def _hours(self) -> tuple[dict[str, Matrix], tuple[Hours, ...]]:
        usual, hours = by_hours(self._parts)
        over = max(parts[-1].period.end for parts in self._parts.values())
        if hours and hours[-1].hours.end == over:  # who is late still finds the roads as they are
            *sooner, last = hours
            hours = (*sooner, Hours(TimeWindow(last.hours.start, max(over, 2 * DAY)), last.matrices))
        return usual, hours

    @property
    def matrices(self) -> Mapping[str, Matrix]:
        """`Problem.matrices`: the ways that each profile has for most of the day."""
        return self._hours[0]

    @property
    def periods(self) -> tuple[Hours, ...]:
        """`Problem.periods`: the hours in which profiles have others; none when the same changes hold all day."""
        return self._hours[1]

    def with_position(self, lonlat: tuple[float, float]) -> DayRoads:
        """Return the same roads with one more position, the last, whose ways to the others `place` gives."""
        more = copy(self)
        more._positions = np.vstack([self._positions, np.asarray(lonlat, np.float64)])
        return more

    def place(self, lonlat: tuple[float, float]) -> Place:
        """Return the ways between a new position and all others; there are none where it has no road near."""
        known: dict[tuple[int, str], Ways] = {}
        by_matrix = {id(part.matrix): part.ways for parts in self._parts.values() for part in parts}

        def ways(name: str, matrix: Matrix) -> Ways:
            key = id(matrix), name
            if key not in known:
                engine, profile = by_matrix[id(matrix)].engine, self._profiles[name]
                there = engine.table(self._positions, [lonlat], profile)
                back = engine.table([lonlat], self._positions, profile)
                known[key] = Ways(there.durations[:, 0], back.durations[0], there.distances[:, 0], back.distances[0])
            return known[key]

        return Place(
            {name: ways(name, matrix) for name, matrix in self.matrices.items()},
            [{name: ways(name, matrix) for name, matrix in period.matrices.items()} for period in self.periods],
        )

    def lines(self, problem: Problem, profile: str, places: Sequence[int], route: Route) -> list[Way]:
        """Return the road of each leg of a route through these places, as it is when the vehicle sets out."""
        legs, parts = list(pairwise(places)), self._parts[profile]
        free = [route.start, *(v.end for v in route.visits)]
        by_ways: dict[int, list[int]] = {}
        for k, ((a, b), now) in enumerate(zip(legs, free, strict=True)):
            out = setting_out(ways_of(problem, profile, a, b), now) if len(parts) > 1 else now
            part = max((i for i, p in enumerate(parts) if p.period.begin <= out), default=0)
            by_ways.setdefault(id(parts[part].ways), []).append(k)
        found: dict[int, Way] = {}
        for ways in {id(part.ways): part.ways for part in parts}.values():
            asked = by_ways.get(id(ways), [])
            if asked:
                drawn = ways.engine.legs(self._positions[[legs[k] for k in asked]], self._profiles[profile])
                for k, leg in zip(asked, drawn, strict=True):
                    found[k] = [(round(float(x), 6), round(float(y), 6)) for x, y in leg.lonlat]
        return [found[k] for k in range(len(legs))]


def _always_off(parts: Sequence[_Part]) -> dict[int, float]:
    found = [part.ways.off for part in parts]
    return {index: min(off[index] for off in found) for index in found[0] if all(index in off for off in found)}
