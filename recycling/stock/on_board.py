"""What is on board: sums over the ledger's lines, by compartment and material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.models import LedgerAccount, LedgerEntry, LedgerLine
from recycling.stock import books
from recycling.stock.loads import Load, together


@dataclass(frozen=True)
class Stock:
    """What a vehicle has on board: loads by compartment, without materials of which there is nothing."""

    by_compartment: Mapping[str, tuple[Load, ...]]

    @property
    def loads(self) -> list[Load]:
        """One load a material, whatever compartments they lie in."""
        return together(load for loads in self.by_compartment.values() for load in loads)

    @property
    def grams(self) -> int:
        """Of everything."""
        return sum(load.grams for load in self.loads)

    def of(self, material: str) -> int:
        """Return the grams of a material."""
        return next((load.grams for load in self.loads if load.material == material), 0)


EMPTY = Stock({})


def stock_of(session: Session, plate: str) -> Stock:
    """Return what the vehicle has on board now."""
    return stocks_of(session, (plate,))[plate]


def stocks_of(session: Session, plates: tuple[str, ...], before: datetime | None = None) -> dict[str, Stock]:
    """Return what each vehicle has on board now, or had by what happened before a moment."""
    one, total = LedgerAccount, func.sum(LedgerLine.amount)
    query = (
        select(one.owner, one.unit, total)
        .join(LedgerLine, LedgerLine.account_id == one.id)
        .where(one.kind == books.TRUCK)
        .group_by(one.owner, one.unit)
        .having(total != 0)
    )
    if before is not None:
        query = query.join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id).where(LedgerEntry.at < before)
    if len(plates) == 1:
        query = query.where(one.owner.startswith(f"{plates[0]}/", autoescape=True))
    amounts: dict[str, dict[str, dict[str, dict[str, int]]]] = {plate: {} for plate in plates}
    for owner, unit, amount in session.execute(query):
        plate, _, compartment = owner.rpartition("/")
        material, _, of = unit.rpartition(" ")
        if plate in amounts:
            amounts[plate].setdefault(compartment, {}).setdefault(material, {})[of] = int(amount)
    return {plate: Stock({code: _loads(found) for code, found in parts.items()}) for plate, parts in amounts.items()}


def _loads(found: Mapping[str, Mapping[str, int]]) -> tuple[Load, ...]:
    return tuple(
        Load(material, found[material].get(books.GRAMS, 0), found[material].get(books.MILLILITRES, 0))
        for material in sorted(found)
    )
