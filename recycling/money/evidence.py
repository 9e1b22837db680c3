"""Noting where something lies that proves a purchase: a weigh note, a contract, a slip."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError
from recycling.models import PurchaseEvidence
from recycling.money.sellers import locked
from recycling.money.settling import Evidence, the_purchase

KINDS = ("weigh_note", "contract", "payment", "photo", "other")
LONGEST_PLACE = 120


def add_evidence(session: Session, purchase_id: uuid.UUID, evidence: Evidence, person: str, now: datetime) -> None:
    """Add evidence to a purchase; the same once more changes nothing.

    Raises
    ------
    BadRequestError
        For an unknown kind, or when it is not said where it lies.
    """
    if evidence.kind not in KINDS:
        raise BadRequestError.one("bad-kind", N_("Choose what it is."), where="kind")
    place = " ".join(evidence.place.split())
    if not 1 <= len(place) <= LONGEST_PLACE:
        raise BadRequestError.one(
            "no-place", N_("Enter its number, or where it is filed: at most %(most)s signs."), where="place",
            most=LONGEST_PLACE,
        )  # fmt: skip
    locked(session, the_purchase(session, purchase_id).seller_id)
    purchase = the_purchase(session, purchase_id)
    session.refresh(purchase, ["evidence"])
    if any((e.kind, e.place) == (evidence.kind, place) for e in purchase.evidence):
        return
    row = PurchaseEvidence(
        purchase_id=purchase_id, kind=evidence.kind, place=place, sha256=evidence.sha256, added_at=now, person=person
    )
    session.add(row)
    session.flush()
