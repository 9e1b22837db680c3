"""What became of a delivery at its door: brought, with or without the old thing given back, or not brought and why."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, hooks, notify
from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office
from recycling.deliveries import handed
from recycling.deliveries.finding import standing_of
from recycling.deliveries.telling import tell
from recycling.errors import N_, BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.figures import newest_plan
from recycling.models import TradeInOrder
from recycling.models.trade_in import CANCELLED, DELIVERED, FAILED, OPEN
from recycling.notify.changes import BROUGHT
from recycling.stock.ahead import taken_back
from recycling.stock.movements import PICKUP, Deed, collect
from recycling.stock.vehicle import known_vehicle
from recycling.tracking import Expected, arrival_band
from recycling.visiting import UNDO

OLD_KEPT, OLD_OTHER = "old-kept", "old-other"
OLD_WORDS = ("", OLD_KEPT, OLD_OTHER)
"""What became of the old thing: given as ordered, not given, or it was another one."""

NOT_BROUGHT = "not-brought"
"""Why a second visit is called off by itself: the new thing was not brought."""

WHY_NOT = ("nobody-there", "does-not-fit", "refused", "damaged", "wrong-address")


def delivered(
    session: Session, office: Office, key: uuid.UUID, plate: str, old: str, actor: Actor, now: datetime
) -> TradeInOrder:
    """Note that an order was brought; what was taken back is on the truck from now on. The same again changes nothing.

    Where the scheme asks for the old thing and it was not given, the voucher is void. Old things that a second visit
    fetches stay there, unless the customer says at this door already that they are kept: nobody comes for them then.

    Raises
    ------
    BadRequestError
        For a word about the old thing that is none.
    ConflictError
        When it has come to another end, or its day is still to come.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is on no route of that truck, or the actor may say nothing of it.
    """
    if old not in OLD_WORDS:
        raise BadRequestError.one("no-word", N_("Say what became of the old thing."), where="old")
    order = locked(session, office, key, plate, actor, now)
    old = old if order.old_item else ""
    if (order.state, order.reason) == (DELIVERED, old):
        return order
    _must_be_open(office, order, now)
    if order.fetching and old == OLD_OTHER:
        raise BadRequestError.one(
            "fetched-later",
            N_("What is old is fetched by a second visit. Leave it there, or say that it is not given."),
            where="old",
        )
    if old == OLD_KEPT:
        void_voucher(office, order)
        handed.call_off(session, order, actor, now)
    if order.fetching and old == OLD_KEPT:
        _call_off(session, order, FAILED, OLD_KEPT, now)
    _end(session, order, DELIVERED, old, actor, now)
    if order.things_at_door and old != OLD_KEPT:
        vehicle = known_vehicle(office.fleet, plate)
        deed = Deed(f"take-back:{order.id}", actor.id, now)
        collect(session, vehicle, taken_back(office.catalogue, order), "", PICKUP, deed, order.external_id, plate)
    return order


def not_delivered(
    session: Session, office: Office, key: uuid.UUID, plate: str, reason: str, actor: Actor, now: datetime
) -> TradeInOrder:
    """Note that an order was not brought, and why. The same again changes nothing. Raises as `delivered`."""
    if reason not in WHY_NOT:
        raise BadRequestError.one("no-reason", N_("Choose why it was not brought."), where="reason")
    order = locked(session, office, key, plate, actor, now)
    if (order.state, order.reason) == (FAILED, reason):
        return order
    _must_be_open(office, order, now)
    handed.call_off(session, order, actor, now)
    if order.fetching:
        _call_off(session, order, CANCELLED, NOT_BROUGHT, now)
    _end(session, order, FAILED, reason, actor, now)
    return order


def set_off(session: Session, office: Office, key: uuid.UUID, plate: str, actor: Actor, now: datetime) -> TradeInOrder:
    """Note that the crew is on its way to an order's door. The same again changes nothing. Raises as `delivered`."""
    order = locked(session, office, key, plate, actor, now)
    if order.state == OPEN and order.set_off_at is not None:
        return order
    _must_be_open(office, order, now)
    order.set_off_at = order.changed_at = now
    order.version += 1
    hooks.say(session, order, "on_the_way", now)
    first, last = _coming_hours(session, office, order, now)
    tell(session, order, "order_on_the_way", now, now + UNDO, first=first, last=last)
    audit.record(session, actor, "order.on_the_way", "order", order.id, None, None, now)
    return order


