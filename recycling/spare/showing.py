"""What a partner sees of an offer: what and where about, and once it has accepted, until it is done, at whose door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Booking, Community, SpareOffer, TradeInOrder
from recycling.models.spare import ACCEPTED


@dataclass(frozen=True)
class Shown:
    """An offer as its partner sees it.

    Attributes
    ----------
    reference
        What people call the booking or the order.
    place
        The community in which it is.
    things
        (item code, pieces).
    first, last
        The promised hours.
    floor, lift
        Where the things are.
    contact, address, note
        "" unless the partner has accepted it and not yet reported what came of it.
    lonlat
        Longitude and latitude, None where those are "".
    """

    offer: SpareOffer
    reference: str
    place: str
    things: Sequence[tuple[str, int]]
    first: datetime
    last: datetime
    floor: int
    lift: bool
    contact: str
    address: str
    note: str
    lonlat: tuple[float, float] | None


def shown(session: Session, offers: Sequence[SpareOffer]) -> list[Shown]:
    """Return offers as their partner sees them."""
    bookings = {
        one.id: one
        for one in session.scalars(
            select(Booking).where(Booking.id.in_({o.booking_id for o in offers if o.booking_id}))
        )
    }
    orders = {
        one.id: one
        for one in session.scalars(
            select(TradeInOrder).where(TradeInOrder.id.in_({o.order_id for o in offers if o.order_id}))
        )
    }
    known = select(Community.code, Community.name).where(
        Community.code.in_({b.community_code for b in bookings.values() if b.community_code})
    )
    names = {row.code: row.name for row in session.execute(known)}
    found = []
    for offer in offers:
        if offer.booking_id is not None:
            found.append(_of_booking(offer, bookings[offer.booking_id], names))
        elif offer.order_id is not None:
            found.append(_of_order(offer, orders[offer.order_id]))
    return found


def _of_booking(offer: SpareOffer, booking: Booking, names: dict[str, str]) -> Shown:
    ours = offer.state == ACCEPTED
    return Shown(
        offer=offer,
        reference=booking.reference,
        place=names.get(booking.community_code or "", booking.place),
        things=_things(offer),
        first=booking.promise_start,
        last=booking.promise_end,
        floor=booking.floor,
        lift=booking.lift,
        contact=booking.contact if ours else "",
        address=booking.address if ours else "",
        note=booking.note if ours else "",
        lonlat=(booking.lon, booking.lat) if ours else None,
    )


def _of_order(offer: SpareOffer, order: TradeInOrder) -> Shown:
    ours = offer.state == ACCEPTED
    return Shown(
        offer=offer,
        reference=order.external_id,
        place=order.place,
        things=_things(offer),
        first=order.fetch_start or order.promise_start,
        last=order.fetch_end or order.promise_end,
        floor=order.floor,
        lift=order.lift,
        contact=order.contact if ours else "",
        address=order.address if ours else "",
        note=order.note if ours else "",
        lonlat=(order.lon, order.lat) if ours else None,
    )


def _things(offer: SpareOffer) -> list[tuple[str, int]]:
    return [(code, pieces) for code, pieces in offer.things]
