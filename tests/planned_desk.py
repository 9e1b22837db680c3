"""A desk of planned days that needs no roads: each window of a planned day takes so many visits, held or booked."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select

from recycling.booking.capacity import full
from recycling.booking.life import planned
from recycling.booking.office import PlannedRoom
from recycling.models import Booking, Hold
from recycling.models.booking import FREE

NOTHING = 0


@dataclass(frozen=True)
class Place:
    """A place in a window, good while `round` is the day's."""

    day: object
    round: int
    cost: int = 100
    depot: tuple[float, float] = (107.482, 31.212)


@dataclass
class Desk:
    """Answers as `recycling.booking.office.PlannedDays`; `room` says how many visits each window takes in all."""

    database: object
    room: dict[str, int]
    cost: int = 100
    round: Counter = field(default_factory=Counter)

    def rooms(self, session, need, day, owner, now):
        return [
            PlannedRoom(span, self.cost, 60, 500, 150)
            for span in self.room
            if self._left(session, day, span, owner, now) >= need.visits
        ]

    def place(self, need, window, owner, now, stops):
        with self.database.read() as session:
            if self._left(session, window.day, window.span, owner, now) < need.visits:
                raise full(window)
        return Place(window.day, self.round[window.day], self.cost)

    def claim(self, session, placed):
        if self.round[placed.day] != placed.round:
            return False
        self.round[placed.day] += 1
        return True

    def write(self, session, placed, bookings, now):
        for booking in bookings:
            planned(session, [(booking, booking.promise_start, booking.promise_end)], now)

    def _left(self, session, day, span, owner, now):
        booked = select(func.count()).where(Booking.service_day == day, Booking.window == span)
        held = select(func.count()).where(
            Hold.service_day == day, Hold.window == span, Hold.until > now, Hold.owner != owner
        )
        taken = session.scalar(booked.where(Booking.state.not_in(FREE))) + session.scalar(held)
        return self.room.get(span, NOTHING) - taken
