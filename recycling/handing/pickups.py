"""What hand-overs are about, read for pages and programs: what is collected, how it is carried, who and where."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from recycling.booking import life
from recycling.models import Booking, Community, Handover, TradeInOrder
from recycling.plane import metres_between
from recycling.privacy import mask_phone


@dataclass(frozen=True)
class Door:
    """Who and where, for whoever collects it; the number is asked for by itself."""

    contact: str
    phone: str
    place: str
    address: str
    lon: float
    lat: float
    note: str


@dataclass(frozen=True)
class Pickup:
    """What a hand-over is about: a booking with its visits, or what is old of a shop's order.

    Attributes
    ----------
    reference, shop, day
        The booking's number or the shop's of its order, whose order it is ("" for a booking), and its day now.
    town
        The county and town, "" where they are not known.
    items, kg
        (code, pieces) of what was booked, and about what it weighs.
    """

    reference: str
    shop: str
    day: date
    town: str
    items: tuple[tuple[str, int], ...]
    kg: int
    floor: int
    lift: bool
    door: Door


def pickups_of(session: Session, handovers: Sequence[Handover]) -> dict[uuid.UUID, Pickup]:
    """Return what each hand-over is about, by its id."""
    heads = {one.booking_id for one in handovers if one.booking_id}
    query = select(Booking).where(or_(Booking.id.in_(heads), Booking.leg_of.in_(heads)), Booking.reason != life.MERGED)
    visits: dict[uuid.UUID, list[Booking]] = {}
    for visit in session.scalars(query.options(selectinload(Booking.lines)).order_by(Booking.leg_of.is_not(None))):
        visits.setdefault(visit.leg_of or visit.id, []).append(visit)
    numbers = {one.order_id for one in handovers if one.order_id}
    orders = {o.id: o for o in session.scalars(select(TradeInOrder).where(TradeInOrder.id.in_(numbers)))}
    codes = {visit.community_code for of_one in visits.values() for visit in of_one if visit.community_code}
    towns = _towns(session, codes)
    near = _nearest(session, list(orders.values()))
    found = {}
    for one in handovers:
        if one.booking_id is not None:
            found[one.id] = _of_booking(visits[one.booking_id], towns)
        elif one.order_id is not None:
            found[one.id] = _of_order(orders[one.order_id], near)
    return found


def _towns(session: Session, codes: set[str]) -> dict[str, str]:
    places = session.execute(select(Community.code, Community.county, Community.town).where(Community.code.in_(codes)))
    return {code: f"{county} {town}" for code, county, town in places}


def _nearest(session: Session, orders: Sequence[TradeInOrder]) -> dict[uuid.UUID, str]:
    """Return the county and town of the community nearest to each order, which names none itself."""
    if not orders:
        return {}
    rows = session.execute(select(Community.county, Community.town, Community.lon, Community.lat))
    places = [(f"{county} {town}", (lon, lat)) for county, town, lon, lat in rows]
    return {
        one.id: min(places, key=lambda place: metres_between((one.lon, one.lat), place[1]), default=("", (0, 0)))[0]
        for one in orders
    }


def _of_booking(visits: Sequence[Booking], towns: Mapping[str, str]) -> Pickup:
    head = visits[0]
    lines = [line for visit in visits for line in visit.lines]
    return Pickup(
        head.reference,
        "",
        head.service_day,
        towns.get(head.community_code or "", ""),
        tuple((line.item, line.pieces) for line in lines),
        sum(line.kg * line.pieces for line in lines),
        head.floor,
        head.lift,
        _door(head),
    )


def _of_order(order: TradeInOrder, towns: Mapping[uuid.UUID, str]) -> Pickup:
    return Pickup(
        order.external_id,
        order.retailer,
        order.service_day,
        towns.get(order.id, ""),
        tuple(order.things_back),
        order.old_kg,
        order.floor,
        order.lift,
        _door(order),
    )


def _door(thing: Booking | TradeInOrder) -> Door:
    phone = mask_phone(thing.phone) if thing.phone else ""
    return Door(thing.contact, phone, thing.place, thing.address, thing.lon, thing.lat, thing.note)
