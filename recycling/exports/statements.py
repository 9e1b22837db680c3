"""A holder's statement as a table."""

from __future__ import annotations

from recycling.clock import ServiceClock
from recycling.exports.tables import Cell
from recycling.ledger.statement import Statement

HEAD = ("time", "kind", "reference", "reason", "amount", "balance", "unit")


def statement_rows(found: Statement, clock: ServiceClock) -> list[tuple[Cell, ...]]:
    """Return the opening balance, every entry in local time, and the closing balance, as rows under `HEAD`."""
    unit = found.account.unit
    opening: tuple[Cell, ...] = ("", "opening", "", "", None, found.opening, unit)
    closing: tuple[Cell, ...] = ("", "closing", "", "", None, found.closing, unit)
    entries = [
        (f"{clock.local(n.at):%Y-%m-%d %H:%M:%S}", n.kind, n.reference, n.reason, n.amount, n.balance, unit)
        for n in found.lines
    ]
    return [opening, *entries, closing]
