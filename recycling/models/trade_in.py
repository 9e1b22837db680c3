"""Deliver new, collect old: a retailer's delivery that takes the old appliance back."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id

OPEN, DELIVERED, FAILED, CANCELLED = "open", "delivered", "failed", "cancelled"
FETCHED = "fetched"
DOOR = "door"


class TradeInOrder(Base):
    """One delivery of a new appliance, with the old one that comes back (none when ``old_item`` is empty).

    ``retailer`` and ``external_id`` are the shop's name and its number of the order. Kilograms and litres are totals of
    what goes there and of what comes back; ``old_items`` lists that as [item code, pieces], ``old_item`` is the first.
    ``minutes`` are those of handling everything, setting up included. ``tail_lift`` says that it takes a vehicle
    with one, ``height_limit`` how many metres high that may be; None for any. ``scheme`` is the code of the trade-in
    scheme that it gets by the day on which it was placed, ``voucher`` what that pays in fen. ``planned_start`` and
    ``planned_end`` are the narrowed hours that a plan gave it, ``set_off_at`` is when its crew set off.
    ``events`` counts what the shop's program was told of it. ``crew_skills`` is what its crew must be able to do
    besides carrying, such as ``dismantle,install``, and ``joint_minutes`` what that takes one person. ``erased_at`` is
    when whoever it was for was erased from it.

    ``old_goods`` says how the old things travel: ``door`` (taken by the visit that brings), ``mixed`` or ``return``
    (by a second visit of the day, with the hours ``fetch_start`` to ``fetch_end``). ``fetch_state`` is that visit's
    own: ``open``, ``fetched``, ``failed`` or ``cancelled``, "" where there is none; the other ``fetch_`` fields are to
    it what those without are to the first visit.

    ``partner`` is the code of the partner recycler that was asked to fetch the old things, or fetches them: then since
    ``away_since``. Things that go by the ``door`` have hours of their own meanwhile (``apart``).
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
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    contact: Mapped[str] = mapped_column(default="", server_default="")
    phone: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    old_items: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    condition: Mapped[str] = mapped_column(default="", server_default="")
    install_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    price: Mapped[int] = mapped_column(default=0, server_default="0")
    scheme: Mapped[str] = mapped_column(default="", server_default="")
    voucher: Mapped[int] = mapped_column(default=0, server_default="0")
    ordered_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    changed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="zh", server_default="zh")
    planned_start: Mapped[datetime | None]
    planned_end: Mapped[datetime | None]
    set_off_at: Mapped[datetime | None]
    events: Mapped[int] = mapped_column(default=0, server_default="0")
    crew_skills: Mapped[str] = mapped_column(default="", server_default="")
    joint_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    erased_at: Mapped[datetime | None]
    old_goods: Mapped[str] = mapped_column(default="door", server_default="door")
    fetch_start: Mapped[datetime | None]
    fetch_end: Mapped[datetime | None]
    fetch_minutes: Mapped[float] = mapped_column(default=0.0, server_default="0")
    fetch_people: Mapped[int] = mapped_column(default=0, server_default="0")
    fetch_state: Mapped[str] = mapped_column(default="", server_default="")
    fetch_reason: Mapped[str] = mapped_column(default="", server_default="")
    fetch_planned_start: Mapped[datetime | None]
    fetch_planned_end: Mapped[datetime | None]
    fetch_set_off_at: Mapped[datetime | None]
    partner: Mapped[str] = mapped_column(default="", server_default="")
    away_since: Mapped[datetime | None]

    @property
    def skills(self) -> frozenset[str]:
        """What its crew must be able to do besides carrying."""
        return frozenset(filter(None, (self.crew_skills or "").split(",")))

    @property
    def things_back(self) -> list[tuple[str, int]]:
        """What comes back, as (item code, pieces)."""
        pieces = self.old_items or ([[self.old_item, 1]] if self.old_item else [])
        return [(code, count) for code, count in pieces]

    @property
    def things_at_door(self) -> list[tuple[str, int]]:
        """What the visit that brings takes back itself."""
        return [] if self.fetch_start is not None else self.things_back

    @property
    def fetching(self) -> bool:
        """Whether a second visit is still to fetch the old things, whoever makes it."""
        return self.fetch_state == OPEN and self.state in (OPEN, DELIVERED)

    @property
    def apart(self) -> bool:
        """Whether old things that the delivery would take have a visit of their own, as they were handed over."""
        return self.old_goods == DOOR and self.fetch_start is not None
