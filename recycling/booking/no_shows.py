"""Numbers at which nobody was met: after some visits in vain only staff book for them."""

from __future__ import annotations

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from recycling.booking.office import Office
from recycling.errors import N_, ConflictError
from recycling.models import Booking
from recycling.models.base import table_of

ABSENT = "absent"
"""Why a visit failed at which nobody was met."""


def no_shows(session: Session, phone: str) -> int:
    """Return at how many visits nobody was met under a number since its last one that was made."""
    return session.scalar(_IN_VAIN, {"phone": phone}) or 0


def is_staff_s(session: Session, office: Office, phone: str) -> bool:
    """Tell whether only staff book for a number, after so many visits in vain."""
    return no_shows(session, phone) >= office.settings.booking.no_shows


def refuse_no_shows(session: Session, office: Office, phone: str) -> None:
    """Raise ConflictError when only staff book for a number."""
    if is_staff_s(session, office, phone):
        raise ConflictError.one(
            "staff-only",
            N_("Bookings for this number are taken by telephone. Call us, or ask us to call you."),
            where="phone",
        )


_BOOKING = table_of(Booking).c
_LAST_MADE = (
    select(func.max(_BOOKING.ended_at))
    .where(_BOOKING.phone == bindparam("phone"), _BOOKING.state.in_(("collected", "settled")))
    .scalar_subquery()
)
_IN_VAIN = select(func.count()).where(
    _BOOKING.phone == bindparam("phone"),
    _BOOKING.state == "failed",
    _BOOKING.reason == ABSENT,
    _BOOKING.leg_of.is_(None),
    or_(_LAST_MADE.is_(None), _BOOKING.ended_at > _LAST_MADE),
)
"""Asked for each booking, so it is put together once."""
