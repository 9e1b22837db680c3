"""A day under way as it is known at a moment: its plan, what was reported, what is on board, where trucks were seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.board.comparing import new_stops
from recycling.board.happenings import CLOSED, LATE, OPENS, OUT, URGENT, Happening
from recycling.board.known import BY_REPORTS, BY_WORD, Known, Said, known
from recycling.board.marks import Mark, marks_of, weighed_in
from recycling.board.standing import loaded_standing
from recycling.clock import Span
from recycling.dispatch import DayOrders, orders_of
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.figures import newest_plan
from recycling.fleet import Fleet
from recycling.models import Booking, Call, Plan, Site, TradeInOrder, TruckPosition
from recycling.models.trade_in import CANCELLED, OPEN
from recycling.plane import Lonlat
from recycling.settings import Settings
from recycling.stock.on_board import EMPTY, Stock, stocks_of
from recycling.stop_names import stop_of
from recycling.unload_places import unload_places
from recycling.whereabouts.grid import Cell
from recycling.whereabouts.seen import FRESH


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
        Stops of the day's orders that are on no route, the newest first.
    plates
        All vehicles of the depot.
    stocks, places
        By vehicle what is on board, and where it was seen in the last minutes.
    sites
        Where the day's vehicles unload.
    out, closed
        Vehicles that can do no more today, and sites that take nothing more, or ("HH:MM") nothing before an hour.
    """

    plan: Plan
    now: datetime
    known: Mapping[str, Known]
    marks: Mapping[str, Mark]
    waiting: tuple[str, ...]
    plates: tuple[str, ...]
    stocks: Mapping[str, Stock]
    places: Mapping[str, Lonlat]
    sites: tuple[Site, ...]
    out: frozenset[str]
    closed: Mapping[str, str]


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
    out, closed = frozenset(plan.happened.get("out", ())), dict(plan.happened.get("closed", {}))
    sites = tuple(unload_places(session, depot).sites)
    waiting = _waiting(session, plan)
    if happening is not None:
        _sound(happening, plan, (*plates, *(route.plate for route in plan.routes)), sites, waiting, out)
        if happening.kind == OUT:
            out |= {happening.vehicle}
        if happening.kind in (CLOSED, OPENS):
            closed[happening.site] = happening.hour
    marks, weighed = marks_of(session, plan), weighed_in(session, depot.code, day)
    found = {
        route.plate: known(route, marks, weighed, now, _said(happening, route.plate, out)) for route in plan.routes
    }
    stocks = stocks_of(session, tuple(found))
    return Situation(
        plan, now, found, marks, waiting, plates, stocks, _places(session, day, now), sites, out, closed
    )  # fmt: skip


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
        wanted.away,
    )


def _waiting(session: Session, plan: Plan) -> tuple[str, ...]:
    standing = loaded_standing(plan)
    wanted = orders_of(session, plan.depot_code, plan.service_day)
    live = {f"b:{one.id}" for one in wanted.bookings} | {f"c:{one.id}" for one in wanted.calls}
    live |= {f"t:{one.id}" for one in wanted.trade_ins if one.state == OPEN}
    live |= {f"f:{one.id}" for one in wanted.trade_ins if one.fetching and one.id not in wanted.away}
    new = new_stops(session, plan.depot_code, plan.service_day, standing)
    return (*reversed(new), *sorted(standing.left & live))


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
    if happening.kind == LATE and route is None:
        raise BadRequestError.one("no-such-route", N_("%(plate)s has no route."), where="vehicle", plate=plate)
    if happening.done is not None and happening.done > (len(route.visits) if route is not None else 0):
        raise BadRequestError.one("bad-count", N_("Choose which visits are done."), where="done")
    if happening.site and happening.site not in {site.code for site in sites}:
        raise BadRequestError.one(
            "no-such-site", N_("No vehicle of this day unloads there. Choose a centre from the list."), where="site"
        )
    if happening.kind == URGENT and happening.stop not in waiting:
        raise BadRequestError.one(
            "not-waiting", N_("This order is on a route already, or is none of this day. Load the page again."),
            where="stop",
        )  # fmt: skip


def _said(happening: Happening | None, plate: str, out: frozenset[str]) -> Said:
    if happening is None or happening.vehicle != plate:
        return Said(out=plate in out)
    late = timedelta(minutes=happening.minutes) if happening.kind == LATE else timedelta(0)
    return Said(late, happening.done, plate in out)


def _places(session: Session, day: date, now: datetime) -> dict[str, Lonlat]:
    """Return where trucks were seen in the last minutes, those whose drivers agreed."""
    seen = select(TruckPosition).where(
        TruckPosition.service_day == day, TruckPosition.seen_at >= now - FRESH, TruckPosition.seen_at <= now
    )
    return {
        row.plate: Cell(row.grid_row, row.grid_column).centre
        for row in session.scalars(seen)
        if row.grid_row is not None and row.grid_column is not None
    }


def place_of(now: Situation, plate: str) -> Lonlat | None:
    """Return where a vehicle is that may go anywhere from there; None where it finishes something first, or nobody saw.

    What its dispatcher says of it is newer than where it was seen.
    """
    one = now.known[plate]
    return None if one.held or one.out or not one.left or one.by == BY_WORD else now.places.get(plate)


def stock_of(now: Situation, plate: str) -> Stock | None:
    """Return what a vehicle has on board by the book, None where its plan is all that is known."""
    stock = now.stocks.get(plate, EMPTY)
    return stock if stock.grams or now.known[plate].by == BY_REPORTS else None
