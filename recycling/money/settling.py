"""Settling: what was weighed becomes a purchase and an entry of the ledger, once; and putting one right afterwards."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.ledger import Draft, Line, balance, entry_by_key, once, post, reverse
from recycling.ledger.once import sound_key
from recycling.models import Purchase, PurchaseEvidence, PurchaseLine, Seller
from recycling.models.base import new_id
from recycling.money import books
from recycling.money.books import PayIn
from recycling.money.pricing import Priced, WeighedLine, price
from recycling.money.sellers import locked
from recycling.money.terms import Terms
from recycling.money.year_total import YearTotal, judged, year_total
from recycling.references import new_reference


@dataclass(frozen=True)
class Evidence:
    """Where something lies that proves a purchase: a photo, a weigh note; and the fingerprint of what lies there."""

    kind: str
    place: str
    sha256: str = ""


@dataclass(frozen=True)
class HandIn:
    """What somebody handed over.

    Attributes
    ----------
    source
        What it came in by, such as ``booking:7K2M9QXA`` or ``station:STA-03``.
    day
        When it was handed over; on a paper form, the day that stands on it.
    pay_in
        ``points`` or ``yuan``.
    person
        Who weighed.
    protest
        What the seller said who took the price under protest; empty otherwise.
    """

    seller_id: uuid.UUID
    source: str
    day: date
    lines: tuple[WeighedLine, ...]
    pay_in: PayIn
    person: str
    protest: str = ""
    evidence: tuple[Evidence, ...] = ()

    def digest(self) -> str:
        """Return a fingerprint, so that one key cannot stand for two hand-ins."""
        return _digest(self.said())

    def said(self) -> dict[str, Any]:
        """Return it as plain data; a line that is bought as no item says nothing of one."""
        said = asdict(self)
        for line in said["lines"]:
            if not line["item"]:
                del line["item"]
        return said


@dataclass(frozen=True)
class Settled:
    """The purchase, and how full the seller's twelve months are with it."""

    purchase: Purchase
    year: YearTotal


def settle(session: Session, terms: Terms, hand_in: HandIn, key: str, now: datetime, today: date) -> Settled:
    """Buy what was handed over, at the rates of its day; the same key again answers with the same purchase.

    The points are the seller's at once; the fen wait for a payment (`recycling.money.paying`). A total below zero is a
    fee, which the seller owes. What the seller owes from before is paid back first.

    Raises
    ------
    BadRequestError
        As `price`; ``no-lines``, ``future-day``, ``no-person``; ``seller-limit`` when a natural person would have sold
        more in twelve months than may be.
    ConflictError
        When the key stands for another hand-in.
    """
    sound_key(key)
    if not hand_in.lines:
        raise BadRequestError.one(
            "no-lines", N_("Nothing was weighed yet. Enter at least one material."), where="lines"
        )
    if hand_in.day > today:
        raise BadRequestError.one("future-day", N_("This day is still to come. Choose today or before."), where="day")
    _named(hand_in.person)
    priced = price(terms, hand_in.lines, hand_in.pay_in, hand_in.day)

    def make() -> Settled:
        seller = locked(session, hand_in.seller_id)
        year = _checked_year(session, terms, seller, priced, hand_in.day, None)
        purchase = _purchase(terms, hand_in, seller, priced, key, hand_in.digest(), now)
        purchase.evidence = [
            PurchaseEvidence(kind=e.kind, place=e.place, sha256=e.sha256, added_at=now, person=hand_in.person)
            for e in hand_in.evidence
        ]
        session.add(purchase)
        session.flush()
        _post(session, purchase, now)
        _pay_back(session, purchase, now)
        return Settled(purchase, year)

    return once(session, lambda: _earlier(session, terms, key, hand_in.digest()), make)


