"""Timetables that are being made: who asked, how far it is, what came of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

STATES = ("queued", "running", "done", "failed")
OPEN = text("state IN ('queued', 'running')")


class TimetableRun(Base):
    """A request to make a depot's timetable, one at a time; its result is ``version``, a draft.

    ``fen_a_week``, ``left_out`` and ``people_left_out`` are what the best so far costs, how many communities have no
    call in it, and how many people live there.

    ``hindrances`` is what is proven to stand in the way of those (`recycling.timetable.hindrances`).

    A worker that claims a run raises ``fence`` and holds the run until ``lease_until``; only the holder of the highest
    fence may write the result. ``seconds`` is how long it searches; ``stop_asked`` ends that early and keeps the best.
    """

    __tablename__ = "timetable_run"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
        CheckConstraint("seconds BETWEEN 1 AND 86400", name="seconds"),
        Index("uq_timetable_run_open", "depot_code", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    seconds: Mapped[int]
    state: Mapped[str] = mapped_column(default="queued")
    stop_asked: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    progress: Mapped[float] = mapped_column(default=0.0)
    fen_a_week: Mapped[int | None]
    left_out: Mapped[int | None]
    people_left_out: Mapped[int | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    version: Mapped[int | None]
    hindrances: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
