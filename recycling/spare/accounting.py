"""What a trip has collected, in the ledger: the kilograms that the partner has, and what we owe it for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.handing import Booked
from recycling.handing.choosing import community_of
from recycling.handing.collecting import owed
from recycling.ledger import Account, Draft, Line, post
from recycling.models import Booking, SpareOffer, SpareTrip, TradeInOrder
from recycling.stock import books

A_KILOGRAM = 1000


def post_collected(
    session: Session,
    trip: SpareTrip,
    offer: SpareOffer,
    booking: Booking | None,
    order: TradeInOrder | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Put the grams of each material, and what they come to, into the ledger, once."""
    person = actor.id or actor.kind
    community = community_of(session, Booked([booking]).facts) if booking is not None else ""
    reference = booking.reference if booking is not None else order.external_id if order is not None else ""
    goods: list[Line] = []
    for material, kg in sorted(offer.collected.items()):
        grams = round(kg * A_KILOGRAM)
        goods.append(Line(Account("partner", trip.partner, books.unit(material, books.GRAMS)), grams))
        goods.append(Line(books.collected(community, material, books.GRAMS), -grams))
    post(session, Draft("spare-goods", tuple(goods), f"spare-goods:{offer.id}", now, person, reference))
    if offer.due:
        money = Line(owed(trip.partner), offer.due), Line(Account("handed", "", "fen"), -offer.due)
        post(session, Draft("spare", money, f"spare:{offer.id}", now, person, reference))
