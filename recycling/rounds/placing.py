"""Which windows of a day have room for those who wait for a round, and giving one of them its booking or order.

The round is driven for them, so that no way is too long: whoever is first in a window bears the way to the villages,
the next ones only that from their neighbours. What is taken is guarded as for any booking.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, network
from recycling.accounts.actors import Actor
from recycling.booking.capacity import WindowFullError
from recycling.booking.checks import checked
from recycling.booking.fitting import Fits
from recycling.booking.offers import door_seconds, room_for, the_way
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.stops import stops_of
from recycling.booking.taking import book, need_of
from recycling.booking.unplaced import any_window
from recycling.booking.visits import order_minutes
from recycling.booking.workload import Fit, Need
from recycling.db import hold
from recycling.deliveries import enter
from recycling.errors import DomainError
from recycling.models import Booking, RoundPlace, TradeInOrder
from recycling.models.trade_in import CANCELLED
from recycling.rounds.asking import booked_for, key_of, place_facts
from recycling.rounds.orders import dated, order_of_wish, wish_from_json


class _WaitsNoMoreError(Exception):
    """Somebody else has placed it, or it has left."""


def need_of_place(session: Session, office: Office, place: RoundPlace, now: datetime) -> Need:
    """Return what somebody who waits needs; DomainError when it cannot be served as it stands any more."""
    if place.kind == "pickup":
        wish = any_window(office, BookingRequest.from_json(place.wish), now)
        return need_of(office, checked(session, office, wish, now, open_only=False))
    order = order_of_wish(session, office, wish_from_json(place.wish), place.retailer, now)
    return Need(
        depot=order.depot_code,
        lon=order.lon,
        lat=order.lat,
        people=order.people,
        service=round(60 * order_minutes(office.settings, order)),
        litres=max(order.new_litres, order.old_litres),
        kg=max(order.new_kg, order.old_kg),
        tail_lift=order.tail_lift,
        height_limit=order.height_limit,
    )


def windows_on(
    session: Session, office: Office, needs: Sequence[Need], day: date, now: datetime
) -> list[tuple[str, ...]]:
    """Return the windows of a day that have room for each of some needs, the best first; none where it has no room.

    Each takes the first of its windows, so that what is left is for those behind it.
    """
    if not needs:
        return []
    code = needs[0].depot
    depot = network.the_depot(session, code)
    room = room_for(session, office, code, [day], now)
    fits = Fits(session, office, code, [day], now=now)
    stops = stops_of(session, office, code, [day])
    spans = [str(span) for span in office.settings.service.window_spans]
    taken: dict[str, dict[Fit, int]] = {span: defaultdict(int) for span in spans}
    found: list[tuple[str, ...]] = []
    for need in needs:
        able: list[tuple[int, str]] = []
        for span in spans:
            way = the_way(office, need, (depot.lon, depot.lat), stops, day, span)
            seconds = way.seconds * need.visits + door_seconds(office, need)
            rows = [room.get((day, span, crew)) for crew in range(1, need.people + 1)]
            beside = {**taken[span], need.fit: taken[span].get(need.fit, 0) + seconds}
            enough = all(row is not None and row.left >= seconds for row in rows)
            if enough and fits.takes(day, span, beside):
                able.append((seconds, span))
        able.sort()
        found.append(tuple(span for _, span in able))
        if able:
            seconds, span = able[0]
            taken[span][need.fit] += seconds
            stops.setdefault((day, span), []).append((need.lon, need.lat))
            for crew in range(1, need.people + 1):
                room[day, span, crew].taken += seconds
    return found


def place_on(office: Office, key: uuid.UUID, day: date, name: str, actor: Actor, now: datetime) -> bool:
    """Give somebody who waits a booking or an order of a day, in the best window with room; tell whether it has one.

    Whoever places it a second time, in whatever process, changes nothing.

    Raises
    ------
    DomainError
        When it cannot be served as it stands, such as a thing that is taken no longer.
    """
    with office.database.read() as session:
        place = session.get_one(RoundPlace, key)
        if place.state != "waiting":
            return place.state == "placed"
        made = booked_for(session, place)
        spans: tuple[str, ...] = ()
        if made is None:
            (spans,) = windows_on(session, office, [need_of_place(session, office, place, now)], day, now)
    if made is not None:  # somebody was cut off half way
        with office.database.write() as session:
            settle_booked(session, place.id, made.id, actor, now)
        return True
    put = _booked if place.kind == "pickup" else _ordered
    for span in spans:
        try:
            put(office, place, day, span, name, actor, now)
        except WindowFullError:
            continue
        except _WaitsNoMoreError:
            break
        except DomainError:
            if _state(office, key) == "waiting":
                raise
        break
    return _state(office, key) == "placed"


def _booked(office: Office, place: RoundPlace, day: date, span: str, name: str, actor: Actor, now: datetime) -> None:
    wish = replace(BookingRequest.from_json(place.wish), day=day, window=span)

    def within(session: Session, _: Booking) -> None:
        _mine(session, place.id)

    made = book(
        office,
        wish,
        key_of(place),
        now,
        place.channel,
        actor,
        source={"round": name},
        told="booked_round",
        beside=within,
    )
    with office.database.write() as session:
        settle_booked(session, place.id, made.id, actor, now)


def _ordered(office: Office, place: RoundPlace, day: date, span: str, name: str, actor: Actor, now: datetime) -> None:
    with office.database.write() as session:
        hold(session, f"order/{place.retailer}/{place.external_id}")
        mine = _mine(session, place.id)
        if _closed(session, mine, actor, now):
            return
        wanted = order_of_wish(session, office, wish_from_json(mine.wish), mine.retailer, now, day, span)
        _, order = enter(session, office, wanted, actor, now)
        _end(session, mine, "placed", order, actor, now)


def sent_alone(session: Session, place: RoundPlace) -> TradeInOrder | None:
    """Return the order that the shop has sent for a day of its own while it waited, None where it has not."""
    order = dated(session, place.retailer, place.external_id)
    return order if order is not None and order.state != CANCELLED else None


def close_sent(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Let an order wait no longer that its shop has sent for a day of its own."""
    with office.database.write() as session:
        place = session.get_one(RoundPlace, key)
        hold(session, f"order/{place.retailer}/{place.external_id}")
        try:
            _closed(session, _mine(session, key), actor, now)
        except _WaitsNoMoreError:
            return


