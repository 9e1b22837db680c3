"""A first look at what a booking meets in the record: most people are new, and for them nothing else need be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from recycling.booking.checks import clean
from recycling.booking.duplicates import turns
from recycling.booking.request import BookingRequest
from recycling.kept_network import edition_column, seen
from recycling.models import Booking, Hold, PinAnswer
from recycling.models.base import table_of
from recycling.phones import e164
from recycling.ready import Ready, together


@dataclass(frozen=True)
class Glance:
    """What there is for a form, before it is looked at more closely.

    Attributes
    ----------
    used
        The key stands for a booking already.
    kept
        Something is kept for the form, or was until now.
    number
        Bookings were made, or marks on the map spoken of, under the number.
    door
        Bookings were made for the address.
    """

    used: bool
    kept: bool
    number: bool
    door: bool

    @property
    def known(self) -> bool:
        """Whether the same may have been booked before."""
        return self.number or self.door


def glance(session: Session, request: BookingRequest, key: str) -> Glance:
    """Look at the record before anything of a request is checked, in one question."""
    row = _FIRST.one(session, key=key, phone=e164(request.phone) or "", address=clean(request.address))
    if row is None:  # no network has been loaded
        return Glance(True, True, True, True)
    name, used, kept, booked, answered, door = row
    seen(session, name)
    return Glance(used, kept, booked or answered, door)


@dataclass(frozen=True)
class Again:
    """What a writer meets, once those who write for the same number or door wait for it.

    Attributes
    ----------
    known
        Bookings were made under the number, or for the address.
    claimable
        Something is kept for the form, or has been kept for too long for anybody.
    """

    known: bool
    claimable: bool


def glance_again(session: Session, booking: Booking, key: str, now: datetime) -> Again:
    """Take turns with those who book for the same number or door, and look at what has come and what is kept."""
    asked = {"phone": booking.phone, "address": booking.address, "key": key, "now": now}
    said = together(session, [*turns(session, booking), (_AGAIN, [asked])])
    return Again(*said[-1].rows[0])


_BOOKING, _HOLD, _PIN = table_of(Booking).c, table_of(Hold).c, table_of(PinAnswer).c
_NUMBER, _DOOR = _BOOKING.phone == bindparam("phone"), _BOOKING.address == bindparam("address")
_OWN = _HOLD.owner == bindparam("key")
_FIRST = Ready(
    select(
        edition_column(),
        exists().where(_BOOKING.idempotency_key == bindparam("key")),
        exists().where(_OWN),
        exists().where(_NUMBER),
        exists().where(_PIN.phone == bindparam("phone")),
        exists().where(_DOOR),
    )
)
_AGAIN = Ready(
    select(
        or_(exists().where(_NUMBER), exists().where(_DOOR)),
        exists().where(or_(_OWN, _HOLD.until <= bindparam("now"))),
    )
)
