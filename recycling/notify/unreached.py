"""People whom no channel reaches: who they are, trying again, and noting that somebody told them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, NotFoundError
from recycling.models import Message
from recycling.notify.outbox import UNSENT
from recycling.notify.quiet import awake_time
from recycling.settings import Settings


@dataclass(frozen=True)
class Unreached:
    """A message that has not come through; ``final`` when it is not tried any more."""

    message: Message
    final: bool


def unreached(session: Session, settings: Settings, now: datetime) -> list[Unreached]:
    """Return what has not come through and nobody has told otherwise, oldest first.

    First come those that are given up, then those that have been tried for longer than a channel is given.
    """
    query = (
        select(Message)
        .where(Message.settled_by == "", Message.outdated_at.is_(None), Message.state.in_(("unreached", *UNSENT)))
        .order_by(Message.state != "unreached", Message.created_at)
    )
    patience = timedelta(minutes=settings.messages.fall_back_minutes)
    return [
        Unreached(m, m.state == "unreached")
        for m in session.scalars(query)
        if m.state == "unreached" or awake_time(settings, m.trying_since, now) > patience
    ]


def retry(session: Session, now: datetime, keys: Sequence[uuid.UUID] = ()) -> int:
    """Send unreached messages again from the first channel on, all of them or those named; returns how many."""
    query = select(Message).where(Message.state == "unreached", Message.settled_by == "").with_for_update()
    found = session.scalars(query.where(Message.id.in_(keys)) if keys else query).all()
    for message in found:
        message.state, message.due_at, message.trying_since = "waiting", now, now
        message.channel, message.channel_since, message.provider_id = "", None, ""
        message.tries = message.attempts = 0
    return len(found)


def settle(session: Session, key: uuid.UUID, by: str) -> None:
    """Note that a person told it, so that it leaves the list and is not sent any more.

    Raises
    ------
    NotFoundError
        When no message of that number is open.
    """
    message = session.get(Message, key, with_for_update=True)
    if message is None or message.state not in {"unreached", *UNSENT}:
        raise NotFoundError.one("no-message", N_("There is no message of this number that still has to be told."))
    message.settled_by = by
    if message.state == "waiting":
        message.state = "unreached"
