"""A day under way as it is known at a moment: its plan, what was reported, what is on board, where trucks were seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.board.agreements import agreed
from recycling.board.comparing import new_stops
from recycling.board.fresh import OF_BOOK, TAKEN, Basis, Book, Place, basis, books_of, places_of
from recycling.board.happenings import CLOSED, FULL, LATE, OPENS, OUT, URGENT, Happening
from recycling.board.known import Known, Said, known
from recycling.board.marks import Mark, marks_of, weighed_in
from recycling.board.standing import loaded_standing
from recycling.clock import Span
from recycling.dispatch import DayOrders, orders_of
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.figures import newest_plan
from recycling.fleet import Fleet
from recycling.models import Booking, Call, Plan, PlanRoute, Site, TradeInOrder
from recycling.models.trade_in import CANCELLED, OPEN
from recycling.plane import Lonlat
from recycling.settings import Settings
from recycling.shut_today import shut_by
from recycling.stock.on_board import Stock
from recycling.stop_names import stop_of
from recycling.unload_places import unload_places


@dataclass(frozen=True)
class Situation:
    """What is known of a day under way.

    Attributes
    ----------
    known
        Where each vehicle with a route stands.
    marks
        How each order of the plan stands, by its stop.
    waiting
        Stops of the day's orders that are on no route, the newest first, and how many of them came after the plan.
    plates
        All vehicles of the depot.
    reopened
        Stops that are to be done again, of which the plan knows nothing yet.
    books, places
        By vehicle what the book says is on board, and where it was seen last.
    sites
        Where the day's vehicles unload.
    out, closed
        Vehicles that can do no more today, and sites that take nothing more, or ("HH:MM") nothing before an hour.
    home
        Where the depot is.
    """

    plan: Plan
    now: datetime
    known: Mapping[str, Known]
    marks: Mapping[str, Mark]
    waiting: tuple[str, ...]
    new: int
    reopened: tuple[str, ...]
    plates: tuple[str, ...]
    books: Mapping[str, Book]
    places: Mapping[str, Place]
    sites: tuple[Site, ...]
    out: frozenset[str]
    closed: Mapping[str, str]
    home: Lonlat

    def basis(self, plate: str) -> Basis:
        """Return what is taken as known of a vehicle's place and load."""
        return basis(self.known[plate], self.places, self.books, self.now)


def situation(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    depot: Site,
    day: date,
    now: datetime,
    happening: Happening | None = None,
) -> Situation:
    """Return what is known of a day at a moment, with what its dispatcher says of it.

    Raises
    ------
    NotFoundError, ConflictError
        When the day has no plan, its vehicles have not left yet, or it is over.
    BadRequestError
        When the dispatcher names what the day does not have.
    """
    plan = newest_plan(session, depot.code, day)
    if plan is None:
        raise NotFoundError.one("no-plan-yet", N_("This day has no plan yet. Plan it, then change it by hand."))
    under_way(settings, day, now)
    plates = tuple(plate for plate, _, _ in fleet.at(depot.code))
    shut = shut_by(plan)
    out, closed = shut.out, dict(shut.closed)
    sites = tuple(unload_places(session, depot).sites)
    new, waiting = _waiting(session, plan)
    if happening is not None:
        _sound(happening, plan, (*plates, *(route.plate for route in plan.routes)), sites, waiting, out)
        if happening.kind == OUT:
            out |= {happening.vehicle}
        if happening.kind in (CLOSED, OPENS):
            closed[happening.site] = happening.hour
    marks, weighed = marks_of(session, plan), weighed_in(session, depot.code, day)
    found = {
        route.plate: known(
            route, marks, weighed, now, replace(_said(happening, route.plate, out), until=takes_over(plan, route, now))
        )
        for route in plan.routes
    }
    return Situation(
        plan=plan,
        now=now,
        known=found,
        marks=marks,
        waiting=waiting,
        new=new,
        reopened=tuple(sorted(stop for stop, mark in marks.items() if mark.reopened)),
        plates=plates,
        books=books_of(session, tuple(found)),
        places=places_of(session, day, now),
        sites=sites,
        out=out,
        closed=closed,
        home=(depot.lon, depot.lat),
    )


def takes_over(plan: Plan, route: PlanRoute, now: datetime) -> datetime | None:
    """Return when a vehicle is to begin to take over goods from another one, as far as that is still to come."""
    pending = [one for one in agreed(plan.happened) if one.taker == route.plate and one.ends > now]
    return min((one.arrives for one in pending), default=None)


def begins(settings: Settings, day: date) -> datetime:
    """Return when the first vehicles of a day may leave."""
    return settings.clock.at(day, Span.parse(settings.service.shift).start)


def under_way(settings: Settings, day: date, now: datetime) -> None:
    """Raise ConflictError unless the vehicles of a day may be out at a moment."""
    if now < begins(settings, day):
        raise ConflictError.one(
            "day-to-come", N_("The vehicles of this day have not left yet. Change its plan on the board.")
        )
    if settings.clock.today(now) > day:
        raise ConflictError.one("day-over", N_("This day is over; its routes are not changed any more."))


