"""Finding a booking by its link."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.errors import N_, NotFoundError
from recycling.models import Booking


def booking_by_token(session: Session, token: str) -> Booking:
    """Return the booking whose page the token opens."""
    found = session.scalar(select(Booking).where(Booking.token == token).options(selectinload(Booking.lines)))
    if found is None:
        raise NotFoundError.one(
            "no-booking", N_("There is no booking under this link. Check the link in your confirmation.")
        )
    return found
