"""Wrong passwords slow down: by name and address, by name, by address; the same for names that nobody has."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from recycling.accounts.tokens import digest
from recycling.db import hold
from recycling.models import SignInTry
from recycling.models.base import new_id
from recycling.settings import AccessSettings

WHILE = timedelta(minutes=15)
KEPT = timedelta(days=1)


def begin(session: Session, access: AccessSettings, login: str, origin: str, now: datetime) -> uuid.UUID | None:
    """Count a try before the password is looked at, so that tries at once all count; None when there were too many."""
    name = digest(login)
    hold(session, f"sign-in/{origin}")
    hold(session, f"sign-in/{name}")
    by_name, by_origin = SignInTry.name_digest == name, SignInTry.origin == origin
    for most, of in (
        (access.wrong_passwords, (by_name, by_origin)),
        (access.wrong_passwords_name, (by_name,)),
        (access.wrong_passwords_address, (by_origin,)),
    ):
        if _wrong(session, of, now) >= most:
            return None
    session.execute(delete(SignInTry).where(SignInTry.at < now - KEPT))
    row = SignInTry(id=new_id(), name_digest=name, origin=origin, at=now, passed=False)
    session.add(row)
    return row.id


def passed(session: Session, key: uuid.UUID) -> None:
    """Note that the try was right."""
    row = session.get(SignInTry, key)
    if row is not None:
        row.passed = True


def _wrong(session: Session, of: tuple[ColumnElement[bool], ...], now: datetime) -> int:
    count = select(func.count()).select_from(SignInTry)
    return session.scalar(count.where(*of, SignInTry.at > now - WHILE, SignInTry.passed.is_(False))) or 0
