"""Where trucks were seen last, on the public grid."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base


class TruckPosition(Base):
    """A truck whose place residents are shown on a day: one row a truck, overwritten, so that no way is kept.

    The row is there while its driver agrees. ``grid_row`` and ``grid_column`` name a square of about 100 m
    (`recycling.whereabouts.grid`), None until the truck is seen for the first time; a nearer place is nowhere stored.
    ``shared_by`` is the account that agreed.
    """

    __tablename__ = "truck_position"
    __table_args__ = (
        CheckConstraint("(grid_row IS NULL) = (seen_at IS NULL)", name="row"),
        CheckConstraint("(grid_column IS NULL) = (seen_at IS NULL)", name="column"),
    )

    plate: Mapped[str] = mapped_column(primary_key=True)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    grid_row: Mapped[int | None]
    grid_column: Mapped[int | None]
    seen_at: Mapped[datetime | None]
    shared_by: Mapped[str]
