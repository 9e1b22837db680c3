"""Reports of delivery from providers: each may come twice, late, or before we know that the message was taken."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError, DomainError
from recycling.models import Message
from recycling.notify.sending import pass_on
from recycling.settings import MessageSettings

STATES = ("delivered", "failed")
VALID_FOR = timedelta(minutes=5)


def receipt(
    session: Session, settings: MessageSettings, provider: str, message_id: str, state: str, now: datetime
) -> bool:
    """Note what a provider says became of a message; returns whether anything changed.

    ``delivered`` ends a message; ``failed`` passes it on to the next channel, or to the people who call. A report that
    was noted before, or that is about an attempt through another channel, changes nothing.

    Raises
    ------
    BadRequestError
        For a state that is none.
    """
    if state not in STATES:
        raise BadRequestError.one(
            "receipt-state", N_("A report says delivered or failed, not %(state)s."), where="state", state=state[:20]
        )
    if not message_id or len(message_id) > 200:
        return False
    message = session.scalar(
        select(Message)
        .where(
            Message.channel == provider,
            or_(
                and_(Message.provider_id == message_id, Message.state == "sent"),
                and_(Message.id == _own(message_id), Message.state == "sending"),
            ),
        )
        .with_for_update()
    )
    if message is None:
        return False
    if message.state == "sending":  # the report is quicker than the sender, whose word does not count any more
        message.fence, message.lease_until = message.fence + 1, None
        message.sent_at = now
    if state == "delivered":
        message.state, message.delivered_at = "delivered", now
        return True
    message.error = "the provider could not deliver it"
    message.provider_id = ""
    if message.useful_until is not None and message.useful_until <= now:
        message.state = "expired"
    else:
        pass_on(message, settings.channels, now)
    return True


def _own(message_id: str) -> uuid.UUID | None:
    """Return the key of ours that a provider was given as the message's number, None when it is none."""
    try:
        return uuid.UUID(hex=message_id)
    except ValueError:
        return None


def signature(key: str, moment: str, body: bytes) -> str:
    """Return the signature of a report: HMAC-SHA-256 over the moment (seconds since 1970), a dot and the body."""
    return hmac.new(key.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(
    keys: Mapping[str, str], provider: str, moment: str, signed: str, body: bytes, now: datetime
) -> None:
    """Refuse a report that the provider's key did not sign, or that was signed long ago.

    Raises
    ------
    DomainError
        The same one for every reason, so that nothing can be learnt from it.
    """
    key = keys.get(provider, "")
    right = signature(key or "none", moment, body)
    equal = hmac.compare_digest(right.encode(), signed.encode())
    fresh = moment.isascii() and moment.isdigit() and len(moment) <= 12
    fresh = fresh and abs(now.timestamp() - int(moment)) <= VALID_FOR.total_seconds()
    if not (key and equal and fresh):
        raise DomainError.one(
            "receipt-signature",
            N_("This report is not signed with the provider's key, or was signed more than five minutes ago."),
        )
