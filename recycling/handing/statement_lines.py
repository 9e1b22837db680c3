"""What stands on a statement with a partner, or will stand on the next one, line by line."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from recycling.models import (
    Booking,
    Handover,
    PartnerCorrection,
    PartnerSettlement,
    SpareOffer,
    SpareTrip,
    TradeInOrder,
)
from recycling.models.handover import COLLECTED
from recycling.models.partner_correction import MADE

NUMBER = func.coalesce(Booking.reference, TradeInOrder.external_id)
"""What a pickup is called on a statement: the booking's number, or the shop's of its order."""

Open = tuple[Sequence[Handover], Sequence[SpareOffer], Sequence[PartnerCorrection]]


@dataclass(frozen=True)
class Line:
    """A line of a statement.

    Attributes
    ----------
    handover, offer
        Whose it is: a hand-over's, or of what a trip was offered.
    material, item, pieces, grams, fen
        What was weighed (the pickup itself where there is no material), and what it comes to, positive where the
        partner pays. A trip's visit is one line, with all that it weighed.
    trip
        The partner's number of its trip, "" for a hand-over.
    reason
        Why it was corrected; "" for what was collected.
    """

    handover: uuid.UUID | None
    offer: uuid.UUID | None
    reference: str
    day: date
    material: str
    item: str
    pieces: int
    grams: int
    fen: int
    trip: str = ""
    reason: str = ""


def open_until(session: Session, partner: str, last_day: date) -> Open:
    """Return what a partner collected until a day and what was corrected, that stands on no statement; all locked."""
    pickups = select(Handover).where(
        Handover.partner == partner, Handover.state == COLLECTED, Handover.service_day <= last_day
    )
    offers = (
        select(SpareOffer)
        .join(SpareTrip, SpareTrip.id == SpareOffer.trip_id)
        .where(
            SpareTrip.partner == partner,
            SpareOffer.state == COLLECTED,
            SpareOffer.settlement_id.is_(None),
            SpareTrip.service_day <= last_day,
        )
    )
    corrections = select(PartnerCorrection).where(*_to_carry(partner))
    return (
        session.scalars(pickups.order_by(Handover.id).with_for_update()).all(),
        session.scalars(offers.order_by(SpareOffer.id).with_for_update(of=SpareOffer)).all(),
        session.scalars(corrections.order_by(PartnerCorrection.id).with_for_update()).all(),
    )


def to_settle(session: Session, partner: str) -> tuple[int, int]:
    """Return how many pickups, visits of trips and corrections of a partner stand on no statement, and their fen."""
    lines = draft_lines(session, partner)
    count = len({(one.handover, one.offer, one.reason) for one in lines})
    return count, sum(one.fen for one in lines)


def lines_of(session: Session, settlement: PartnerSettlement) -> list[Line]:
    """Return the lines of a statement by day and pickup; their fen sum to that of the statement."""
    return _sorted(
        [
            *_pickups(session, Handover.settlement_id == settlement.id),
            *_offers(session, SpareOffer.settlement_id == settlement.id),
            *_corrections(session, PartnerCorrection.settlement_id == settlement.id),
        ]
    )


def draft_lines(session: Session, partner: str) -> list[Line]:
    """Return what will stand on the next statement with a partner, as it is by now."""
    return _sorted(
        [
            *_pickups(session, Handover.partner == partner, Handover.state == COLLECTED),
            *_offers(
                session,
                SpareTrip.partner == partner,
                SpareOffer.state == COLLECTED,
                SpareOffer.settlement_id.is_(None),
            ),
            *_corrections(session, *_to_carry(partner)),
        ]
    )


def table_of(lines: Sequence[Line]) -> tuple[tuple[str, ...], list[tuple[str | int | float, ...]]]:
    """Return head and rows of a statement; the yuan of its rows sum to that of the statement."""
    head = ("pickup", "day", "material", "item", "pieces", "kg", "yuan", "trip", "correction")
    rows: list[tuple[str | int | float, ...]] = [
        (
            *(n.reference, n.day.isoformat(), n.material, n.item, n.pieces),
            *(n.grams / 1000, n.fen / 100, n.trip, n.reason),
        )
        for n in lines
    ]
    return head, rows


def _to_carry(partner: str) -> tuple[Any, ...]:
    return (
        PartnerCorrection.partner == partner,
        PartnerCorrection.state == MADE,
        PartnerCorrection.carried.is_(True),
        PartnerCorrection.settlement_id.is_(None),
    )


def _sorted(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda one: (bool(one.reason), one.day, one.trip, one.reference))


def _numbered(query: Any, booking: Any, order: Any) -> Any:
    return query.outerjoin(Booking, Booking.id == booking).outerjoin(TradeInOrder, TradeInOrder.id == order)


def _pickups(session: Session, *conditions: Any) -> list[Line]:
    query = _numbered(select(Handover, NUMBER), Handover.booking_id, Handover.order_id).where(*conditions)
    rows = session.execute(query.options(selectinload(Handover.lines)).execution_options(populate_existing=True))
    return [
        Line(one.id, None, reference, one.service_day, n.material, n.item, n.pieces, n.grams, n.fen)
        for one, reference in rows
        for n in one.lines
        if n.material or n.fen
    ]


def _offers(session: Session, *conditions: Any) -> list[Line]:
    query = select(SpareOffer, SpareTrip, NUMBER).join(SpareTrip, SpareTrip.id == SpareOffer.trip_id)
    rows = session.execute(_numbered(query, SpareOffer.booking_id, SpareOffer.order_id).where(*conditions))
    found = []
    for offer, trip, reference in rows:
        materials = sorted(offer.collected)
        grams = sum(round(kg * 1000) for kg in offer.collected.values())
        material = materials[0] if len(materials) == 1 else ""
        found.append(
            Line(
                *(None, offer.id, reference, trip.service_day, material, ""),
                *(offer.pieces, grams, -offer.due, trip.external_id),
            )
        )
    return found


def _corrections(session: Session, *conditions: Any) -> list[Line]:
    query = (
        select(PartnerCorrection, NUMBER, func.coalesce(Handover.service_day, SpareTrip.service_day), SpareTrip)
        .outerjoin(Handover, Handover.id == PartnerCorrection.handover_id)
        .outerjoin(SpareOffer, SpareOffer.id == PartnerCorrection.offer_id)
        .outerjoin(SpareTrip, SpareTrip.id == SpareOffer.trip_id)
    )
    booking = func.coalesce(Handover.booking_id, SpareOffer.booking_id)
    order = func.coalesce(Handover.order_id, SpareOffer.order_id)
    found = []
    for one, reference, day, trip in session.execute(_numbered(query, booking, order).where(*conditions)):
        grams = sum(n["grams"] for n in one.after) - sum(n["grams"] for n in one.before)
        number = trip.external_id if trip is not None else ""
        found.append(Line(one.handover_id, one.offer_id, reference, day, "", "", 0, grams, one.fen, number, one.reason))
    return found
