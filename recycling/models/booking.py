"""Bookings of door pickups and what they hand over."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id


class Booking(Base):
    """A resident's order: what, where, when, who.

    ``reference`` is what people read to each other, ``token`` opens the booking's page without a login, and
    ``idempotency_key`` with ``request_digest`` makes a repeated request the same booking. ``promise_start`` and
    ``promise_end`` are the window that was promised; a visit must begin inside it.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("promise_end > promise_start", name="promise"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("floor BETWEEN -5 AND 120", name="floor"),
        CheckConstraint("channel IN ('web', 'demo')", name="channel"),
        Index("ix_booking_day", "depot_code", "service_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request_digest: Mapped[str]
    created_at: Mapped[datetime]
    channel: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    promise_start: Mapped[datetime]
    promise_end: Mapped[datetime]
    community_code: Mapped[str | None] = mapped_column(ForeignKey("community.code"))
    place: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    floor: Mapped[int]
    lift: Mapped[bool]
    contact: Mapped[str]
    phone: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="booked")
    version: Mapped[int] = mapped_column(default=1)
    link_round: Mapped[int] = mapped_column(default=0)

    lines: Mapped[list[BookingLine]] = relationship(
        back_populates="booking", order_by="BookingLine.position", cascade="all, delete-orphan"
    )


class BookingLine(Base):
    """Some pieces of one item; weight, volume, handling and price are those of the day of booking, for one piece."""

    __tablename__ = "booking_line"
    __table_args__ = (
        CheckConstraint("pieces BETWEEN 1 AND 99", name="pieces"),
        CheckConstraint("kg > 0 AND litres > 0 AND minutes > 0 AND people > 0", name="sizes"),
        CheckConstraint("price_low <= price_high", name="price"),
    )

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    pieces: Mapped[int]
    kg: Mapped[int]
    litres: Mapped[int]
    minutes: Mapped[float]
    people: Mapped[int]
    price_low: Mapped[int]
    price_high: Mapped[int]

    booking: Mapped[Booking] = relationship(back_populates="lines")
