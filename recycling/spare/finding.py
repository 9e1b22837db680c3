"""Finding trips, their offers, and how much both amount to."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, NotFoundError
from recycling.models import Booking, SpareOffer, SpareTrip
from recycling.models.spare import ACCEPTED, COLLECTED, LIVE
from recycling.senders import numbered, sent_between


@dataclass(frozen=True)
class Sums:
    """What offers amount to: how many by state, what the accepted ones save, ask, and fetched (fen, kilograms)."""

    offered: int
    accepted: int
    collected: int
    saves: int
    asks: int
    kg: float
    due: int


def trips_between(
    session: Session, first: date, last: date, partner: str = "", depots: Collection[str] | None = None
) -> list[SpareTrip]:
    """Return the trips of some days by hour, of a partner or of all, and of some depots; None for all depots."""
    query = sent_between(SpareTrip, first, last, partner, depots)
    return list(session.scalars(query.order_by(SpareTrip.starts_at, SpareTrip.partner, SpareTrip.external_id)))


def the_trip(session: Session, partner: str, external: str, lock: bool = False) -> SpareTrip:
    """Return a partner's trip by its number; NotFoundError when there is none."""
    found = numbered(session, SpareTrip, partner, external, lock)
    if found is None:
        raise NotFoundError.one(
            "no-trip",
            N_("There is no trip %(number)s of this partner. Look in the list of trips."),
            number=external[:60],
        )
    return found


def trip_of(session: Session, key: uuid.UUID) -> SpareTrip:
    """Return a trip by its key; NotFoundError when there is none."""
    found = session.get(SpareTrip, key)
    if found is None:
        raise NotFoundError.one("no-trip", N_("There is no such trip."))
    return found


def the_offer(session: Session, key: uuid.UUID, lock: bool = False) -> SpareOffer:
    """Return an offer by its key; NotFoundError when there is none."""
    query = select(SpareOffer).where(SpareOffer.id == key).execution_options(populate_existing=lock)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError.one("no-offer", N_("There is no such offer."))
    return found


def offers_of(session: Session, trips: Collection[uuid.UUID]) -> dict[uuid.UUID, list[SpareOffer]]:
    """Return the offers of trips, by trip, the dearest for us first; withdrawn and lapsed ones at the end."""
    query = select(SpareOffer).where(SpareOffer.trip_id.in_(list(trips)))
    found: dict[uuid.UUID, list[SpareOffer]] = {trip: [] for trip in trips}
    for offer in session.scalars(query.order_by(SpareOffer.offered_at, SpareOffer.rank, SpareOffer.id)):
        found[offer.trip_id].append(offer)
    for offers in found.values():
        offers.sort(key=lambda offer: (offer.state not in (*LIVE, COLLECTED), offer.rank))
    return found


def has_accepted(session: Session, booking: Booking) -> bool:
    """Tell whether a trip has accepted a booking and not yet said what came of it."""
    query = select(SpareOffer.id).where(SpareOffer.booking_id == booking.id, SpareOffer.state == ACCEPTED)
    return session.scalar(query.limit(1)) is not None


def sums(offers: Sequence[SpareOffer]) -> Sums:
    """Return what offers amount to."""
    taken = [offer for offer in offers if offer.state in (ACCEPTED, COLLECTED)]
    fetched = [offer for offer in offers if offer.state == COLLECTED]
    return Sums(
        offered=sum(offer.state in LIVE for offer in offers),
        accepted=len(taken),
        collected=len(fetched),
        saves=sum(offer.saves for offer in taken),
        asks=sum(offer.due if offer.state == COLLECTED else offer.asks for offer in taken),
        kg=sum(offer.collected_kg for offer in fetched),
        due=sum(offer.due for offer in fetched),
    )
