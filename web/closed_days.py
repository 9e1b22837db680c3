"""A closed day's bookings: what each would be moved to, and moving them all in one action, with counts."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.booking.closed_days import Moved, Proposal, move_all, propose, proposed
from recycling.errors import N_
from web.rights import actor, needs
from web.services import services

pages = Blueprint("closed_days", __name__, url_prefix="/dispatch/<depot>/<day:day>/closed")

REASON_NAMES = {
    "no_window": N_("no window is free: on the list of changes that are asked for"),
    "on_the_way": N_("the crew is on its way"),
    "changed": N_("changed meanwhile"),
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
    """Find a window for each booking of a closed day and move it there, in one click."""
    s, now = services(), clock.utc_now()
    found = propose(s.office, _depot_code(depot), day, now)
    return _page(depot, day, move_all(s.office, found, actor(), now))


@pages.post("/move")
@needs(Action.DAY_PLAN, depot="depot")
def move(depot: str, day: date) -> str:
    """Move the bookings that were looked at, each to the window that is kept for it."""
    s, now = services(), clock.utc_now()
    seen = set(request.form.getlist("booking"))
    found = [p for p in proposed(s.office, _depot_code(depot), day, now) if as_seen(p) in seen]
    return _page(depot, day, move_all(s.office, found, actor(), now))


def as_seen(proposal: Proposal) -> str:
    """Return what the page says of a booking, so that nothing else than that is done to it."""
    there = proposal.there
    return f"{proposal.booking.id} {there.day} {there.span}" if there else str(proposal.booking.id)


def _depot_code(code: str) -> str:
    with services().database.read() as session:
        return network.the_depot(session, code).code


def _page(depot_code: str, day: date, moved: Moved | None = None) -> str:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area, depot = network.the_area(session), network.the_depot(session, depot_code)
    return render_template(
        "closed_day.html",
        area=area,
        depot=depot,
        day=day,
        closed=s.settings.holidays.on(day),
        file=s.settings.service.holidays,
        proposals=proposed(s.office, depot_code, day, now),
        moved=moved,
        reasons=REASON_NAMES,
        as_seen=as_seen,
    )
