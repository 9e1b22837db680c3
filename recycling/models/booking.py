"""Bookings of door pickups and what they hand over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id

STATES = ("booked", "planned", "on_the_way", "collected", "failed", "cancelled", "settled")
FREE = ("failed", "cancelled")
"""In which it takes nothing of its window any more."""

ENDED = ("collected", "failed", "cancelled", "settled")
CHANNELS = ("web", "clerk", "import", "api", "contract", "waiting", "demo")
SCENES = ("home", "shop", "office", "school", "renovation", "event")
STANDING = ("flat", "hallway", "gate")
LANGUAGES = ("zh", "en")


def one_of(column: str, values: Sequence[str]) -> str:
    """Return the condition that a column holds one of some words."""
    return f"{column} IN ({', '.join(repr(v) for v in values)})"


class Booking(Base):
    """A resident's order: what, where, when, who, and how far it has come.

    ``reference`` is what people read to each other, ``token`` opens the booking's page without a login, and
    ``idempotency_key`` with ``request_digest`` makes a repeated request the same booking. ``promise_start`` and
    ``promise_end`` are the window that was promised, which binds: a visit must begin inside it; ``working_start`` and
    ``working_end`` are the crew's own, inside it. ``version`` counts its changes, ``link_round`` the links to its
    progress that were taken back. ``window``, ``people`` and ``seconds`` are what it takes of the fleet's time in
    its window (see Slot); one that failed or was cancelled takes nothing. ``leg_of`` is the booking that this one is
    the second visit of, ``follows`` the one that it repeats or makes good, and ``first`` lets it go first. Messages
    about it are written in its ``language``. ``partner`` is the code of the partner recycler to whom it was offered
    or who collects it, "" where it is ours; it then stands in no plan of ours. ``expected_at`` is when a dispatcher
    says that the visit begins, None while its plan holds; ``late_told_at`` is when its resident was told that it
    comes late for this promise. One that we moved because nobody drives on the day that was promised keeps that
    promise (``moved_from_start``, ``moved_from_end``) and why nobody drives (``closed_zh``, ``closed_en``: empty
    without an English name).
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("promise_end > promise_start", name="promise"),
        CheckConstraint("working_start >= promise_start AND working_end <= promise_end", name="working"),
        CheckConstraint("working_end > working_start", name="working_order"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("floor BETWEEN -5 AND 120", name="floor"),
        CheckConstraint(one_of("channel", CHANNELS), name="channel"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("scene", SCENES), name="scene"),
        CheckConstraint(one_of("standing", STANDING), name="standing"),
        CheckConstraint(one_of("language", LANGUAGES), name="language"),
        CheckConstraint("seconds >= 0 AND people >= 1", name="needs"),
        CheckConstraint("state <> 'failed' OR reason <> ''", name="why"),
        CheckConstraint(f"({one_of('state', ENDED)}) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_booking_day", "depot_code", "service_day"),
        Index("ix_booking_phone", "phone"),
        Index("ix_booking_door", "address"),
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
    window: Mapped[str]
    people: Mapped[int]
    seconds: Mapped[int]
    working_start: Mapped[datetime]
    working_end: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="booked")
    version: Mapped[int] = mapped_column(default=1)
    link_round: Mapped[int] = mapped_column(default=0)
    scene: Mapped[str] = mapped_column(default="home")
    standing: Mapped[str] = mapped_column(default="flat")
    height_limit: Mapped[float | None]
    bonus: Mapped[int] = mapped_column(default=0, server_default="0")
    trade_in: Mapped[str] = mapped_column(default="")
    first: Mapped[bool] = mapped_column(default=False)
    leg_of: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"), index=True)
    follows: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"), index=True)
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="zh", server_default="zh")
    expected_at: Mapped[datetime | None]
    late_told_at: Mapped[datetime | None]
    moved_from_start: Mapped[datetime | None]
    moved_from_end: Mapped[datetime | None]
    closed_zh: Mapped[str] = mapped_column(default="", server_default="")
    closed_en: Mapped[str] = mapped_column(default="", server_default="")
    partner: Mapped[str] = mapped_column(default="", server_default="")

    lines: Mapped[list[BookingLine]] = relationship(
        back_populates="booking", order_by="BookingLine.position", cascade="all, delete-orphan"
    )

    def why_moved(self, language: str) -> str:
        """Return why we moved it, in the language if the reason has it; "" where we did not."""
        return self.closed_zh if language.startswith("zh") else self.closed_en or self.closed_zh


class BookingLine(Base):
    """Some pieces of one item; weight, volume, handling and price are those of the day of booking, for one piece.

    ``tail_lift`` says that it takes a vehicle that has one, ``dismantle`` that the crew takes it apart or off the wall.
    """

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
    tail_lift: Mapped[bool] = mapped_column(default=False, server_default=false())
    dismantle: Mapped[bool] = mapped_column(default=False, server_default=false())
    price_low: Mapped[int]
    price_high: Mapped[int]

    booking: Mapped[Booking] = relationship(back_populates="lines")
