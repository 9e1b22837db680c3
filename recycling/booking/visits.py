"""How long a visit at a door takes, and what it needs of the fleet."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.models import Booking, BookingLine
from recycling.settings import Settings


def service_minutes(
    settings: Settings, handling_minutes: float, pieces: int, floor: int, lift: bool, crew: int, standing: str = "flat"
) -> float:
    """Return the minutes of a visit: parking, handling, stairs shared by the crew; never more than the longest.

    Things that stand at the gate need no stairs.
    """
    visit = settings.visit
    floors = 0 if lift or standing == "gate" else max(0, abs(floor) - (1 if floor > 0 else 0))
    stairs = pieces * floors * visit.stair_minutes_per_item_floor
    work = (handling_minutes + stairs) / max(1, crew)
    return min(visit.longest_minutes, visit.parking_minutes + work)


def service_seconds(settings: Settings, lines: Sequence[BookingLine], floor: int, lift: bool, standing: str) -> int:
    """Return how long the crew is at the door for these lines."""
    return load_seconds(settings, [(line, line.pieces) for line in lines], floor, lift, standing)


def load_seconds(
    settings: Settings, load: Sequence[tuple[BookingLine, int]], floor: int, lift: bool, standing: str
) -> int:
    """Return how long the crew is at the door for so many pieces of these lines."""
    handling = sum(line.minutes * pieces for line, pieces in load)
    pieces = sum(pieces for _, pieces in load)
    crew = people_of([line for line, _ in load])
    return round(60 * service_minutes(settings, handling, pieces, floor, lift, crew, standing))


def people_of(lines: Sequence[BookingLine]) -> int:
    """Return how many people it takes."""
    return max((line.people for line in lines), default=1)


def litres_of(lines: Sequence[BookingLine]) -> int:
    """Return what all of it fills."""
    return sum(line.litres * line.pieces for line in lines)


def kg_of(lines: Sequence[BookingLine]) -> int:
    """Return what all of it weighs."""
    return sum(line.kg * line.pieces for line in lines)


def visit_seconds(settings: Settings, booking: Booking) -> int:
    """Return how long the crew is at a booking's door."""
    return service_seconds(settings, booking.lines, booking.floor, booking.lift, booking.standing)
