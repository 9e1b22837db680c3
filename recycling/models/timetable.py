"""Truck calls: a vehicle that stands at a community at a published hour and takes what people bring."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.network import Community


class Call(Base):
    """One dated call of a truck: where, when, how long, and how much is expected to be brought."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("dwell_minutes BETWEEN 5 AND 240", name="dwell"),
        CheckConstraint("expected_kg >= 0 AND expected_litres >= 0", name="expected"),
        Index("ix_call_day", "depot_code", "service_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    community_code: Mapped[str] = mapped_column(ForeignKey("community.code"))
    service_day: Mapped[date]
    starts_at: Mapped[datetime]
    dwell_minutes: Mapped[int]
    expected_kg: Mapped[int]
    expected_litres: Mapped[int]
    lon: Mapped[float]
    lat: Mapped[float]

    community: Mapped[Community] = relationship()
