"""Sellers: found by telephone number, named when an invoice is wanted, locked while something is settled with them."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.ledger.accounts import insert_missing
from recycling.models import Purchase, Seller, SellerDeclaration
from recycling.models.base import new_id
from recycling.money.identity import identity_hash, sound_identity
from recycling.phones import e164

Kind = Literal["natural_person", "sole_trader", "company"]
KINDS: tuple[Kind, ...] = ("natural_person", "sole_trader", "company")
LARGEST_DECLARATION = 10**13


def seller_of_phone(session: Session, phone: str, now: datetime) -> Seller:
    """Return who is reached under the number, as a new seller if nobody was known there; once, whoever else asks."""
    number = _number(phone)
    row = {"id": new_id(), "created_at": now, "kind": "natural_person", "phone": number, "name": "", "link_version": 1}
    insert_missing(session, Seller, [row])
    return session.scalars(select(Seller).where(Seller.phone == number)).one()


def known_seller(session: Session, phone: str) -> Seller | None:
    """Return who is reached under the number, if anybody ever was."""
    return session.scalar(select(Seller).where(Seller.phone == _number(phone)))


def the_seller(session: Session, seller_id: uuid.UUID) -> Seller:
    """Return the seller; NotFoundError when there is none."""
    found = session.get(Seller, seller_id)
    if found is None:
        raise NotFoundError.one("no-seller", N_("There is no such seller. Search by telephone number."))
    return found


def locked(session: Session, seller_id: uuid.UUID) -> Seller:
    """Return the seller, and let nobody else settle with the same person until this unit ends."""
    seller = the_seller(session, seller_id)
    same = Seller.identity_hash == seller.identity_hash if seller.identity_hash else Seller.id == seller_id
    session.execute(
        select(Seller.id).where(same | (Seller.id == seller_id)).order_by(Seller.id).with_for_update(key_share=True)
    )
    session.refresh(seller)
    return seller


def identify(
    session: Session, seller_id: uuid.UUID, kind: Kind, name: str, number: str, secret: bytes, today: date
) -> Seller:
    """Note who the seller is, for an invoice: kind, name, and the identity number as a keyed hash.

    A sole trader or a company has no identity number; the old one of a natural person who registers stays.

    Raises
    ------
    BadRequestError
        For an unknown kind, no name, or a number that no person can have.
    """
    if kind not in KINDS:
        raise BadRequestError.one("bad-kind", N_("Choose what the seller is."), where="kind")
    named = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(named) <= 80 or not named.isprintable():
        raise BadRequestError.one("bad-name", N_("Enter the name as it stands on the card."), where="name")
    seller = locked(session, seller_id)
    if kind == "natural_person":
        sound = sound_identity(number, today)
        seller.identity_hash, seller.identity_last_four = identity_hash(sound, secret), sound[-4:]
    seller.kind, seller.name = kind, named
    session.flush()
    return seller


def declare(session: Session, seller_id: uuid.UUID, month: date, fen: int, person: str, now: datetime) -> None:
    """Note what the seller says to have sold elsewhere in a month; it replaces what was said of that month before."""
    if not 0 <= fen <= LARGEST_DECLARATION:
        raise BadRequestError.one(
            "bad-amount", N_("Enter what was sold elsewhere, in yuan, not below zero."), where="fen"
        )
    locked(session, seller_id)
    one = SellerDeclaration
    first = month.replace(day=1)
    number = session.scalar(
        select(func.coalesce(func.max(one.number), 0)).where(one.seller_id == seller_id, one.month == first)
    )
    session.add(
        one(seller_id=seller_id, month=first, number=int(number or 0) + 1, fen=fen, declared_at=now, person=person)
    )
    session.flush()


def declarations(session: Session, seller_id: uuid.UUID) -> dict[date, int]:
    """Return what the seller says to have sold elsewhere, in fen by month, the latest month first."""
    one = SellerDeclaration
    rows = session.execute(select(one.month, one.fen).where(one.seller_id == seller_id).order_by(one.number))
    said = {row.month: row.fen for row in rows}
    return dict(sorted(said.items(), reverse=True))


def revoke_links(session: Session, seller_id: uuid.UUID) -> None:
    """Let every link to the seller's statement that was given out so far open nothing."""
    locked(session, seller_id).link_version += 1
    session.flush()


def _number(phone: str) -> str:
    number = e164(phone)
    if number is None:
        raise BadRequestError.one(
            "bad-phone",
            N_("This is not a telephone number. Enter 11 digits, or a landline with its area code."),
            where="phone",
        )
    return number


def purchases_of(session: Session, seller_id: uuid.UUID, most: int) -> list[Purchase]:
    """Return a seller's purchases, the newest first, at most so many."""
    found = select(Purchase).where(Purchase.seller_id == seller_id).order_by(Purchase.recorded_at.desc())
    return list(session.scalars(found.limit(most)))


def correction_of(session: Session, purchase_id: uuid.UUID) -> Purchase | None:
    """Return the purchase that puts another one right, if there is one."""
    return session.scalar(select(Purchase).where(Purchase.corrects == purchase_id))


def corrected_by(session: Session, purchase: Purchase) -> Purchase | None:
    """Return the purchase that this one corrects."""
    return session.get(Purchase, purchase.corrects) if purchase.corrects else None


def seller_of_link(session: Session, seller_id: uuid.UUID, version: int) -> Seller | None:
    """Return whom a signed link of this version is for; None when links were revoked since, or there is nobody."""
    found = session.get(Seller, seller_id)
    return found if found is not None and found.link_version == version else None
