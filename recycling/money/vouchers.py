"""Vouchers for points (绿色兑换): redeemed while there are some and points enough, and put back within their time.

The stock of a voucher is what config/points.toml says. How many are given out stands in the database, raised by an
update that only succeeds while fewer are given out than there are.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from recycling.clock import ServiceClock
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.ledger import Draft, Line, balance, entry_by_key, once, post, reverse
from recycling.ledger.accounts import insert_missing
from recycling.ledger.once import sound_key
from recycling.models import Redemption, VoucherStock
from recycling.models.base import new_id
from recycling.money import books
from recycling.money.sellers import locked
from recycling.money.terms import Terms, Voucher
from recycling.references import new_reference

MOST_AT_ONCE = 99


@dataclass(frozen=True)
class Choice:
    """A voucher that can be redeemed on a day, and how many are left."""

    code: str
    voucher: Voucher
    left: int


def choices(session: Session, terms: Terms, day: date) -> list[Choice]:
    """Return the vouchers of a day in the order of the file, those without stock included."""
    given = {row.code: row.given for row in session.scalars(select(VoucherStock))}
    return [
        Choice(code, voucher, max(0, voucher.stock - given.get(code, 0)))
        for code, voucher in terms.vouchers.items()
        if voucher.valid(day)
    ]


def redeem(
    session: Session,
    terms: Terms,
    seller_id: uuid.UUID,
    code: str,
    pieces: int,
    person: str,
    key: str,
    now: datetime,
    today: date,
    clock: ServiceClock,
) -> Redemption:
    """Give vouchers for points, or nothing; the same key again answers with the same redemption.

    Raises
    ------
    BadRequestError
        ``no-voucher``, ``voucher-closed`` outside its days, ``bad-pieces``, ``no-person``; ``sold-out`` when fewer are
        left; ``balance-short`` when the points do not suffice.
    ConflictError
        When the key stands for another redemption.
    """
    sound_key(key)
    voucher = _voucher(terms, code, today)
    if type(pieces) is not int or not 1 <= pieces <= MOST_AT_ONCE:
        raise BadRequestError.one(
            "bad-pieces", N_("Enter how many, from 1 to %(most)s."), where="pieces", most=MOST_AT_ONCE
        )
    if not person.strip():
        raise BadRequestError.one("no-person", N_("Say who hands it out."), where="person")
    digest = hashlib.sha256(f"{seller_id}/{code}/{pieces}".encode()).hexdigest()

    def make() -> Redemption:
        locked(session, seller_id)
        points = pieces * voucher.points
        made = Redemption(
            id=new_id(), reference=new_reference(), key=key, digest=digest, seller_id=seller_id, voucher=code,
            pieces=pieces, points=points, at=now, cancel_until=voucher.grace.until(clock, now),
            person=person,
        )  # fmt: skip
        session.add(made)
        session.flush()
        insert_missing(session, VoucherStock, [{"code": code, "stock": voucher.stock, "given": 0}])
        _restock(session, code, voucher.stock)
        if not take_stock(session, code, pieces, voucher.stock):
            raise BadRequestError.one(
                "sold-out", N_("Not so many are left of this voucher. Choose fewer, or another one."), where="pieces"
            )
        purse = books.holding(seller_id, "points")
        if balance(session, purse) < points:
            raise BadRequestError.one(
                "balance-short",
                N_("%(points)s points are needed; there are %(there)s. Choose fewer, or another one."),
                where="pieces",
                points=points,
                there=balance(session, purse),
            )
        lines = (Line(purse, -points), Line(books.given(code), points))
        post(session, Draft("redemption", lines, _entry_key(made), now, person, made.reference))
        return made

    def look() -> Redemption | None:
        found = session.scalar(select(Redemption).where(Redemption.key == key))
        if found is not None and found.digest != digest:
            raise ConflictError.one(
                "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
            )
        return found

    return once(session, look, make)


def cancel_redemption(session: Session, redemption_id: uuid.UUID, person: str, now: datetime) -> Redemption:
    """Put the vouchers and the points back, once; a second time changes nothing.

    Raises
    ------
    BadRequestError
        ``cancel-late`` after its time; ``no-person``.
    """
    if not person.strip():
        raise BadRequestError.one("no-person", N_("Say who takes it back."), where="person")
    found = the_redemption(session, redemption_id)
    locked(session, found.seller_id)
    mark = (
        update(Redemption)
        .where(Redemption.id == redemption_id, Redemption.cancelled_at.is_(None), Redemption.cancel_until >= now)
        .values(cancelled_at=now, cancelled_by=person)
        .returning(Redemption.id)
        .execution_options(synchronize_session=False)
    )
    marked = session.execute(mark).first() is not None
    session.refresh(found)
    if not marked:
        if found.cancelled_at is not None:
            return found
        raise BadRequestError.one(
            "cancel-late", N_("The time in which this could be taken back is over. Nothing was changed.")
        )
    _put_back(session, found)
    entry = entry_by_key(session, _entry_key(found))
    if entry is not None:
        reverse(session, entry, "cancelled", person, f"cancelled:{found.id}", now, kind="redemption-cancelled")
    return found


def redemptions_of(session: Session, seller_id: uuid.UUID, most: int) -> list[Redemption]:
    """Return what a seller redeemed, the newest first, at most so many."""
    found = select(Redemption).where(Redemption.seller_id == seller_id).order_by(Redemption.at.desc())
    return list(session.scalars(found.limit(most)))


def the_redemption(session: Session, redemption_id: uuid.UUID) -> Redemption:
    """Return the redemption; NotFoundError when there is none."""
    found = session.get(Redemption, redemption_id)
    if found is None:
        raise NotFoundError.one("no-redemption", N_("There is no such redemption. Look for it by its reference."))
    return found


def take_stock(session: Session, code: str, pieces: int, stock: int) -> bool:
    """Give out so many of a voucher, unless fewer are left."""
    one = VoucherStock
    change = (
        update(one)
        .where(one.code == code, one.given + pieces <= one.stock, one.given + pieces <= stock)
        .values(given=one.given + pieces)
        .returning(one.given)
        .execution_options(synchronize_session=False)
    )
    return session.execute(change).first() is not None


def _restock(session: Session, code: str, stock: int) -> None:
    """Take over a stock that was changed in the file; never less than is given out."""
    one = VoucherStock
    session.execute(
        update(one)
        .where(one.code == code, one.stock != stock, one.given <= stock)
        .values(stock=stock)
        .execution_options(synchronize_session=False)
    )


def _put_back(session: Session, redemption: Redemption) -> None:
    one = VoucherStock
    session.execute(
        update(one)
        .where(one.code == redemption.voucher)
        .values(given=one.given - redemption.pieces)
        .execution_options(synchronize_session=False)
    )


def _voucher(terms: Terms, code: str, today: date) -> Voucher:
    voucher = terms.vouchers.get(code)
    if voucher is None:
        raise BadRequestError.one(
            "no-voucher", N_("There is no such voucher. Choose one from the list."), where="voucher"
        )
    if not voucher.valid(today):
        raise BadRequestError.one(
            "voucher-closed",
            N_("This voucher can be had from %(first)s to %(last)s. Choose another one."),
            where="voucher",
            first=voucher.valid_from,
            last=voucher.valid_until,
        )
    return voucher


def _entry_key(redemption: Redemption) -> str:
    return f"redemption:{redemption.id}"
