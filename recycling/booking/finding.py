"""Finding a booking by its link, and communities by part of their name."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from recycling.booking.checks import clean
from recycling.errors import N_, NotFoundError
from recycling.models import Booking, Community


def find_communities(session: Session, text: str, limit: int = 12) -> list[Community]:
    """Return communities whose name or town contains the text, larger ones first; nothing for no text."""
    text = clean(text)
    if not text:
        return []
    query = (
        select(Community)
        .where(or_(Community.name.contains(text, autoescape=True), Community.town.contains(text, autoescape=True)))
        .order_by(Community.population.desc(), Community.code)
        .limit(limit)
    )
    return list(session.scalars(query))


def booking_by_token(session: Session, token: str) -> Booking:
    """Return the booking whose page the token opens."""
    found = session.scalar(select(Booking).where(Booking.token == token).options(selectinload(Booking.lines)))
    if found is None:
        raise NotFoundError.one(
            "no-booking", N_("There is no booking under this link. Check the link in your confirmation.")
        )
    return found
