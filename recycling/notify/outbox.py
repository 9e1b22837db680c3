"""Writing a message beside the change that it tells, in the same transaction: told if and only if it happened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, case, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from recycling.models import Booking, Message, MessageConsent
from recycling.models.base import made, new_id, table_of
from recycling.notify.changes import CHANGES, OWN, Change, Kind
from recycling.ready import Ready, defaults

UNSENT = ("waiting", "sending")


def tell(
    session: Session,
    booking: Booking,
    change: str,
    now: datetime,
    *,
    link: str = "",
    language: str = "",
    phones: Sequence[str] = (),
    due: datetime | None = None,
    urgent: bool = False,
    **figures: object,
) -> list[Message]:
    """Write a change of a booking into the outbox, in the caller's transaction; returns the messages that it makes.

    There are none when this very change has been told before: the same version of the booking (or, for what is told
    once a promise, the same promise, unless it was old news before it left; or, for what is told by what it says, the
    same figures as the last time).
    Messages that wait and are old news now are not sent any more.

    Parameters
    ----------
    change
        One of `changes.CHANGES`, which says what `figures` it takes; moments are aware.
    link
        Path that the text leads to; the booking's own page by default.
    language
        ``zh`` or ``en`` (``zh_CN`` is ``zh``); the booking's own by default.
    phones
        Who is told; the booking's own number by default.
    due
        From when it may leave; now by default.
    urgent
        Whether it leaves in quiet hours too, where its kind does not.
    """
    kind = CHANGES[change]
    occasion = _occasion(booking, kind)
    return [
        message
        for phone in dict.fromkeys(phones or (booking.phone,))
        if (
            message := post(
                session,
                booking.id,
                phone,
                change,
                occasion,
                now,
                link=link or _page(booking),
                language=language or booking.language,
                booking_id=booking.id,
                due=due,
                urgent=urgent,
                **{**_own(booking), **figures},
            )
        )
    ]


def post(
    session: Session,
    subject: uuid.UUID,
    phone: str,
    change: str,
    occasion: str,
    now: datetime,
    *,
    link: str,
    language: str = "zh",
    booking_id: uuid.UUID | None = None,
    due: datetime | None = None,
    urgent: bool = False,
    **figures: object,
) -> Message | None:
    """Write one message about any subject into the outbox, or nothing when this `occasion` has been told; see `tell`.

    Raises
    ------
    ValueError
        When the figures are not those that the change takes.
    """
    kind = CHANGES[change]
    row = _row(subject, phone, change, occasion, now, link, language, booking_id, due, urgent, figures)
    if kind.once == "saying":
        earlier, last = _said(session, subject, change, phone)
        if last == row["figures"]:
            return None
        row["occasion"] = f"{occasion}.{earlier}"
    elif kind.once == "promise" and (unsaid := _unsaid(session, subject, change, occasion, phone)):
        row["occasion"] = f"{occasion}.{unsaid}"
    if not _insert(session, row):
        return None
    message = made(Message, row)
    if kind.outdates:
        outdate(session, subject, kind.outdates, now, Message.phone == phone, Message.id != message.id)
    return message


def first_of(booking: Booking, change: str, now: datetime) -> dict[str, Any]:
    """Return the row of the message that tells of a new booking, for `INSERT`; see `tell`.

    The booking is made in the same unit, so that nothing can have been told of it before.
    """
    kind = CHANGES[change]
    occasion = _occasion(booking, kind) + (".0" if kind.once == "saying" else "")
    row = _row(
        booking.id,
        booking.phone,
        change,
        occasion,
        now,
        _page(booking),
        booking.language,
        booking.id,
        None,
        False,
        _own(booking),
    )
    return _complete(row)


def _own(booking: Booking) -> dict[str, object]:
    return {"reference": booking.reference, "start": booking.promise_start, "end": booking.promise_end}


def _page(booking: Booking) -> str:
    return f"/b/{booking.token}"


def _occasion(booking: Booking, kind: Change) -> str:
    return f"p{booking.promise_start:%Y%m%d%H%M}" if kind.once == "promise" else f"v{booking.version}"


def _row(
    subject: uuid.UUID,
    phone: str,
    change: str,
    occasion: str,
    now: datetime,
    link: str,
    language: str,
    booking_id: uuid.UUID | None,
    due: datetime | None,
    urgent: bool,
    figures: Mapping[str, object],
) -> dict[str, Any]:
    kind = CHANGES[change]
    kept = _kept(change, {**OWN, **kind.figures}, figures)
    return {
        "id": new_id(),
        "subject": subject,
        "booking_id": booking_id,
        "change": change,
        "occasion": occasion,
        "phone": phone,
        "language": "zh" if language.startswith("zh") else "en",
        "figures": kept,
        "link": link,
        "urgent": urgent or kind.urgent,
        "created_at": now,
        "trying_since": due or now,
        "due_at": due or now,
        "useful_until": datetime.fromisoformat(kept[kind.useful_until]) if kind.useful_until else None,
    }


def outdate(
    session: Session, subject: uuid.UUID, changes: Sequence[str], now: datetime, *which: ColumnElement[bool]
) -> None:
    """Let messages of a subject that have not left, and are old news now, not be sent any more."""
    session.execute(
        update(Message)
        .where(Message.subject == subject, Message.change.in_(changes), Message.state.in_(UNSENT), *which)
        .values(outdated_at=now, state=case((Message.state == "waiting", "outdated"), else_=Message.state))
    )


def consent(session: Session, booking_id: uuid.UUID, channel: str, template: str, count: int = 1) -> None:
    """Add to how many messages of a template (confirm, on_the_way, result) a resident agreed to on a channel."""
    row = session.get(MessageConsent, (booking_id, channel, template), with_for_update=True)
    if row is None:
        session.add(MessageConsent(booking_id=booking_id, channel=channel, template=template, remaining=count))
    else:
        row.remaining += count


def take_consent(session: Session, message: Message, channel: str) -> bool:
    """Use up one consent for the message, or return False where there is none."""
    template = template_of(message)
    if not template or message.booking_id is None:
        return False
    taking = (
        update(MessageConsent)
        .where(
            MessageConsent.booking_id == message.booking_id,
            MessageConsent.channel == channel,
            MessageConsent.template == template,
            MessageConsent.remaining > 0,
        )
        .values(remaining=MessageConsent.remaining - 1)
    )
    return cast(CursorResult[Any], session.execute(taking)).rowcount == 1


def template_of(message: Message) -> str:
    """Return what a resident must have agreed to for the message to go through a channel that asks each time."""
    kind = CHANGES.get(message.change)
    return kind.template if kind else ""


def _kept(change: str, kinds: Mapping[str, Kind], figures: Mapping[str, object]) -> dict[str, Any]:
    """Return the figures as they are kept: plain values, moments as text."""
    if unknown := sorted(set(figures) - set(kinds)):
        raise ValueError(f"{change} takes no figure {unknown[0]}")
    if missing := sorted(set(kinds) - set(figures)):
        raise ValueError(f"{change} needs the figure {missing[0]}")
    kept: dict[str, Any] = {}
    for name, value in sorted(figures.items()):
        if kinds[name] == "moment":
            if not isinstance(value, datetime) or value.tzinfo is None:
                raise ValueError(f"{change}: {name} must be a moment with its zone")
            kept[name] = value.isoformat()
        else:
            kept[name] = value if isinstance(value, int) else str(value)
    return kept


def _said(session: Session, subject: uuid.UUID, change: str, phone: str) -> tuple[int, dict[str, Any] | None]:
    """Return how often this change of the subject was to be told, and with which figures it last was or will be."""
    rows = session.execute(
        select(Message.figures, Message.outdated_at)
        .where(Message.subject == subject, Message.change == change, Message.phone == phone)
        .order_by(Message.created_at, Message.occasion)
    ).all()
    return len(rows), next((row.figures for row in reversed(rows) if row.outdated_at is None), None)


def _unsaid(session: Session, subject: uuid.UUID, change: str, occasion: str, phone: str) -> int:
    """Return how many messages of an occasion were old news before they left; 0 if one of them left or may do so."""
    rows = session.execute(
        select(Message.state).where(
            Message.subject == subject,
            Message.change == change,
            Message.phone == phone,
            or_(Message.occasion == occasion, Message.occasion.startswith(f"{occasion}.", autoescape=True)),
        )
    ).all()
    return len(rows) if all(row.state == "outdated" for row in rows) else 0


def _insert(session: Session, row: Mapping[str, Any]) -> bool:
    """Insert the row unless its like is there; a row that is there does not spoil the caller's transaction."""
    session.flush()
    return _INSERT[session.get_bind().dialect.name].changed(session, **_complete(row)) == 1


_INSERT = {
    kind: Ready(into(table_of(Message)).on_conflict_do_nothing())
    for kind, into in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
INSERT = Ready(insert(table_of(Message)))
_complete = defaults(table_of(Message))


def waiting_count(session: Session) -> int:
    """Return how many messages still have to leave."""
    return session.scalar(select(func.count()).where(Message.state.in_(UNSENT), Message.outdated_at.is_(None))) or 0
