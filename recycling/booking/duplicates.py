"""Recognising that somebody books the same twice, or more than one person can want."""

from __future__ import annotations

import uuid
from collections.abc import Container, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import String, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from recycling.booking.office import Office
from recycling.booking.stops import NOBODY
from recycling.db import hold
from recycling.errors import N_, ConflictError, Fault
from recycling.models import Booking, BookingLine, Waiting
from recycling.models.base import table_of
from recycling.models.booking import ENDED
from recycling.ready import Ready, together

TRUSTED = ("import", "contract", "demo")
"""Channels on which one number stands for many doors."""

OURS = ("missed", "vehicle")
"""Why a visit can have failed that is ours to make good, however many bookings are open."""

AGREED = "contract"
"""The channel of visits that somebody has agreed to come again and again."""


class DuplicateError(ConflictError):
    """The same things of the same person or door are booked already."""

    def __init__(self, fault: Fault, other: Booking) -> None:
        super().__init__(fault)
        self.other = other


def duplicate_of(
    session: Session,
    office: Office,
    booking: Booking,
    channel: str = "",
    day: date | None = None,
    but: Container[uuid.UUID] = (),
) -> Booking | None:
    """Return an open booking of the same number or door, within days, with some of the same things.

    What comes by a `channel` on which one number stands for many doors is known by its door alone; the dates of
    contracts, which are agreed, by what else is to be visited there on the same day. `day` is that on which the booking
    shall stand, by default its own; `but` are bookings that are known to be others.
    """
    for head, _ in _alike(session, office, booking, channel, day):
        if head not in but:
            return session.get(Booking, head, options=[selectinload(Booking.lines)])
    return None


def known_twins(session: Session, office: Office, visits: Sequence[Booking]) -> frozenset[uuid.UUID]:
    """Return the bookings that are no news as duplicates of a booking of these visits: itself, and its twins till now.

    When the later one of two twins was made, somebody was asked, and said that it is another one.
    """
    known = {visits[0].leg_of or visits[0].id}
    for visit in visits:
        for head, made_at in _alike(session, office, visit, visit.channel):
            if visit.ended_at is None or made_at <= visit.ended_at:
                known.add(head)
    return frozenset(known)


def _alike(
    session: Session, office: Office, booking: Booking, channel: str, day: date | None = None
) -> list[tuple[uuid.UUID, datetime]]:
    """Return the heads of bookings that look like one, and when each was made, those of the first day first."""
    day = day or booking.service_day
    days = timedelta(days=0 if channel == AGREED else office.settings.booking.duplicate_days)
    asked = {
        "first": day - days,
        "last": day + days,
        "phone": "" if channel in TRUSTED else booking.phone,
        "place": booking.place,
        "address": booking.address,
        "agreed": AGREED if channel == AGREED else "",
        "items": sorted({line.item for line in booking.lines}),
    }
    return [(head, made_at) for head, made_at in session.execute(_ALIKE, asked)]


def refuse_duplicate(
    session: Session,
    office: Office,
    booking: Booking,
    channel: str = "",
    day: date | None = None,
    but: Container[uuid.UUID] = (),
) -> None:
    """Raise DuplicateError when the booking looks like one that is open already; see `duplicate_of`."""
    other = duplicate_of(session, office, booking, channel, day, but)
    if other is not None:
        session.expunge(other)  # it is looked at when this unit has been undone
        raise DuplicateError(
            Fault(
                "items",
                "duplicate",
                N_(
                    "This looks like booking %(reference)s on %(day)s, %(window)s. Change that one, or say that this is"
                    " for other things."
                ),
                {"reference": other.reference, "day": other.service_day, "window": other.window},
            ),
            other,
        )


def take_turns(session: Session, booking: Booking) -> None:
    """Let those who book at once with one number, or for one door, take turns until their units end."""
    together(session, turns(session, booking))


def turns(session: Session, booking: Booking) -> list[tuple[Ready, list[dict[str, str]]]]:
    """Return what is to be asked for `take_turns`, so that more can be asked with it."""
    if session.get_bind().dialect.name != "postgresql":
        return []  # SQLite's write unit is alone already
    return [(_TURNS, [{"door": f"door/{booking.place}/{booking.address}", "phone": f"phone/{booking.phone}"}])]


_TURNS = Ready(
    select(
        *(
            func.pg_advisory_xact_lock(func.hashtextextended(bindparam(name, type_=String()), 0))
            for name in ("door", "phone")  # always in this order
        )
    )
)


def take_turns_of(session: Session, phone: str) -> None:
    """Let those who book or wait at once with one number take turns until their units end."""
    hold(session, f"phone/{phone}")


def refuse_crowding(session: Session, office: Office, phone: str, call_back: bool, now: datetime) -> None:
    """Raise ConflictError when a number waits in as many places as one may have, or for as many calls."""
    most = office.settings.booking.most_waiting
    asked = {"phone": phone, "call_back": call_back, "today": office.clock.today(now)}
    if (session.scalar(_WAITING, asked) or 0) < most:
        return
    if call_back:
        sentence = N_("We shall call this number %(most)s times already, today or tomorrow. Ask for the rest then.")
    else:
        sentence = N_(
            "This number has %(most)s places on the waiting list already. Leave one of them by the link in its message,"
            " or let us call you."
        )
    raise ConflictError.one("too-many-waiting", sentence, where="phone", most=most)


def refuse_hoarding(
    session: Session, office: Office, booking: Booking, now: datetime, channel: str, but: uuid.UUID | None = None
) -> None:
    """Raise ConflictError when a number has as many bookings open as one may have, beside the booking `but`."""
    if channel in TRUSTED:
        return
    most = office.settings.booking.most_open
    if (session.scalar(_OPEN, {"phone": booking.phone, "now": now, "but": but or NOBODY}) or 0) >= most:
        raise ConflictError.one(
            "too-many-open",
            N_("%(most)s bookings of this number are open already. Wait for one, or call us for a larger clear-out."),
            where="phone",
            most=most,
        )


_BOOKING, _LINE, _PLACE = table_of(Booking).c, table_of(BookingLine).c, table_of(Waiting).c
_ALIKE = (
    select(func.coalesce(_BOOKING.leg_of, _BOOKING.id), _BOOKING.created_at)
    .where(
        _BOOKING.channel != bindparam("agreed"),
        _BOOKING.state.not_in(ENDED),
        _BOOKING.service_day.between(bindparam("first"), bindparam("last")),
        or_(
            _BOOKING.phone == bindparam("phone"),
            and_(_BOOKING.place == bindparam("place"), _BOOKING.address == bindparam("address")),
        ),
        exists().where(_LINE.booking_id == _BOOKING.id, _LINE.item.in_(bindparam("items", expanding=True))),
    )
    .order_by(_BOOKING.service_day, _BOOKING.created_at)
)
_OPEN = select(func.count()).where(
    _BOOKING.phone == bindparam("phone"),
    _BOOKING.state.not_in(ENDED),
    _BOOKING.promise_end > bindparam("now"),
    _BOOKING.leg_of.is_(None),
    _BOOKING.id != bindparam("but"),
)
"""Asked for each booking, so they are put together once."""
_WAITING = select(func.count()).where(
    _PLACE.phone == bindparam("phone"),
    _PLACE.state.in_(("waiting", "offered")),
    _PLACE.call_back == bindparam("call_back"),
    _PLACE.last_day >= bindparam("today"),
)
