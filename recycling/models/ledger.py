"""The double-entry ledger: accounts, entries, lines, and the guards of accounts that may not pass zero."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id


class LedgerAccount(Base):
    """Somebody's or something's amount of one unit: points, fen, later kilograms of a material on a truck.

    ``keeps`` says which side of zero the balance stays on: ``above`` (never negative), ``below`` (never positive) or
    ``any``. Rows are added and never changed.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("kind", "owner", "unit"),
        CheckConstraint("keeps IN ('any', 'above', 'below')", name="keeps"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    owner: Mapped[str]
    unit: Mapped[str]
    keeps: Mapped[str]


class LedgerGuard(Base):
    """How far an account that keeps to one side is from zero; changed only by conditional updates while posting."""

    __tablename__ = "ledger_guard"
    __table_args__ = (CheckConstraint("room >= 0", name="room"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    room: Mapped[int] = mapped_column(BigInteger)


class LedgerEntry(Base):
    """What happened once, as lines that sum to zero in each unit.

    Lines are written first and the entry closes them: a trigger refuses an entry of fewer than two lines or of a sum
    that is not zero, another refuses a line for an entry that is there. Others refuse to change or delete either. A
    correction is an entry of its own that names the one it ``reverses``, at most one for each.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("reverses IS NULL OR (reason <> '' AND person <> '')", name="reversal"),
        Index("ix_ledger_entry_at", "at"),
        Index("ix_ledger_entry_reference", "reference"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]
    reference: Mapped[str]
    reason: Mapped[str]
    reverses: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)

    lines: Mapped[list[LedgerLine]] = relationship(viewonly=True, order_by="LedgerLine.position")


class LedgerLine(Base):
    """One amount of one account, in its unit; positive is more of it."""

    __tablename__ = "ledger_line"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_ledger_line_account", "account_id", "entry_id"),
    )

    entry_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("ledger_entry.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)

    account: Mapped[LedgerAccount] = relationship(viewonly=True)
