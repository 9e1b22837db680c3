"""What trips have collected on some days, and what their partners get for it; closed by statements with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.exports.tables import Cell
from recycling.models import Booking, PartnerSettlement, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.spare import COLLECTED

HEAD = ("day", "partner", "trip", "reference", "pieces", "kg", "materials", "yuan", "statement")


@dataclass(frozen=True)
class StatementLine:
    """One visit: on which day and trip, whose, pieces, kilograms by material, and the fen that it is paid with.

    ``statement`` is the number of that on which it stands, 0 for none yet.
    """

    day: date
    trip: str
    partner: str
    reference: str
    pieces: int
    kg: float
    materials: dict[str, float]
    due: int
    statement: int = 0


def statement(
    session: Session, first: date, last: date, partner: str = "", depots: Collection[str] | None = None
) -> list[StatementLine]:
    """Return what was collected on some days, by day and trip, of a partner or of all; None for all depots."""
    query = (
        select(SpareOffer, SpareTrip, PartnerSettlement.number)
        .join(SpareTrip, SpareTrip.id == SpareOffer.trip_id)
        .outerjoin(PartnerSettlement, PartnerSettlement.id == SpareOffer.settlement_id)
        .where(SpareOffer.state == COLLECTED, SpareTrip.service_day.between(first, last))
    )
    if partner:
        query = query.where(SpareTrip.partner == partner)
    if depots is not None:
        query = query.where(SpareTrip.depot_code.in_(sorted(depots)))
    by_day = query.order_by(SpareTrip.service_day, SpareTrip.partner, SpareTrip.external_id, SpareOffer.rank)
    return [
        StatementLine(
            trip.service_day,
            trip.external_id,
            trip.partner,
            _reference(session, offer),
            offer.pieces,
            offer.collected_kg,
            dict(offer.collected),
            offer.due,
            number or 0,
        )
        for offer, trip, number in session.execute(by_day)
    ]


def rows(lines: Sequence[StatementLine]) -> list[tuple[Cell, ...]]:
    """Return a statement as rows under `HEAD`."""
    return [
        (
            one.day,
            one.partner,
            one.trip,
            one.reference,
            one.pieces,
            round(one.kg, 2),
            "; ".join(f"{material} {kg:g}" for material, kg in sorted(one.materials.items())),
            one.due / 100,
            one.statement or "",
        )
        for one in lines
    ]


def _reference(session: Session, offer: SpareOffer) -> str:
    if offer.booking_id is not None:
        return session.get_one(Booking, offer.booking_id).reference
    return session.get_one(TradeInOrder, offer.order_id).external_id
