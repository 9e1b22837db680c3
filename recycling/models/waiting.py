"""People for whom no window was found: they wait for one that becomes free, or for a call."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class Waiting(Base):
    """A wish that waits for a window on one of some days; ``wish`` is the request as it was sent.

    ``hold_id`` and ``until`` are the offer that stands: the window is kept until then, and goes to the next one after
    that. ``call_back`` asks that staff call.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'offered', 'booked', 'lapsed', 'withdrawn')", name="state"),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("(state = 'offered') = (until IS NOT NULL)", name="offer"),
        Index("ix_waiting_line", "depot_code", "state", "asked_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    wish: Mapped[dict[str, Any]]
    phone: Mapped[str]
    call_back: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="waiting")
    asked_at: Mapped[datetime]
    hold_id: Mapped[uuid.UUID | None]
    offered_day: Mapped[date | None]
    offered_window: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime | None]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    ended_at: Mapped[datetime | None]
