"""Plan runs (the work) and plans (the result): routes, visits, and what was left out."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id


class PlanRun(Base):
    """A request to plan one depot's day, and how far it has come.

    A worker that claims a run raises ``fence`` and holds the run until ``lease_until``; only the holder of the
    highest fence may write the result. What it finds is published at once, unless it only ``proposes``: then it is
    a draft. ``draft_id`` is the draft whose locked routes and visits it keeps; a ``plain``
    one searches nothing.
    """

    __tablename__ = "plan_run"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
        CheckConstraint("asked_by IN ('dispatcher', 'schedule', 'command')", name="asked_by"),
        Index("ix_plan_run_state", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    progress: Mapped[float] = mapped_column(default=0.0)
    best_cost: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("plan.id"))
    proposes: Mapped[bool] = mapped_column(default=False, server_default=false())
    draft_id: Mapped[uuid.UUID | None]
    plain: Mapped[bool] = mapped_column(default=False, server_default=false())


def own_version(context: Any) -> int:
    """Return the version that a row is written with."""
    return int(context.get_current_parameters()["version"])


class Plan(Base):
    """One version of a depot's day. Figures are metres, seconds, kilograms, litres and fen.

    ``root`` is the version that was searched for: bookings that came later are put into its routes, each time in a
    version of its own. ``puts`` counts what was put or kept there since this version was written, so that two never
    take the same place. ``prices`` are the fen of each term of ``cost``, ``bound`` is what no plan of those orders can
    cost less than (None where nothing is proven), ``notes`` what its reader should know.

    In force is the newest that is no ``draft``. A draft is what becomes of ``base_id``, the plan that was in force when
    it was begun, by hand or by the search; it belongs to the account ``owner`` ("" for anybody), and ``edits`` counts
    what was done to it. ``allowances`` are the rules that may be broken in it, each with its reason, ``locks`` the
    visits and routes that the search must leave as they are: ``{"stops": [..], "vehicles": [..]}``. ``happened`` is
    what a plan made on the day itself answers (`recycling.board.running`), and which vehicles and sites are out since.
    """

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("depot_code", "service_day", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    version: Mapped[int]
    root: Mapped[int] = mapped_column(default=own_version, server_default="0")
    puts: Mapped[int] = mapped_column(default=0, server_default="0")
    made_at: Mapped[datetime]
    engine: Mapped[str]
    search_seconds: Mapped[float]
    cost: Mapped[int]
    roads: Mapped[str]
    notice_zh: Mapped[str] = mapped_column(default="")
    notice_en: Mapped[str] = mapped_column(default="")
    bound: Mapped[int | None]
    prices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    notes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    draft: Mapped[bool] = mapped_column(default=False, server_default=false())
    base_id: Mapped[uuid.UUID | None]
    owner: Mapped[str] = mapped_column(default="", server_default="")
    edits: Mapped[int] = mapped_column(default=0, server_default="0")
    published_at: Mapped[datetime | None]
    published_by: Mapped[str] = mapped_column(default="", server_default="")
    allowances: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    locks: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    happened: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    routes: Mapped[list[PlanRoute]] = relationship(
        back_populates="plan", order_by="PlanRoute.number", cascade="all, delete-orphan"
    )
    left_out: Mapped[list[LeftOut]] = relationship(back_populates="plan", cascade="all, delete-orphan")
    done: Mapped[list[PlanEdit]] = relationship(
        back_populates="plan", order_by="PlanEdit.number", cascade="all, delete-orphan"
    )

    @property
    def notice(self) -> dict[str, str] | None:
        """The notice by language, None on real roads."""
        return {"zh": self.notice_zh, "en": self.notice_en} if self.notice_zh else None


class PlanRoute(Base):
    """One vehicle's day. ``way_home`` is the road from the last visit, [[lon, lat], ..]."""

    __tablename__ = "plan_route"
    __table_args__ = (UniqueConstraint("plan_id", "number"), UniqueConstraint("plan_id", "plate"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    number: Mapped[int]
    plate: Mapped[str]
    vehicle_type: Mapped[str]
    capacity_kg: Mapped[int]
    capacity_litres: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    load_kg: Mapped[int]
    load_litres: Mapped[int]
    rest_start: Mapped[datetime | None]
    rest_end: Mapped[datetime | None]
    distance: Mapped[int]
    driving: Mapped[int]
    cost: Mapped[int]
    way_home: Mapped[list[Any]]

    plan: Mapped[Plan] = relationship(back_populates="routes")
    visits: Mapped[list[PlanVisit]] = relationship(
        back_populates="route", order_by="PlanVisit.position", cascade="all, delete-orphan"
    )


class PlanVisit(Base):
    """One service of a route: at an order's door, or at a site to unload. ``way`` is the road that leads to it.

    ``fetches`` says of a shop's order that it is the second visit, for the old things alone.
    """

    __tablename__ = "plan_visit"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN call_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN order_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN site_code IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
        CheckConstraint("arrives_at <= begins_at AND begins_at <= ends_at", name="times"),
        CheckConstraint("load_kg >= 0 AND load_litres >= 0", name="load"),
    )

    route_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan_route.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"), index=True)
    call_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("call.id"))
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trade_in_order.id"))
    site_code: Mapped[str | None] = mapped_column(ForeignKey("site.code"))
    fetches: Mapped[bool] = mapped_column(default=False, server_default=false())
    lon: Mapped[float]
    lat: Mapped[float]
    arrives_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    load_kg: Mapped[int]
    load_litres: Mapped[int]
    collected_kg: Mapped[int]
    collected_litres: Mapped[int]
    way: Mapped[list[Any]]

    route: Mapped[PlanRoute] = relationship(back_populates="visits")


class LeftOut(Base):
    """An order that no vehicle takes in this plan, with the reason and its figures; ``fetches`` as in `PlanVisit`."""

    __tablename__ = "left_out"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN call_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN order_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    call_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("call.id"))
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trade_in_order.id"))
    fetches: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str]
    figures: Mapped[dict[str, Any]]

    plan: Mapped[Plan] = relationship(back_populates="left_out")


class PlanEdit(Base):
    """One thing that was done to a draft by hand: what was asked, how it was before, and what it came to (fen)."""

    __tablename__ = "plan_edit"

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    asked: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    cost: Mapped[int]

    plan: Mapped[Plan] = relationship(back_populates="done")
