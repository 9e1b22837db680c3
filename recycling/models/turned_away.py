"""What somebody brought to a truck at its call and that was not taken; who it was is not noted."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

REASONS = ("not_taken", "dangerous", "dirty", "full", "price", "other")
"""Why something is not taken: never, too dangerous, soiled or mixed, no room on board, the price was refused, else."""


class TurnedAway(Base):
    """Something that was not taken at a call: what, why, where and when.

    ``community_code`` is None where nobody said at which call the truck stood.
    """

    __tablename__ = "turned_away"
    __table_args__ = (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("what <> ''", name="what"),
        Index("ix_turned_away_day", "day", "depot_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    plate: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    community_code: Mapped[str | None] = mapped_column(ForeignKey("community.code"))
    day: Mapped[date]
    what: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]