def turned_back(
    session: Session, office: Office, key: uuid.UUID, plate: str, actor: Actor, now: datetime
) -> TradeInOrder:
    """Take back, within `visiting.UNDO`, that the crew set off. The same again changes nothing.

    Raises
    ------
    ConflictError
        Later, or when the order has come to its end.
    NotFoundError, ForbiddenError, SignInNeededError
        As `delivered`.
    """
    order = locked(session, office, key, plate, actor, now)
    if order.state == OPEN and order.set_off_at is None:
        return order
    _must_be_open(office, order, now)
    if order.set_off_at is None or now - order.set_off_at >= UNDO:
        raise ConflictError.one(
            "told-already",
            N_("The customer of order %(number)s has been told that the crew comes. Say how it went, or why not."),
            number=order.external_id,
        )
    order.set_off_at, order.changed_at = None, now
    order.version += 1
    hooks.say(session, order, "planned" if order.planned_start else "unplanned", now)
    notify.outdate(session, order.id, ("order_on_the_way",), now)
    audit.record(session, actor, "order.turned_back", "order", order.id, None, None, now)
    return order


def number(
    session: Session,
    office: Office,
    key: uuid.UUID,
    plate: str,
    actor: Actor,
    now: datetime,
    fetches: bool = False,
) -> str:
    """Return the number to call at an order's door, and write down who saw it. Raises as `delivered`."""
    order = locked(session, office, key, plate, actor, now, fetches)
    audit.record(session, actor, "caller.seen", "order", order.id, None, None, now)
    return order.phone


def orders_on(session: Session, depot: str, day: date, plate: str, fetches: bool = False) -> Sequence[uuid.UUID]:
    """Return the orders that a truck's route in the newest plan of a day brings; with `fetches` those it fetches."""
    plan = newest_plan(session, depot, day)
    routes = [route for route in plan.routes if route.plate == plate] if plan else []
    return [visit.order_id for route in routes for visit in route.visits if visit.order_id and visit.fetches is fetches]


def locked(
    session: Session,
    office: Office,
    key: uuid.UUID,
    plate: str,
    actor: Actor,
    now: datetime,
    fetches: bool = False,
) -> TradeInOrder:
    """Return an order that nobody else changes meanwhile, of a visit on that truck's route. Raises as `delivered`."""
    order = session.scalar(select(TradeInOrder).where(TradeInOrder.id == key).with_for_update())
    if order is None:
        raise _unknown()
    demand(actor, Action.VISIT_MARK, Subject(depot=order.depot_code))
    if actor.role is Role.DRIVER and order.service_day != office.clock.today(now):
        raise ForbiddenError.one("not-today", N_("A crew opens its truck on the day itself."))
    if key not in orders_on(session, order.depot_code, order.service_day, plate, fetches):
        raise _unknown()
    return order


def _coming_hours(session: Session, office: Office, order: TradeInOrder, now: datetime) -> tuple[datetime, datetime]:
    """Return between when to expect a crew that sets off now, neither of them over."""
    planned = standing_of(session, [order])[order.id].begins_at or now
    band = arrival_band(Expected(max(planned, now)), now, office.settings, order.promise_start)
    return band.first or now, band.last or now


def void_voucher(office: Office, order: TradeInOrder) -> None:
    """Let an order whose old thing is kept have no voucher, where its scheme asks for that."""
    scheme = office.settings.schemes.find(order.scheme)
    if scheme is not None and scheme.takes_old:
        order.voucher = 0


def too_early(order: TradeInOrder) -> ConflictError:
    """Return the refusal to say something of an order before its day."""
    return ConflictError.one(
        "too-early",
        N_("Order %(number)s is for %(day)s. Say on that day how it went."),
        number=order.external_id,
        day=order.service_day.isoformat(),
    )


def _call_off(session: Session, order: TradeInOrder, state: str, reason: str, now: datetime) -> None:
    """End the second visit of an order by what became of the first; its customer is told that nobody comes for it."""
    order.fetch_state, order.fetch_reason = state, reason
    tell(session, order, "order_fetch_cancelled", now)


def _must_be_open(office: Office, order: TradeInOrder, now: datetime) -> None:
    if order.service_day > office.clock.today(now):
        raise too_early(order)
    if order.state != OPEN:
        raise ConflictError.one(
            "order-ended", N_("Order %(number)s has come to its end already."), number=order.external_id
        )


def _end(session: Session, order: TradeInOrder, state: str, reason: str, actor: Actor, now: datetime) -> None:
    before = {"state": order.state}
    order.state, order.reason = state, reason
    order.version, order.changed_at = order.version + 1, now
    hooks.say(session, order, state, now)
    if state == FAILED:
        tell(session, order, "order_failed", now, reason=reason)
    else:
        notify.outdate(session, order.id, BROUGHT, now)
    after = {"state": state, "reason": reason, "voucher": order.voucher}
    audit.record(session, actor, f"order.{state}", "order", order.id, before, after, now)


def _unknown() -> NotFoundError:
    return NotFoundError.one("no-order", N_("There is no such order on this route."))
