"""Asking the dispatcher to move or cancel a booking when its resident may not do so any more; it costs nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, notify
from recycling.accounts.actors import Actor
from recycling.booking import asked, life
from recycling.booking.changing import rights
from recycling.booking.checks import clean
from recycling.booking.office import Office
from recycling.booking.taking import check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.models import AskedChange, Booking
from recycling.models.asked_change import WISHES
from recycling.models.booking import ENDED

MOST_NOTE, MOST_ANSWER = 200, 200
KEYED = "asking"
"""Under which a program's key stands in the audit log, with the wish that it made."""


def askable(office: Office, booking: Booking, now: datetime) -> Sequence[str]:
    """Return what the resident of a booking may ask for: what cannot be done by the link, until the day is over."""
    if booking.state in ENDED or now >= office.clock.midnight(booking.service_day + timedelta(days=1)):
        return ()
    may = rights(office, booking, now)
    return tuple(wish for wish, own in zip(WISHES, (may.move, may.cancel), strict=True) if not own)


def ask(office: Office, booking: Booking, wish: str, note: str, key: str, actor: Actor, now: datetime) -> AskedChange:
    """Keep what a resident asks for until staff decide; a booking has one such wish at a time, the last one.

    The same key again is the same wish, whatever became of it.

    Raises
    ------
    BadRequestError
        For a wish that is none, or a form without its key.
    ConflictError
        When the resident can do that without asking, or nothing can be done any more.
    """
    check_key(key)
    with office.database.write() as session:
        head = life.visits_of(session, booking)[0]
        twin = session.scalar(select(AskedChange).where(AskedChange.idempotency_key == key))
        if twin is not None and twin.booking_id == head.id:
            return twin
        if twin is not None:
            raise ConflictError.one("key-used", N_("This form has already been sent. Load the page again."))
        return _kept(session, office, head, wish, clean(note)[:MOST_NOTE], key, actor, now)


def ask_once(
    office: Office, booking: Booking, wish: str, note: str, key: str, actor: Actor, now: datetime
) -> AskedChange:
    """Keep what a program asks for its resident; the same key with the same request is the same wish for ever.

    Raises
    ------
    BadRequestError
        As `ask` does.
    ConflictError
        ``key-used`` when the key stands for another request; otherwise as `ask` does.
    """
    check_key(key)
    said = clean(note)[:MOST_NOTE]
    with office.database.write() as session:
        head = life.visits_of(session, booking)[0]
        request = {"booking": str(head.id), "wish": wish, "note": hashlib.sha256(said.encode()).hexdigest()}
        hold(session, f"{KEYED}/{key}")
        earlier = audit.events(session, KEYED, key)
        if earlier:
            kept = earlier[0].after or {}  # empty: it was erased since
            again = session.get(AskedChange, uuid.UUID(kept["asked"])) if kept else asked.newest(session, head.id)
            if again is None or (kept and {name: kept[name] for name in request} != request):
                raise ConflictError.one(
                    "key-used", N_("This was already sent with other content. Send a new key with it."), where="key"
                )
            return again
        found = _kept(session, office, head, wish, said, key, actor, now)
        audit.record(session, actor, "wish.keyed", KEYED, key, None, {**request, "asked": str(found.id)}, now)
        return found


def _kept(
    session: Session, office: Office, head: Booking, wish: str, said: str, key: str, actor: Actor, now: datetime
) -> AskedChange:
    """Keep a wish about a booking that is locked, in place of the one that is open."""
    if wish not in WISHES:
        raise BadRequestError.one("no-wish", N_("Choose what you ask for."), where="wish")
    if not actor.is_staff and wish not in askable(office, head, now):
        raise _nothing_to_ask(head)
    found = asked.open_of(session, head.id)
    if found is not None and (found.wish, found.note) == (wish, said):
        return found
    before = {"wish": found.wish} if found else None
    if found is None:
        found = AskedChange(id=uuid.uuid4(), booking_id=head.id, idempotency_key=key, asked_at=now, outcome="")
        session.add(found)
    found.wish, found.note, found.ours = wish, said, actor.is_staff
    audit.record(session, actor, "wish.asked", "asked_change", found.id, before, {"wish": wish}, now)
    return found


def answer(office: Office, key: uuid.UUID, text: str, actor: Actor, now: datetime) -> Booking:
    """Close what a resident asks for without doing it, with what staff say; the resident is told to look at it.

    One that is closed already stays as it is.

    Raises
    ------
    BadRequestError
        Without an answer.
    NotFoundError
        When nothing of this number was asked.
    """
    said = clean(text)[:MOST_ANSWER]
    with office.database.write() as session:
        found = session.get(AskedChange, key)
        if found is None:
            raise NotFoundError.one("no-wish", N_("Nothing of this number was asked."))
        head = life.visits_of(session, session.get_one(Booking, found.booking_id))[0]
        session.refresh(found)
        if found.closed_at is not None:
            return head
        if not said:
            raise BadRequestError.one("no-answer", N_("Enter what you answer; the resident reads it."), where="answer")
        asked.settle(session, head, "answered", actor, now, said)
        notify.tell(session, head, "answered", now, asked=str(found.id))
        return head


def _nothing_to_ask(head: Booking) -> ConflictError:
    if head.state in ENDED:
        return ConflictError.one(
            "wrong-state",
            N_("Booking %(reference)s is %(state)s; it cannot be changed any more."),
            reference=head.reference,
            state=head.state,
        )
    return ConflictError.one(
        "not-needed",
        N_("You can do this here without asking, or the day of booking %(reference)s is over."),
        reference=head.reference,
    )
