"""The audit log: one function that writes it, inside the unit of work that makes the change.

A security event that changes nothing (a refused sign-in) is written the same way. What goes into `before` and `after`
is the caller's choice of fields; no password, code or token is ever among them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, null, select, update
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.models import Account, AuditEvent
from recycling.models.base import table_of
from recycling.ready import Ready, defaults


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: object,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
    first: bool = False,
) -> int:
    """Add an event and return its number among those of its subject, 1 for the first.

    Writers of one subject wait for each other until their unit ends, so numbers have no gap and no double; the
    table's unique constraint is the belt. A unit that records several subjects names them in the same order
    everywhere.

    Parameters
    ----------
    session
        A write unit; the event is committed with it or not at all.
    action
        What happened, such as ``booking.moved`` or ``sign-in.refused``.
    subject_kind, subject_id
        What it happened to: ``booking`` and its id.
    before, after
        The changed fields, as JSON takes them; None where there is nothing.
    first
        The subject was made in this unit, so that nobody else can know it: nothing is waited for or counted.
    """
    subject, number = str(subject_id), 1
    if not first:
        hold(session, f"audit/{subject_kind}/{subject_id}")
        same = (AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == subject)
        number += session.scalar(select(func.coalesce(func.max(AuditEvent.number), 0)).where(*same)) or 0
    INSERT.write(session, [_event(actor, action, subject_kind, subject, number, before, after, now)])
    return number


def first_event(
    actor: Actor, action: str, subject_kind: str, subject_id: object, after: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Return the row of the event with which a subject is made, for `INSERT`; see `record` with `first`."""
    return _event(actor, action, subject_kind, str(subject_id), 1, None, after, now)


def _event(
    actor: Actor,
    action: str,
    subject_kind: str,
    subject: str,
    number: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> dict[str, Any]:
    return _complete(
        {
            "subject_kind": subject_kind,
            "subject_id": subject,
            "number": number,
            "at": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "actor_role": actor.role.value if actor.role else "",
            "origin": actor.origin,
            "action": action,
            "before": dict(before) if before is not None else None,
            "after": dict(after) if after is not None else None,
        }
    )


INSERT, _complete = Ready(insert(table_of(AuditEvent))), defaults(table_of(AuditEvent))


def events(session: Session, subject_kind: str, subject_id: object) -> list[AuditEvent]:
    """Return what happened to a subject, oldest first."""
    found = select(AuditEvent).where(AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == str(subject_id))
    return list(session.scalars(found.order_by(AuditEvent.number)))


def name_of(session: Session, event: AuditEvent) -> str:
    """Return who did it: the name of an account, or nothing for the schedule and for what is no account any more."""
    if event.actor_kind != "person":
        return ""
    try:
        account = session.get(Account, uuid.UUID(event.actor_id))
    except ValueError:
        return ""
    return (account.name or account.login or "") if account else ""


def erase(session: Session, subject_kind: str, subject_id: object, now: datetime) -> int:
    """Empty the fields of a subject's events, keep that they happened, and return how many were emptied."""
    emptied = session.execute(
        update(AuditEvent)
        .where(
            AuditEvent.subject_kind == subject_kind,
            AuditEvent.subject_id == str(subject_id),
            AuditEvent.erased_at.is_(None),
        )
        .values(before=null(), after=null(), erased_at=now)
        .returning(AuditEvent.id)
    )
    return len(emptied.all())
