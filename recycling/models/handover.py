"""What partner recyclers collect in our place: each hand-over, what was weighed, and the statements that settle it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

OFFERED, ACCEPTED, DECLINED, LAPSED, WITHDRAWN = "offered", "accepted", "declined", "lapsed", "withdrawn"
COLLECTED, FAILED, SETTLED = "collected", "failed", "settled"
HANDOVER_STATES = (OFFERED, ACCEPTED, DECLINED, LAPSED, WITHDRAWN, COLLECTED, FAILED, SETTLED)
LIVE = (OFFERED, ACCEPTED)
"""In which a partner has it, or may still take it."""

RETURNED = (DECLINED, LAPSED, WITHDRAWN)
"""In which it is ours again."""

DONE = (COLLECTED, SETTLED)
IS_LIVE = text(one_of("state", LIVE))


class Handover(Base):
    """One pickup that was offered to a partner: a booking with all its visits, or the old things of a shop's order.

    ``partner`` is its code in config/partners.toml. Who and where it is for is in booking or order alone. ``terms`` are
    the prices of the day on which it is collected, as they were when it was offered; ``seconds`` is what its visits
    took of our windows before the partner accepted, by their ids. ``answer_by`` is until when an offer stands, ``fen``
    what it came to (positive: the partner pays us), ``events`` counts what the partner's program was told.
    """

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint(one_of("state", HANDOVER_STATES), name="state"),
        CheckConstraint("promise_end > promise_start", name="promise"),
        CheckConstraint("(booking_id IS NULL) <> (order_id IS NULL)", name="one_subject"),
        CheckConstraint("(state IN ('offered', 'accepted')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state IN ('collected', 'settled')) = (fen IS NOT NULL)", name="fen"),
        CheckConstraint("(state = 'settled') = (settlement_id IS NOT NULL)", name="settled"),
        CheckConstraint("state NOT IN ('failed', 'declined') OR reason <> ''", name="why"),
        Index("uq_handover_live", "booking_id", unique=True, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
        Index("uq_handover_live_order", "order_id", unique=True, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
        Index("ix_handover_partner", "partner", "state"),
        Index("ix_handover_due", "state", "answer_by"),
        Index("ix_handover_day", "depot_code", "service_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    partner: Mapped[str]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"), index=True)
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trade_in_order.id"))
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    promise_start: Mapped[datetime]
    promise_end: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=OFFERED)
    reason: Mapped[str] = mapped_column(default="")
    terms: Mapped[dict[str, Any]]
    seconds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    offered_at: Mapped[datetime]
    offered_by: Mapped[str]
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(default="")
    fen: Mapped[int | None] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(default=0)
    settlement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("partner_settlement.id"), index=True)

    lines: Mapped[list[HandoverLine]] = relationship(order_by="HandoverLine.position", cascade="all, delete-orphan")
    serials: Mapped[list[HandoverSerial]] = relationship(order_by="HandoverSerial.serial", cascade="all, delete-orphan")


class HandoverLine(Base):
    """What the partner weighed: grams of a material, with pieces of an ``item`` or without; ``fen`` as a hand-over's.

    The line at position 0 is the pickup itself, of no material and no weight.
    """

    __tablename__ = "handover_line"
    __table_args__ = (CheckConstraint("grams >= 0 AND pieces >= 0", name="sizes"),)

    handover_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("handover.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    material: Mapped[str]
    item: Mapped[str]
    pieces: Mapped[int]
    grams: Mapped[int] = mapped_column(BigInteger)
    fen: Mapped[int] = mapped_column(BigInteger)


class HandoverSerial(Base):
    """The serial number of an appliance that a partner took."""

    __tablename__ = "handover_serial"
    __table_args__ = (Index("ix_handover_serial_serial", "serial"),)

    handover_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("handover.id", ondelete="CASCADE"), primary_key=True)
    serial: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str]


class PartnerSettlement(Base):
    """A statement between a partner and us: all that was collected until a day and stood on no statement before.

    That are pickups that were handed over, what trips with room to spare have collected, and corrections of what stands
    on closed statements; ``pickups`` counts all three. ``fen`` is the sum, positive where the partner pays us;
    ``paid_at`` is when it was paid, in full.
    """

    __tablename__ = "partner_settlement"
    __table_args__ = (
        UniqueConstraint("partner", "number"),
        CheckConstraint("number >= 1 AND pickups >= 1", name="numbers"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partner: Mapped[str]
    number: Mapped[int]
    last_day: Mapped[date]
    pickups: Mapped[int]
    fen: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[str] = mapped_column(default="")
    paid_reference: Mapped[str] = mapped_column(default="")
