"""What stands on a closed day: where each thing would be moved to, and moving it all in one action, with counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.booking.closed_days import Moved, Proposal, move_all, propose, proposed
from recycling.closed_days import (
    CallProposal,
    MovedThere,
    OrderProposal,
    call_proposals,
    move_calls,
    move_orders,
    order_proposals,
)
from recycling.errors import N_
from web.rights import actor, needs
from web.services import services

pages = Blueprint("closed_days", __name__, url_prefix="/dispatch/<depot>/<day:day>/closed")

REASON_NAMES = {
    "no_window": N_("no window is free: on the list of changes that are asked for"),
    "on_the_way": N_("the crew is on its way"),
    "changed": N_("changed meanwhile"),
    "no_hours": N_("these hours have no room on any open day: ask the shop for other ones"),
    "no_room": N_("no vehicle has time at this hour on an open day"),
    "next_call": N_("the next call there comes first"),
}


@pages.get("")
@needs(Action.DAY_PLAN, depot="depot")
def preview(depot: str, day: date) -> str:
    """Show what each booking would be moved to, as far as that is kept."""
    return _page(depot, day)


@pages.post("")
@needs(Action.DAY_PLAN, depot="depot")
def look(depot: str, day: date) -> ResponseReturnValue:
    """Find a window for each booking of a closed day, and keep it for ten minutes."""
    propose(services().office, _depot_code(depot), day, clock.utc_now())
    return redirect(url_for("closed_days.preview", depot=depot, day=day), code=303)


@pages.post("/all")
@needs(Action.DAY_PLAN, depot="depot")
def move_all_at_once(depot: str, day: date) -> str:
    """Find a window for each booking of a closed day and move it there, and orders and calls too, in one click."""
    s, now = services(), clock.utc_now()
    moved = move_all(s.office, propose(s.office, _depot_code(depot), day, now), actor(), now)
    with s.database.read() as session:
        orders = order_proposals(session, s.office, depot, day, now)
    return _moved_rest(depot, day, moved, orders, None)


@pages.post("/move")
@needs(Action.DAY_PLAN, depot="depot")
def move(depot: str, day: date) -> str:
    """Move what was looked at, each thing to where that page said that it would go."""
    s, now = services(), clock.utc_now()
    seen = {name: set(request.form.getlist(name)) for name in ("booking", "order", "call")}
    found = [p for p in proposed(s.office, _depot_code(depot), day, now) if as_seen(p) in seen["booking"]]
    with s.database.read() as session:
        orders = order_proposals(session, s.office, depot, day, now)
    moved = move_all(s.office, found, actor(), now)
    return _moved_rest(depot, day, moved, [p for p in orders if order_seen(p) in seen["order"]], seen["call"])


def _moved_rest(
    depot: str, day: date, moved: Moved, orders: Sequence[OrderProposal], calls: Collection[str] | None
) -> str:
    """Move orders, then calls, for which there is what those have left; only calls as seen, None for all."""
    s, now = services(), clock.utc_now()
    done = move_orders(s.office, day, orders, actor(), now)
    with s.database.read() as session:
        found = call_proposals(session, s.office, depot, day, now)
    wanted = [p for p in found if calls is None or call_seen(p) in calls]
    return _page(depot, day, moved, done, move_calls(s.office, depot, day, wanted, actor(), now))


def as_seen(proposal: Proposal) -> str:
    """Return what the page says of a booking, so that nothing else than that is done to it."""
    there = proposal.there
    return f"{proposal.booking.id} {there.day} {there.span}" if there else str(proposal.booking.id)


def order_seen(proposal: OrderProposal) -> str:
    """Return the same of a shop's order."""
    return f"{proposal.order.id} {proposal.order.version} {proposal.day}"


def call_seen(proposal: CallProposal) -> str:
    """Return the same of a truck call."""
    start = proposal.start.isoformat() if proposal.start else ""
    return f"{proposal.call.id} {proposal.call.changes} {start} {proposal.plate}"


def _depot_code(code: str) -> str:
    with services().database.read() as session:
        return network.the_depot(session, code).code


def _page(
    depot_code: str,
    day: date,
    moved: Moved | None = None,
    moved_orders: MovedThere | None = None,
    moved_calls: MovedThere | None = None,
) -> str:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area, depot = network.the_area(session), network.the_depot(session, depot_code)
        orders = order_proposals(session, s.office, depot_code, day, now)
        calls = call_proposals(session, s.office, depot_code, day, now)
    return render_template(
        "closed_day.html",
        area=area,
        depot=depot,
        day=day,
        closed=s.settings.holidays.on(day),
        file=s.settings.service.holidays,
        proposals=proposed(s.office, depot_code, day, now),
        orders=orders,
        calls=calls,
        moved=moved,
        moved_orders=moved_orders,
        moved_calls=moved_calls,
        reasons=REASON_NAMES,
        order_reasons={**REASON_NAMES, "no_window": REASON_NAMES["no_hours"]},
        as_seen=as_seen,
        order_seen=order_seen,
        call_seen=call_seen,
    )
