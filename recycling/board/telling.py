"""Who is told what of a plan that was changed on the day itself: once a kind of change, nothing where none is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import hooks, notify, tracking
from recycling.accounts.actors import Actor
from recycling.booking import life
from recycling.deliveries.planning import narrowed, within
from recycling.deliveries.telling import tell as tell_customer
from recycling.dispatch import TO_COLLECT
from recycling.lateness import locked, say_when
from recycling.models import Booking, Call, Plan, PlanRoute, PlanVisit, TradeInOrder
from recycling.models.trade_in import DELIVERED, OPEN
from recycling.settings import Settings
from recycling.stop_names import stop_of
from recycling.timetable.calls import move_call, the_call

WHOLE = selectinload(Plan.routes).selectinload(PlanRoute.visits)


@dataclass(frozen=True)
class At:
    """Where a plan has a stop."""

    plate: str
    visit: PlanVisit


@dataclass
class Told:
    """How many visits got other hours of which people are told, come later than promised, or are made by nobody.

    ``arrived`` are stops that came since the plan was made, of which it says nothing.
    """

    told: int = 0
    late: int = 0
    unserved: int = 0
    arrived: tuple[str, ...] = ()


def tell(
    session: Session,
    settings: Settings,
    plan: Plan,
    actor: Actor,
    now: datetime,
    arrived: Collection[str] = frozenset(),
) -> Told:
    """Bring the orders of a plan that was just published to what it makes of them, and tell whom it concerns.

    What is done, or on its way as before, is left as it is, and so is what has `arrived` since the plan was made.
    """
    base = session.get_one(Plan, plan.base_id)
    before, after, kept = _places(base), _places(plan), set(plan.happened["kept"])
    told = Told(arrived=tuple(sorted(arrived)))
    changed = {stop for stop in {**before, **after} if _differs(before.get(stop), after.get(stop))} - set(arrived)
    _bookings(session, settings, plan, {s for s in changed if s.startswith("b:")}, after, kept, told, actor, now)
    _orders(session, settings, plan, {s for s in changed if s.startswith(("t:", "f:"))}, after, told, now)
    _calls(session, settings, {s: after[s] for s in changed if s.startswith("c:") and s in after}, actor, now)
    return told


def _places(plan: Plan) -> dict[str, At]:
    return {
        stop_of(visit): At(route.plate, visit)
        for route in plan.routes
        for visit in route.visits
        if visit.site_code is None
    }


def _differs(before: At | None, after: At | None) -> bool:
    if before is None or after is None:
        return before is not after
    return (before.plate, before.visit.begins_at) != (after.plate, after.visit.begins_at)


def _bookings(
    session: Session,
    settings: Settings,
    plan: Plan,
    changed: set[str],
    after: dict[str, At],
    kept: set[str],
    told: Told,
    actor: Actor,
    now: datetime,
) -> None:
    found = select(Booking.id).where(
        Booking.depot_code == plan.depot_code,
        Booking.service_day == plan.service_day,
        TO_COLLECT,
    )
    keys = {key for key in session.scalars(found) if f"b:{key}" in changed}
    visits = locked(session, keys)
    links = tracking.links(settings, plan.root, now)
    for key in sorted(keys):
        visit, at = visits[key], after.get(f"b:{key}")
        head = visits[visit.leg_of or key]
        if at is None:
            _taken_off(session, visit, head, actor, now)
            told.unserved += 1
            continue
        begins = at.visit.begins_at
        if f"b:{key}" in kept:  # its crew finishes it first, at another hour
            told.late += say_when(session, settings, visits, visit, begins, actor, now) == "told"
            continue
        came = visit.state == "on_the_way"
        if came:
            life.turned_back(session, visit, actor, now)
            notify.outdate(session, head.id, ("on_the_way",), now)
        late = begins > visit.promise_end
        inside = visit.state == "planned" and visit.working_start <= begins <= visit.working_end
        hours = narrowed(settings, visit, begins)
        if late and visit.state == "booked":
            life.change(
                session, visit, "planned", life.PLANNER, "booking.planned", now,
                working_start=hours[0], working_end=hours[1],
            )  # fmt: skip
        elif not late and (came or not inside):
            _planned(session, visit, hours, links(visit), now)
            told.told += 1
        said = say_when(session, settings, visits, visit, begins if late else None, actor, now)
        told.late += said == "told"


def _planned(session: Session, visit: Booking, hours: tuple[datetime, datetime], link: str, now: datetime) -> None:
    """Give a visit other hours, and tell its resident at once."""
    first, last = hours
    life.change(
        session, visit, "planned", life.PLANNER, "booking.planned", now, "planned_window",
        {"first": first, "last": last}, link=link, working_start=first, working_end=last,
    )  # fmt: skip


def _taken_off(session: Session, visit: Booking, head: Booking, actor: Actor, now: datetime) -> None:
    """Take a visit off its route, and tell its resident that nobody comes today; it waits for another time."""
    if visit.state == "on_the_way":
        life.turned_back(session, visit, actor, now)
    life.unplanned(session, visit, now)
    notify.tell(session, head, "unserved", now)


@dataclass(frozen=True)
class _Door:
    """How one of the two visits of a shop's order is spoken of.

    Attributes
    ----------
    kind, own
        What its stop begins with, and the names of its columns.
    begins, ends
        Columns of its promised hours.
    unserved
        The message that nobody comes today.
    """

    kind: str
    own: str
    begins: str
    ends: str
    unserved: str


BRINGS = _Door("t:", "", "promise_start", "promise_end", "order_unserved")
FETCHES = _Door("f:", "fetch_", "fetch_start", "fetch_end", "order_fetch_unserved")


def _orders(
    session: Session, settings: Settings, plan: Plan, changed: set[str], after: dict[str, At], told: Told, now: datetime
) -> None:
    query = select(TradeInOrder).where(
        TradeInOrder.depot_code == plan.depot_code,
        TradeInOrder.service_day == plan.service_day,
        TradeInOrder.state.in_((OPEN, DELIVERED)),
    )
    query = query.order_by(TradeInOrder.id).with_for_update().execution_options(populate_existing=True)
    for order in session.scalars(query).all():
        for door, still in ((BRINGS, order.state == OPEN), (FETCHES, order.fetching and not order.partner)):
            if still and f"{door.kind}{order.id}" in changed:
                _door(session, settings, plan, order, door, after, told, now)


def _door(
    session: Session,
    settings: Settings,
    plan: Plan,
    order: TradeInOrder,
    door: _Door,
    after: dict[str, At],
    told: Told,
    now: datetime,
) -> None:
    stop, own = f"{door.kind}{order.id}", door.own
    at = after.get(stop)
    if at is None:
        for name in ("planned_start", "planned_end", "set_off_at"):
            setattr(order, own + name, None)
        hooks.say(session, order, f"{own}unplanned", now)
        tell_customer(session, order, door.unserved, now)
        told.unserved += 1
        return
    begins, (first, last) = at.visit.begins_at, (getattr(order, f"{own}planned_{end}") for end in ("start", "end"))
    if first and last and first <= begins <= last:
        return
    until = getattr(order, door.ends)
    late, half = begins > until, timedelta(minutes=settings.booking.narrow_minutes / 2)
    hours = (begins - half, begins + half) if late else within(settings, getattr(order, door.begins), until, begins)
    setattr(order, f"{own}planned_start", hours[0])
    setattr(order, f"{own}planned_end", hours[1])
    if stop not in plan.happened["kept"]:
        setattr(order, f"{own}set_off_at", None)
    hooks.say(session, order, f"{own}planned", now)
    tell_customer(session, order, f"order_{own}planned", now, first=hours[0], last=hours[1])
    told.late += late
    told.told += not late


def _calls(session: Session, settings: Settings, changed: dict[str, At], actor: Actor, now: datetime) -> None:
    """Let truck calls that come at another time or by another vehicle say so, as people read it in the timetable."""
    tolerance = timedelta(minutes=settings.visit.call_tolerance_minutes)
    keys = {at.visit.call_id: at for at in changed.values() if at.visit.call_id}
    query = select(Call.id).where(Call.id.in_(keys), Call.state == "planned", Call.starts_at > now).order_by(Call.id)
    for key in session.scalars(query).all():
        call, at = the_call(session, key), keys[key]
        moved = abs(at.visit.begins_at - call.starts_at) > tolerance
        start = at.visit.begins_at.replace(second=0, microsecond=0) if moved else call.starts_at
        move_call(session, settings, call, start, at.plate, actor, now)
