"""Which visits of a day may be offered to partners' trips, and whether each is still as it was offered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from recycling.booking import Office
from recycling.day_stops import booking_stop, fetch_stop
from recycling.dispatch import TO_BE_FETCHED, TO_COLLECT
from recycling.models import Booking, Community, SpareOffer, TradeInOrder
from recycling.models.spare import LIVE
from recycling.plane import metres_between
from recycling.unload_places import Shares
from recycling.unload_shares import shares_of
from routing.problem import Stop


@dataclass(frozen=True)
class Candidate:
    """A visit of our day that a partner might make: a booking, or the fetching of a shop's customer's old goods.

    Attributes
    ----------
    stop
        As our own day has it, at location 0; it names the booking or the order, see `key_of`.
    lonlat, height_limit
        Where it is, and the metres that a vehicle may be high on the way in.
    things, pieces
        What is collected, as the record of an offer keeps it, and how many pieces that is.
    community
        Code of the community that it lies in, or nearest to.
    promise_start
        When the promised hours begin.
    shares
        Kilograms and litres by material.
    skills
        What its crew must be able to do besides carrying.
    """

    stop: Stop
    lonlat: tuple[float, float]
    height_limit: float | None
    things: list[list[object]]
    pieces: int
    community: str
    promise_start: datetime
    shares: Shares
    skills: frozenset[str] = frozenset()

    @property
    def items(self) -> list[str]:
        """Codes of what is collected."""
        return [str(code) for code, _ in self.things]

    @property
    def kg(self) -> int:
        """Kilograms in all."""
        return self.stop.pickup[0]

    @property
    def litres(self) -> int:
        """Litres in all."""
        return self.stop.pickup[1]


def candidates(session: Session, office: Office, depot: str, day: date) -> list[Candidate]:
    """Return what may be offered of a depot's day: what is on no route, has one visit, and is offered to nobody."""
    other = aliased(Booking)
    bookings = session.scalars(
        select(Booking)
        .where(
            Booking.depot_code == depot,
            Booking.service_day == day,
            Booking.state == "booked",
            TO_COLLECT,
            Booking.leg_of.is_(None),
            Booking.id.not_in(select(other.leg_of).where(other.leg_of.is_not(None), other.state != "cancelled")),
            Booking.id.not_in(_live(SpareOffer.booking_id)),
        )
        .options(selectinload(Booking.lines))
        .order_by(Booking.created_at, Booking.id)
    ).all()
    orders = session.scalars(
        select(TradeInOrder)
        .where(
            TradeInOrder.depot_code == depot,
            TradeInOrder.service_day == day,
            TO_BE_FETCHED,
            TradeInOrder.fetch_planned_start.is_(None),
            TradeInOrder.fetch_set_off_at.is_(None),
            TradeInOrder.id.not_in(_live(SpareOffer.order_id)),
        )
        .order_by(TradeInOrder.fetch_start, TradeInOrder.id)
    ).all()
    return stated(session, office, day, bookings, orders)


def stated(
    session: Session, office: Office, day: date, bookings: Sequence[Booking], orders: Sequence[TradeInOrder]
) -> list[Candidate]:
    """Return bookings and second visits of orders as candidates."""
    settings, fleet = office.settings, office.fleet
    shares, near = shares_of(settings, bookings, (), orders), _Nearest(session)
    found = []
    for booking in bookings:
        stop = booking_stop(settings, fleet, booking, day, 0, told=False)
        skills = frozenset({"dismantle"} if any(line.dismantle for line in booking.lines) else ())
        community = booking.community_code or near.community(booking.lon, booking.lat)
        found.append(
            Candidate(
                stop=stop,
                lonlat=(booking.lon, booking.lat),
                height_limit=booking.height_limit,
                things=things_of(booking, None),
                pieces=sum(line.pieces for line in booking.lines),
                community=community,
                promise_start=booking.promise_start,
                shares=shares[stop.id],
                skills=skills,
            )
        )
    for order in orders:
        stop = fetch_stop(settings, fleet, order, day, 0, told=False)
        found.append(
            Candidate(
                stop=stop,
                lonlat=(order.lon, order.lat),
                height_limit=order.height_limit,
                things=things_of(None, order),
                pieces=sum(count for _, count in order.things_back),
                community=near.community(order.lon, order.lat),
                promise_start=order.fetch_start or order.promise_start,
                shares=shares[stop.id],
            )
        )
    return found


class _Nearest:
    """Tells in which community a place lies that names none: the nearest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def _places(self) -> list[tuple[str, float, float]]:
        rows = self._session.execute(select(Community.code, Community.lon, Community.lat).order_by(Community.code))
        return [(code, lon, lat) for code, lon, lat in rows]

    def community(self, lon: float, lat: float) -> str:
        """Return the code of the community nearest to a position; "" where there is none."""
        nearest = min(self._places, key=lambda one: metres_between((lon, lat), one[1:]), default=("", lon, lat))
        return nearest[0]


def _live(column: InstrumentedAttribute[uuid.UUID | None]) -> Select[Any]:
    """Return the question for what is offered to somebody now."""
    return select(column).where(column.is_not(None), SpareOffer.state.in_(LIVE))


def as_offered(offer: SpareOffer, booking: Booking | None, order: TradeInOrder | None, partner: str) -> bool:
    """Tell whether what was offered is still to be collected as it was: the same things, promised for the same hours.

    A booking that stands on one of our routes is not, nor is one that `partner` has no more; "" before it is offered.
    """
    if booking is not None and (booking.state, booking.partner) != ("booked", partner):
        return False
    if order is not None and (order.partner != partner or not order.fetching):
        return False
    if order is not None and (order.fetch_planned_start is not None or order.fetch_set_off_at is not None):
        return False
    begin = booking.promise_start if booking is not None else order.fetch_start if order is not None else None
    return begin == offer.promise_start and things_of(booking, order) == [list(thing) for thing in offer.things]


def things_of(booking: Booking | None, order: TradeInOrder | None) -> list[list[object]]:
    """Return what is collected, as the record of an offer keeps it: [item code, pieces]."""
    if booking is not None:
        return [[line.item, line.pieces] for line in booking.lines]
    return [[code, count] for code, count in order.things_back] if order is not None else []


def key_of(stop: str) -> tuple[str, uuid.UUID]:
    """Return of a candidate's stop whether it is a booking's (``b``) or an order's (``f``), and its key."""
    kind, _, key = stop.partition(":")
    return kind, uuid.UUID(key)
