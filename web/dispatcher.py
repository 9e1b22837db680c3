"""Pages for the dispatcher: the day, planning it, its schedule and its map."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, dispatch, handing, network, rounds, runs
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.board.drafts import drafts_of
from recycling.booking.asked import all_open as asked_changes
from recycling.booking.outgrown import outgrown
from recycling.busy_days import next_busy_day
from recycling.closed_days import standing_on_closed
from recycling.errors import N_, DomainError, ForbiddenError
from recycling.figures import above_best, more_vehicles, newest_plan, orders_waiting, plan_figures, remedy, why
from recycling.lateness import Said
from recycling.models import Site
from recycling.notify import load_texts
from recycling.schedule import LeftOutLine, Order, schedule_of
from recycling.visiting import sayable
from web import delivery_words
from web.language import language, yuan
from web.resident import STANDING_NAMES
from web.rights import actor, needs
from web.services import services
from web.status import STATE_NAMES, WISH_NAMES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from web.marking import Marked

pages = Blueprint("dispatcher", __name__, url_prefix="/dispatch")


@pages.get("/")
@needs(Action.DAY_READ)
def start() -> ResponseReturnValue:
    """Go to the next day with anything to do at the first depot, or to the day and depot that were asked for.

    Where no day has, that is tomorrow.
    """
    s = services()
    today = s.settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        depots = _own(network.depots(session))
        if not depots:
            raise ForbiddenError.one(
                "no-depot", N_("Your account works for no depot yet. Ask an administrator for one.")
            )
        depot = request.args.get("depot", depots[0].code)
        try:
            day = date.fromisoformat(request.args.get("day", ""))
        except ValueError:
            day = _next_day(session, depot, today)
    view = "dispatcher.day_map" if request.args.get("view") == "map" else "dispatcher.day"
    return redirect(url_for(view, depot=depot, day=day))


def _next_day(session: Session, depot: str, today: date) -> date:
    """Return the next day with anything to do, tomorrow where no day has."""
    tomorrow, last = (today + timedelta(days=many) for many in (1, services().settings.service.horizon_days))
    return next_busy_day(session, depot, tomorrow, last) or tomorrow


@pages.get("/<depot>/<day:day>")
@needs(Action.DAY_READ, depot="depot")
def day(depot: str, day: date) -> str:
    """Show a depot's day: figures, what was left out and why, routes and visits."""
    return show_day("schedule.html", depot, day)


@pages.get("/<depot>/<day:day>/map")
@needs(Action.DAY_READ, depot="depot")
def day_map(depot: str, day: date) -> str:
    """Show the day on the map, with the list beside it."""
    return show_day("map.html", depot, day)


@pages.post("/<depot>/<day:day>/plan")
@needs(Action.DAY_PLAN, depot="depot")
def plan(depot: str, day: date) -> ResponseReturnValue:
    """Ask for the day to be planned; the page that follows shows how far it is."""
    s = services()
    with s.database.write() as session:
        planned = newest_plan(session, depot, day) is not None
        proposes = planned and s.settings.planning.again == "propose"
        plain = request.form.get("how") == "plain"
        runs.ask(session, depot, day, "dispatcher", clock.utc_now(), s.settings, proposes, plain=plain)
    if s.worker is not None:
        s.worker.wake()
    return redirect(url_for("dispatcher.day", depot=depot, day=day), code=303)


@pages.get("/runs/<uuid:key>")
@needs(Action.DAY_READ)
def run(key: uuid.UUID) -> Response:
    """Tell how far a planning run is."""
    with services().database.read() as session:
        found = runs.the_run(session, key)
    demand(actor(), Action.DAY_READ, Subject(depot=found.depot_code))
    note = "" if found.best_cost is None else gettext("Best so far: %(cost)s", cost=yuan(found.best_cost))
    return jsonify({"state": found.state, "progress": round(found.progress, 3), "cost": found.best_cost, "note": note})


