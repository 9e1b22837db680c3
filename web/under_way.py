"""The page of a day under way: what happened is said, a proposal is seen, and accepted or dropped."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, network
from recycling.accounts.rights import Action, Subject, may
from recycling.board import comparing, drafts, ranking
from recycling.board.accepting import arrivals
from recycling.board.agreements import agreed, not_taken
from recycling.board.comparing import subject
from recycling.board.happenings import Happening, read_happening
from recycling.board.marks import STILL, marks_of
from recycling.board.office import Board
from recycling.board.ranking import Rank
from recycling.board.running import Running
from recycling.board.standing import loaded_standing
from recycling.errors import N_, BadRequestError, DomainError, Fault, NotFoundError, UnavailableError
from recycling.figures import why
from recycling.schedule import Orders
from web.board_lanes import Off, off_of
from web.delivery_words import REASON_NAMES
from web.language import language
from web.rights import actor, needs
from web.services import services
from web.under_way_map import FATES, fates_of, proposal_roads
from web.under_way_words import BOOKS, KINDS, KNOWN_BY, PLACES, rank_text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from recycling.models import Plan
    from web.maps import MapFragment

pages = Blueprint("under_way", __name__, url_prefix="/dispatch/<depot>/<day:day>/under-way")


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
        happening = read_happening(request.form, request.form.getlist("also"))
        version = _running(depot, day).proposed(happening, actor(), clock.utc_now)
    except DomainError as error:
        return _page(depot, day, error), error.status
    return redirect(url_for("under_way.page", depot=depot, day=day, version=version), code=303)


@pages.get("/roads.json")
@needs(Action.DAY_PLAN, depot="depot")
def roads(depot: str, day: date) -> Response:
    """Send what a proposal's vehicles did, had still to do and are to do now, for the map."""
    return jsonify(proposal_roads(depot, day, _version(request.args.get("version", ""))))


@pages.post("/deed")
@needs(Action.DAY_PLAN, depot="depot")
def deed(depot: str, day: date) -> ResponseReturnValue:
    """Accept a proposal, or drop it."""
    asked, running = request.form.get("deed", ""), _running(depot, day)
    try:
        version = _version(request.form.get("version", ""))
        if asked == "accept":
            told = running.accepted(version, actor(), clock.utc_now)
            after = "under_way.page" if told.arrived else "dispatcher.day"
            return redirect(url_for(after, depot=depot, day=day), code=303)
        if asked != "drop":
            raise BadRequestError.one("bad-deed", N_("Choose what is to be done."), where="deed")
        running.dropped(version, actor(), clock.utc_now)
    except DomainError as error:
        return _page(depot, day, error), error.status
    return redirect(url_for("under_way.page", depot=depot, day=day), code=303)


@pages.post("/reopen")
@needs(Action.DAY_PLAN, depot="depot")
def reopen(depot: str, day: date) -> ResponseReturnValue:
    """Let a second visit that came to nothing be made after all."""
    try:
        try:
            key = uuid.UUID(request.form.get("order", ""))
        except ValueError:
            raise NotFoundError.one("no-order-here", N_("This depot has no such order. Load the page again.")) from None
        _running(depot, day).reopened(key, actor(), clock.utc_now)
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
    shown |= {"places_said": PLACES, "books_said": BOOKS, "materials": services().catalogue.materials}
    with services().database.read() as session:
        shown["depot"] = network.the_depot(session, depot)
        shown["area"] = network.the_area(session)
        if given.get("version"):
            shown |= _proposal(session, shown["depot"], day, _version(given["version"]))
            return render_template("under_way_proposal.html", **shown)
        seen = running.seen(session, now)
        visits = [visit for route in seen.plan.routes for visit in route.visits]
        failed = [f"f:{key}" for key in running.failed(session)]
        over = [one for one in agreed(seen.plan.happened) if one.giver in seen.out]
        subjects = [*visits, *map(subject, (*seen.waiting, *failed, *(stop for one in over for stop in one.things)))]
        shown |= {
            "seen": seen,
            "failed": failed,
            "over": over,
            "may_book": may(actor(), Action.STOCK_LOAD, Subject(depot=depot)),
            "reasons": REASON_NAMES,
            "site_names": {site.code: site.label(language()) for site in seen.sites},
            "orders": Orders(session, subjects, language(), things=False),
            "routes": {route.plate: route for route in seen.plan.routes},
            "taken": {plate: seen.basis(plate) for plate in seen.known},
        }
    if error is None:
        running.warmed(now)
    return render_template("under_way.html", **shown)


def _proposal(session: Session, depot: Any, day: date, version: int) -> dict[str, Any]:
    """Return what the page of a proposal shows."""
    from web.maps import look_of  # folium loads only when a map is wanted

    draft = drafts.the_draft(session, depot.code, day, version)
    plan = comparing.the_version(session, depot.code, day, draft.version)
    newest = comparing.newest_version(session, depot.code, day)
    marks = marks_of(session, plan)
    new = arrivals(session, plan, marks)
    what = Happening.from_dict(plan.happened["what"]) if plan.happened.get("what") else None
    asked = what.also if what is not None else ()
    over, not_over = agreed(plan.happened), not_taken(plan.happened)
    ranks = ranking.of_plan(plan.happened)
    subjects = [*plan.left_out, *map(subject, (*loaded_standing(plan).begins, *new))]
    subjects += [subject(stop) for one in over for stop in one.things]
    orders = Orders(session, subjects, language())
    compared = comparing.compare(session, newest, plan, language()) if newest is not None else None
    fates = fates_of(newest, plan) if newest is not None else {}
    return {
        "plan": plan,
        "what": what,
        "compared": compared,
        "off": _ranked(off_of([one for one in plan.left_out if one.reason != "by-hand"], [], orders), ranks),
        "ranked": {stop: rank_text(rank) for stop, rank in ranks.items()},
        "over": [one for one in over if one.ends > _moment(plan.happened.get("at"))],
        "not_over": [(one, why(one.reason, one.figures, f"g:{one.giver}", gettext, str)) for one in not_over],
        "named": orders.named,
        "late": _late(plan, orders),
        "arrived": new,
        "ask_also": [one for one in (*asked, *new) if one not in marks or (marks[one].state == STILL and one in asked)],
        "look_of": look_of,
        "gone": [r for r in newest.routes if r.plate not in {one.plate for one in plan.routes}] if newest else [],
        "fates": {stop: FATES[fate] for stop, fate in fates.items()},
        "known": _known(plan),
        "at": _moment(plan.happened.get("at")),
        "map": _map(session, depot, [plan, *([newest] if newest is not None else [])]),
    }


def _ranked(off: list[Off], ranks: Mapping[str, Rank]) -> list[Off]:
    """Return what is on no route, those first that would have been kept first."""
    by_stop = {one.stop: one for one in off}
    return [by_stop[stop] for stop in ranking.in_order(by_stop, ranks)]


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else clock.utc_now()


def _known(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what a proposal knew of each vehicle, with its moments as such."""
    return {
        plate: {**one, **{name: _moment(one[name]) if one.get(name) else None for name in ("reported", "seen", "book")}}
        for plate, one in plan.happened.get("known", {}).items()
    }


def _map(session: Session, depot: Any, plans: list[Plan]) -> MapFragment:
    from web.maps import begun, finished  # folium loads only when a map is wanted

    visits = [visit for plan in plans for route in plan.routes for visit in route.visits]
    figure = begun(depot, network.sites(session), {visit.site_code for visit in visits if visit.site_code})
    return finished(figure, depot, [(visit.lat, visit.lon) for visit in visits], {}, {})


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
