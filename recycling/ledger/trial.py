"""The trial balance: what must hold of the whole ledger, asked of the database itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Select, case, func, or_, select, text
from sqlalchemy.orm import Session

from recycling.models import LedgerAccount, LedgerEntry, LedgerGuard, LedgerLine

TRIGGERS = ("ledger_entry_balances", "ledger_line_is_in_time")
TABLES = ("entry", "line", "account")


@dataclass(frozen=True)
class Trial:
    """Counts, and the keys of all that is wrong; sound when every list is empty."""

    accounts: int
    entries: int
    lines: int
    unbalanced: tuple[str, ...]
    orphaned: tuple[str, ...]
    guards_off: tuple[str, ...]
    triggers_missing: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.unbalanced or self.orphaned or self.guards_off or self.triggers_missing)


def trial(session: Session) -> Trial:
    """Sum every entry, compare every guard with its account's sum, and look for the triggers that keep the ledger."""
    line, account, entry, guard = LedgerLine, LedgerAccount, LedgerEntry, LedgerGuard
    by_unit = (
        select(line.entry_id)
        .join(account, account.id == line.account_id)
        .group_by(line.entry_id, account.unit)
        .having(func.sum(line.amount) != 0)
    )
    short = (
        select(entry.id)
        .outerjoin(line, line.entry_id == entry.id)
        .group_by(entry.id)
        .having(func.count(line.position) < 2)
    )
    orphaned = select(line.entry_id).outerjoin(entry, entry.id == line.entry_id).where(entry.id.is_(None)).distinct()
    side = case((account.keeps == "above", 1), else_=-1)
    held = select(line.account_id, func.sum(line.amount).label("amount")).group_by(line.account_id).subquery("held")
    amount = func.coalesce(held.c.amount, 0) * side
    guards_off = (
        select(account.id)
        .outerjoin(guard, guard.account_id == account.id)
        .outerjoin(held, held.c.account_id == account.id)
        .where(account.keeps != "any", or_(guard.room.is_(None), guard.room != amount, amount < 0))
    )
    return Trial(
        accounts=_count(session, account),
        entries=_count(session, entry),
        lines=_count(session, line),
        unbalanced=tuple(sorted({*_keys(session, by_unit), *_keys(session, short)})),
        orphaned=_keys(session, orphaned),
        guards_off=_keys(session, guards_off),
        triggers_missing=_missing_triggers(session),
    )


def _count(session: Session, table: type[LedgerAccount | LedgerEntry | LedgerLine]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _keys(session: Session, query: Select[uuid.UUID]) -> tuple[str, ...]:
    return tuple(sorted(str(k) for k in session.scalars(query)))


def _missing_triggers(session: Session) -> tuple[str, ...]:
    if session.get_bind().dialect.name == "postgresql":
        kept = [f"ledger_{t}_is_kept" for t in TABLES]
        names = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
    else:
        kept = [f"ledger_{t}_no_{d}" for t in TABLES for d in ("update", "delete")]
        names = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    there = set(session.scalars(names))
    return tuple(name for name in (*TRIGGERS, *kept) if name not in there)