def _closed(session: Session, place: RoundPlace, actor: Actor, now: datetime) -> bool:
    order = sent_alone(session, place)
    if order is not None:
        _end(session, place, "left", order, actor, now)
    return order is not None


def settle_booked(session: Session, key: uuid.UUID, booking: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Note that a place has its booking; nothing where that is noted."""
    mine = session.scalars(select(RoundPlace).where(RoundPlace.id == key).with_for_update()).one()
    if mine.state == "waiting":
        mine.booking_id = booking
        _end(session, mine, "placed", None, actor, now)


def _end(
    session: Session, place: RoundPlace, state: str, order: TradeInOrder | None, actor: Actor, now: datetime
) -> None:
    place.state, place.ended_at, place.trouble = state, now, ""
    if order is not None:
        place.order_id = order.id
    session.flush()
    audit.record(session, actor, f"round.{state}", "round-place", place.id, None, place_facts(place), now)


def _mine(session: Session, key: uuid.UUID) -> RoundPlace:
    found = session.scalars(
        select(RoundPlace).where(RoundPlace.id == key).with_for_update().execution_options(populate_existing=True)
    ).one()
    if found.state != "waiting":
        raise _WaitsNoMoreError
    return found


def _state(office: Office, key: uuid.UUID) -> str:
    with office.database.read() as session:
        return session.get_one(RoundPlace, key).state
