"""Contracts for regular collections, and what became of each of their dates."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import SCENES, STANDING, one_of

ON_HOLIDAY = ("skip", "before", "after")


class Contract(Base):
    """A place whose things are collected regularly: what, where, by which rule, and for how long.

    ``rule`` is a recurrence rule of RFC 5545, counted from ``first_day``; ``last_day`` is the last that it may fall on,
    or none. ``on_holiday`` says what happens where it falls on a day on which nobody drives: nothing, or a visit on the
    working day before or after. ``version`` counts its changes; this version books from ``from_day`` on, as all before
    it had been booked when it was made. ``key`` and ``digest`` make a repeated form the same contract.
    """

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint(one_of("on_holiday", ON_HOLIDAY), name="on_holiday"),
        CheckConstraint(one_of("scene", SCENES), name="scene"),
        CheckConstraint(one_of("standing", STANDING), name="standing"),
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("floor BETWEEN -5 AND 120", name="floor"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_contract_depot", "depot_code", "ended_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    community_code: Mapped[str | None] = mapped_column(ForeignKey("community.code"))
    place: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    floor: Mapped[int]
    lift: Mapped[bool]
    standing: Mapped[str]
    scene: Mapped[str]
    contact: Mapped[str]
    phone: Mapped[str]
    note: Mapped[str]
    rule: Mapped[str]
    window: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    on_holiday: Mapped[str]
    from_day: Mapped[date]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    lines: Mapped[list[ContractLine]] = relationship(order_by="ContractLine.position", cascade="all, delete-orphan")
    skips: Mapped[list[ContractSkip]] = relationship(order_by="ContractSkip.day", cascade="all, delete-orphan")


class ContractLine(Base):
    """Some pieces of one item that are collected each time."""

    __tablename__ = "contract_line"
    __table_args__ = (CheckConstraint("pieces BETWEEN 1 AND 99", name="pieces"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    pieces: Mapped[int]


class ContractSkip(Base):
    """A date on which nobody is to come, and why."""

    __tablename__ = "contract_skip"

    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str]


class ContractDate(Base):
    """What became of one date of a contract: a booking, or the faults for which there is none.

    ``rule_day`` is the day that the rule names, ``day`` the one of the visit; ``elsewhen`` says that it was booked in
    another window than the agreed one. A date that was missed stands before the clerks until it is ``settled``.
    """

    __tablename__ = "contract_date"
    __table_args__ = (
        CheckConstraint("(booking_id IS NULL) = (faults IS NOT NULL)", name="outcome"),
        CheckConstraint("settled_at IS NULL OR booking_id IS NULL", name="settled"),
        Index("ix_contract_date_missed", "booking_id", "settled_at"),
    )

    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id", ondelete="CASCADE"), primary_key=True)
    rule_day: Mapped[date] = mapped_column(primary_key=True)
    day: Mapped[date]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    elsewhen: Mapped[bool] = mapped_column(default=False)
    faults: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(default="")
