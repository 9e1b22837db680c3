"""Keeping a window for somebody who is still filling in the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from recycling.booking.capacity import Window, give_back, take
from recycling.booking.office import Office
from recycling.booking.workload import Need
from recycling.errors import N_, NotFoundError
from recycling.models import Hold


@dataclass(frozen=True)
class Kept:
    """A window that is kept, and until when."""

    window: Window
    until: datetime


def keep(
    session: Session,
    office: Office,
    owner: str,
    need: Need,
    window: Window,
    seconds: int,
    now: datetime,
    minutes: int | None = None,
) -> Hold:
    """Keep a window for the form `owner`, in place of the one that it kept before.

    Raises
    ------
    WindowFullError
        When the window has no room; what was kept before stays so.
    """
    let_go(session, owner)
    expire(session, now)
    take(session, office, window, need.people, seconds)
    hold = Hold(
        owner=owner,
        depot_code=window.depot,
        service_day=window.day,
        window=window.span,
        people=need.people,
        seconds=seconds,
        lon=need.lon,
        lat=need.lat,
        made_at=now,
        until=now + timedelta(minutes=minutes or office.settings.booking.hold_minutes),
    )
    session.add(hold)
    session.flush()
    return hold


def renew(session: Session, office: Office, owner: str, now: datetime) -> Kept:
    """Keep the window of a form for another ten minutes from now.

    Raises
    ------
    NotFoundError
        When the form keeps no window any more.
    """
    until = now + timedelta(minutes=office.settings.booking.hold_minutes)
    query = (
        update(Hold)
        .where(Hold.owner == owner, Hold.until > now)
        .values(until=until)
        .returning(Hold.depot_code, Hold.service_day, Hold.window)
    )
    row = session.execute(query).first()
    if row is None:
        raise NotFoundError.one(
            "hold-ended",
            N_("The window is no longer kept for you. Choose one again; your entries are still there."),
            where="window",
        )
    return Kept(Window(*row), until)


def let_go(session: Session, owner: str) -> list[Hold]:
    """Give back whatever a form keeps, and return it."""
    return _delete(session, Hold.owner == owner)


def expire(session: Session, now: datetime) -> list[Hold]:
    """Give back all windows whose time is over, and return them."""
    return _delete(session, Hold.until <= now)


def any_expired(session: Session, now: datetime) -> bool:
    """Tell whether there are windows whose time is over and that have not been given back."""
    return session.scalar(select(Hold.id).where(Hold.until <= now).limit(1)) is not None


def claimed(session: Session, owner: str) -> Hold | None:
    """Take a form's hold out of the record without giving its seconds back: they go over to the booking."""
    return next(iter(session.scalars(delete(Hold).where(Hold.owner == owner).returning(Hold)).all()), None)


def _delete(session: Session, condition: ColumnElement[bool]) -> list[Hold]:
    gone = list(session.scalars(delete(Hold).where(condition).returning(Hold)))
    for hold in sorted(gone, key=lambda h: (h.depot_code, h.service_day, h.window)):
        give_back(session, Window(hold.depot_code, hold.service_day, hold.window), hold.people, hold.seconds)
    return gone
