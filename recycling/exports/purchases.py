"""The purchase record for 反向开票: one row for each line bought from a natural person, and what is still missing.

The file is what an operator checks and enters, or hands to the tax software; it issues nothing. Identity numbers are
not in it: the record keeps their last four characters only, and whoever issues the invoice asks the seller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from recycling.errors import N_, BadRequestError, Fault
from recycling.exports.tables import Cell
from recycling.models import Purchase, PurchasePayment
from recycling.money.paying import payments_for
from recycling.money.shares import shares
from recycling.money.terms import Operator, Terms
from recycling.money.year_total import year_total

HEAD = (
    "operator", "operator_taxpayer_number", "operator_registration", "purchase", "day", "line", "seller_kind",
    "seller_name", "seller_identity_last_four", "label", "goods_code", "material", "kg", "pieces", "unit_price_yuan",
    "amount_yuan", "paid_in", "paid_yuan", "payment_methods", "payment_references", "evidence", "estimated",
    "corrects", "correction_reason", "protest", "seller_twelve_months_yuan", "missing",
)  # fmt: skip
LABEL = "报废产品收购"


@dataclass(frozen=True)
class PurchaseRecord:
    """Rows under `HEAD`, and how many of the purchases in them still miss something."""

    rows: list[tuple[Cell, ...]]
    purchases: int
    incomplete: int


def purchase_record(session: Session, terms: Terms, first: date, last: date) -> PurchaseRecord:
    """Return what was bought from natural persons from a day to a day, both included, as it stands after corrections.

    Purchases that were corrected are left out, their corrections stand instead; fees that sellers paid are no
    purchases.

    Raises
    ------
    BadRequestError
        When nothing may be exported: no registration, one that ended before the last day, no name or taxpayer number,
        or a material without a code; with a fault for each.
    """
    later = aliased(Purchase)
    query = (
        select(Purchase)
        .outerjoin(later, later.corrects == Purchase.id)
        .where(later.id.is_(None), Purchase.seller_kind == "natural_person", Purchase.value_fen > 0)
        .where(Purchase.day.between(first, last))
        .options(
            selectinload(Purchase.lines),
            selectinload(Purchase.evidence),
            selectinload(Purchase.payments),
            selectinload(Purchase.seller),
        )
        .order_by(Purchase.day, Purchase.recorded_at, Purchase.reference)
    )
    bought = list(session.scalars(query))
    faults = [*_register_faults(terms.operator, last), *_code_faults(terms, bought)]
    if faults:
        raise BadRequestError(*faults)
    rows, incomplete = list[tuple[Cell, ...]](), 0
    for purchase in bought:
        payments = payments_for(session, purchase)
        missing = _missing(purchase, payments)
        incomplete += bool(missing)
        total = year_total(session, terms, purchase.seller, purchase.day).fen
        rows += _rows(terms, purchase, payments, "; ".join(missing), total)
    return PurchaseRecord(rows, len(bought), incomplete)


def _register_faults(operator: Operator, last: date) -> list[Fault]:
    place = "config/points.toml"
    needed = {
        "name": operator.name,
        "taxpayer_number": operator.taxpayer_number,
        "registration": operator.registration,
        "registration_until": operator.registration_until,
    }
    faults = [
        Fault(
            f"operator.{key}",
            "operator-unregistered",
            N_("%(place)s: operator.%(key)s is missing. Without it no purchase record is exported; enter it."),
            {"place": place, "key": key},
        )
        for key, value in needed.items()
        if not value
    ]
    until = operator.registration_until
    if until is not None and until < last:
        faults.append(
            Fault(
                "operator.registration_until",
                "operator-expired",
                N_(
                    "The operator's registration ended on %(until)s (%(place)s). Export up to that day, or renew it and"
                    " enter the new date."
                ),
                {"until": until.isoformat(), "place": place},
            )
        )
    return faults


def _code_faults(terms: Terms, bought: list[Purchase]) -> list[Fault]:
    missing = {n.material for p in bought for n in p.lines} - set(terms.goods_codes)
    return [
        Fault(
            f"goods_codes.{material}",
            "no-goods-code",
            N_("config/points.toml: goods_codes has no code for %(material)s. Enter it as your tax office knows it."),
            {"material": material},
        )
        for material in sorted(missing)
    ]


def _missing(purchase: Purchase, payments: list[PurchasePayment]) -> list[str]:
    """What an invoice for the purchase would still need."""
    kinds = {e.kind for e in purchase.evidence}
    paid = sum(p.fen for p in payments)
    wanted = {
        "seller name": bool(purchase.seller.name),
        "seller identity": purchase.seller.identity_hash is not None,
        "weigh note or photo": bool(kinds & {"weigh_note", "photo"}),
        "payment": purchase.pay_in == "points" or paid >= purchase.fen,
    }
    return [what for what, there in wanted.items() if not there]


def _rows(
    terms: Terms, purchase: Purchase, payments: list[PurchasePayment], missing: str, total: int
) -> list[tuple[Cell, ...]]:
    operator, seller = terms.operator, purchase.seller
    paid = sum(p.fen for p in payments)
    methods = ", ".join(sorted({p.method for p in payments}))
    references = ", ".join(p.reference for p in payments if p.reference)
    evidence = ", ".join(f"{e.kind}:{e.place}" for e in purchase.evidence)
    in_fen = _amounts_in_fen(terms, purchase)
    return [
        (
            operator.name, operator.taxpayer_number, operator.registration, purchase.reference,
            purchase.day.isoformat(), line.position + 1, purchase.seller_kind, seller.name,
            seller.identity_last_four or "", LABEL,
            line.goods_code or terms.goods_codes[line.material], line.material, line.grams / 1000, line.pieces,
            round(fen * 10 / line.grams, 4), fen / 100, purchase.pay_in, paid / 100, methods, references, evidence,
            "yes" if line.estimated else "", "yes" if purchase.corrects else "", purchase.reason, purchase.protest,
            total / 100, missing,
        )
        for line, fen in zip(purchase.lines, in_fen, strict=True)
    ]  # fmt: skip


def _amounts_in_fen(terms: Terms, purchase: Purchase) -> list[int]:
    """Each line's amount in fen; what was paid in points by what they were worth that day, to the same total."""
    if purchase.pay_in == "yuan":
        return [line.amount for line in purchase.lines]
    worth = Fraction(100, terms.rates_on(purchase.day).points_per_yuan)
    return shares([line.amount * worth for line in purchase.lines])
