"""What residents ask the dispatcher for once they may not do it themselves any more."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

WISHES = ("move", "cancel")
OUTCOMES = ("moved", "cancelled", "over", "answered")
"""What closed it: what was done with the booking, that its visit is over, or staff's answer."""


class AskedChange(Base):
    """A wish to move or cancel a booking, which staff decide; open until ``closed_at``.

    ``booking_id`` is the head of a booking of several visits. A booking has one open wish at most. ``ours``: not the
    resident wishes it, but we have to. ``answer`` is what staff tell the resident.
    """

    __tablename__ = "asked_change"
    __table_args__ = (
        CheckConstraint(one_of("wish", WISHES), name="wish"),
        CheckConstraint("(outcome = '') = (closed_at IS NULL)", name="closed"),
        CheckConstraint(one_of("outcome", ("", *OUTCOMES)), name="outcome"),
        CheckConstraint("outcome <> 'answered' OR answer <> ''", name="answered"),
        Index(
            "uq_asked_change_open",
            "booking_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_asked_change_booking", "booking_id", "asked_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    wish: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    ours: Mapped[bool] = mapped_column(default=False, server_default=false())
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
