"""What a timetable is to be made of: points with the day patterns and hours that they may have, vehicles, sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from routing.problem import Load, Matrix, TimeWindow, UnloadSite, Vehicle


@dataclass(frozen=True)
class DayPattern:
    """Days on which a point may be visited, and what a visit is like if these are its days.

    Attributes
    ----------
    days
        Counted from 0, ascending.
    load, spread
        Of a visit, one number a dimension: expected, and its standard deviation (() for none). Who is visited less
        often brings more at a time.
    dwell
        Seconds that the vehicle stands there.
    price
        Fen for the whole horizon, for being less often than wished or other days than now.
    """

    days: tuple[int, ...]
    load: Load
    dwell: int
    spread: tuple[float, ...] = ()
    price: int = 0


@dataclass(frozen=True)
class CallHour:
    """When a visit may begin, the same on each of its days, and fen a visit for being less convenient than another."""

    window: TimeWindow
    price: int = 0


@dataclass(frozen=True)
class CallPoint:
    """A place that is visited on the days of one of its patterns, at one of its hours.

    Attributes
    ----------
    missed
        Fen for not being visited at all; None: what the problem says for every point.
    """

    id: str
    location: int
    patterns: tuple[DayPattern, ...]
    hours: tuple[CallHour, ...]
    missed: int | None = None


@dataclass(frozen=True)
class TimetableProblem:
    """A timetable to be made.

    Every vehicle is there on every day. It costs its fixed cost on each day on which it is used, its kilometres, and
    its hours of driving: the crew is paid for its shift, so waiting costs nothing. It comes home empty.

    Attributes
    ----------
    days
        How many the horizon has.
    matrices
        By profile; those without periods.
    surety
        Standard deviations of a load that must have room on top of what is expected: 1.64 for one trip in twenty that
        would be too full, if what is brought here and there is independent and nearly normal.
    other_vehicle
        Fen for each visit of a point by another vehicle than on its first day.
    left_out
        Fen for a point that is not visited at all and has no price of its own for that.
    drivers
        For each day the driver of a vehicle, by its id; one that is not in it is driven by somebody of its own. ()
        where nobody knows who drives.
    other_driver
        Fen for each visit of a point by another driver than on its first day.
    brought
        What others bring to a site on a day, by day and id of the site: so much less of its capacity is left.
    """

    days: int
    dimensions: tuple[str, ...]
    points: tuple[CallPoint, ...]
    vehicles: tuple[Vehicle, ...]
    unload_sites: tuple[UnloadSite, ...]
    matrices: Mapping[str, Matrix]
    surety: float = 0.0
    other_vehicle: int = 0
    left_out: int = 100_000_000
    drivers: tuple[Mapping[str, str], ...] = ()
    other_driver: int = 0
    brought: Mapping[tuple[int, str], Load] = field(default_factory=dict)

    def driver(self, day: int, vehicle: str) -> str:
        """Return who drives a vehicle on a day; "" where nobody knows."""
        return self.drivers[day].get(vehicle, vehicle) if self.drivers else ""

    def missing(self, point: CallPoint) -> int:
        """Return fen for a point that is not visited at all."""
        return self.left_out if point.missed is None else point.missed

    def sites_on(self, day: int) -> tuple[UnloadSite, ...]:
        """Return the sites with what is left of their capacity on a day."""
        return tuple(self._left(day, site) for site in self.unload_sites)

    def _left(self, day: int, site: UnloadSite) -> UnloadSite:
        others = self.brought.get((day, site.id))
        if site.capacity is None or others is None:
            return site
        return replace(site, capacity=tuple(max(0, a - b) for a, b in zip(site.capacity, others, strict=True)))
