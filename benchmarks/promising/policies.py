"""How a wished visit gets its window: by what the fleet can keep, or by a fixed number of bookings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from benchmarks.promising.residents import Resident
from recycling.booking import BookingRequest, Office, WindowFullError, book, need_of, offers, ranked
from recycling.booking.checks import checked
from recycling.fleet import DepotFleet
from recycling.models import Booking


class Policy(Protocol):
    """One way to take bookings."""

    def take(self, resident: Resident, key: str) -> Booking | None:
        """Book a window that suits, or none."""
        ...


class Ours:
    """The windows that are really offered: the wished one if it is among them, else the suiting one of least cost."""

    def __init__(self, office: Office, day: date) -> None:
        self.office, self.day = office, day

    def take(self, resident: Resident, key: str) -> Booking | None:
        """Book a window that suits, or none."""
        offered = _offered(self.office, resident, self.day)
        wished = resident.windows[0]
        for window in [wished] if wished in offered else offered:
            try:
                return book(self.office, _in(resident, window), key, resident.asks, channel="demo")
            except WindowFullError:
                continue
        return None


class Quota:
    """So many bookings in each window: the wished one, else the first that suits and is free.

    Doors that are too far by `booking.longest_way_minutes` get none here either.
    """

    MANY = 500
    """Vehicles of each type behind the counter, so that no window is full for any other reason than its number."""

    def __init__(self, office: Office, depot: str, day: date, number: int) -> None:
        kinds = {code: kind for _, code, kind in office.fleet.at(depot)}
        fleets: Sequence[DepotFleet] = [
            DepotFleet(depot=depot, type=code, plates=tuple(f"{code} {n}" for n in range(self.MANY))) for code in kinds
        ]
        self.office = replace(office, fleet=office.fleet.model_copy(update={"fleets": tuple(fleets)}))
        self.day, self.number = day, number
        self.taken: Counter[str] = Counter()

    def take(self, resident: Resident, key: str) -> Booking | None:
        """Book a window that suits, or none."""
        if not any(self.taken[window] < self.number for window in resident.windows):
            return None
        near = _offered(self.office, resident, self.day)
        for window in resident.windows:
            if self.taken[window] < self.number and window in near:
                made = book(self.office, _in(resident, window), key, resident.asks, channel="demo")
                self.taken[window] += 1
                return made
        return None


def _offered(office: Office, resident: Resident, day: date) -> list[str]:
    """Return the windows of the day that are offered and suit, the one of least cost first."""
    with office.database.read() as session:
        draft = checked(session, office, resident.request, resident.asks)
        found = offers(session, office, need_of(office, draft), resident.asks, [day])
    return [offer.window.span for offer in ranked(found) if offer.window.span in resident.windows]


def _in(resident: Resident, window: str) -> BookingRequest:
    return replace(resident.request, window=window)