def correct(
    session: Session,
    terms: Terms,
    purchase_id: uuid.UUID,
    lines: Sequence[WeighedLine],
    reason: str,
    person: str,
    key: str,
    now: datetime,
) -> Settled:
    """Put a purchase right: a purchase that replaces it, at the rates of the same day, and an entry that reverses it.

    No lines: nothing was bought after all. Both stay in the record, and the new one keeps the evidence. What was paid
    or spent of the old one beyond the new one becomes what the seller owes; what the seller paid too much becomes what
    is owed to the seller.

    Raises
    ------
    BadRequestError
        As `settle`; ``no-reason`` without a reason or person.
    ConflictError
        ``corrected`` when it was corrected already (correct the newer one); ``key-used``.
    """
    sound_key(key)
    if not reason.strip():
        raise BadRequestError.one(
            "no-reason", N_("A correction needs a reason and the person who makes it."), where="reason"
        )
    _named(person)
    old = the_purchase(session, purchase_id)
    again = HandIn(old.seller_id, old.source, old.day, tuple(lines), _pay_in(old), person, old.protest)
    digest = _digest([again.said(), str(old.id), reason.strip()])
    priced = price(terms, again.lines, again.pay_in, again.day)

    def look() -> Settled | None:
        found = _earlier(session, terms, key, digest)
        if found is None and session.scalar(select(Purchase.id).where(Purchase.corrects == old.id)):
            raise ConflictError.one("corrected", N_("This purchase was corrected already. Correct the newer one."))
        return found

    def make() -> Settled:
        seller = locked(session, old.seller_id)
        year = _checked_year(session, terms, seller, priced, old.day, old)
        new = _purchase(terms, again, seller, priced, key, digest, now)
        new.corrects, new.reason = old.id, reason.strip()
        new.evidence = [
            PurchaseEvidence(kind=e.kind, place=e.place, sha256=e.sha256, added_at=e.added_at, person=e.person)
            for e in old.evidence
        ]
        session.add(new)
        session.flush()
        _post(session, new, now)
        unit = books.UNITS[_pay_in(old)]
        take_back(session, entry_key(old), unit, old.points + old.fen, new, person, now)
        _pay_back(session, new, now)
        return Settled(new, year)

    return once(session, look, make)


def the_purchase(session: Session, purchase_id: uuid.UUID) -> Purchase:
    """Return the purchase with its lines, evidence and payments; NotFoundError when there is none."""
    whole = (selectinload(Purchase.lines), selectinload(Purchase.evidence), selectinload(Purchase.payments))
    found = session.scalar(select(Purchase).where(Purchase.id == purchase_id).options(*whole))
    if found is None:
        raise NotFoundError.one("no-purchase", N_("There is no such purchase. Look for it by its reference."))
    return found


def purchases_from(session: Session, sources: Sequence[str]) -> list[Purchase]:
    """Return what was bought from these sources (as `HandIn.source`), as it stands after corrections, oldest first."""
    later = aliased(Purchase)
    query = (
        select(Purchase)
        .outerjoin(later, later.corrects == Purchase.id)
        .where(later.id.is_(None), Purchase.source.in_(sources))
        .options(selectinload(Purchase.lines), selectinload(Purchase.payments))
    )
    return list(session.scalars(query.order_by(Purchase.recorded_at)))


def entry_key(purchase: Purchase) -> str:
    """Return the key of the ledger entry that a purchase made; there is none for one of nothing."""
    return f"purchase:{purchase.id}"


def _post(session: Session, purchase: Purchase, now: datetime) -> None:
    unit = books.UNITS[_pay_in(purchase)]
    total = purchase.points + purchase.fen
    side = books.holding if total > 0 else books.owing
    if total:
        lines = (Line(side(purchase.seller_id, unit), total), Line(books.goods(unit), -total))
        kind = ("corrected-" if purchase.corrects else "") + ("hand-in" if total > 0 else "fee")
        post(session, Draft(kind, lines, entry_key(purchase), now, purchase.person, purchase.reference))


