"""Consents to messages, counted once for each call of a program, however often the call is sent."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.errors import N_, ConflictError
from recycling.notify.outbox import consent

COUNTED = "consent.counted"
SUBJECT = "consent"


def consent_once(
    session: Session,
    booking_id: uuid.UUID,
    channel: str,
    templates: Sequence[str],
    key: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Count one message of each template that a resident agreed to; the same key again counts nothing more.

    Raises
    ------
    ConflictError
        ``key-used`` when the key stands for another consent.
    """
    agreed = {"booking": str(booking_id), "channel": channel, "templates": sorted(templates)}
    hold(session, f"{SUBJECT}/{key}")
    counted = audit.events(session, SUBJECT, key)
    if counted:
        if counted[0].after not in (agreed, None):  # None: it was erased since
            raise ConflictError.one(
                "key-used", N_("This was already sent with other content. Send a new key with it."), where="key"
            )
        return
    for template, count in Counter(templates).items():
        consent(session, booking_id, channel, template, count)
    audit.record(session, actor, COUNTED, SUBJECT, key, None, agreed, now)
