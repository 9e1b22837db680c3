"""What taking a booking needs: the record, the settings, the goods and the vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.clock import ServiceClock
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.settings import Settings

if TYPE_CHECKING:
    from recycling.booking.capacity import Window
    from recycling.booking.workload import Need
    from recycling.models import Booking


@dataclass(frozen=True)
class PlannedRoom:
    """A window of a planned day in which the routes have room for a visit.

    Attributes
    ----------
    cost, seconds, metres, grams
        What the day costs more (fen), lasts longer, is driven farther, and emits more.
    """

    span: str
    cost: int
    seconds: int
    metres: int
    grams: int


class Placed(Protocol):
    """A place for the visits of one booking in a plan, good for as long as nobody else has put anything there."""

    @property
    def depot(self) -> tuple[float, float]:
        """Where the vehicles of the plan begin."""
        ...

    @property
    def cost(self) -> int:
        """Fen that the day costs more, without the time at the door."""
        ...


class PlannedDays(Protocol):
    """Days whose routes are made, and what still fits them without moving what people have been told."""

    def rooms(self, session: Session, need: Need, day: date, owner: str, now: datetime) -> Sequence[PlannedRoom]:
        """Return the windows with room for all visits beside what is held for others; none while that is unknown."""
        ...

    def place(self, need: Need, window: Window, owner: str, now: datetime, stops: Sequence[str]) -> Placed:
        """Find a place for visits whose ids in the plan are `stops`; WindowFullError when there is none for all."""
        ...

    def claim(self, session: Session, placed: Placed) -> bool:
        """Make sure that nobody has put anything into the plan since the place was found, and that nobody else does."""
        ...

    def write(self, session: Session, placed: Placed, visits: Sequence[Booking], now: datetime) -> None:
        """Put the visits of a booking into the plan, at a place that has been claimed."""
        ...


@dataclass(frozen=True)
class Office:
    """The counter at which bookings are made and changed, whatever channel they come by."""

    database: Database
    settings: Settings
    catalogue: Catalogue
    fleet: Fleet
    planned: PlannedDays | None = None
    """None where days are closed once they are planned."""

    @property
    def clock(self) -> ServiceClock:
        """The depot's clock."""
        return self.settings.clock
