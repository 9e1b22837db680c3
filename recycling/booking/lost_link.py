"""The link to a booking that somebody has made already and does not find again."""

from __future__ import annotations

from datetime import datetime

from recycling import notify
from recycling.booking.checks import checked
from recycling.booking.duplicates import duplicate_of
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.errors import N_, NotFoundError
from recycling.models import Booking


def send_link(office: Office, request: BookingRequest, now: datetime) -> Booking:
    """Send the link of the open booking that looks like a request to that booking's number, once a day at most.

    Whoever asks learns no more than `book` says in such a case.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    NotFoundError
        When no booking looks like it.
    """
    with office.database.read() as session:
        other = duplicate_of(session, office, checked(session, office, request, now, open_only=False))
    if other is None:
        raise NotFoundError.one(
            "no-duplicate", N_("There is no open booking like this one any more. Send the form again."), where="items"
        )
    with office.database.write() as session:
        notify.tell(session, other, "link_asked", now, asked=office.clock.today(now).isoformat())
    return other
