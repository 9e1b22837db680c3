"""Deliver new, collect old: a retailer's delivery that takes the old appliance back."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class TradeInOrder(Base):
    """One delivery of a new appliance, with the old one that comes back (none when ``old_item`` is empty).

    Kilograms and litres are totals of what goes there and of what comes back. ``tail_lift`` says that it takes a
    vehicle that has one, ``height_limit`` how many metres high that may be; None for any.
    """

    __tablename__ = "trade_in_order"
    __table_args__ = (
        UniqueConstraint("retailer", "external_id"),
        CheckConstraint("promise_end > promise_start", name="promise"),
        CheckConstraint("new_kg > 0 AND new_litres > 0 AND old_kg >= 0 AND old_litres >= 0", name="sizes"),
        Index("ix_trade_in_order_day", "depot_code", "service_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    retailer: Mapped[str]
    external_id: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    promise_start: Mapped[datetime]
    promise_end: Mapped[datetime]
    place: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    floor: Mapped[int]
    lift: Mapped[bool]
    new_item: Mapped[str]
    new_kg: Mapped[int]
    new_litres: Mapped[int]
    old_item: Mapped[str] = mapped_column(default="")
    old_kg: Mapped[int] = mapped_column(default=0)
    old_litres: Mapped[int] = mapped_column(default=0)
    people: Mapped[int]
    minutes: Mapped[float]
    tail_lift: Mapped[bool] = mapped_column(default=False, server_default=false())
    height_limit: Mapped[float | None]
