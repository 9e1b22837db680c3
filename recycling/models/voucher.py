"""Vouchers for points: how many are left, and who redeemed which."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class VoucherStock(Base):
    """Of one voucher: how many there are in all, and how many are given out."""

    __tablename__ = "voucher_stock"
    __table_args__ = (CheckConstraint("given BETWEEN 0 AND stock", name="given"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    stock: Mapped[int]
    given: Mapped[int]


class Redemption(Base):
    """Points turned into vouchers, by a price that was valid then; cancelled at most once."""

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("pieces > 0 AND points > 0", name="sizes"),
        CheckConstraint("cancelled_at IS NULL OR cancelled_by <> ''", name="cancelled"),
        Index("ix_redemption_seller", "seller_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    seller_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seller.id"))
    voucher: Mapped[str]
    pieces: Mapped[int]
    points: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    cancel_until: Mapped[datetime]
    person: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str] = mapped_column(default="")
