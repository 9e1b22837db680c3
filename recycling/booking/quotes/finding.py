"""Finding quotes, and how they stand."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.errors import N_, NotFoundError
from recycling.models import Quote

SHOWN = timedelta(days=60)
"""So long a quote that has ended is still listed."""
_WHOLE = selectinload(Quote.lines)


def quote_by_token(session: Session, token: str) -> Quote:
    """Return the version that a link opens; a draft has been sent to nobody, so it is not found."""
    found = session.scalar(select(Quote).where(Quote.token == token, Quote.state != "draft").options(_WHOLE))
    if found is None:
        raise NotFoundError.one("no-quote", N_("There is no quote under this link. Check the link in your message."))
    return found


def quote_by_id(session: Session, key: uuid.UUID, actor: Actor) -> Quote:
    """Return a version of the actor's depots, with its lines; NotFoundError or ForbiddenError otherwise."""
    found = session.scalar(select(Quote).where(Quote.id == key).options(_WHOLE))
    if found is None:
        raise NotFoundError.one("no-quote", N_("There is no such quote."))
    demand(actor, Action.BOOKING_TAKE, Subject(depot=found.depot_code))
    return found


def locked_quote(session: Session, key: uuid.UUID) -> Quote:
    """Return a version as it stands now, which nobody else changes before this unit ends."""
    session.execute(select(Quote.id).where(Quote.id == key).with_for_update())
    return session.scalars(
        select(Quote).where(Quote.id == key).options(_WHOLE).execution_options(populate_existing=True)
    ).one()


def newest_of(session: Session, quote: Quote) -> Quote:
    """Return the newest version of a quote, which may be the same."""
    return session.scalars(
        select(Quote).where(Quote.number == quote.number).order_by(Quote.version.desc()).limit(1)
    ).one()


def quotes_of(session: Session, actor: Actor, now: datetime) -> list[Quote]:
    """Return the quotes of the actor's depots, each in its newest version, the last written first."""
    rows = session.scalars(select(Quote).where(Quote.created_at > now - SHOWN).order_by(Quote.created_at.desc()))
    newest: dict[str, Quote] = {}
    for quote in rows:
        if may(actor, Action.BOOKING_TAKE, Subject(depot=quote.depot_code)):
            known = newest.setdefault(quote.number, quote)
            if quote.version > known.version:
                newest[quote.number] = quote
    return list(newest.values())


def open_state(quote: Quote, today: date) -> str:
    """Return how a quote stands, also where no job has noted yet that its time is over."""
    return "expired" if quote.state == "sent" and quote.valid_until < today else quote.state
