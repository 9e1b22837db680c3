"""How long a visit at a door takes, and what it needs of the fleet."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.catalogue import visit_minutes
from recycling.models import Booking, BookingLine, TradeInOrder
from recycling.settings import Settings


def service_minutes(
    settings: Settings, handling_minutes: float, pieces: int, floor: int, lift: bool, crew: int
) -> float:
    """Return the minutes of a visit: parking, handling, stairs shared by the crew; never more than the longest."""
    visit = settings.visit
    floors = 0 if lift else max(0, abs(floor) - (1 if floor > 0 else 0))
    stairs = pieces * floors * visit.stair_minutes_per_item_floor
    work = (handling_minutes + stairs) / max(1, crew)
    return min(visit.longest_minutes, visit.parking_minutes + work)


def order_minutes(settings: Settings, order: TradeInOrder) -> float:
    """Return how long the crew is at the door of a delivery: what it brings and what it takes back are carried.

    Setting up and taking down come on top, however long they take. What a second visit fetches is not carried here.
    """
    pieces = 1 + sum(count for _, count in order.things_at_door)
    carrying = service_minutes(settings, order.minutes, pieces, order.floor, order.lift, order.people)
    return carrying + (order.joint_minutes or 0) / max(1, order.people)


def fetch_minutes(settings: Settings, order: TradeInOrder) -> float:
    """Return how long the crew of the second visit is at the door of an order."""
    pieces = sum(count for _, count in order.things_back)
    return service_minutes(settings, order.fetch_minutes, pieces, order.floor, order.lift, order.fetch_people)


def load_seconds(settings: Settings, load: Sequence[tuple[BookingLine, int]], scene: str) -> int:
    """Return how long the crew is at a kind of place for so many pieces of lines; floors are in their minutes."""
    work = sum(line.minutes * pieces for line, pieces in load)
    return round(60 * visit_minutes(settings.visit, work, people_of([line for line, _ in load]), scene))


def people_of(lines: Sequence[BookingLine]) -> int:
    """Return how many people it takes."""
    return max((line.people for line in lines), default=1)


def litres_of(lines: Sequence[BookingLine]) -> int:
    """Return what all of it fills."""
    return sum(line.litres * line.pieces for line in lines)


def kg_of(lines: Sequence[BookingLine]) -> int:
    """Return what all of it weighs."""
    return sum(line.kg * line.pieces for line in lines)


def tail_lift_for(lines: Sequence[BookingLine]) -> bool:
    """Tell whether any of it asks for a tail lift."""
    return any(line.tail_lift for line in lines)


def visit_seconds(settings: Settings, booking: Booking) -> int:
    """Return how long the crew is at a booking's door."""
    return load_seconds(settings, [(line, line.pieces) for line in booking.lines], booking.scene or "home")
