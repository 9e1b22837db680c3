"""What differs from the free road: closures, slow zones, speeds by the hour, driving bans (限行). Plain data.

A change says where, when and for whom. `in_force` picks those that hold for one vehicle at one moment, and
`RoadNetwork.weighting` turns them into travel times; `periods` cuts a day at the hours where the answer changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

from routing.roads.profile import VehicleProfile

DAY = 86_400


@dataclass(frozen=True)
class When:
    """Hours, weekdays and dates; without any of them, always.

    Attributes
    ----------
    hours
        (begin, end) in seconds since local midnight, begin < end; none means all day.
    weekdays
        0 for Monday to 6 for Sunday; none means all.
    first, last
        Dates, both included.
    """

    hours: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None

    def on(self, day: date) -> bool:
        """Tell whether it holds at any hour of a day."""
        return (
            (not self.weekdays or day.weekday() in self.weekdays)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )

    def at(self, day: date, second: int) -> bool:
        """Tell whether it holds at a second of a day."""
        return self.on(day) and (not self.hours or any(begin <= second < end for begin, end in self.hours))


@dataclass(frozen=True)
class Where:
    """Roads by any of five ways of naming them; what one of them names belongs to it.

    Attributes
    ----------
    area
        Polygon as GeoJSON text, WGS 84 degrees.
    roads
        Names or numbers of roads, exactly as in the layer.
    ways, edges
        OpenStreetMap ways; edge ids of the layer.
    near
        Positions; each names the nearest road.
    rim
        Whether roads that run along the area's outline belong to it, as far as the outline was drawn along roads. An
        edge runs along it when most of it lies within `RIM_METRES` of the outline. None: only what lies inside counts.
    """

    area: str = ""
    roads: tuple[str, ...] = ()
    ways: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()
    near: tuple[tuple[float, float], ...] = ()
    rim: bool | None = None


RIM_METRES = 20.0
"""How far a road may lie beside the outline that was drawn along it, and reach into an area without belonging to it.
Own judgement."""


@dataclass(frozen=True)
class Closure:
    """Roads that nobody drives."""

    name: str
    where: Where
    when: When = When()


@dataclass(frozen=True)
class SlowZone:
    """Roads on which everybody drives at a share of the free speed, 0 < factor; above 1 they are faster.

    Only the part of a road that lies inside an area is slower.
    """

    name: str
    where: Where
    factor: float
    when: When = When()


@dataclass(frozen=True)
class ClassSpeeds:
    """Shares of the free speed by highway class, on all roads."""

    name: str
    factors: tuple[tuple[str, float], ...]
    when: When = When()


@dataclass(frozen=True)
class Vehicles:
    """Which vehicles a ban is about. What is empty asks nothing; what is not must all be so.

    Attributes
    ----------
    plate_colours, energies, kinds
        Words of `VehicleProfile`.
    from_weight
        Tonnes; heavier ones and those of this weight.
    parity
        ``odd`` or ``even`` last digit; ``date`` for plates whose last digit is odd on even days of the month and the
        other way round (单双号).
    digits
        Last digits by weekday, 0 for Monday (尾号限行).
    """

    plate_colours: frozenset[str] = frozenset()
    energies: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    from_weight: float = 0.0
    parity: Literal["", "odd", "even", "date"] = ""
    digits: tuple[tuple[int, frozenset[int]], ...] = ()

    def include(self, profile: VehicleProfile | None, day: date) -> bool:
        """Tell whether a vehicle is meant on a day; one that nothing is known of only by a ban on everybody."""
        if profile is None:
            return self == Vehicles()
        digit = profile.last_digit
        return (
            (not self.plate_colours or profile.plate_colour in self.plate_colours)
            and (not self.energies or profile.energy in self.energies)
            and (not self.kinds or profile.kind in self.kinds)
            and profile.weight >= self.from_weight
            and (not self.parity or (digit is not None and self._odd(day) == digit % 2))
            and (not self.digits or (digit is not None and digit in dict(self.digits).get(day.weekday(), ())))
        )

    def _odd(self, day: date) -> int:
        return {"odd": 1, "even": 0}.get(self.parity, (day.day + 1) % 2)


@dataclass(frozen=True)
class DrivingBan:
    """Roads that some vehicles may not use (限行).

    A road that reaches less than `RIM_METRES` into the area, with less than half of its length, is outside.

    Attributes
    ----------
    vehicles
        Whom it is about.
    exempt
        Groups of vehicles that it spares.
    permits
        Passes that spare a vehicle.
    through
        Whether only driving through is forbidden: a trip that begins or ends inside may use the roads there.
    """

    name: str
    where: Where
    when: When = When()
    vehicles: Vehicles = Vehicles()
    exempt: tuple[Vehicles, ...] = ()
    permits: frozenset[str] = frozenset()
    through: bool = False

    def binds(self, profile: VehicleProfile | None, day: date) -> bool:
        """Tell whether a vehicle must keep it on a day at which it holds."""
        if profile is not None and (
            profile.permits & self.permits or any(group.include(profile, day) for group in self.exempt)
        ):
            return False
        return self.vehicles.include(profile, day)


Change = Closure | SlowZone | ClassSpeeds | DrivingBan


def in_force(changes: Iterable[Change], profile: VehicleProfile | None, day: date, second: int) -> tuple[Change, ...]:
    """Pick the changes that hold for a vehicle at a second of a day."""
    return tuple(
        change
        for change in changes
        if change.when.at(day, second) and (not isinstance(change, DrivingBan) or change.binds(profile, day))
    )


@dataclass(frozen=True)
class Period:
    """A part of the day, seconds since midnight, and the changes that hold all through it."""

    begin: int
    end: int
    changes: tuple[Change, ...] = field(default=())


def periods(
    changes: Sequence[Change], profile: VehicleProfile | None, day: date, begin: int = 0, end: int = DAY
) -> list[Period]:
    """Cut a part of a day at the hours where other changes hold; neighbours that hold the same are one."""
    cuts = {begin, end} | {
        hour
        for change in changes
        if change.when.on(day)
        for span in change.when.hours
        for hour in span
        if begin < hour < end
    }
    found: list[Period] = []
    for start, stop in pairwise(sorted(cuts)):
        now = in_force(changes, profile, day, start)
        same = bool(found) and found[-1].changes == now
        found.append(Period(found.pop().begin if same else start, stop, now))
    return found


def of_the_day(
    changes: Sequence[Change], profile: VehicleProfile | None, day: date, begin: int, end: int
) -> Mapping[str, Change]:
    """Changes that hold for a vehicle at any time of a part of a day, by name."""
    return {change.name: change for period in periods(changes, profile, day, begin, end) for change in period.changes}
