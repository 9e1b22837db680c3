"""Serial numbers of appliances: kept as they were read; the same one twice goes to the review, nothing is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from recycling.errors import N_, BadRequestError
from recycling.models import Purchase, StockSerial

LONGEST = 40


def sound_serial(text: str, where: str) -> str:
    """Return a serial number as it is kept: capital letters and digits without spaces.

    Raises
    ------
    BadRequestError
        For one that is too long or holds signs that no plate has.
    """
    serial = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not 3 <= len(serial) <= LONGEST or not serial.isascii() or not serial.isprintable():
        raise BadRequestError.one(
            "bad-serial", N_("%(text)s is no serial number. Read it from the plate again."), where=where, text=text[:40]
        )
    return serial


def keep(
    session: Session, purchase: Purchase, serials: Mapping[str, str], plate: str, person: str, now: datetime
) -> None:
    """Note serial numbers (with the codes of their items) of a purchase; those that it has already stay."""
    known = set(session.scalars(select(StockSerial.serial).where(StockSerial.purchase_id == purchase.id)))
    for serial, item in serials.items():
        if serial not in known:
            session.add(
                StockSerial(purchase_id=purchase.id, serial=serial, item=item, plate=plate, at=now, person=person)
            )
    session.flush()


def carry(session: Session, old: Purchase, new: Purchase) -> None:
    """Let a purchase that corrects another one have its serial numbers, unless nothing was bought after all."""
    if new.lines:
        for one in session.scalars(select(StockSerial).where(StockSerial.purchase_id == old.id)).all():
            keep(session, new, {one.serial: one.item}, one.plate, one.person, one.at)


def seen_twice(session: Session, first: date, last: date) -> dict[str, tuple[str, ...]]:
    """Return the references of all purchases by serial number, for those that came twice, once in these days."""
    later, other = aliased(Purchase), aliased(StockSerial)
    within = (
        select(StockSerial.serial)
        .join(Purchase, Purchase.id == StockSerial.purchase_id)
        .where(Purchase.day.between(first, last))
    )
    query = (
        select(other.serial, Purchase.reference)
        .join(Purchase, Purchase.id == other.purchase_id)
        .outerjoin(later, later.corrects == Purchase.id)
        .where(later.id.is_(None), other.serial.in_(within))
        .order_by(other.serial, Purchase.recorded_at)
    )
    found: dict[str, list[str]] = {}
    for serial, reference in session.execute(query):
        found.setdefault(serial, []).append(reference)
    return {serial: tuple(references) for serial, references in found.items() if len(references) > 1}
