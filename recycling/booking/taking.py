"""Taking an order whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.audit import record
from recycling.booking import holds
from recycling.booking.capacity import Window, WindowFullError, give_back, take
from recycling.booking.checks import checked
from recycling.booking.duplicates import refuse_duplicate, refuse_hoarding
from recycling.booking.facts import facts
from recycling.booking.legs import split
from recycling.booking.offers import seconds_of
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.telling import tell
from recycling.booking.visits import litres_of, service_seconds
from recycling.booking.workload import Need
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking

REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike


def book(
    office: Office,
    request: BookingRequest,
    key: str,
    now: datetime,
    channel: str = "web",
    actor: Actor = ANONYMOUS,
    follows: Booking | None = None,
    first: bool = False,
) -> Booking:
    """Take the booking, or nothing.

    The same key with the same request answers with the booking that it made the first time. A window that is kept
    under the key is used; without one it is taken now. Things that need two vehicles become two visits of one booking.
    `follows` is the booking that this one makes good, `first` lets it go first on its day.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the key already stands for another request, the window is full, or the same has been booked already.
    """
    check_key(key)
    try:
        with office.database.read() as session:
            again = earlier(session, key, request)
            if again is not None:
                return again
            booking = checked(session, office, request, now)
            if not request.different:
                refuse_duplicate(session, office, booking)
            refuse_hoarding(session, office, booking, now, channel)
            booking.follows, booking.first = follows.id if follows else None, first
            legs = split(office, booking)
            for leg in legs:
                leg.seconds = seconds_of(session, office, need_of(office, leg), window_of_booking(leg))
        name(legs, request, key, now, channel)
        _enter(office, legs, actor, now)
    except (IntegrityError, ConflictError):
        with office.database.read() as session:
            again = earlier(session, key, request)  # a twin of this request was quicker
        if again is None:
            raise
        return again
    return legs[0]


def _enter(office: Office, legs: Sequence[Booking], actor: Actor, now: datetime) -> None:
    """Write the visits of one booking; where the window is full of what nobody keeps any more, that is given back."""
    try:
        with office.database.write() as session:
            enter(session, office, legs, actor, now)
    except WindowFullError:
        with office.database.read() as session:
            if not holds.any_expired(session, now):
                raise
        with office.database.write() as session:
            holds.expire(session, now)
            enter(session, office, legs, actor, now)


def name(legs: Sequence[Booking], request: BookingRequest, key: str, now: datetime, channel: str) -> None:
    """Give the visits of one booking their keys, references and links."""
    for number, leg in enumerate(legs):
        leg.idempotency_key = f"{key}/{number + 1}" if number else key
        leg.request_digest = request.digest()
        leg.created_at = now
        leg.channel = channel
        leg.reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))
        leg.token = secrets.token_urlsafe(24)
        leg.leg_of = legs[0].id if number else None


def enter(session: Session, office: Office, legs: Sequence[Booking], actor: Actor, now: datetime) -> None:
    """Write the visits of one booking with the room that they take, the audit log and the message."""
    cover(session, office, legs, legs[0].idempotency_key)
    session.add_all(legs)
    session.flush()
    for leg in legs:
        record(session, actor, "booking.made", "booking", leg.id, None, facts(leg), now, first=True)
    tell(session, legs[0], "booked", now)


def cover(session: Session, office: Office, legs: Sequence[Booking], owner: str) -> None:
    """Take the room of visits in one window, with what is kept for `owner` going over to them."""
    window, people = window_of_booking(legs[0]), max(leg.people for leg in legs)
    kept = holds.claimed(session, owner)
    if kept is not None:
        there = Window(kept.depot_code, kept.service_day, kept.window)
        if there == window and kept.people == people and kept.seconds >= legs[0].seconds:
            give_back(session, window, people, kept.seconds - legs[0].seconds)
            legs = legs[1:]
        else:
            give_back(session, there, kept.people, kept.seconds)
    for leg in legs:
        take(session, office, window_of_booking(leg), leg.people, leg.seconds)


def need_of(office: Office, booking: Booking) -> Need:
    """Return what a booking needs of the fleet."""
    return Need(
        depot=booking.depot_code,
        lon=booking.lon,
        lat=booking.lat,
        people=booking.people,
        service=service_seconds(office.settings, booking.lines, booking.floor, booking.lift, booking.standing),
        litres=litres_of(booking.lines),
    )


def window_of_booking(booking: Booking) -> Window:
    """Return the window that a booking stands in."""
    return Window(booking.depot_code, booking.service_day, booking.window)


def check_key(key: str) -> None:
    """Refuse a key that no form of ours makes."""
    if not 8 <= len(key) <= 80 or not (key.isascii() and key.isprintable()):
        raise BadRequestError.one(
            "bad-key", N_("The form is not complete. Load the page again; your entries stay."), where="key"
        )


def earlier(session: Session, key: str, request: BookingRequest) -> Booking | None:
    """Return the booking that the key made before; ConflictError when it was for another request."""
    found = session.scalar(select(Booking).where(Booking.idempotency_key == key).options(selectinload(Booking.lines)))
    if found is not None and found.request_digest != request.digest():
        raise ConflictError.one(
            "key-used",
            N_("This form has already been sent with other entries. Open the booking page anew for a second booking."),
            where="key",
        )
    return found
