"""Sending a quote, writing a new version of it, declining it, and what the calendar ends."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from datetime import datetime, time

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit, notify
from recycling.accounts.actors import ANONYMOUS, Actor, system
from recycling.booking.checks import MOST_REASON, checked, clean
from recycling.booking.office import Office
from recycling.booking.quotes.accepting import request_of
from recycling.booking.quotes.finding import locked_quote, newest_of, open_state, quote_by_id, quote_by_token
from recycling.booking.quotes.writing import quote_facts, total_of
from recycling.booking.unplaced import any_window
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.models import Quote, QuoteLine
from recycling.models.base import new_id

JOB = system("expire-quotes")
FRESH = ("id", "version", "token", "idempotency_key", "state", "sent_at", "ended_at", "reason", "booking_id")
"""What a new version does not take over."""


def send_quote(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> Quote:
    """Send a draft to its customer; from now on its prices bind, and nothing of it changes.

    Raises
    ------
    BadRequestError
        When it could not be booked as it stands: a line in words has no item, an item stands in two lines, or its
        place or its customer cannot be read.
    ConflictError
        When it has been sent already.
    """
    with office.database.read() as session:
        quote = quote_by_id(session, key, actor)
        _refuse_sent(quote)
        faults = _unbookable(office, quote, now)
        if not faults:
            try:
                wish = any_window(office, request_of(quote), now)
                checked(session, office, wish, now, open_only=False, agreed=wish.items)
            except BadRequestError as error:
                faults = list(error.faults)
    if faults:
        raise BadRequestError(*faults)
    with office.database.write() as session:
        quote = locked_quote(session, key)
        _refuse_sent(quote)
        quote.state, quote.sent_at, quote.fen = "sent", now, total_of(quote)
        audit.record(session, actor, "quote.sent", "quote", quote.id, None, quote_facts(quote), now)
        _tell(session, office, quote, now)
    return quote


def revise(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> Quote:
    """Return a new version as a draft; the one that was sent can be accepted no longer, and its link says so.

    Doing it twice gives the same new version.

    Raises
    ------
    ConflictError
        When it has been accepted, or not been sent.
    """
    with office.database.read() as session:
        quote_by_id(session, key, actor)
    try:
        with office.database.write() as session:
            old = locked_quote(session, key)
            newest = newest_of(session, old)
            if newest.id != old.id:
                return newest
            if old.state in ("draft", "accepted"):
                raise ConflictError.one(
                    "not-revisable", N_("A draft is changed itself, and an accepted quote stays as it is.")
                )
            names = [c.key for c in inspect(Quote).column_attrs if c.key not in FRESH]
            made = Quote(
                id=new_id(),
                version=old.version + 1,
                token=secrets.token_urlsafe(24),
                idempotency_key=f"version-{old.id}",
                state="draft",
                **{name: getattr(old, name) for name in names},
            )
            made.created_at = now
            columns = [c.key for c in inspect(QuoteLine).column_attrs if c.key != "quote_id"]
            made.lines = [QuoteLine(**{name: getattr(line, name) for name in columns}) for line in old.lines]
            if old.state == "sent":
                old.state, old.ended_at = "replaced", now
            session.add(made)
            session.flush()
            audit.record(session, actor, "quote.replaced", "quote", old.id, None, quote_facts(old), now)
            audit.record(session, actor, "quote.written", "quote", made.id, None, quote_facts(made), now, first=True)
        return made
    except IntegrityError:
        with office.database.read() as session:
            return newest_of(session, quote_by_id(session, key, actor))


def decline_quote(office: Office, token: str, reason: str, now: datetime, actor: Actor = ANONYMOUS) -> Quote:
    """Decline a quote for its customer; declining twice is declining once.

    Raises
    ------
    ConflictError
        When it is not open any more.
    """
    with office.database.read() as session:
        key = quote_by_token(session, token).id
    with office.database.write() as session:
        quote = locked_quote(session, key)
        if quote.state == "declined":
            return quote
        if open_state(quote, office.clock.today(now)) != "sent":
            raise ConflictError.one("quote-ended", N_("This quote is not open any more. Call us for a new one."))
        quote.state, quote.ended_at, quote.reason = "declined", now, clean(reason)[:MOST_REASON]
        audit.record(session, actor, "quote.declined", "quote", quote.id, None, quote_facts(quote), now)
    return quote


def expire_due(office: Office, now: datetime) -> list[Quote]:
    """Note which quotes are valid no longer; returns these."""
    today, ended = office.clock.today(now), []
    with office.database.read() as session:
        over = session.scalars(select(Quote.id).where(Quote.state == "sent", Quote.valid_until < today)).all()
    for key in over:
        with office.database.write() as session:
            quote = locked_quote(session, key)
            if open_state(quote, today) == "expired" and quote.state == "sent":
                quote.state, quote.ended_at = "expired", now
                audit.record(session, JOB, "quote.expired", "quote", quote.id, None, quote_facts(quote), now)
                ended.append(quote)
    return ended


def _unbookable(office: Office, quote: Quote, now: datetime) -> list[Fault]:
    """Return why a quote cannot be booked by whoever accepts it."""
    faults = []
    for line in quote.lines:
        if line.item not in office.catalogue.variants:
            sentence = N_(
                "Line %(line)s is in words. Choose the nearest item of the catalogue, under which it is booked."
            )
            faults.append(Fault("lines", "no-item", sentence, {"line": line.position + 1}))
    for code, count in Counter(line.item for line in quote.lines if line.item).items():
        if count > 1 and code in office.catalogue.variants:
            sentence = N_("%(item)s stands in %(count)s lines. Make one line of them, or choose another item.")
            values: dict[str, object] = {"item": office.catalogue.variants[code], "count": count}
            faults.append(Fault("lines", "item-twice", sentence, values))
    if quote.valid_until < office.clock.today(now):
        faults.append(Fault("valid_until", "bad-day", N_("Enter until which day the quote is valid, today or later.")))
    return faults


def _refuse_sent(quote: Quote) -> None:
    if quote.state != "draft":
        raise ConflictError.one("quote-sent", N_("This quote has been sent. Write a new version of it."))


def _tell(session: Session, office: Office, quote: Quote, now: datetime) -> None:
    noon = office.clock.at(quote.valid_until, time(12))
    notify.post(
        session,
        quote.id,
        quote.phone,
        "quote_sent",
        f"v{quote.version}",
        now,
        link=f"/q/{quote.token}",
        reference=quote.number,
        start=noon,
        end=noon,
    )
