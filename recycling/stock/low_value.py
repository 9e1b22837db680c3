"""The book of low-value materials: what was collected of each, by month and community (F94)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.clock import ServiceClock
from recycling.models import Community, LedgerAccount, LedgerEntry, LedgerLine
from recycling.stock import books

HEAD = ("month", "material", "community", "name", "town", "kg")


@dataclass(frozen=True)
class LowValueLine:
    """Grams of a material that one community handed over in a month; "" where nobody noted the community."""

    month: date
    material: str
    community: str
    name: str
    town: str
    grams: int

    @property
    def cells(self) -> tuple[str, str, str, str, str, float]:
        """The line as a row of a file."""
        return (f"{self.month:%Y-%m}", self.material, self.community, self.name, self.town, self.grams / 1000)


def low_value_book(
    session: Session,
    catalogue: Catalogue,
    clock: ServiceClock,
    first: date,
    last: date,
    depots: Collection[str] | None = None,
) -> list[LowValueLine]:
    """Return what was collected from the month of a day to the month of another one, corrections counted where made.

    With ``depots`` only their communities count, and nothing whose community nobody noted.
    """
    units = {books.unit(code, books.GRAMS): code for code, m in catalogue.materials.items() if m.low_value}
    begin = clock.midnight(first.replace(day=1))
    end = clock.midnight((last.replace(day=28) + timedelta(days=4)).replace(day=1))
    query = (
        select(LedgerEntry.at, LedgerAccount.unit, LedgerAccount.owner, LedgerLine.amount)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerAccount.kind == books.COLLECTED, LedgerAccount.unit.in_(units))
        .where(LedgerEntry.at >= begin, LedgerEntry.at < end)
    )
    grams = Counter[tuple[date, str, str]]()
    for at, unit, owner, amount in session.execute(query):
        grams[clock.today(at).replace(day=1), units[unit], owner] -= int(amount)
    known = {c.code: c for c in session.scalars(select(Community).where(Community.code.in_({k[2] for k in grams})))}
    lines = []
    for (month, material, where), amount in sorted(grams.items()):
        community = known.get(where)
        if amount and (depots is None or (community is not None and community.depot_code in depots)):
            named = (community.name, community.town) if community is not None else ("", "")
            lines.append(LowValueLine(month, material, where, *named, amount))
    return lines
