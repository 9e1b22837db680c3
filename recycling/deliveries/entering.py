"""Putting a shop's order into the record: once, changed when it is sent again, and never more than can be kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from recycling import audit, hooks
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking import Office
from recycling.booking.capacity import Window, beyond, full, make_rows, recount
from recycling.booking.days import closes_at
from recycling.booking.expected import window_at
from recycling.booking.workload import Fit
from recycling.counter.taking import refuse_other_depot
from recycling.db import hold
from recycling.deliveries import handed
from recycling.deliveries.telling import tell, tell_changed
from recycling.errors import N_, ConflictError
from recycling.models import TradeInOrder
from recycling.models.trade_in import CANCELLED, OPEN
from recycling.senders import numbered

Entered = Literal["taken", "changed", "known"]
OWN = (
    "id",
    "state",
    "reason",
    "version",
    "changed_at",
    "planned_start",
    "planned_end",
    "set_off_at",
    "fetch_state",
    "fetch_reason",
    "fetch_planned_start",
    "fetch_planned_end",
    "fetch_set_off_at",
    "partner",
    "away_since",
    "events",
    "erased_at",
)
"""What a shop does not send."""

OF_PARTNERS = {
    *("depot_code", "service_day", "lon", "lat", "address", "floor", "lift", "height_limit"),
    *("fetch_start", "fetch_end", "old_items", "old_kg", "old_litres"),
}
"""What a partner that fetches the old things has taken on: where one of these changes, it does so no more."""

PRIVATE = ("contact", "phone", "address", "note", "condition", "lon", "lat")
"""What the audit log does not repeat."""


def enter(
    session: Session, office: Office, order: TradeInOrder, actor: Actor, now: datetime
) -> tuple[Entered, TradeInOrder]:
    """Take an order that was checked; the same number of the same shop again changes that order, or nothing.

    Raises
    ------
    ConflictError
        When the order is on its way or has come to its end, or its day is closed.
    WindowFullError
        When its hours have no room beside what has been promised to others.
    ForbiddenError
        When the actor does not work for the depot that serves the place.
    """
    refuse_other_depot(actor, Action.ORDER_SEND, order.depot_code)
    hold(session, f"order/{order.retailer}/{order.external_id}")
    known = numbered(session, TradeInOrder, order.retailer, order.external_id, lock=True)
    if known is None:
        session.add(order)
        session.flush()
        audit.record(session, actor, "order.taken", "order", order.id, None, said(order), now, first=True)
        hooks.say(session, order, "taken", now)
        tell(session, order, "order_taken", now)
        if order.fetch_start is not None:
            tell(session, order, "order_fetch", now)
        refuse_no_room(session, office, order)
        return "taken", order
    refuse_other_depot(actor, Action.ORDER_SEND, known.depot_code)
    if known.apart:
        handed.stand_apart(office, order)  # as it would stand if it were handed over, too
    changed = _changed(known, order)
    if not changed and known.state == OPEN:
        return "known", known
    _changeable(office, known, now)
    before, anew = said(known), known.state == CANCELLED
    if OF_PARTNERS & changed.keys():
        handed.call_off(session, known, actor, now)
    if order.apart and not known.apart:
        handed.join(order)
        changed = _changed(known, order)
    left = Window(known.depot_code, known.service_day, "")
    for name, value in changed.items():
        setattr(known, name, value)
    known.state, known.reason, known.planned_start, known.planned_end = OPEN, "", None, None
    known.erased_at = None
    known.fetch_state, known.fetch_reason = OPEN if known.fetch_start is not None else "", ""
    known.fetch_planned_start = known.fetch_planned_end = known.fetch_set_off_at = None
    known.version, known.changed_at = known.version + 1, now
    session.flush()
    audit.record(session, actor, "order.changed", "order", known.id, before, said(known), now)
    hooks.say(session, known, "taken" if anew else "changed", now)
    tell_changed(session, known, changed, anew, now)
    refuse_no_room(session, office, known)
    if (left.depot, left.day) != (known.depot_code, known.service_day):
        recount(session, office, left.depot, left.day)
    return "changed", known


def cancel(session: Session, office: Office, order: TradeInOrder, reason: str, actor: Actor, now: datetime) -> None:
    """Cancel an order; one that is cancelled already stays so.

    Raises
    ------
    ConflictError
        When it is on its way or has come to its end, or its day is closed.
    ForbiddenError
        When the actor does not work for its depot.
    """
    refuse_other_depot(actor, Action.ORDER_SEND, order.depot_code)
    if order.state == CANCELLED:
        return
    _changeable(office, order, now)
    before = said(order)
    handed.call_off(session, order, actor, now)
    order.state, order.reason, order.planned_start, order.planned_end = CANCELLED, reason, None, None
    order.fetch_state = CANCELLED if order.fetch_start is not None else ""
    order.fetch_planned_start = order.fetch_planned_end = None
    order.version, order.changed_at = order.version + 1, now
    hooks.say(session, order, "cancelled", now)
    tell(session, order, "order_cancelled", now)
    session.flush()
    audit.record(session, actor, "order.cancelled", "order", order.id, before, said(order), now)
    recount(session, office, order.depot_code, order.service_day)


def _changeable(office: Office, order: TradeInOrder, now: datetime) -> None:
    if order.state not in (OPEN, CANCELLED):
        raise ConflictError.one(
            "order-ended",
            N_("Order %(number)s has come to its end. Send what is to be done now under a new number."),
            where="id",
            number=order.external_id,
        )
    if now >= closes_at(office.settings, order.service_day):
        raise ConflictError.one(
            "order-closed",
            N_("The routes of %(day)s are made, with order %(number)s. Call the dispatcher to change it."),
            where="id",
            day=order.service_day.isoformat(),
            number=order.external_id,
        )


def refuse_no_room(session: Session, office: Office, order: TradeInOrder) -> None:
    """Raise WindowFullError when the hours in which a visit of the order begins have no room for it."""
    depot, day = order.depot_code, order.service_day
    fits = [(order.promise_start, Fit(order.people, order.tail_lift, order.height_limit, order.skills))]
    if order.fetch_start is not None:
        fits.append((order.fetch_start, Fit(order.fetch_people, order.tail_lift, order.height_limit)))
    make_rows(session, office, depot, [day])
    recount(session, office, depot, day)
    for start, fit in fits:
        window = Window(depot, day, window_at(office, start))
        if beyond(session, office, window, fit):
            raise full(window)


def _changed(known: TradeInOrder, order: TradeInOrder) -> dict[str, Any]:
    """Return what an order says otherwise than the one that is known."""
    return {name: value for name, value in _fields(order).items() if getattr(known, name) != value}


def _fields(order: TradeInOrder) -> dict[str, Any]:
    names = (column.key for column in TradeInOrder.__table__.columns)
    return {name: getattr(order, name) for name in names if name not in OWN}


def said(order: TradeInOrder) -> dict[str, Any]:
    """Return what the audit log says of an order: no person and no place."""
    kept = {name: value for name, value in _fields(order).items() if name not in PRIVATE}
    plain = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in kept.items()}
    return {**plain, "state": order.state, "version": order.version}
