"""One-time codes: six digits for one request of one browser, sent to a phone."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from recycling.accounts.tokens import digest, keyed_digest, new_token, same
from recycling.db import hold
from recycling.errors import N_, TooOftenError
from recycling.models import OneTimeCode
from recycling.settings import AccessSettings

Purpose = Literal["resident", "second-factor"]
KEPT = timedelta(days=2)
"""How long a code's row stays, for the limits; none looks back farther than a day."""


@dataclass(frozen=True)
class Issued:
    """A code to be sent, and the secret of the browser that may enter it."""

    request: str
    code: str

    def __repr__(self) -> str:
        return "Issued(***)"


def issue(
    session: Session,
    access: AccessSettings,
    purpose: Purpose,
    phone: str,
    account_id: uuid.UUID | None,
    origin: str,
    now: datetime,
) -> Issued:
    """Make a code for a phone, inside a write unit; the caller sends it when the unit has ended.

    Raises
    ------
    TooOftenError
        When the phone, or the address that asks, has had as many as it may.
    """
    hold(session, f"codes/{origin}")
    hold(session, f"codes/{phone}")
    _limit(session, access, phone, origin, now)
    session.execute(delete(OneTimeCode).where(OneTimeCode.created_at < now - KEPT))
    issued = Issued(new_token(), f"{secrets.randbelow(1_000_000):06d}")
    session.add(
        OneTimeCode(
            purpose=purpose,
            phone=phone,
            account_id=account_id,
            request_digest=digest(issued.request),
            code_digest=keyed_digest(issued.request, issued.code),
            origin=origin,
            created_at=now,
            expires_at=now + timedelta(minutes=access.code_minutes),
            tries=0,
        )
    )
    return issued


def redeem(session: Session, access: AccessSettings, request: str, code: str, now: datetime) -> OneTimeCode | None:
    """Use a code up and return its row; None, with the try counted, when it is wrong, old, used or of another request.

    The unit must be committed in both cases: a failure that was undone would cost no try.
    """
    row: OneTimeCode | None = session.scalars(
        update(OneTimeCode)
        .where(
            OneTimeCode.request_digest == digest(request),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.tries < access.code_tries,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode)
    ).one_or_none()
    if row is None or not same(row.code_digest, keyed_digest(request, code)):
        return None
    row.used_at = now
    return row


def open_request(session: Session, access: AccessSettings, request: str, now: datetime) -> OneTimeCode | None:
    """Return the row of a request whose code can still be entered."""
    return session.scalar(
        select(OneTimeCode).where(
            OneTimeCode.request_digest == digest(request),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.tries < access.code_tries,
        )
    )


def _limit(session: Session, access: AccessSettings, phone: str, origin: str, now: datetime) -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    for of, most, during in (
        (OneTimeCode.phone == phone, access.codes_per_phone_hour, hour),
        (OneTimeCode.phone == phone, access.codes_per_phone_day, day),
        (OneTimeCode.origin == origin, access.codes_per_address_hour, hour),
    ):
        sent = select(func.count()).select_from(OneTimeCode).where(of, OneTimeCode.created_at > now - during)
        if (session.scalar(sent) or 0) >= most:
            raise TooOftenError.one(
                "too-many-codes",
                N_("Too many codes were asked for. Try again in an hour, or call us."),
                where="phone",
            )
