"""A statement: what an account held, what came and went, what it holds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.ledger.accounts import Account
from recycling.ledger.balances import balance
from recycling.models import LedgerAccount, LedgerEntry, LedgerLine


@dataclass(frozen=True)
class StatementLine:
    """One entry as the account sees it, and what it holds afterwards."""

    entry_id: uuid.UUID
    at: datetime
    kind: str
    reference: str
    reason: str
    amount: int
    balance: int


@dataclass(frozen=True)
class Statement:
    """Opening balance, entries in order, closing balance, all in the account's unit."""

    account: Account
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int


def statement(session: Session, account: Account, since: datetime, until: datetime) -> Statement:
    """Return the account's entries that happened from `since` on and before `until`."""
    one, entry, amount = LedgerAccount, LedgerEntry, func.sum(LedgerLine.amount)
    query = (
        select(entry.id, entry.at, entry.kind, entry.reference, entry.reason, amount)
        .join(LedgerLine, LedgerLine.entry_id == entry.id)
        .join(one, one.id == LedgerLine.account_id)
        .where(one.kind == account.kind, one.owner == account.owner, one.unit == account.unit)
        .where(entry.at >= since, entry.at < until)
        .group_by(entry.id, entry.at, entry.kind, entry.reference, entry.reason)
        .order_by(entry.at, entry.id)
    )
    opening = held = balance(session, account, before=since)
    lines = []
    for key, at, kind, reference, reason, change in session.execute(query):
        held += int(change)
        lines.append(StatementLine(key, at, kind, reference, reason, int(change), held))
    return Statement(account, opening, tuple(lines), held)
