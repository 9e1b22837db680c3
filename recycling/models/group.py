"""Neighbours who gather their things, so that a truck comes once for all of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import SCENES, one_of

UNITS = ("households", "kg", "litres")
GROUP_STATES = ("open", "reached", "booked", "closed", "cancelled")
GROUP_LIVE = ("open", "reached")


class Group(Base):
    """A building or a village whose households gather until there are enough for a truck.

    ``code`` opens its page, and is read out and printed. ``quorum`` of ``unit`` must have joined; ``last_day`` is the
    last day on which the truck may come; ``scene`` is what kind of place it is. ``wished_day`` and ``wished_window``
    are taken if they can be kept. ``version`` counts every change of the group and of its members, so that nobody forms
    a group that has just become another one. ``decided`` is why a clerk lets it go without its quorum, ``trouble`` why
    the last try to find a window failed, ``reason`` why it was called off. States: ``open`` (gathering), ``reached``
    (enough, no window yet), ``booked``, ``closed`` (the last day passed), ``cancelled``.
    """

    __tablename__ = "pickup_group"
    __table_args__ = (
        CheckConstraint(one_of("unit", UNITS), name="unit"),
        CheckConstraint(one_of("scene", SCENES), name="scene"),
        CheckConstraint(one_of("state", GROUP_STATES), name="state"),
        CheckConstraint("quorum > 0", name="quorum"),
        CheckConstraint("(state IN ('open', 'reached')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'booked') = (booked_day IS NOT NULL)", name="booked"),
        Index("ix_pickup_group_state", "state", "last_day"),
        Index("ix_pickup_group_place", "community_code", "address"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    community_code: Mapped[str] = mapped_column(ForeignKey("community.code"))
    place: Mapped[str]
    address: Mapped[str]
    scene: Mapped[str] = mapped_column(default="home", server_default="home")
    unit: Mapped[str]
    quorum: Mapped[int]
    last_day: Mapped[date]
    wished_day: Mapped[date | None]
    wished_window: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="open")
    decided: Mapped[str] = mapped_column(default="")
    trouble: Mapped[str] = mapped_column(default="")
    tried_at: Mapped[datetime | None]
    booked_day: Mapped[date | None]
    booked_window: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    members: Mapped[list[GroupMember]] = relationship(back_populates="group", order_by="GroupMember.joined_at")


class GroupMember(Base):
    """One household of a group; ``token`` opens its own page, ``booking_id`` is its booking once there is one.

    One telephone number is one household: whoever joins again changes what was entered before. ``door`` is what comes
    behind the group's address.
    """

    __tablename__ = "pickup_group_member"
    __table_args__ = (
        UniqueConstraint("group_id", "phone"),
        CheckConstraint("floor BETWEEN -5 AND 120", name="floor"),
        Index("ix_pickup_group_member_phone", "phone"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pickup_group.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    contact: Mapped[str]
    phone: Mapped[str]
    door: Mapped[str]
    floor: Mapped[int]
    lift: Mapped[bool]
    standing: Mapped[str] = mapped_column(default="flat")
    note: Mapped[str] = mapped_column(default="")
    joined_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    left_at: Mapped[datetime | None]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"), index=True)

    group: Mapped[Group] = relationship(back_populates="members")
    lines: Mapped[list[GroupMemberLine]] = relationship(
        order_by="GroupMemberLine.position", cascade="all, delete-orphan"
    )


class GroupMemberLine(Base):
    """Some pieces of one item that a household gives; weight and size are the catalogue's."""

    __tablename__ = "pickup_group_member_line"
    __table_args__ = (CheckConstraint("pieces BETWEEN 1 AND 99", name="pieces"),)

    member_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("pickup_group_member.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    pieces: Mapped[int]
