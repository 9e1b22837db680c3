"""What people complain of about a booking, and what they are answered."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

KINDS = ("price", "missed", "late", "behaviour", "other")
OPENED_BY = ("resident", "clerk", "crew")
STATES = ("open", "answered")


class Complaint(Base):
    """A complaint about a booking, open until it is answered; a booking has one open complaint of a kind at most.

    ``booking_id`` is the head of a booking of several visits. ``opened_by`` says in which way it came, a clerk's for a
    caller, and ``opened_person`` is the account that took it down, empty for a resident's own. ``purchase_id`` is the
    purchase that was taken under protest. What people wrote goes with the booking when that is erased.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("opened_by", OPENED_BY), name="opened_by"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered"),
        CheckConstraint("(state = 'answered') = (answer <> '')", name="answer"),
        Index(
            "uq_complaint_open",
            "booking_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_complaint_booking", "booking_id", "opened_at"),
        Index("ix_complaint_state", "state", "opened_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    text: Mapped[str]
    opened_by: Mapped[str]
    opened_person: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    purchase_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("purchase.id"))
    state: Mapped[str] = mapped_column(default="open")
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
