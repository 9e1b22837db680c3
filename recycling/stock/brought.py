"""What the people of a community bring: the shares of the settings, bent by what the record says of the community."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.models import LedgerAccount, LedgerLine
from recycling.settings.stock import StockSettings
from recycling.stock import books
from recycling.stock.loads import Load, load_of


def shares_of(session: Session, rules: StockSettings, community: str) -> dict[str, float]:
    """Return the share by weight of each material; they sum to 1.

    ``brought_kg`` of the settings' shares count as if they had been brought before everything in the record.
    """
    amount = func.sum(LedgerLine.amount)
    query = (
        select(LedgerAccount.unit, amount)
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == books.COLLECTED, LedgerAccount.owner == community)
        .group_by(LedgerAccount.unit)
    )
    kg = {material: share * rules.brought_kg for material, share in rules.brought.items()}
    for unit, total in session.execute(query) if community else ():
        material, _, of = unit.rpartition(" ")
        if of == books.GRAMS and material in rules.brought:
            kg[material] += max(0.0, -int(total) / 1000)
    whole = sum(kg.values())
    return {material: amount / whole for material, amount in kg.items()}


def expected_loads(rules: StockSettings, shares: dict[str, float], kg: int) -> tuple[Load, ...]:
    """Return what so many kilograms are expected to be."""
    return tuple(load_of(rules, material, round(1000 * kg * share)) for material, share in shares.items() if share)