def take_back(
    session: Session, key: str, unit: str, total: int, new: Purchase, person: str, now: datetime, what: str = ""
) -> None:
    """Reverse the entry of a key, of which a seller got (or, below zero, owed) `total`, because of a correction.

    What is not there any more is advanced first, as a debt. `what` tells the entries of one correction apart.
    """
    entry = entry_by_key(session, key)
    if entry is None:
        return
    holds, owes = books.holding(new.seller_id, unit), books.owing(new.seller_id, unit)
    short = max(0, abs(total) - abs(balance(session, holds if total > 0 else owes)))
    if short:
        lines = (Line(holds, short), Line(owes, -short))
        post(session, Draft("advance", lines, f"advance:{what}{new.id}", now, person, new.reference, new.reason))
    reverse(session, entry, new.reason, person, f"correction:{what}{new.id}", now)


def _pay_back(session: Session, purchase: Purchase, now: datetime) -> None:
    """Let what the seller holds pay what the seller owes."""
    unit = books.UNITS[_pay_in(purchase)]
    holds, owes = books.holding(purchase.seller_id, unit), books.owing(purchase.seller_id, unit)
    owed = -balance(session, owes)
    back = min(owed, balance(session, holds)) if owed else 0
    if back:
        lines = (Line(holds, -back), Line(owes, back))
        key = f"paid-back:{purchase.id}"
        post(session, Draft("paid-back", lines, key, now, purchase.person, purchase.reference))


def _checked_year(
    session: Session, terms: Terms, seller: Seller, priced: Priced, day: date, without: Purchase | None
) -> YearTotal:
    before = year_total(session, terms, seller, day, without)
    if seller.kind != "natural_person" or not priced.value_fen:
        return before
    year = judged(terms, before.fen + priced.value_fen, day)
    lowers = without is not None and priced.value_fen <= without.value_fen
    if year.over and year.limit_fen is not None and not lowers:
        raise BadRequestError.one(
            "seller-limit",
            N_(
                "With this the seller would have sold %(total)s yuan in twelve months; a natural person may sell"
                " %(limit)s. Nothing was bought. The seller can register as a business; the tax office decides."
            ),
            total=f"{year.fen / 100:,.2f}",
            limit=f"{year.limit_fen / 100:,.0f}",
        )
    return year


def _purchase(
    terms: Terms, hand_in: HandIn, seller: Seller, priced: Priced, key: str, digest: str, now: datetime
) -> Purchase:
    in_points = hand_in.pay_in == "points"
    return Purchase(
        id=new_id(),
        reference=new_reference(10),
        key=key,
        digest=digest,
        seller_id=seller.id,
        seller_kind=seller.kind,
        source=hand_in.source,
        day=hand_in.day,
        recorded_at=now,
        person=hand_in.person,
        pay_in=hand_in.pay_in,
        points=priced.total if in_points else 0,
        fen=0 if in_points else priced.total,
        value_fen=priced.value_fen,
        protest=hand_in.protest,
        lines=[
            PurchaseLine(
                position=position,
                material=line.material,
                goods_code=terms.goods_codes.get(line.material, ""),
                grams=line.grams,
                pieces=line.pieces,
                rate=rate,
                agreed_fen=line.agreed_fen,
                amount=amount,
                estimated=line.estimated,
            )
            for position, (line, rate, amount) in enumerate(
                zip(priced.lines, priced.rates, priced.amounts, strict=True)
            )
        ],
    )


def _earlier(session: Session, terms: Terms, key: str, digest: str) -> Settled | None:
    found = session.scalar(select(Purchase).where(Purchase.key == key).options(selectinload(Purchase.seller)))
    if found is None:
        return None
    if found.digest != digest:
        raise ConflictError.one(
            "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
        )
    return Settled(found, year_total(session, terms, found.seller, found.day))


def _named(person: str) -> None:
    if not person.strip():
        raise BadRequestError.one("no-person", N_("Say who weighs."), where="person")


def _pay_in(purchase: Purchase) -> PayIn:
    return "points" if purchase.pay_in == "points" else "yuan"


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
