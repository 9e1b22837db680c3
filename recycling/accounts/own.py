"""What belongs to a signed-in resident."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.errors import N_, NotFoundError
from recycling.models import Account, Booking

MOST = 50


def bookings_of(session: Session, actor: Actor) -> list[Booking]:
    """Return the bookings under the resident's own phone, the latest day first, at most fifty."""
    demand(actor, Action.BOOKING_LIST)
    found = select(Booking).where(Booking.phone == actor.phone).order_by(Booking.promise_start.desc()).limit(MOST)
    return [b for b in session.scalars(found) if may(actor, Action.BOOKING_READ, Subject.booked(b))]


def feed_token(session: Session, actor: Actor) -> str | None:
    """Return what opens the calendar feed of the resident's pickups, None when there is no feed."""
    demand(actor, Action.BOOKING_LIST)
    return _account(session, actor).feed_token


def renew_feed(session: Session, actor: Actor, now: datetime, wanted: bool = True) -> str | None:
    """Give the resident's feed a new address, or with `wanted` false none; the old one opens nothing any more."""
    demand(actor, Action.BOOKING_LIST)
    account = _account(session, actor)
    account.feed_token = secrets.token_urlsafe(24) if wanted else None
    done = "account.feed_renewed" if wanted else "account.feed_ended"
    audit.record(session, actor, done, "account", account.id, None, None, now)
    return account.feed_token


def bookings_in_feed(session: Session, token: str) -> list[Booking]:
    """Return the bookings of whoever the feed belongs to, the latest day first, at most fifty.

    Raises
    ------
    NotFoundError
        When no feed has this address, or it was taken back.
    """
    whose = select(Account.phone).where(Account.feed_token == token, Account.disabled_at.is_(None))
    phone = session.scalar(whose)
    if phone is None:
        raise NotFoundError.one(
            "no-feed", N_("There is no calendar under this address any more. Sign in to get the new one.")
        )
    mine = select(Booking).where(Booking.phone == phone).order_by(Booking.promise_start.desc()).limit(MOST)
    return list(session.scalars(mine.options(selectinload(Booking.lines))))


def _account(session: Session, actor: Actor) -> Account:
    return session.get_one(Account, uuid.UUID(actor.id))
