"""Who calls: by number, by its last four digits, or by address; with what they booked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.models import Booking
from recycling.models.booking import ENDED
from recycling.phones import e164
from recycling.places import SavedPlace, mask_address, saved_places
from recycling.privacy import mask_phone

MOST_FOUND = 8
MOST_SHOWN = 12
LOOKED_THROUGH = 200
LAST_DIGITS = 4
SHORTEST_ADDRESS = 2


@dataclass(frozen=True)
class Hint:
    """Somebody who may be meant, told so that others can look on; ``key`` is the newest booking's id."""

    key: str
    contact: str
    phone: str
    place: str


@dataclass(frozen=True)
class Caller:
    """Somebody at the counter: number, name, what they booked (open ones first), and where."""

    phone: str = field(repr=False)
    contact: str = field(default="", repr=False)
    history: Sequence[Booking] = ()
    places: Sequence[SavedPlace] = ()

    @property
    def open(self) -> list[Booking]:
        """Bookings that have not ended."""
        return [booking for booking in self.history if booking.state not in ENDED]


def find_callers(session: Session, actor: Actor, text: str) -> list[str]:
    """Return the numbers, in E.164, that a text may mean, the latest caller first.

    A whole number is that number, whether anybody booked with it or not; four digits are the end of a number; all
    else is looked for in addresses and references. Only bookings of the actor's depots count.

    Raises
    ------
    ForbiddenError, SignInNeededError
        When the actor does not work at a counter.
    """
    demand(actor, Action.BOOKING_TAKE)
    whole = e164(text)
    if whole is not None:
        return [whole]
    condition = _meant(text.strip())
    if condition is None:
        return []
    newest = select(Booking.phone).where(condition, *_within(actor)).order_by(Booking.created_at.desc(), Booking.id)
    return list(dict.fromkeys(session.scalars(newest.limit(LOOKED_THROUGH))))[:MOST_FOUND]


def hints(session: Session, actor: Actor, phones: Sequence[str]) -> list[Hint]:
    """Return the numbers' owners with number and address masked; ForbiddenError as `find_callers`."""
    demand(actor, Action.BOOKING_TAKE)
    found = []
    for phone in phones:
        newest = _newest(session, actor, phone, 1)
        if newest:
            where = f"{newest[0].place} · {mask_address(newest[0].address)}"
            found.append(Hint(str(newest[0].id), newest[0].contact, mask_phone(phone), where))
    return found


def caller(session: Session, actor: Actor, phone: str, now: datetime) -> Caller:
    """Return what is known of a number, in E.164; that it was looked at is written down.

    ``session`` is a write unit.

    Raises
    ------
    ForbiddenError, SignInNeededError
        When the actor does not work at a counter.
    """
    demand(actor, Action.BOOKING_TAKE)
    found = _newest(session, actor, phone, MOST_SHOWN)
    if not found:
        return Caller(phone)
    audit.record(session, actor, "caller.seen", "booking", found[0].id, None, None, now)
    depots = None if may(actor, Action.BOOKING_TAKE, Subject()) or actor.every_depot else actor.depots
    history = sorted(found, key=lambda b: b.state in ENDED)
    return Caller(phone, found[0].contact, history, saved_places(session, phone, depots=depots))


def phone_of(session: Session, actor: Actor, key: object) -> str:
    """Return the number of a booking; nothing when there is none that the actor may see."""
    found = session.get(Booking, key)
    if found is None or not may(actor, Action.BOOKING_TAKE, Subject.booked(found)):
        return ""
    return found.phone


def _newest(session: Session, actor: Actor, phone: str, limit: int) -> list[Booking]:
    query = (
        select(Booking)
        .where(Booking.phone == phone, Booking.leg_of.is_(None), *_within(actor))
        .order_by(Booking.created_at.desc(), Booking.id)
        .options(selectinload(Booking.lines))
    )
    return list(session.scalars(query.limit(limit)))


def _meant(text: str) -> ColumnElement[bool] | None:
    if text.isdecimal() and text.isascii() and len(text) == LAST_DIGITS:
        return Booking.phone.endswith(text, autoescape=True)
    if len(text) < SHORTEST_ADDRESS:
        return None
    return or_(
        Booking.address.contains(text, autoescape=True),
        Booking.place.contains(text, autoescape=True),
        Booking.reference == text.upper(),
    )


def _within(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition of bookings that are of the actor's depots."""
    if actor.every_depot or may(actor, Action.BOOKING_TAKE, Subject()):
        return []
    return [Booking.depot_code.in_(actor.depots)]
