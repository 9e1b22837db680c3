"""Finding a booking by its link, which opens that booking alone, ends after the visit, and can be taken back."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, selectinload

from recycling import audit, notify
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking.facts import facts
from recycling.booking.office import Office
from recycling.errors import N_, ConflictError, GoneError, NotFoundError
from recycling.models import Booking


def new_token() -> str:
    """Return what opens the page of a booking without a login."""
    return secrets.token_urlsafe(24)


def booking_of(session: Session, key: uuid.UUID | None) -> Booking | None:
    """Return a booking that another record names, which whoever asks may read already; None where it names none."""
    return session.get(Booking, key) if key is not None else None


def the_booking(session: Session, actor: Actor, action: Action, key: uuid.UUID) -> Booking:
    """Return a booking to somebody who may do something with it.

    Raises
    ------
    NotFoundError
        When there is none.
    SignInNeededError, ForbiddenError
        When the actor may not.
    """
    found = session.get(Booking, key)
    if found is None:
        raise NotFoundError.one("no-booking", N_("There is no such booking."))
    demand(actor, action, Subject.booked(found))
    return found


def booking_by_token(session: Session, office: Office, token: str, now: datetime) -> Booking:
    """Return the booking whose page the token opens.

    Raises
    ------
    NotFoundError
        When no booking has this token, or it was taken back.
    GoneError
        When the visit is longer ago than links open it.
    """
    found = session.scalar(select(Booking).where(Booking.token == token).options(selectinload(Booking.lines)))
    if found is None:
        raise NotFoundError.one(
            "no-booking", N_("There is no booking under this link. Check the link in your confirmation.")
        )
    last = found.service_day + timedelta(days=office.settings.booking.link_days)
    if office.clock.today(now) > last:
        raise GoneError.one(
            "link-old",
            N_("The visit of this booking is long ago; its link has ended. Sign in with your phone to see it."),
        )
    return found


def renew_link(office: Office, booking: Booking, actor: Actor, now: datetime) -> Booking:
    """Take back all links to a booking, its progress included, and tell its resident the new one.

    Raises
    ------
    ConflictError
        When somebody else changed the booking meanwhile.
    """
    with office.database.write() as session:
        before = facts(booking)
        renewing = (
            update(Booking)
            .where(Booking.id == booking.id, Booking.version == booking.version)
            .values(token=new_token(), link_round=Booking.link_round + 1, version=Booking.version + 1)
        )
        if cast(CursorResult[Any], session.execute(renewing)).rowcount != 1:
            raise ConflictError.one(
                "changed-meanwhile",
                N_("Booking %(reference)s was changed by somebody else meanwhile. Load the page again and look at it."),
                reference=booking.reference,
            )
        renewed = session.get_one(Booking, booking.id, options=[selectinload(Booking.lines)])
        audit.record(session, actor, "booking.new_link", "booking", booking.id, before, facts(renewed), now)
        notify.tell(session, renewed, "new_link", now)
        return renewed
