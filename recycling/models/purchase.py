"""Who sells, what was bought from them, how it was paid, and what proves it."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id


class Seller(Base):
    """Somebody who hands something over for points or yuan.

    Name and identity number are asked for only when an invoice is wanted. Of the number only a keyed hash, by which
    the same person is recognised, and the last four characters are kept. ``link_version`` is raised to make the
    links to the statement that were given out before open nothing.
    """

    __tablename__ = "seller"
    __table_args__ = (
        CheckConstraint("kind IN ('natural_person', 'sole_trader', 'company')", name="kind"),
        CheckConstraint("(identity_hash IS NULL) = (identity_last_four IS NULL)", name="identity"),
        Index("ix_seller_identity_hash", "identity_hash"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(default="natural_person")
    phone: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    identity_hash: Mapped[str | None]
    identity_last_four: Mapped[str | None]
    link_version: Mapped[int] = mapped_column(default=1)


class SellerDeclaration(Base):
    """What a seller says to have sold elsewhere in one month (fen, without VAT); the newest one of a month counts."""

    __tablename__ = "seller_declaration"
    __table_args__ = (
        CheckConstraint("fen >= 0", name="fen"),
        UniqueConstraint("seller_id", "month", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    seller_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seller.id"))
    month: Mapped[date]
    number: Mapped[int]
    fen: Mapped[int] = mapped_column(BigInteger)
    declared_at: Mapped[datetime]
    person: Mapped[str]


class Purchase(Base):
    """What one seller handed over on one day, weighed and priced. Rows are added and never changed.

    ``points`` or ``fen`` is the price in what it is paid in (fen positive: we pay); ``value_fen`` is what counts
    towards the seller's twelve months. ``corrects`` names the purchase that this one replaces, for a ``reason``.
    ``protest`` is what the seller said who took the price under protest.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("pay_in IN ('points', 'yuan')", name="pay_in"),
        CheckConstraint("(pay_in = 'points' AND fen = 0) OR (pay_in = 'yuan' AND points = 0)", name="price"),
        CheckConstraint("points >= 0 AND value_fen >= 0", name="value"),
        CheckConstraint("seller_kind IN ('natural_person', 'sole_trader', 'company')", name="seller_kind"),
        CheckConstraint("corrects IS NULL OR reason <> ''", name="correction"),
        Index("ix_purchase_seller", "seller_id", "day"),
        Index("ix_purchase_day", "day"),
        Index("ix_purchase_source", "source"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    seller_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seller.id"))
    seller_kind: Mapped[str]
    source: Mapped[str]
    day: Mapped[date]
    recorded_at: Mapped[datetime]
    person: Mapped[str]
    pay_in: Mapped[str]
    points: Mapped[int] = mapped_column(BigInteger)
    fen: Mapped[int] = mapped_column(BigInteger)
    value_fen: Mapped[int] = mapped_column(BigInteger)
    protest: Mapped[str] = mapped_column(default="")
    corrects: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("purchase.id"), unique=True)
    reason: Mapped[str] = mapped_column(default="")

    lines: Mapped[list[PurchaseLine]] = relationship(order_by="PurchaseLine.position")
    evidence: Mapped[list[PurchaseEvidence]] = relationship(order_by="PurchaseEvidence.added_at")
    payments: Mapped[list[PurchasePayment]] = relationship(order_by="PurchasePayment.paid_at")
    seller: Mapped[Seller] = relationship()


class PurchaseLine(Base):
    """One weighing of one material. ``amount`` is its part of the price, in points or fen.

    ``rate`` is per kilogram in the same unit; None where a price in fen was agreed (``agreed_fen``). ``estimated``:
    the scale was out, and the weight is from the table of items.
    """

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint("grams > 0 AND pieces >= 0", name="sizes"),
        CheckConstraint("(rate IS NULL) <> (agreed_fen IS NULL)", name="one_price"),
    )

    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purchase.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    material: Mapped[str]
    goods_code: Mapped[str]
    grams: Mapped[int] = mapped_column(BigInteger)
    pieces: Mapped[int]
    rate: Mapped[int | None]
    agreed_fen: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    estimated: Mapped[bool]


class PurchaseEvidence(Base):
    """Where something lies that proves a purchase, and its fingerprint. Rows are added and never changed."""

    __tablename__ = "purchase_evidence"
    __table_args__ = (
        CheckConstraint("kind IN ('contract', 'weigh_note', 'payment', 'photo', 'other')", name="kind"),
        UniqueConstraint("purchase_id", "kind", "place"),
        Index("ix_purchase_evidence_sha256", "sha256"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purchase.id"))
    kind: Mapped[str]
    place: Mapped[str]
    sha256: Mapped[str]
    added_at: Mapped[datetime]
    person: Mapped[str]


class PurchasePayment(Base):
    """Money that changed hands for a purchase; fen, positive when we paid. Rows are added and never changed."""

    __tablename__ = "purchase_payment"
    __table_args__ = (
        CheckConstraint("fen <> 0", name="fen"),
        CheckConstraint("method IN ('cash', 'wechat', 'alipay', 'bank')", name="method"),
        Index("ix_purchase_payment_purchase", "purchase_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purchase.id"))
    fen: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str]
    reference: Mapped[str]
    paid_at: Mapped[datetime]
    person: Mapped[str]
