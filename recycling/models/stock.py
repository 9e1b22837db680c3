"""What the ledger does not say of the goods on trucks: weigh-ins, corrections that two people make, serial numbers."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

DIFFERENCES = ("within", "open", "explained")
CORRECTIONS = ("asked", "made", "refused")


class StockWeighIn(Base):
    """A truck whose load was weighed at a site, or found empty at the start of a day (no site).

    ``gross_grams`` and ``tare_grams`` are those of the weighbridge, None where only materials were weighed.
    """

    __tablename__ = "stock_weigh_in"
    __table_args__ = (
        CheckConstraint("(gross_grams IS NULL) = (tare_grams IS NULL)", name="bridge"),
        Index("ix_stock_weigh_in_plate", "plate", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    plate: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    site_code: Mapped[str | None] = mapped_column(ForeignKey("site.code"))
    day: Mapped[date]
    at: Mapped[datetime]
    person: Mapped[str]
    gross_grams: Mapped[int | None] = mapped_column(BigInteger)
    tare_grams: Mapped[int | None] = mapped_column(BigInteger)

    lines: Mapped[list[StockWeighInLine]] = relationship(
        back_populates="weigh_in", order_by="StockWeighInLine.material"
    )


class StockWeighInLine(Base):
    """What the book said of one material and what the scale says, and what became of the difference.

    ``within`` the tolerance, ``open`` until somebody says why, or ``explained``.
    """

    __tablename__ = "stock_weigh_in_line"
    __table_args__ = (
        CheckConstraint("book_grams >= 0 AND weighed_grams >= 0", name="grams"),
        CheckConstraint(one_of("state", DIFFERENCES), name="state"),
        CheckConstraint("state <> 'explained' OR (reason <> '' AND explained_by <> '')", name="explained"),
        Index("ix_stock_weigh_in_line_state", "state"),
    )

    weigh_in_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stock_weigh_in.id"), primary_key=True)
    material: Mapped[str] = mapped_column(primary_key=True)
    book_grams: Mapped[int] = mapped_column(BigInteger)
    weighed_grams: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    explained_by: Mapped[str] = mapped_column(default="")
    explained_at: Mapped[datetime | None]

    weigh_in: Mapped[StockWeighIn] = relationship(back_populates="lines")

    @property
    def difference(self) -> int:
        """Grams that the scale says more than the book."""
        return self.weighed_grams - self.book_grams


class StockCorrection(Base):
    """A change of what the book says is on a truck: one person asks for it and says why, another one decides."""

    __tablename__ = "stock_correction"
    __table_args__ = (
        CheckConstraint("grams <> 0", name="grams"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(one_of("state", CORRECTIONS), name="state"),
        CheckConstraint("(state = 'asked') = (decided_by = '')", name="decided"),
        CheckConstraint("decided_by <> asked_by", name="second_person"),
        Index("ix_stock_correction_plate", "plate", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    plate: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    material: Mapped[str]
    grams: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="asked")
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class StockSerial(Base):
    """The serial number of an appliance, as it was read when it came on board; the same one again is looked at."""

    __tablename__ = "stock_serial"
    __table_args__ = (Index("ix_stock_serial_serial", "serial"),)

    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purchase.id"), primary_key=True)
    serial: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str]
    plate: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]
