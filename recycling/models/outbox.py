"""Messages that leave: one row a recipient, written together with the change that it tells; and consents."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class Message(Base):
    """One message to one telephone number.

    ``subject`` is the key of the row that it is about, a booking or a place on the waiting list; ``booking_id`` says
    so of a booking, so that its messages go with it. ``occasion`` makes one message a change: no second row has the
    same subject, change, occasion and phone. ``figures`` are what the text's variables stand for, ``link`` is a path.

    A sender that takes a row raises ``fence`` and has it until ``lease_until``; only the highest fence may write how
    it went. ``trying_since`` is when it was written, or put back to be tried anew. ``channel`` is the one that it goes
    through next or went through ("" the first), ``channel_since`` since when it is its turn, ``tries`` how often
    there, ``attempts`` how often in all. ``outdated_at`` is set when a later change makes the news old.
    ``settled_by`` names who told an unreached person after all.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'delivered', 'unreached', 'outdated', 'expired')", name="state"
        ),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("attempts >= tries AND tries >= 0", name="attempts"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        UniqueConstraint("subject", "change", "occasion", "phone"),
        Index("ix_message_due", "state", "due_at"),
        Index("ix_message_provider", "channel", "provider_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[uuid.UUID]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    change: Mapped[str]
    occasion: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str]
    figures: Mapped[dict[str, Any]]
    link: Mapped[str] = mapped_column(default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    trying_since: Mapped[datetime]
    due_at: Mapped[datetime]
    useful_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="waiting")
    channel: Mapped[str] = mapped_column(default="")
    channel_since: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    provider_id: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    outdated_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    settled_by: Mapped[str] = mapped_column(default="")


class MessageConsent(Base):
    """How many messages of one template a resident has agreed to on a channel that asks each time."""

    __tablename__ = "message_consent"
    __table_args__ = (CheckConstraint("remaining >= 0", name="remaining"),)

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    remaining: Mapped[int]
