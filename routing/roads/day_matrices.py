"""Travel times for each part of a day: one matrix for each stretch of hours in which the same changes hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from routing.problem import Matrix
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
