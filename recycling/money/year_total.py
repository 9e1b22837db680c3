"""What one natural person sold in any twelve consecutive months, against the limit of that day.

Twelve months from a day end on the day before the same date of the next year; from 29 February they end on 28
February, and from 1 March before a leap day they end on 29 February. All such spans that hold the day in question are
looked at, calendar months among them, and the fullest one counts: a purchase that is entered late can fill months
that began before it as well as months that end after it. What was declared as sold elsewhere in a month counts whole
in every span that meets the month. Amounts count as paid, which is never less than without VAT. The total is what is
known here; the tax system decides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from recycling.models import Purchase, Seller, SellerDeclaration
from recycling.money.terms import Terms


@dataclass(frozen=True)
class Sale:
    """Fen sold on the days from `first` to `last`: one day, or a whole month that was declared."""

    first: date
    last: date
    fen: int


@dataclass(frozen=True)
class YearTotal:
    """The fullest twelve months that hold a day.

    Attributes
    ----------
    fen, limit_fen
        Sold, and what may be sold; None where no limit is in force.
    percent
        The share, rounded down; 0 without a limit.
    told
        The highest share to be told that is reached: one of the limit's ``warn_percent``, 100 at or above the limit,
        0 below all.
    """

    fen: int
    limit_fen: int | None
    percent: int
    told: int

    @property
    def over(self) -> bool:
        """Whether more was sold than may be."""
        return self.limit_fen is not None and self.fen > self.limit_fen


def last_day_of_year(first: date) -> date:
    """Return the last of the twelve months that begin on a day."""
    try:
        return first.replace(year=first.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(first.year + 1, 2, 28)


def first_day_of_year(last: date) -> date:
    """Return the earliest day whose twelve months hold `last`."""
    try:
        same = last.replace(year=last.year - 1)
    except ValueError:  # from 1 March on they reach the leap day
        return date(last.year - 1, 3, 1)
    return same + timedelta(days=1)


def fullest_year(sales: Iterable[Sale], day: date) -> int:
    """Return the most that was sold in twelve consecutive months that hold the day.

    A span can be moved on until the first sale in it is about to fall out without losing any, so only spans that begin
    on a sale's last day, or on the latest day that still is in question, are looked at.
    """
    known = list(sales)
    by_first, by_last = sorted(known, key=lambda s: s.first), sorted(known, key=lambda s: s.last)
    firsts, lasts = [s.first for s in by_first], [s.last for s in by_last]
    begun = [0, *accumulate(s.fen for s in by_first)]
    ended = [0, *accumulate(s.fen for s in by_last)]
    earliest = first_day_of_year(day)
    begins = {day, *(last for last in lasts if earliest <= last <= day)}
    return max(
        begun[bisect_right(firsts, last_day_of_year(first))] - ended[bisect_left(lasts, first)] for first in begins
    )


def year_total(session: Session, terms: Terms, seller: Seller, day: date, without: Purchase | None = None) -> YearTotal:
    """Return what the person behind the seller sold in the fullest twelve months that hold a day.

    All sellers with the same identity count together. Purchases that were corrected count as corrected; `without`
    leaves one out that is about to be.
    """
    same = select(Seller.id).where(Seller.id == seller.id)
    if seller.identity_hash:
        same = select(Seller.id).where((Seller.id == seller.id) | (Seller.identity_hash == seller.identity_hash))
    since, until = first_day_of_year(day), last_day_of_year(day)
    later = aliased(Purchase)
    bought = (
        select(Purchase.day, func.sum(Purchase.value_fen))
        .outerjoin(later, later.corrects == Purchase.id)
        .where(Purchase.seller_id.in_(same), Purchase.seller_kind == "natural_person", later.id.is_(None))
        .where(Purchase.day.between(since, until), Purchase.value_fen > 0)
        .group_by(Purchase.day)
    )
    if without is not None:
        bought = bought.where(Purchase.id != without.id)
    sales = [Sale(on, on, int(fen)) for on, fen in session.execute(bought)]
    one = SellerDeclaration
    newest = (
        select(one.seller_id, one.month, func.max(one.number).label("number"))
        .where(one.seller_id.in_(same), one.month.between(since.replace(day=1), until))
        .group_by(one.seller_id, one.month)
        .subquery()
    )
    declared = select(one.month, one.fen).join(
        newest,
        (newest.c.seller_id == one.seller_id) & (newest.c.month == one.month) & (newest.c.number == one.number),
    )
    sales += [Sale(month, _month_end(month), int(fen)) for month, fen in session.execute(declared)]
    return judged(terms, fullest_year(sales, day), day)


def judged(terms: Terms, fen: int, day: date) -> YearTotal:
    """Hold an amount against the limit of a day."""
    limit = terms.limit_on(day)
    if limit is None:
        return YearTotal(fen, None, 0, 0)
    most = limit.yuan * 100
    told = [p for p in (*limit.warn_percent, 100) if fen * 100 >= most * p]
    return YearTotal(fen, most, fen * 100 // most, told[-1] if told else 0)


def _month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
