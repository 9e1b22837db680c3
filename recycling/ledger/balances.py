"""Balances: sums over lines, now or as of a moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.ledger.accounts import Account
from recycling.models import LedgerAccount, LedgerEntry, LedgerLine


def balance(session: Session, account: Account, before: datetime | None = None) -> int:
    """Return what an account holds, by entries that happened before a moment if one is given; 0 for one unheard of."""
    one = LedgerAccount
    query = (
        select(func.coalesce(func.sum(LedgerLine.amount), 0))
        .join(one, one.id == LedgerLine.account_id)
        .where(one.kind == account.kind, one.owner == account.owner, one.unit == account.unit)
    )
    if before is not None:
        query = query.join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id).where(LedgerEntry.at < before)
    return int(session.scalar(query) or 0)


def balances(session: Session, kind: str) -> dict[tuple[str, str], int]:
    """Return what all accounts of a kind hold, by owner and unit, without those at zero."""
    total = func.sum(LedgerLine.amount)
    query = (
        select(LedgerAccount.owner, LedgerAccount.unit, total)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerAccount.kind == kind)
        .group_by(LedgerAccount.owner, LedgerAccount.unit)
        .having(total != 0)
    )
    return {(owner, unit): int(amount) for owner, unit, amount in session.execute(query)}
