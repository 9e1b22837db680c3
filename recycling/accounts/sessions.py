"""Browsers that are signed in. A session lives here, at the server; the browser holds a secret that finds it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor, Role
from recycling.accounts.tokens import digest, new_token
from recycling.models import Account, AccountSession
from recycling.settings import AccessSettings

SEEN_EVERY = timedelta(minutes=1)
"""A click is noted when the last note is older than this, so that reading a page seldom writes."""


@dataclass(frozen=True)
class SignedIn:
    """A session that holds, and who it is."""

    id: uuid.UUID
    account_id: uuid.UUID
    name: str
    actor: Actor
    stale: bool
    """Whether `touch` is due."""


def start(session: Session, access: AccessSettings, account: Account, origin: str, now: datetime) -> str:
    """Sign the account in, with a secret that never was before, and return it for the browser's cookie."""
    token = new_token()
    session.add(
        AccountSession(
            account_id=account.id,
            token_digest=digest(token),
            origin=origin,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=access.longest_hours.of(account.role)),
            end_reason="",
        )
    )
    account.signed_in_at = now
    audit.record(session, actor_of(account, origin), "signed-in", "account", account.id, None, None, now)
    return token


def find(session: Session, access: AccessSettings, token: str, origin: str, now: datetime) -> SignedIn | None:
    """Return who holds the secret; None when the session ended, was idle or lasted too long, or the account is off."""
    row = session.scalar(select(AccountSession).where(AccountSession.token_digest == digest(token)))
    if row is None or row.ended_at is not None or row.account.disabled_at is not None:
        return None
    idle = timedelta(minutes=access.idle_minutes.of(row.account.role))
    if now >= row.expires_at or now >= row.seen_at + idle:
        return None
    stale = now - row.seen_at > SEEN_EVERY
    return SignedIn(row.id, row.account_id, row.account.name, actor_of(row.account, origin), stale)


def touch(session: Session, key: uuid.UUID, now: datetime) -> None:
    """Note that the person is there; inside a write unit."""
    session.execute(
        update(AccountSession).where(AccountSession.id == key, AccountSession.ended_at.is_(None)).values(seen_at=now)
    )


def end(session: Session, actor: Actor, key: uuid.UUID, now: datetime) -> None:
    """Sign one browser out."""
    row = session.get(AccountSession, key)
    if row is not None and row.ended_at is None:
        row.ended_at, row.end_reason = now, "signed out"
        audit.record(session, actor, "signed-out", "account", row.account_id, None, None, now)


def end_all(
    session: Session, actor: Actor, account_id: uuid.UUID, why: str, now: datetime, keep: uuid.UUID | None = None
) -> int:
    """Sign the account out everywhere, except in the session to `keep`, and return in how many browsers."""
    of = [AccountSession.account_id == account_id, AccountSession.ended_at.is_(None)]
    if keep is not None:
        of.append(AccountSession.id != keep)
    ended = session.execute(
        update(AccountSession).where(*of).values(ended_at=now, end_reason=why).returning(AccountSession.id)
    )
    count = len(ended.all())
    audit.record(session, actor, "sessions-ended", "account", account_id, None, {"why": why, "count": count}, now)
    return count


def open_sessions(session: Session, access: AccessSettings, account: Account, now: datetime) -> list[AccountSession]:
    """Return the sessions in which the account is signed in now, newest first."""
    idle = timedelta(minutes=access.idle_minutes.of(account.role))
    found = select(AccountSession).where(
        AccountSession.account_id == account.id,
        AccountSession.ended_at.is_(None),
        AccountSession.expires_at > now,
        AccountSession.seen_at > now - idle,
    )
    return list(session.scalars(found.order_by(AccountSession.seen_at.desc())))


def actor_of(account: Account, origin: str) -> Actor:
    """Return the account as somebody who acts."""
    return Actor(
        "person",
        str(account.id),
        Role(account.role),
        frozenset(d.depot_code for d in account.depots),
        account.every_depot,
        phone=account.phone if account.role == Role.RESIDENT else "",
        origin=origin,
    )
