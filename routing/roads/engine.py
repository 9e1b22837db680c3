"""What any source of travel times answers, be it our own network or a routing server somebody runs already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.crs import positions
from routing.roads.profile import VehicleProfile

UNREACHABLE = -1

MAX_DISTANCE = 300.0
"""Metres a stop may lie off the road; farther ones are told to the dispatcher."""

ACCESS_KMH = 10.0
"""Speed of the truck between road and position. Own judgement, without a measured source."""

_ROUNDING = 1e-6  # seconds; sums of floats this little above a whole second are that second

Problem = tuple[int, str, float]
"""(row of the position, word, metres to the nearest road or NaN); the word is ``no-road-within`` or
``outside-area``."""

Progress = Callable[[str, float], None]
"""Called with a word for the step and the share of it that is done."""


@dataclass(frozen=True)
class Table:
    """Fastest ways from n sources to m targets.

    Attributes
    ----------
    durations, distances
        (n, m) int32, whole seconds rounded up and whole metres; -1 where there is no way.
    source_problems, target_problems
        The positions that have no place on a road; their rows or columns are -1.
    """

    durations: NDArray[np.int32]
    distances: NDArray[np.int32]
    source_problems: Sequence[Problem] = ()
    target_problems: Sequence[Problem] = ()


@dataclass(frozen=True)
class Leg:
    """One fastest way.

    Attributes
    ----------
    duration, distance
        Seconds and metres, -1 where there is no way.
    lonlat
        (p, 2) points along the road in degrees, WGS 84; (0, 2) where there is no way.
    """

    duration: int
    distance: int
    lonlat: NDArray[np.float64]

    @classmethod
    def along(cls, seconds: float, metres: float, off: float, lonlat: NDArray[np.float64]) -> Leg:
        """Give the way of so many seconds and metres along the road, NaN where there is none, and metres off it."""
        duration, distance = with_access(np.array(seconds), np.array(metres), np.array(off))
        return cls(int(duration), int(distance), lonlat)

    @classmethod
    def nowhere(cls) -> Leg:
        """Say that there is no way."""
        return cls(UNREACHABLE, UNREACHABLE, np.empty((0, 2)))


class TravelEngine(Protocol):
    """Travel times and ways between positions (longitude, latitude in degrees, WGS 84)."""

    name: str

    def table(
        self,
        sources: Any,
        targets: Any = None,
        profile: VehicleProfile | None = None,
        progress: Progress | None = None,
    ) -> Table:
        """Answer for every source and every target; without targets for every source and every other."""
        ...

    def legs(self, pairs: Any, profile: VehicleProfile | None = None) -> list[Leg]:
        """Answer for each pair of positions, (k, 2, 2) degrees."""
        ...


def pairs_of(pairs: Any) -> NDArray[np.float64]:
    """Check pairs of positions and give them as (k, 2, 2) floats: from and to, longitude and latitude in degrees.

    Raises
    ------
    InputError
        When they are no pairs of positions, or one position is none.
    """
    try:
        ends = np.asarray(pairs, np.float64)
    except (TypeError, ValueError):
        ends = np.empty(1)
    if ends.size == 0:
        return np.empty((0, 2, 2))
    if ends.ndim != 3 or ends.shape[1:] != (2, 2):
        raise InputError(
            "bad-positions", "Ways are asked for by pairs of positions, each a longitude and a latitude in degrees."
        )
    return positions(ends.reshape(-1, 2)).reshape(-1, 2, 2)


def with_access(
    seconds: NDArray[np.float64], metres: NDArray[np.float64], access: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Add the way between road and position, and round: durations up, distances to the nearest metre.

    Parameters
    ----------
    seconds, metres
        Along the road, any shape; NaN or infinite where there is no way.
    access
        Metres off the road at both ends together, the same shape.

    Returns
    -------
    Durations and distances, -1 where there is no way.
    """
    found = np.isfinite(seconds) & np.isfinite(metres)
    total = np.where(found, seconds, 0.0) + access * 3.6 / ACCESS_KMH
    durations = np.where(found, np.ceil(total - _ROUNDING), UNREACHABLE).astype(np.int32)
    distances = np.where(found, np.rint(np.where(found, metres, 0.0) + access), UNREACHABLE).astype(np.int32)
    return durations, distances
