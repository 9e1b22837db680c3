"""What the schedule has done: one row for each job and hour, so that no hour is done twice or forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base


class JobTick(Base):
    """A job's scheduled hour that has been taken care of."""

    __tablename__ = "job_tick"

    job: Mapped[str] = mapped_column(primary_key=True)
    scheduled_for: Mapped[datetime] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
