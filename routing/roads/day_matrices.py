"""Travel times for each part of a day: one matrix for each stretch of hours in which the same changes hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Protocol

from routing.problem import Matrix, TimeWindow
from routing.problem import Period as Hours
from routing.roads.changes import DAY, Change, Period, periods
from routing.roads.engine import MAX_DISTANCE
from routing.roads.matrix import matrix
from routing.roads.network import RoadNetwork
from routing.roads.profile import VehicleProfile
from routing.roads.snap import Snapped, snap


@dataclass(frozen=True)
class PeriodMatrix:
    """What holds from `period.begin` to `period.end`: places on the road, and the ways between them."""

    period: Period
    places: Snapped
    matrix: Matrix


def day_matrices(
    network: RoadNetwork,
    lonlat: Any,
    changes: Sequence[Change],
    day: date,
    profile: VehicleProfile | None = None,
    begin: int = 0,
    end: int = DAY,
    max_distance: float = MAX_DISTANCE,
) -> list[PeriodMatrix]:
    """Find the ways between positions (n, 2) for a vehicle, for each part of a day between two of its seconds.

    Parts in which the same changes hold share one matrix; a place on a road that is closed for some hours has another
    road, or none, in those.
    """
    made: dict[tuple[Change, ...], tuple[Snapped, Matrix]] = {}
    found = []
    for period in periods(changes, profile, day, begin, end):
        if period.changes not in made:
            weighting = network.weighting(profile, period.changes)
            places = snap(weighting, lonlat, max_distance)
            made[period.changes] = places, matrix(weighting, places)
        found.append(PeriodMatrix(period, *made[period.changes]))
    return found


class Part(Protocol):
    """A part of the day with the ways that hold in it."""

    @property
    def period(self) -> Period:
        """From when to when."""
        ...

    @property
    def matrix(self) -> Matrix:
        """The ways."""
        ...


def by_hours(found: Mapping[str, Sequence[Part]]) -> tuple[dict[str, Matrix], tuple[Hours, ...]]:
    """Return a problem's ``matrices`` and ``periods`` from the parts of the day of each profile.

    The ways that a profile has for most of the day are its ``matrices``; periods name the profiles that have others.
    """
    usual: dict[str, Matrix] = {}
    for name, parts in found.items():
        lasts: dict[int, int] = {}
        for part in parts:
            lasts[id(part.matrix)] = lasts.get(id(part.matrix), 0) + part.period.end - part.period.begin
        usual[name] = max((part.matrix for part in parts), key=lambda matrix: lasts[id(matrix)])
    cuts = {edge for parts in found.values() for part in parts for edge in (part.period.begin, part.period.end)}
    hours: list[Hours] = []
    for begin, end in pairwise(sorted(cuts)):
        other = {
            name: part.matrix
            for name, parts in found.items()
            for part in parts
            if part.period.begin <= begin < part.period.end and part.matrix is not usual[name]
        }
        if other:
            hours.append(Hours(TimeWindow(begin, end), other))
    return usual, tuple(hours)
