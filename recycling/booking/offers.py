"""Windows that can be kept, for a place and what is to be collected there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from recycling import network
from recycling.booking.bonus import bonus, typical_vehicle, way_cost
from recycling.booking.capacity import Room, Window, rooms
from recycling.booking.days import bookable_days, planned_days
from recycling.booking.fitting import Fits
from recycling.booking.office import Office
from recycling.booking.stops import Stops, stops_in, stops_of
from recycling.booking.workload import Approach, Need, Position, approach, unload_seconds
from recycling.clock import Span
from recycling.errors import N_, ConflictError
from recycling.models import Booking, Hold
from recycling.models.base import table_of
from recycling.models.booking import FREE


@dataclass(frozen=True)
class Offer:
    """A window that can be kept.

    Attributes
    ----------
    seconds
        What the visit would take of the fleet's time.
    cost, grams
        What it would cost the fleet (fen) and emit (g CO2) to come in this window rather than not at all, apart from
        the time at the door, which is the same in every window.
    near
        A vehicle stops nearby in this window.
    greenest
        No other window on offer emits less.
    points
        That are given for choosing it, since it saves the fleet a way.
    """

    window: Window
    start: datetime
    end: datetime
    seconds: int
    cost: int
    grams: int
    near: bool
    greenest: bool = False
    points: int = 0


def offers(
    session: Session,
    office: Office,
    need: Need,
    now: datetime,
    days: Sequence[date] | None = None,
    owner: str = "",
    but: uuid.UUID | None = None,
) -> list[Offer]:
    """Return the windows that can be kept on days that are open, in order of time; nothing is written.

    What is kept for the form `owner` already is free for that form, what the booking `but` takes is free for it when it
    moves, and what was kept until now is free for all. Unless `days` are given, it looks at all that can be booked now;
    of those that are planned it returns what still fits their routes.
    """
    days = bookable_days(office, now) if days is None else days
    planned = [] if office.planned is None else planned_days(office.settings, now)
    late = _late(session, office, need, [day for day in days if day in planned], now, owner)
    days = [day for day in days if day not in planned and office.settings.holidays.on(day) is None]
    if not days:
        return _with_greenest(late)
    depot = network.the_depot(session, need.depot)
    room = room_for(session, office, need.depot, days, now, owner, but)
    fits = Fits(session, office, need.depot, days, owner=owner, but=but, now=now)
    stops = stops_of(session, office, need.depot, days, owner, but)
    kind = typical_vehicle(office, need)
    found = late
    if kind is None:
        return _with_greenest(found)
    at_door, longest = door_seconds(office, need), 60 * office.settings.booking.longest_way_minutes
    spans = [(span, str(span)) for span in office.settings.service.window_spans]
    for day in days:
        for span, name in spans:
            rows = [room.get((day, name, crew)) for crew in range(1, need.people + 1)]
            left = [row.left for row in rows if row is not None]
            start, end = (office.clock.at(day, hour) for hour in (span.start, span.end))
            if len(left) < need.people or start <= now:
                continue
            way = the_way(office, need, (depot.lon, depot.lat), stops, day, name)
            seconds = way.seconds * need.visits + at_door
            if seconds > min(left) or way.seconds > longest:
                continue
            of_those = fits.left(day, name, need.fit)
            if of_those is not None and seconds > of_those:
                continue
            cost = way_cost(need, kind, way)
            grams = round(need.visits * way.metres * office.settings.booking.grams_co2_per_km / 1000)
            points = bonus(office, need, (depot.lon, depot.lat), cost)
            window = Window(need.depot, day, name)
            found.append(Offer(window, start, end, seconds, cost, grams, way.near, points=points))
    return _with_greenest(found)


def room_for(
    session: Session,
    office: Office,
    depot: str,
    days: Sequence[date],
    now: datetime,
    owner: str = "",
    but: uuid.UUID | None = None,
) -> dict[tuple[date, str, int], Room]:
    """Return the room of each day, window and size of crew for whoever can give back what is taken there.

    That is what is kept for `owner` or was kept until now, and what the visits of the booking `but` take.
    """
    room = rooms(session, office, depot, days)
    free = [*session.execute(_FREE_FOR, {"depot": depot, "owner": owner, "now": now})]
    if but is not None:
        free += session.execute(_TAKEN_BY, {"but": but})
    for day, window, people, seconds in free:
        for crew in range(1, people + 1):
            if row := room.get((day, window, crew)):
                row.taken -= seconds
    return room


_BOOKING, _HOLD = table_of(Booking).c, table_of(Hold).c
_FREE_FOR = select(_HOLD.service_day, _HOLD.window, _HOLD.people, _HOLD.seconds).where(
    _HOLD.depot_code == bindparam("depot"), or_(_HOLD.owner == bindparam("owner"), _HOLD.until <= bindparam("now"))
)
"""Asked for each who looks for windows, so it is put together once."""
_TAKEN_BY = select(_BOOKING.service_day, _BOOKING.window, _BOOKING.people, _BOOKING.seconds).where(
    or_(_BOOKING.id == bindparam("but"), _BOOKING.leg_of == bindparam("but")), _BOOKING.state.not_in(FREE)
)


def ranked(found: Sequence[Offer]) -> list[Offer]:
    """Return the offers with the least cost and carbon to the fleet first, the earlier one where they are equal."""
    return sorted(found, key=lambda offer: (offer.cost, offer.grams, offer.start))


def seconds_of(
    session: Session, office: Office, need: Need, window: Window, owner: str = "", but: uuid.UUID | None = None
) -> int:
    """Return what a visit would take of a window, whether it has room for it or not.

    Neither what is kept for the form `owner` nor a visit of the booking `but` shortens the way.

    Raises
    ------
    ConflictError
        When no vehicle of the depot can serve it.
    """
    if typical_vehicle(office, need) is None:
        raise no_vehicle()
    depot = network.the_depot(session, need.depot)
    others = stops_in(session, office, window, owner, but)
    way = approach(office.settings.booking, (need.lon, need.lat), (depot.lon, depot.lat), others)
    return way.seconds * need.visits + door_seconds(office, need)


def no_vehicle() -> ConflictError:
    """Return what somebody is told whom no vehicle can serve."""
    return ConflictError.one("no-vehicle", NO_VEHICLE, where="window")


NO_VEHICLE = N_(
    "None of our vehicles here can take this: it lacks the crew or the tail lift, or is too high for the way in. Ask us"
    " to call you."
)


def door_seconds(office: Office, need: Need) -> int:
    """Return what a visit takes wherever it is: the time at the door and its share of the trips to unload."""
    kind = typical_vehicle(office, need)
    return need.service + (unload_seconds(office.settings.booking, need.litres, kind.litres) if kind else 0)


def the_way(office: Office, need: Need, depot: Position, stops: Stops, day: date, span: str) -> Approach:
    """Return the way to a place in a window."""
    return approach(office.settings.booking, (need.lon, need.lat), depot, stops.get((day, span), ()))


def _late(session: Session, office: Office, need: Need, days: Sequence[date], now: datetime, owner: str) -> list[Offer]:
    """Return the windows in which the routes of planned days have room for all visits."""
    if office.planned is None or not need.each:
        return []
    found = []
    depot, kind = network.the_depot(session, need.depot), typical_vehicle(office, need)
    door = need.service * kind.cost_per_hour / 3600 if kind else 0
    for day in days:
        for room in office.planned.rooms(session, need, day, owner, now):
            span, near = Span.parse(room.span), room.metres <= 2 * office.settings.booking.near_metres
            start, end = (office.clock.at(day, hour) for hour in (span.start, span.end))
            window = Window(need.depot, day, room.span)
            points = bonus(office, need, (depot.lon, depot.lat), round(room.cost - door))
            found.append(Offer(window, start, end, room.seconds, room.cost, room.grams, near, points=points))
    return found


def _with_greenest(found: Sequence[Offer]) -> list[Offer]:
    least = min((offer.grams for offer in found if offer.near), default=None)
    return [replace(offer, greenest=offer.near and offer.grams == least) for offer in found]
