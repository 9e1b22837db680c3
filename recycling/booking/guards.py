"""What a change must not make of a booking: what could not be booked so is not changed into it either.

A booking is none of its own duplicates, and what could be said against it as it stands is not said again: somebody has
been asked about its twins, and it takes one place among the open ones of its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.booking.duplicates import known_twins, refuse_duplicate, refuse_hoarding
from recycling.booking.no_shows import refuse_no_shows
from recycling.booking.office import Office
from recycling.models import Booking

Promise = tuple[date, datetime]


def refuse_staff_only(session: Session, office: Office, booking: Booking, actor: Actor, late: bool) -> None:
    """Raise ConflictError when only staff book for the number of a booking, and somebody else changes it.

    Whoever waits for us may: a booking that goes first, or one whose crew comes `late`.
    """
    if not (actor.is_staff or booking.first or late):
        refuse_no_shows(session, office, booking.phone)


def refuse_what_was_not_booked(
    session: Session,
    office: Office,
    visits: Sequence[Booking],
    wanted: Sequence[Booking],
    there: Promise,
    now: datetime,
    different: bool,
) -> None:
    """Raise ConflictError when a booking of these visits may not become one of the visits that are `wanted`.

    `there` is the day on which they shall stand, and the end of what is promised then. Unless they are for `different`
    things, none may look like a booking that is open. A booking that comes to a number, or is open again, is one more
    of that number.
    """
    day, until = there
    head = visits[0]
    if not different:
        known = known_twins(session, office, visits)
        for visit in wanted:
            refuse_duplicate(session, office, visit, head.channel, day, known)
    if until > now and (head.promise_end <= now or wanted[0].phone != head.phone):
        refuse_hoarding(session, office, wanted[0], now, head.channel, head.id)
