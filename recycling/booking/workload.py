"""What a visit would take of the fleet's time in a window, before any route is known.

A door costs its service, its share of the trips to unload, and the way to it. The way is that from the nearest place of
those that are to be visited in the same window and the depot, and half of what going on from there to the second
nearest is longer than without the door: nothing for a door among others, half of the way back for one that lies alone,
whose other half the next window bears. Doors that are booked later pay the short ways between, so that the sum stays
near what a planned tour through all of them takes; the share ``fill`` of the settings is what the estimate is trusted
with.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from recycling.fleet import VehicleType
from recycling.plane import metres_between
from recycling.settings import BookingSettings

CURVE_METRES = 5_000.0
"""Ways of this length are driven at the middle of the near and the far speed."""


@dataclass(frozen=True)
class Need:
    """What a request needs, wherever and whenever it is served.

    Attributes
    ----------
    service
        Seconds at the door, of all visits together.
    people
        Crew that it takes at least.
    visits
        So many vehicles, or trips of one, are needed for what is to be taken.
    parts
        What each of several visits needs by itself; empty for one, and where it is not known.
    tail_lift, height_limit
        Whether the vehicle needs a tail lift, and the metres that it may be high; None for any.
    """

    depot: str
    lon: float
    lat: float
    people: int
    service: int
    litres: int
    visits: int = 1
    kg: int = 0
    tail_lift: bool = False
    height_limit: float | None = None
    parts: tuple[Need, ...] = ()

    @property
    def each(self) -> tuple[Need, ...]:
        """What each visit needs by itself; none where there are several and their parts are not known."""
        return self.parts if self.visits > 1 else (self,)

    @property
    def fit(self) -> Fit:
        """Which vehicles can serve it."""
        return Fit(self.people, self.tail_lift, self.height_limit)


def together(needs: Sequence[Need]) -> Need:
    """Return what several visits to one place need as a whole."""
    if len(needs) == 1:
        return needs[0]
    return replace(
        needs[0],
        people=max(need.people for need in needs),
        service=sum(need.service for need in needs),
        litres=sum(need.litres for need in needs),
        visits=len(needs),
        kg=sum(need.kg for need in needs),
        tail_lift=any(need.tail_lift for need in needs),
        parts=tuple(needs),
    )


@dataclass(frozen=True)
class Fit:
    """Which vehicles can do something: crew, tail lift, metres of height (None for any), what the crew can do."""

    people: int
    tail_lift: bool = False
    height_limit: float | None = None
    skills: frozenset[str] = frozenset()

    def on(self, kind: VehicleType, skills: frozenset[str] = frozenset()) -> bool:
        """Tell whether a vehicle of a type can do it whose crew has the skills."""
        return self.skills <= skills and kind.can_serve(self.people, self.tail_lift, self.height_limit)


@dataclass(frozen=True)
class Approach:
    """What the way to a door adds: metres on the road, seconds, and whether another stop of the window is near."""

    metres: int
    seconds: int
    near: bool


Position = tuple[float, float]


def approach(settings: BookingSettings, place: Position, depot: Position, others: Iterable[Position]) -> Approach:
    """Return what a place adds to the ways of a window in which vehicles visit `others`."""
    known = [(metres_between(place, other), other) for other in others]
    nearest = min((metres for metres, _ in known), default=math.inf)
    from_depot = metres_between(place, depot), depot
    there, back = heapq.nsmallest(2, (from_depot, from_depot, *known), key=itemgetter(0))
    legs = [settings.detour * metres for metres in (there[0], back[0], metres_between(there[1], back[1]))]
    times = [driving_seconds(settings, leg) for leg in legs]
    metres, seconds = (ways[0] + max(0.0, ways[1] - ways[2]) / 2 for ways in (legs, times))
    return Approach(round(metres), round(seconds), nearest <= settings.near_metres)


def approach_seconds(settings: BookingSettings, metres: float) -> int:
    """Return the seconds from the nearest stop or the depot alone, so many metres away in a straight line."""
    return round(driving_seconds(settings, settings.detour * metres))


def driving_seconds(settings: BookingSettings, metres: float) -> float:
    """Return the seconds that a way takes; long ways use faster roads."""
    far = metres / (metres + CURVE_METRES)
    return metres / ((settings.kmh_near + (settings.kmh_far - settings.kmh_near) * far) / 3.6)


def unload_seconds(settings: BookingSettings, litres: int, vehicle_litres: int) -> int:
    """Return the share of a trip to unload that so many litres cause."""
    return round(settings.unload_minutes_a_load * 60 * litres / max(1, vehicle_litres))
