"""What can be complained of as a booking stands, and until when its resident may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from recycling.booking.again import REPORTABLE, report_until
from recycling.booking.life import REFUSED
from recycling.booking.office import Office
from recycling.models import Booking
from recycling.models.complaint import KINDS

WEIGHED = ("collected", "settled")


def kinds_of(office: Office, visits: Sequence[Booking], now: datetime) -> tuple[str, ...]:
    """Return the kinds of complaint that a booking with these visits can have.

    Its price can be complained of once one was named. That nobody came is a report as long as a report brings a new
    visit, and a complaint where none is brought any more.
    """
    priced = any(visit.state in WEIGHED or visit.reason == REFUSED for visit in visits)
    reportable = any(visit.state in REPORTABLE and now < report_until(office, visit) for visit in visits)
    missed = not (priced or reportable or any(visit.state == "cancelled" for visit in visits))
    can = {"price": priced, "missed": missed}
    return tuple(kind for kind in KINDS if can.get(kind, True))


def resident_may(office: Office, booking: Booking, now: datetime) -> bool:
    """Tell whether a resident may complain by the booking's link: from the visit on, and for so long after it."""
    begun = booking.promise_start <= now or booking.state in (*WEIGHED, "failed")
    last = office.settings.complaints.opening.until(office.clock, booking.promise_end)
    return begun and now < last and last > booking.promise_end
