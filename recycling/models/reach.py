"""Whom truck calls and stations reach on foot, as planners asked and keep it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class ReachStudy(Base):
    """Whom a version of a depot's timetable reaches; without a ``version`` its stations alone.

    ``asked`` are the limits (`recycling.timetable.reach.Limits`), ``answer`` what was found
    (`recycling.timetable.reach_kept`), as the network and the timetable were at ``made_at``.
    """

    __tablename__ = "reach_study"
    __table_args__ = (Index("ix_reach_study_depot", "depot_code", "made_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    version: Mapped[int | None]
    asked: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
