"""The second visit of an order, for what is old: what became of it at the door."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, hooks, notify
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office
from recycling.deliveries.outcome import OLD_KEPT, OLD_OTHER, locked, too_early, void_voucher
from recycling.deliveries.telling import tell
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.models import TradeInOrder
from recycling.models.trade_in import DELIVERED, FAILED, FETCHED, OPEN
from recycling.notify.changes import FETCH_FORECASTS
from recycling.settings import Settings
from recycling.stock.ahead import taken_back
from recycling.stock.movements import PICKUP, Deed, collect
from recycling.stock.vehicle import known_vehicle
from recycling.tracking import Expected, arrival_band
from recycling.visiting import UNDO

FETCH_WORDS = ("", OLD_OTHER)
"""What was fetched: what was ordered, or another thing."""

WHY_NOT_FETCHED = ("nobody-there", OLD_KEPT, "does-not-fit", "wrong-address")


def fetched(
    session: Session, office: Office, key: uuid.UUID, plate: str, old: str, actor: Actor, now: datetime
) -> TradeInOrder:
    """Note that what is old was fetched, which is on the truck from now on. The same again changes nothing.

    Raises
    ------
    BadRequestError
        For a word about the old thing that is none.
    ConflictError
        When this visit has come to another end, or its day is still to come.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is on no route of that truck, or the actor may say nothing of it.
    """
    if old not in FETCH_WORDS:
        raise BadRequestError.one("no-word", N_("Say what became of the old thing."), where="old")
    order = locked(session, office, key, plate, actor, now, fetches=True)
    if (order.fetch_state, order.fetch_reason) == (FETCHED, old):
        return order
    _must_be_open(office, order, now)
    end_fetch(session, order, FETCHED, old, actor, now)
    deed = Deed(f"take-back:{order.id}", actor.id, now)
    things = taken_back(office.catalogue, order)
    collect(session, known_vehicle(office.fleet, plate), things, "", PICKUP, deed, order.external_id, plate)
    return order


def not_fetched(
    session: Session, office: Office, key: uuid.UUID, plate: str, reason: str, actor: Actor, now: datetime
) -> TradeInOrder:
    """Note that what is old was not fetched, and why. The same again changes nothing.

    Where the scheme asks for the old thing and it was not given, the voucher is void. Raises as `fetched`.
    """
    if reason not in WHY_NOT_FETCHED:
        raise BadRequestError.one("no-reason", N_("Choose why it was not fetched."), where="reason")
    order = locked(session, office, key, plate, actor, now, fetches=True)
    if (order.fetch_state, order.fetch_reason) == (FAILED, reason):
        return order
    _must_be_open(office, order, now)
    if reason == OLD_KEPT:
        void_voucher(office, order)
    end_fetch(session, order, FAILED, reason, actor, now)
    return order


def set_off(session: Session, office: Office, key: uuid.UUID, plate: str, actor: Actor, now: datetime) -> TradeInOrder:
    """Note that the crew is on its way to fetch what is old. The same again changes nothing. Raises as `fetched`."""
    order = locked(session, office, key, plate, actor, now, fetches=True)
    if order.fetching and order.fetch_set_off_at is not None:
        return order
    _must_be_open(office, order, now)
    order.fetch_set_off_at = order.changed_at = now
    order.version += 1
    hooks.say(session, order, "fetch_on_the_way", now)
    band = arrival_band(Expected(now), now, office.settings, order.fetch_start or now)
    tell(session, order, "order_fetch_on_the_way", now, now + UNDO, first=band.first or now, last=band.last or now)
    audit.record(session, actor, "order.fetch_on_the_way", "order", order.id, None, None, now)
    return order


def turned_back(
    session: Session, office: Office, key: uuid.UUID, plate: str, actor: Actor, now: datetime
) -> TradeInOrder:
    """Take back, within `visiting.UNDO`, that the crew set off to fetch. The same again changes nothing.

    Raises
    ------
    ConflictError
        Later, or when this visit has come to its end.
    NotFoundError, ForbiddenError, SignInNeededError
        As `fetched`.
    """
    order = locked(session, office, key, plate, actor, now, fetches=True)
    if order.fetching and order.fetch_set_off_at is None:
        return order
    _must_be_open(office, order, now)
    if order.fetch_set_off_at is None or now - order.fetch_set_off_at >= UNDO:
        raise ConflictError.one(
            "told-already",
            N_("The customer of order %(number)s has been told that the crew comes. Say how it went, or why not."),
            number=order.external_id,
        )
    order.fetch_set_off_at, order.changed_at = None, now
    order.version += 1
    hooks.say(session, order, "fetch_planned" if order.fetch_planned_start else "fetch_unplanned", now)
    notify.outdate(session, order.id, ("order_fetch_on_the_way",), now)
    audit.record(session, actor, "order.fetch_turned_back", "order", order.id, None, None, now)
    return order


REOPENED = "order.fetch_reopened"
"""What the log calls it that a second visit is to be made after all."""


def reopened(session: Session, settings: Settings, key: uuid.UUID, depot: str, actor: Actor, now: datetime) -> None:
    """Let a second visit that came to nothing today be made after all, at hours that a new plan of the rest gives it.

    A voucher that was void because the old thing was not given is worth something again. The customer is told when
    the plan has hours for it, and not any more that nothing was fetched, where that has not been sent yet. Reopened
    again it stays as it is.

    Raises
    ------
    NotFoundError
        When the depot has no such order.
    ConflictError
        When its second visit did not fail, or its day is not today.
    ForbiddenError, SignInNeededError
        When the actor may not plan that depot's day.
    """
    demand(actor, Action.DAY_PLAN, Subject(depot=depot))
    order = session.scalar(
        select(TradeInOrder).where(TradeInOrder.id == key, TradeInOrder.depot_code == depot).with_for_update()
    )
    if order is None:
        raise NotFoundError.one("no-order-here", N_("This depot has no such order. Load the page again."))
    if order.fetching:
        return
    if order.fetch_state != FAILED or order.state not in (OPEN, DELIVERED):
        raise ConflictError.one(
            "fetch-not-failed",
            N_("The second visit of order %(number)s did not fail, so it cannot be made again. Load the page again."),
            number=order.external_id,
        )
    if order.service_day != settings.clock.today(now):
        raise ConflictError.one(
            "fetch-over",
            N_("Order %(number)s is of another day. Let its shop order a new visit."),
            number=order.external_id,
        )
    before = {"fetch_state": order.fetch_state, "fetch_reason": order.fetch_reason}
    scheme = settings.schemes.find(order.scheme)
    if order.fetch_reason == OLD_KEPT and scheme is not None and scheme.takes_old:
        order.voucher = scheme.worth(order.price)
    order.fetch_state, order.fetch_reason = OPEN, ""
    order.fetch_set_off_at = order.fetch_planned_start = order.fetch_planned_end = None
    order.version, order.changed_at = order.version + 1, now
    hooks.say(session, order, "fetch_unplanned", now)
    notify.outdate(session, order.id, ("order_fetch_failed", "order_fetch_cancelled"), now)
    audit.record(session, actor, REOPENED, "order", order.id, before, {"voucher": order.voucher}, now)


def _must_be_open(office: Office, order: TradeInOrder, now: datetime) -> None:
    if order.service_day > office.clock.today(now):
        raise too_early(order)
    if not order.fetching:
        raise ConflictError.one(
            "fetch-ended",
            N_("Nothing is to be fetched for order %(number)s any more. Load the page again."),
            number=order.external_id,
        )


def end_fetch(session: Session, order: TradeInOrder, state: str, reason: str, actor: Actor, now: datetime) -> None:
    """Bring the second visit of an order to its end, whoever made it, and tell the shop and the customer."""
    before = {"fetch_state": order.fetch_state}
    order.fetch_state, order.fetch_reason = state, reason
    order.version, order.changed_at = order.version + 1, now
    hooks.say(session, order, "fetched" if state == FETCHED else "fetch_failed", now)
    if state == FAILED:
        tell(session, order, "order_fetch_failed", now, reason=reason)
    else:
        notify.outdate(session, order.id, FETCH_FORECASTS, now)
    after = {"fetch_state": state, "fetch_reason": reason, "voucher": order.voucher}
    audit.record(session, actor, f"order.fetch_{state}", "order", order.id, before, after, now)
