"""What is done for trips by the clock: answers that are late, offers that were changed, days to be looked at."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from recycling.away import CHANGED
from recycling.booking import Office
from recycling.models import Booking, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.spare import ACCEPTED, LAPSED, LIVE, OFFERED, WITHDRAWN
from recycling.spare.candidates import as_offered
from recycling.spare.checks import answers_until
from recycling.spare.giving_back import end, held_with_trip, locked_booking, locked_order
from recycling.spare.looking import JOB, Looked, look

AGAIN = timedelta(minutes=10)
"""A day is looked at again no sooner, and only when something of it has changed."""


def tend_spare(office: Office, now: datetime) -> list[tuple[str, date, Looked]]:
    """End offers that are over, then look at the days that have trips and something new; return what came of those."""
    end_over(office, now)
    with office.database.read() as session:
        days = _to_be_looked_at(session, office, now)
    return [(depot, day, look(office, depot, day, now)) for depot, day in days]


def end_over(office: Office, now: datetime) -> int:
    """End the offers whose time is over and those that are not as they were, each in its own unit; return how many."""
    keys = _to_be_ended(office, now)
    for key in keys:
        _end(office, key, now)
    return len(keys)


def _to_be_ended(office: Office, now: datetime) -> list[uuid.UUID]:
    """Return the offers whose time is over, and those that are not as they were."""
    with office.database.read() as session:
        found = session.scalars(select(SpareOffer).where(SpareOffer.state.in_(LIVE)).order_by(SpareOffer.id)).all()
        over = []
        for offer in found:
            booking = session.get(Booking, offer.booking_id) if offer.booking_id else None
            order = session.get(TradeInOrder, offer.order_id) if offer.order_id else None
            late = offer.state == OFFERED and now >= offer.answer_by
            partner = session.get_one(SpareTrip, offer.trip_id).partner
            if late or not as_offered(offer, booking, order, partner):
                over.append(offer.id)
        return over


def _end(office: Office, key: uuid.UUID, now: datetime) -> None:
    with office.database.write() as session:
        offer, trip = held_with_trip(session, office, key, None)
        booking, order = locked_booking(session, offer), locked_order(session, offer)
        if offer.state == OFFERED and now >= offer.answer_by:
            end(session, office, offer, LAPSED, "", JOB, now)
        elif offer.state in LIVE and not as_offered(offer, booking, order, trip.partner):
            end(session, office, offer, WITHDRAWN, CHANGED, JOB, now)


def _to_be_looked_at(session: Session, office: Office, now: datetime) -> list[tuple[str, date]]:
    query = select(SpareTrip).where(SpareTrip.state == "open", SpareTrip.service_day > office.clock.today(now))
    days: dict[tuple[str, date], list[datetime | None]] = {}
    for trip in session.scalars(query):
        if now < answers_until(office, trip.service_day):
            days.setdefault((trip.depot_code, trip.service_day), []).append(trip.looked_at)
    return sorted(day for day, looked in days.items() if _is_new(session, *day, looked, now))


def _is_new(session: Session, depot: str, day: date, looked: list[datetime | None], now: datetime) -> bool:
    """Tell whether a trip of the day was never looked at, or something of the day has changed since."""
    times = [moment for moment in looked if moment is not None]
    if len(times) < len(looked):
        return True
    since = min(times)
    if now - since < AGAIN:
        return False
    bookings = select(Booking.id).where(
        Booking.depot_code == depot, Booking.service_day == day, Booking.created_at > since
    )
    orders = select(TradeInOrder.id).where(
        TradeInOrder.depot_code == depot, TradeInOrder.service_day == day, TradeInOrder.changed_at > since
    )
    offers = (
        select(SpareOffer.id)
        .join(SpareTrip)
        .where(
            SpareTrip.depot_code == depot,
            SpareTrip.service_day == day,
            or_(SpareOffer.ended_at > since, (SpareOffer.state == ACCEPTED) & (SpareOffer.answered_at > since)),
        )
    )
    return any(session.scalar(one.limit(1)) is not None for one in (bookings, orders, offers))
