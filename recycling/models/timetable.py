"""Truck calls: a vehicle stands at a community at a published hour and takes what people bring; and timetables."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of
from recycling.models.network import Community

TIMETABLE_STATES = ("draft", "published", "withdrawn")
DWELL = "dwell_minutes BETWEEN 5 AND 240"
EXPECTED = "expected_kg >= 0 AND expected_litres >= 0"


class Timetable(Base):
    """A version of a depot's timetable: which vehicle stands where, at which hour, on which days of a cycle of weeks.

    ``weeks`` is the cycle's length; its first day is a Monday. A published version holds from ``valid_from`` until a
    later one does. ``fen_a_week`` is what its rounds cost, and ``left_out`` how many communities have no call in it.
    ``roads_id`` names the ways that it was made with, and ``edits`` counts the moves made by hand.
    """

    __tablename__ = "timetable"
    __table_args__ = (
        UniqueConstraint("depot_code", "version"),
        CheckConstraint(one_of("state", TIMETABLE_STATES), name="state"),
        CheckConstraint("weeks BETWEEN 1 AND 4", name="weeks"),
        CheckConstraint("(state = 'draft') = (valid_from IS NULL)", name="valid_from"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(default="draft")
    weeks: Mapped[int]
    valid_from: Mapped[date | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    fen_a_week: Mapped[int]
    left_out: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    roads_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    edits: Mapped[int] = mapped_column(default=0)

    visits: Mapped[list[TimetableVisit]] = relationship(
        back_populates="timetable",
        cascade="all, delete-orphan",
        order_by="(TimetableVisit.day, TimetableVisit.plate, TimetableVisit.position)",
    )


class TimetableRoads(Base):
    """The ways between all places of a timetable, kept so that a move by hand can be judged at once.

    ``places`` are the codes of the depot, the sites and the communities; ``seconds`` and ``metres`` are what
    `recycling.timetable.kept_roads` packs, for each of ``profiles``, or for all vehicles where none is named.
    """

    __tablename__ = "timetable_roads"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    made_at: Mapped[datetime]
    places: Mapped[list[Any]]
    profiles: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    seconds: Mapped[bytes]
    metres: Mapped[bytes]


class TimetableVisit(Base):
    """One call of a timetable: the day of the cycle (0: its first Monday), minutes after midnight, place in its round.

    ``unload_after`` is the site at which the vehicle unloads before it drives on, if it does.
    """

    __tablename__ = "timetable_visit"
    __table_args__ = (
        UniqueConstraint("timetable_id", "community_code", "day"),
        UniqueConstraint("timetable_id", "day", "plate", "position"),
        CheckConstraint("day BETWEEN 0 AND 27", name="day"),
        CheckConstraint("start_minute BETWEEN 0 AND 1439", name="start_minute"),
        CheckConstraint(DWELL, name="dwell"),
        CheckConstraint(EXPECTED, name="expected"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    timetable_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("timetable.id", ondelete="CASCADE"))
    community_code: Mapped[str] = mapped_column(ForeignKey("community.code"))
    day: Mapped[int]
    plate: Mapped[str]
    position: Mapped[int]
    start_minute: Mapped[int]
    dwell_minutes: Mapped[int]
    expected_kg: Mapped[int]
    expected_litres: Mapped[int]
    unload_after: Mapped[str | None] = mapped_column(ForeignKey("site.code"))

    timetable: Mapped[Timetable] = relationship(back_populates="visits")
    community: Mapped[Community] = relationship()


class Call(Base):
    """One dated call of a truck: where, when, how long, and how much is expected to be brought.

    ``mark`` is the community and the day on which a timetable first put it, None for a call of no timetable; it stays
    when the call is moved. ``plate`` is the vehicle that calls, "" for any. ``state`` is ``planned`` or ``cancelled``.
    A call that was moved says from when (``moved_from``), one that is cancelled why (``reason``, and ``reason_en``
    where that has an English name). ``changes`` counts both. ``by_hand`` keeps what people changed from being changed
    by a later timetable.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint(DWELL, name="dwell"),
        CheckConstraint(EXPECTED, name="expected"),
        Index("ix_call_day", "depot_code", "service_day"),
        Index("ix_call_community", "community_code", "starts_at"),
        Index("uq_call_mark", "mark", unique=True),
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
    timetable_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    mark: Mapped[str | None] = mapped_column(default=None)
    plate: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="planned")
    reason: Mapped[str] = mapped_column(default="")
    reason_en: Mapped[str] = mapped_column(default="", server_default="")
    moved_from: Mapped[datetime | None] = mapped_column(default=None)
    changes: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime | None] = mapped_column(default=None)
    by_hand: Mapped[bool] = mapped_column(default=False)

    community: Mapped[Community] = relationship()

    @property
    def ends_at(self) -> datetime:
        """When the vehicle leaves again."""
        return self.starts_at + timedelta(minutes=self.dwell_minutes)
