"""What the fleet can give in each window, what is taken of it, and what is held for somebody who is still typing."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class Slot(Base):
    """The seconds that the vehicles of a depot with a crew of at least ``people`` have in one window of a day.

    ``taken`` never exceeds ``capacity``; when the fleet shrinks below what has been promised, capacity stays at that.
    """

    __tablename__ = "slot"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= capacity", name="not_oversold"),
        CheckConstraint("people >= 1", name="people"),
    )

    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"), primary_key=True)
    service_day: Mapped[date] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(primary_key=True)
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)


class Hold(Base):
    """A window kept for one form until ``until``; its seconds count as taken.

    It is for ``service`` seconds at the door, ``kg`` and ``litres``. On a day that is planned ``seconds`` are 0: room
    for that is kept on the routes. ``tail_lift`` and ``height_limit`` say which vehicles may come, ``bonus`` are the
    points that the window was offered with; ``since`` is when its form began to keep windows, one after the other.
    ``origin`` is the address from which it is kept; empty where nobody counts.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("seconds >= 0 AND people >= 1", name="needs"),
        Index("ix_hold_day", "depot_code", "service_day"),
        Index("ix_hold_until", "until"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(index=True)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    window: Mapped[str]
    people: Mapped[int]
    seconds: Mapped[int]
    lon: Mapped[float]
    lat: Mapped[float]
    service: Mapped[int] = mapped_column(default=0, server_default="0")
    kg: Mapped[int] = mapped_column(default=0, server_default="0")
    litres: Mapped[int] = mapped_column(default=0, server_default="0")
    tail_lift: Mapped[bool] = mapped_column(default=False, server_default=false())
    height_limit: Mapped[float | None]
    bonus: Mapped[int] = mapped_column(default=0, server_default="0")
    made_at: Mapped[datetime]
    since: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(default="", server_default="")
    until: Mapped[datetime]
