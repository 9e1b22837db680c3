"""Keys of programs: shown once, kept as a digest, for some actions of one role, until a day."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor, Role
from recycling.accounts.people import known_depots
from recycling.accounts.rights import ROLES, Action, demand
from recycling.accounts.tokens import digest, new_token
from recycling.errors import N_, BadRequestError, Listing, NotFoundError, SignInNeededError
from recycling.models import ApiKey

BEGINS = "rk_"
"""Begins every key, so that one is recognised where it should not be."""

LONGEST_DAYS = 366


def make(
    session: Session,
    actor: Actor,
    name: str,
    role: Role,
    scopes: Iterable[str],
    depots: Iterable[str],
    days: int,
    now: datetime,
    every_depot: bool = False,
) -> tuple[ApiKey, str]:
    """Return a new key's row and the key itself, which is never to be had again.

    Raises
    ------
    BadRequestError
        When a scope is no action of the role, a depot is unknown, or it would be good for longer than a year.
    """
    demand(actor, Action.ACCOUNT_MANAGE)
    wanted = sorted(set(scopes))
    allowed = {a.value for a in ROLES[role]} - {Action.ACCOUNT_OWN.value, Action.ACCOUNT_MANAGE.value}
    for scope in wanted:
        if scope not in allowed:
            raise BadRequestError.one(
                "unknown-scope",
                N_("A key of a %(role)s cannot have '%(scope)s'. It can have: %(known)s."),
                role=role.value,
                scope=scope,
                known=Listing(sorted(allowed)),
            )
    if not wanted or not name.strip():
        raise BadRequestError.one("empty-key", N_("Give the key a name and at least one scope."))
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequestError.one(
            "key-days", N_("A key is good for 1 to %(most)s days. Make a new one before it ends."), most=LONGEST_DAYS
        )
    presented = BEGINS + new_token()
    key = ApiKey(
        name=name.strip()[:80],
        token_digest=digest(presented),
        role=role,
        scopes=wanted,
        every_depot=every_depot,
        depots=known_depots(session, depots),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(key)
    session.flush()
    audit.record(session, actor, "key-made", "key", key.id, None, {"role": role.value, "scopes": wanted}, now)
    return key, presented


def key_actor(session: Session, presented: str, now: datetime, origin: str = "") -> Actor:
    """Return who acts with the presented key.

    Raises
    ------
    SignInNeededError
        When it is unknown, revoked or over: one sentence for all three.
    """
    key = session.scalar(select(ApiKey).where(ApiKey.token_digest == digest(presented)))
    if key is None or key.revoked_at is not None or now >= key.expires_at:
        raise SignInNeededError.one("bad-key", N_("This key is not good (any more). Ask the operator for a new one."))
    return Actor(
        "key",
        str(key.id),
        Role(key.role),
        frozenset(key.depots),
        key.every_depot,
        frozenset(key.scopes),
        origin=origin,
    )


def revoke(session: Session, actor: Actor, key_id: uuid.UUID, now: datetime) -> ApiKey:
    """End a key at once.

    Raises
    ------
    NotFoundError
        When there is none of this id.
    """
    demand(actor, Action.ACCOUNT_MANAGE)
    key = session.get(ApiKey, key_id)
    if key is None:
        raise NotFoundError.one("no-key", N_("There is no key %(key)s."), key=key_id)
    key.revoked_at = key.revoked_at or now
    audit.record(session, actor, "key-revoked", "key", key.id, None, None, now)
    return key


def all_keys(session: Session) -> list[ApiKey]:
    """Return all keys, newest first."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.created_at.desc())))