def orders_on(session: Session, plan: Plan) -> DayOrders:
    """Return the orders of a plan's day with those of its visits that are done, so that the whole day can be stated."""
    wanted = orders_of(session, plan.depot_code, plan.service_day)
    visits = [visit for route in plan.routes for visit in route.visits]

    bookings = {one.id for one in wanted.bookings}
    calls, orders = {one.id for one in wanted.calls}, {one.id for one in wanted.trade_ins}
    there = select(Booking).where(
        Booking.id.in_({v.booking_id for v in visits if v.booking_id} - bookings),
        Booking.depot_code == plan.depot_code,
        Booking.service_day == plan.service_day,
        Booking.state != "cancelled",
        Booking.partner == "",
    )
    called = select(Call).where(Call.id.in_({v.call_id for v in visits if v.call_id} - calls), Call.state == "planned")
    brought = select(TradeInOrder).where(
        TradeInOrder.id.in_({v.order_id for v in visits if v.order_id} - orders),
        TradeInOrder.depot_code == plan.depot_code,
        TradeInOrder.service_day == plan.service_day,
        TradeInOrder.state != "cancelled",
    )
    over = [*wanted.trade_ins, *session.scalars(brought.order_by(TradeInOrder.id))]
    called_off = {f"f:{one.id}" for one in over if one.fetch_state in ("", CANCELLED)}
    return DayOrders(
        [*wanted.bookings, *session.scalars(there.options(selectinload(Booking.lines)).order_by(Booking.id))],
        [*wanted.calls, *session.scalars(called.where(Call.service_day == plan.service_day).order_by(Call.id))],
        over,
        frozenset(stop_of(visit) for visit in visits if visit.order_id) - called_off,
    )


def _waiting(session: Session, plan: Plan) -> tuple[int, tuple[str, ...]]:
    """Return how many stops came after a plan, and all that are on no route of it, those first."""
    standing = loaded_standing(plan)
    wanted = orders_of(session, plan.depot_code, plan.service_day)
    live = {f"b:{one.id}" for one in wanted.bookings} | {f"c:{one.id}" for one in wanted.calls}
    live |= {f"t:{one.id}" for one in wanted.trade_ins if one.state == OPEN}
    live |= {f"f:{one.id}" for one in wanted.trade_ins if one.fetching and not one.partner}
    new = new_stops(session, plan.depot_code, plan.service_day, standing)
    return len(new), (*reversed(new), *sorted(standing.left & live))


def _sound(
    happening: Happening,
    plan: Plan,
    plates: tuple[str, ...],
    sites: tuple[Site, ...],
    waiting: tuple[str, ...],
    out: frozenset[str],
) -> None:
    plate = happening.vehicle
    route = next((one for one in plan.routes if one.plate == plate), None)
    if plate and plate not in plates:
        raise BadRequestError.one(
            "no-such-vehicle", N_("The day has no vehicle %(plate)s."), where="vehicle", plate=plate[:20]
        )
    if plate in out:
        raise ConflictError.one("out-already", N_("%(plate)s is out already."), where="vehicle", plate=plate)
    if happening.kind in (LATE, FULL) and route is None:
        raise BadRequestError.one("no-such-route", N_("%(plate)s has no route."), where="vehicle", plate=plate)
    if happening.done is not None and happening.done > (len(route.visits) if route is not None else 0):
        raise BadRequestError.one("bad-count", N_("Choose which visits are done."), where="done")
    if happening.site and happening.site not in {site.code for site in sites}:
        raise BadRequestError.one(
            "no-such-site", N_("No vehicle of this day unloads there. Choose a centre from the list."), where="site"
        )
    if not set(happening.stops) <= set(waiting):
        raise BadRequestError.one(
            "not-waiting", N_("This order is on a route already, or is none of this day. Load the page again."),
            where="stop" if happening.kind == URGENT and happening.stop not in waiting else "also",
        )  # fmt: skip


def _said(happening: Happening | None, plate: str, out: frozenset[str]) -> Said:
    if happening is None or happening.vehicle != plate:
        return Said(out=plate in out)
    late = timedelta(minutes=happening.minutes) if happening.kind == LATE else timedelta(0)
    return Said(late, happening.done, plate in out, happening.kind == FULL)


def place_of(now: Situation, plate: str) -> Lonlat | None:
    """Return where a vehicle is that may go anywhere from there; None where it finishes something first, or nobody saw.

    What was reported of it, or its dispatcher says, is newer than where it was seen before.
    """
    return now.places[plate].lonlat if now.basis(plate).place == TAKEN else None


def stock_of(now: Situation, plate: str) -> Stock | None:
    """Return what a vehicle has on board by the book, None where what is known of its services is newer."""
    return now.books[plate].stock if now.basis(plate).stock == OF_BOOK else None
