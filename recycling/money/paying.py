"""Paying what was settled in yuan, and taking fees; each once, never more than is owed."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError, ConflictError
from recycling.ledger import Draft, Line, balance, once, post
from recycling.ledger.once import sound_key
from recycling.models import Purchase, PurchasePayment
from recycling.money import books
from recycling.money.sellers import locked
from recycling.money.settling import the_purchase

Method = Literal["cash", "wechat", "alipay", "bank"]
METHODS: tuple[Method, ...] = ("cash", "wechat", "alipay", "bank")


def payments_for(session: Session, purchase: Purchase) -> list[PurchasePayment]:
    """Return the payments of a purchase and of those that it corrects, the earliest first."""
    payments, one = list(purchase.payments), purchase
    while one.corrects is not None:
        one = the_purchase(session, one.corrects)
        payments += one.payments
    return sorted(payments, key=lambda payment: payment.paid_at)


def pay(
    session: Session,
    purchase_id: uuid.UUID,
    fen: int,
    method: Method,
    reference: str,
    person: str,
    key: str,
    now: datetime,
) -> PurchasePayment:
    """Record money that changed hands for a purchase; the same key again answers with the same payment.

    Parameters
    ----------
    fen
        Positive when we pay, at most what the seller is owed; negative when the seller pays, at most what the seller
        owes.
    reference
        Number of the transfer or of the receipt; empty for cash without one.

    Raises
    ------
    BadRequestError
        ``bad-amount``, ``bad-method``, ``no-person``; ``too-much`` for more than is owed.
    ConflictError
        When the key stands for another payment.
    """
    sound_key(key)
    if type(fen) is not int or fen == 0:
        raise BadRequestError.one("bad-amount", N_("Enter the amount that changes hands."), where="fen")
    if method not in METHODS:
        raise BadRequestError.one("bad-method", N_("Choose how it is paid."), where="method")
    if not person.strip():
        raise BadRequestError.one("no-person", N_("Say who pays."), where="person")
    purchase = the_purchase(session, purchase_id)
    digest = hashlib.sha256(f"{purchase_id}/{fen}/{method}/{reference}".encode()).hexdigest()

    def make() -> PurchasePayment:
        locked(session, purchase.seller_id)
        payment = PurchasePayment(
            key=key, digest=digest, purchase_id=purchase_id, fen=fen, method=method, reference=reference, paid_at=now,
            person=person,
        )  # fmt: skip
        session.add(payment)
        session.flush()
        side = (books.holding if fen > 0 else books.owing)(purchase.seller_id, "fen")
        owed = abs(balance(session, side))
        if abs(fen) > owed:
            raise BadRequestError.one(
                "too-much",
                N_("%(asked)s yuan is more than is owed. Enter at most %(owed)s yuan."),
                where="fen",
                asked=f"{abs(fen) / 100:,.2f}",
                owed=f"{owed / 100:,.2f}",
            )
        lines = (Line(side, -fen), Line(books.paid(method), fen))
        kind = "payment" if fen > 0 else "fee-paid"
        post(session, Draft(kind, lines, f"payment:{payment.id}", now, person, purchase.reference))
        return payment

    def look() -> PurchasePayment | None:
        found = session.scalar(select(PurchasePayment).where(PurchasePayment.key == key))
        if found is not None and found.digest != digest:
            raise ConflictError.one(
                "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
            )
        return found

    return once(session, look, make)
