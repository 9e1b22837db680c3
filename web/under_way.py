"""The page of a day under way: what happened is said, a proposal is seen, and accepted or dropped."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.board import comparing, drafts
from recycling.board.comparing import subject
from recycling.board.happenings import read_happening
from recycling.board.office import Board
from recycling.board.running import Running
from recycling.board.standing import loaded_standing
from recycling.errors import N_, BadRequestError, DomainError, Fault, UnavailableError
from recycling.schedule import Orders
from web.board_lanes import off_of
from web.language import language
from web.rights import actor, needs
from web.services import services

if TYPE_CHECKING:
    from recycling.models import Plan

pages = Blueprint("under_way", __name__, url_prefix="/dispatch/<depot>/<day:day>/under-way")

KINDS = {
    "out": N_("A vehicle can do no more today"),
    "late": N_("A vehicle is late"),
    "closed": N_("A centre is closed"),
    "opens": N_("A centre opens later"),
    "urgent": N_("An order on no route is urgent"),
    "anew": N_("Nothing new: plan the rest from what is known"),
}
KNOWN_BY = {
    "reports": N_("as its crew reported"),
    "word": N_("as you said"),
    "plan": N_("by plan: nothing was reported"),
}


@pages.get("")
@needs(Action.DAY_PLAN, depot="depot")
def page(depot: str, day: date) -> ResponseReturnValue:
    """Show how the day stands and what can be said of it, or a proposal."""
    return _page(depot, day)


@pages.post("")
@needs(Action.DAY_PLAN, depot="depot")
def propose(depot: str, day: date) -> ResponseReturnValue:
    """Say what happened, and have the rest of the day planned anew."""
    try:
        version = _running(depot, day).proposed(read_happening(request.form), actor(), clock.utc_now)
    except DomainError as error:
        return _page(depot, day, error), error.status
    return redirect(url_for("under_way.page", depot=depot, day=day, version=version), code=303)


@pages.post("/deed")
@needs(Action.DAY_PLAN, depot="depot")
def deed(depot: str, day: date) -> ResponseReturnValue:
    """Accept a proposal, or drop it."""
    asked, running = request.form.get("deed", ""), _running(depot, day)
    try:
        version = _version(request.form.get("version", ""))
        if asked == "accept":
            running.accepted(version, actor(), clock.utc_now)
            return redirect(url_for("dispatcher.day", depot=depot, day=day), code=303)
        if asked != "drop":
            raise BadRequestError.one("bad-deed", N_("Choose what is to be done."), where="deed")
        running.dropped(version, actor(), clock.utc_now)
    except DomainError as error:
        return _page(depot, day, error), error.status
    return redirect(url_for("under_way.page", depot=depot, day=day), code=303)


def _running(depot: str, day: date) -> Running:
    s = services()
    if s.board is None:
        raise UnavailableError.one(
            "no-board", N_("The board works only where the server runs on its own: recycling serve.")
        )
    return Running(Board(s.database, s.settings, s.board, depot, day), s.fleet)


def _version(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise BadRequestError(Fault("version", "bad-version", N_("This form has expired. Load the page again.")))
    return int(text)


def _page(depot: str, day: date, error: DomainError | None = None) -> str:
    running, now, given = _running(depot, day), clock.utc_now(), request.values
    shown: dict[str, Any] = {"error": error, "entered": given, "kinds": KINDS, "known_by": KNOWN_BY, "day": day}
    with services().database.read() as session:
        shown["depot"] = network.the_depot(session, depot)
        shown["area"] = network.the_area(session)
        if given.get("version"):
            draft = drafts.the_draft(session, depot, day, _version(given["version"]))
            plan = comparing.the_version(session, depot, day, draft.version)
            newest = comparing.newest_version(session, depot, day)
            orders = Orders(session, [*plan.left_out, *map(subject, loaded_standing(plan).begins)], language())
            shown |= {
                "plan": plan,
                "compared": comparing.compare(session, newest, plan, language()) if newest is not None else None,
                "off": off_of([one for one in plan.left_out if one.reason != "by-hand"], [], orders),
                "named": orders.named,
                "late": _late(plan, orders),
                "at": datetime.fromisoformat(plan.happened["at"]) if plan.happened else now,
            }
            return render_template("under_way_proposal.html", **shown)
        seen = running.seen(session, now)
        visits = [visit for route in seen.plan.routes for visit in route.visits]
        orders = Orders(session, [*visits, *map(subject, seen.waiting)], language(), things=False)
        shown |= {"seen": seen, "orders": orders, "routes": {route.plate: route for route in seen.plan.routes}}
    if error is None:
        running.warmed(now)
    return render_template("under_way.html", **shown)


def _late(plan: Plan, orders: Orders) -> list[tuple[str, datetime, int]]:
    """Return the orders that come later than promised: their name, the hour, and by how many minutes."""
    begins = loaded_standing(plan).begins
    found = []
    for stop in plan.happened.get("late", ()):
        order = orders.of_stop(stop)
        if order is not None and order.promise is not None and stop in begins:
            minutes = max(1, round((begins[stop] - order.promise[1]).total_seconds() / 60))
            found.append((orders.named(stop), begins[stop], minutes))
    return found
