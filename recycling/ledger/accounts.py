"""Accounts: named by kind, owner and unit, opened when something is first posted to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from recycling.models import Base, LedgerAccount, LedgerGuard
from recycling.models.base import new_id

Keeps = Literal["any", "above", "below"]


@dataclass(frozen=True, order=True)
class Account:
    """Whose amount of what.

    Attributes
    ----------
    kind
        What the account is for: ``holder``, ``owing``, ``goods``; later ``truck``.
    owner
        Whose it is; empty for the operator's own.
    unit
        What is counted: ``points``, ``fen``.
    keeps
        ``above``: never below zero; ``below``: never above it; ``any``.
    """

    kind: str
    owner: str
    unit: str
    keeps: Keeps = "any"

    @property
    def sign(self) -> int:
        """1 when more is further from zero, -1 when less is, 0 without a guard."""
        return {"any": 0, "above": 1, "below": -1}[self.keeps]


def open_accounts(session: Session, accounts: Iterable[Account]) -> dict[Account, uuid.UUID]:
    """Return the key of each account; one that is not there yet is opened, by whichever writer comes first.

    Raises
    ------
    ValueError
        When an account is there and keeps to another side of zero.
    """
    wanted = sorted(set(accounts))
    found = _found(session, wanted)
    missing = [a for a in wanted if (a.kind, a.owner, a.unit) not in found]
    if missing:
        rows = [{"id": new_id(), "kind": a.kind, "owner": a.owner, "unit": a.unit, "keeps": a.keeps} for a in missing]
        insert_missing(session, LedgerAccount, rows)
        found = _found(session, wanted)
        guards = [{"account_id": found[a.kind, a.owner, a.unit].id, "room": 0} for a in missing if a.sign]
        insert_missing(session, LedgerGuard, guards)
    for account in wanted:
        if (keeps := found[account.kind, account.owner, account.unit].keeps) != account.keeps:
            raise ValueError(f"{account} was opened to keep {keeps!r}")
    return {a: found[a.kind, a.owner, a.unit].id for a in wanted}


def insert_missing(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, and leave alone those that are there by any of the table's keys; waits for a twin on PostgreSQL."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


def _found(session: Session, accounts: Sequence[Account]) -> dict[tuple[str, str, str], LedgerAccount]:
    one = LedgerAccount
    names = (and_(one.kind == a.kind, one.owner == a.owner, one.unit == a.unit) for a in accounts)
    return {(a.kind, a.owner, a.unit): a for a in session.scalars(select(one).where(or_(*names)))}
