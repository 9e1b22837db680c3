"""What somebody should look at: nothing here is refused or changed by itself.

The same photo or the same appliance for two purchases, the same weights from the same seller again and again, a seller
near the limit, a price taken under protest, a weight that was estimated and not yet put right.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from recycling.models import Purchase
from recycling.money.terms import Terms
from recycling.money.year_total import year_total
from recycling.stock.serials import seen_twice

SAME_WEIGHTS = 3
"""So many purchases of one seller with the very same materials and grams are a pattern."""


@dataclass(frozen=True)
class Suspicion:
    """Why to look, at which purchases (their references), and the figure behind it."""

    kind: str
    references: tuple[str, ...]
    figure: str


def review(session: Session, terms: Terms, first: date, last: date) -> list[Suspicion]:
    """Return what to look at among the purchases from a day to a day, those that were corrected left out."""
    later = aliased(Purchase)
    query = (
        select(Purchase)
        .outerjoin(later, later.corrects == Purchase.id)
        .where(later.id.is_(None), Purchase.day.between(first, last))
        .options(selectinload(Purchase.lines), selectinload(Purchase.evidence), selectinload(Purchase.seller))
        .order_by(Purchase.day, Purchase.recorded_at, Purchase.reference)
    )
    photos: dict[str, set[str]] = defaultdict(set)
    weights: dict[tuple[uuid.UUID, tuple[tuple[str, int], ...]], list[str]] = defaultdict(list)
    newest: dict[uuid.UUID, Purchase] = {}
    found = []
    for purchase in session.scalars(query):
        for evidence in purchase.evidence:
            if evidence.sha256:
                photos[evidence.sha256].add(purchase.reference)
        if purchase.lines:
            pattern = tuple(sorted((n.material, n.grams) for n in purchase.lines))
            weights[purchase.seller_id, pattern].append(purchase.reference)
        newest[purchase.seller_id] = purchase
        if purchase.protest:
            found.append(Suspicion("protest", (purchase.reference,), purchase.protest))
        if any(n.estimated for n in purchase.lines):
            found.append(Suspicion("estimated", (purchase.reference,), ""))
    for sha256, references in photos.items():
        if len(references) > 1:
            found.append(Suspicion("same-evidence", tuple(sorted(references)), sha256[:12]))
    for serial, bought in seen_twice(session, first, last).items():
        found.append(Suspicion("same-serial", bought, serial))
    for (_, pattern), same in weights.items():
        if len(same) >= SAME_WEIGHTS:
            said = ", ".join(f"{material} {grams / 1000:g} kg" for material, grams in pattern)
            found.append(Suspicion("same-weights", tuple(same), said))
    for purchase in newest.values():
        year = year_total(session, terms, purchase.seller, purchase.day)
        if year.told and purchase.seller_kind == "natural_person":
            found.append(Suspicion("near-limit", (purchase.reference,), f"{year.percent} %"))
    return found