def show_day(
    template: str,
    depot_code: str,
    day: date,
    said: Said | None = None,
    error: DomainError | None = None,
    plate: str = "",
    marked: Marked | None = None,
) -> str:
    """Return a view of a depot's day, with what became of the dispatcher's word on a crew that is late, or on a visit.

    `plate` is the vehicle whose route is shown open.
    """
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        depots = _own(network.depots(session))
        depot = network.the_depot(session, depot_code)
        plan = newest_plan(session, depot_code, day)
        schedule = schedule_of(session, plan, language()) if plan else None
        orders = dispatch.orders_of(session, depot_code, day)
        waiting = orders_waiting(session, plan) if plan else 0
        changed = outgrown(session, s.settings, plan) if plan else []
        last_run = runs.newest_run(session, depot_code, day)
        asked = asked_changes(session, depot_code)
        handed = handing.of_depot(session, depot_code, clock.utc_now(), day)
        late_in_villages = rounds.late_count(session, depot_code)
        driven = runs.being_driven(session, s.settings, depot_code, day, clock.utc_now())
        moves = may(actor(), Action.DAY_PLAN, Subject(depot=depot_code))
        on_closed = standing_on_closed(session, s.office, clock.utc_now()) if moves else {}
        proposals = (
            drafts_of(session, depot_code, day) if may(actor(), Action.DAY_PLAN, Subject(depot=depot_code)) else []
        )
        sites = network.sites(session) if template == "map.html" else []
        today = s.settings.clock.today(clock.utc_now())
        other_day = None if orders else _next_day(session, depot_code, today)
    context = {
        "area": area,
        "depots": depots,
        "depot": depot,
        "day": day,
        "days": [today + timedelta(days=k) for k in range(s.settings.service.horizon_days + 1)],
        "closed": s.settings.holidays.on,
        "tomorrow": today + timedelta(days=1),
        "other_day": other_day if other_day != day else None,
        "schedule": schedule,
        "figures": plan_figures(plan) if plan else None,
        "orders": orders,
        "waiting": waiting,
        "changed": changed,
        "above": above_best(plan) if plan else None,
        "terms": TERMS,
        "run": last_run,
        "vehicles": s.fleet.at(depot_code),
        "types": s.fleet.types,
        "items": s.catalogue.variants,
        "more": more_vehicles(plan) if plan else None,
        "reason": _reason,
        "remedies": _remedies,
        "item_text": item_text,
        "things_text": things_text,
        "standing_names": delivery_words.STANDINGS,
        "fetch_standings": delivery_words.FETCH_STANDINGS,
        "delivery_reasons": delivery_words.REASON_NAMES,
        "standings": STANDING_NAMES,
        "driven": driven and day == today,
        "out_already": runs.OUT_ALREADY,
        "asked": asked,
        "late_in_villages": late_in_villages,
        "on_closed": [(each, many) for (code, each), many in on_closed.items() if code == depot_code and each != day],
        "stands": on_closed.get((depot_code, day)),
        "proposals": proposals,
        "handed": handing.tally(handed),
        "states": STATE_NAMES,
        "wishes": WISH_NAMES,
        "said": said,
        "error": error,
        "open_plate": plate,
        "sayable": sayable(s.settings, language()) if schedule else {},
        "marked": marked,
        "why_failed": load_texts(s.settings).reasons(language()) if schedule else {},
        "can_mark": day <= today and may(actor(), Action.VISIT_MARK, Subject(depot=depot_code)),
        "today": today,
        "back_since": clock.utc_now() - s.settings.visit.mistaking,
        "can_say": day >= today and may(actor(), Action.DAY_PLAN, Subject(depot=depot_code)),
    }
    if template == "map.html":
        from web.maps import day_map as draw  # folium loads only when a map is wanted

        context["map"] = draw(schedule, sites, depot)
    return render_template(template, **context)


def _own(depots: list[Site]) -> list[Site]:
    """Return the depots whose days the person who asks may see."""
    return [d for d in depots if may(actor(), Action.DAY_READ, Subject(depot=d.code))]


TERMS = {
    "fixed": N_("Vehicles"),
    "distance": N_("Kilometres"),
    "hours": N_("Hours"),
    "overtime": N_("Overtime"),
    "carbon": N_("Carbon"),
    "wishes": N_("Wishes that are missed"),
    "compactness": N_("Compact areas"),
    "moves": N_("Changes against what was announced"),
    "balance": N_("Even hours"),
    "prizes": N_("Left out"),
}
"""What the terms of a plan's cost are called."""

MOST_REMEDIES = 2
"""Of the changes that would help, so many are shown, the cheapest."""


def _reason(line: LeftOutLine) -> str:
    """Say why an order is left out."""
    said = why(line.reason, line.figures, line.stop, gettext, line.named)
    return ("" if language() == "zh_CN" else " ").join(said)


def _remedies(line: LeftOutLine) -> list[tuple[str, str]]:
    """Say what would let it be served, and what each of that would cost more."""
    return [
        (remedy(fix["change"], fix, gettext, line.named), yuan(fix["cost"], signed=True))
        for fix in line.fixes[:MOST_REMEDIES]
    ]


def item_text(order: Order) -> str:
    """Say what an order hands over: 2 × refrigerator, 1 × sofa."""
    return things_text(order.items, order.apart)


def things_text(things: Iterable[tuple[str, int]], apart: Collection[str] = ()) -> str:
    """Say things and their pieces: 2 × refrigerator, 1 × sofa."""
    items = services().catalogue.variants

    def name(code: str) -> str:
        return items[code].text(language()) if code in items else code

    said = []
    for code, pieces in things:
        text = f"{name(code)} × {pieces}" if pieces > 1 else name(code)
        said.append(gettext("%(thing)s (take down or apart)", thing=text) if code in apart else text)
    return ("、" if language() == "zh_CN" else ", ").join(said)
