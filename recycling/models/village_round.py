"""Rounds through villages: where they go and when, who waits for one, and the days that they were given."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

QUORUM_UNITS = ("orders", "kg")
ROUND_KINDS = ("pickup", "order")
ROUND_STATES = ("waiting", "placed", "left")
WHY_ROUNDS_GO = ("quorum", "date", "decided")


class VillageRound(Base):
    """A round through villages that is driven when enough have asked, or at the latest so many days after one has.

    It can go every ``every_days`` days from ``first_day`` on, or on ``weekdays`` (0 for Monday to 6, joined by commas)
    where ``every_days`` is 0. ``communities`` are the codes that it serves. ``quorum`` counts ``unit``; nobody waits
    longer than ``latest_days``, and who waits is told the window ``notice_days`` before the day at the latest.
    ``version`` counts changes; a round that has ``ended_at`` takes nobody new and goes for those who wait.
    """

    __tablename__ = "village_round"
    __table_args__ = (
        CheckConstraint(one_of("unit", QUORUM_UNITS), name="unit"),
        CheckConstraint("quorum > 0", name="quorum"),
        CheckConstraint("every_days >= 0 AND (every_days > 0) <> (weekdays <> '')", name="rhythm"),
        CheckConstraint("latest_days >= notice_days AND notice_days >= 1", name="days"),
        Index("ix_village_round_depot", "depot_code", "ended_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    name: Mapped[str]
    communities: Mapped[list[Any]]
    every_days: Mapped[int] = mapped_column(default=0)
    weekdays: Mapped[str] = mapped_column(default="")
    first_day: Mapped[date]
    unit: Mapped[str]
    quorum: Mapped[int]
    latest_days: Mapped[int]
    notice_days: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RoundDay(Base):
    """A day on which a round goes, and why it was given that day: the quorum was there, the date came, or decided."""

    __tablename__ = "village_round_day"
    __table_args__ = (CheckConstraint(one_of("why", WHY_ROUNDS_GO), name="why"),)

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("village_round.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    why: Mapped[str]
    asked: Mapped[int]
    set_at: Mapped[datetime]


class RoundPlace(Base):
    """Somebody who waits for a round: a pickup of a resident or an outlet, or a delivery that a shop ordered.

    ``wish`` is what was asked for, as it was sent; ``retailer`` and ``external_id`` name a shop's order, and are empty
    for a pickup. ``latest_on`` is the day on which the round goes at the latest, as was promised; ``late_at`` is when
    it was told that this could not be kept. ``trouble`` is why the last try to place it failed. ``placed`` has a
    booking or an order, ``left`` neither, except where the order was sent for a day of its own meanwhile.
    """

    __tablename__ = "village_round_place"
    __table_args__ = (
        CheckConstraint(one_of("kind", ROUND_KINDS), name="kind"),
        CheckConstraint(one_of("state", ROUND_STATES), name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state <> 'placed' OR booking_id IS NOT NULL OR order_id IS NOT NULL", name="placed"),
        CheckConstraint("(kind = 'order') = (external_id <> '')", name="shop"),
        UniqueConstraint("token"),
        Index("ix_village_round_place_line", "round_id", "state", "asked_at"),
        Index("ix_village_round_place_phone", "phone"),
        Index(
            "uq_village_round_place_order",
            "retailer",
            "external_id",
            unique=True,
            sqlite_where=text("state = 'waiting' AND kind = 'order'"),
            postgresql_where=text("state = 'waiting' AND kind = 'order'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("village_round.id"))
    kind: Mapped[str]
    token: Mapped[str]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    community_code: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(default="zh")
    wish: Mapped[dict[str, Any]]
    kg: Mapped[int]
    retailer: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    latest_on: Mapped[date]
    late_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="waiting")
    ended_at: Mapped[datetime | None]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trade_in_order.id"))
