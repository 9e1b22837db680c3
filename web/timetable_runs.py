"""A timetable made at the push of a button: asked for, how far it is, stopped with the best so far."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext

from recycling import clock
from recycling.accounts.rights import Action
from recycling.errors import BadRequestError
from recycling.models import TimetableRun
from recycling.timetable import runs
from recycling.timetable.making import asked
from web.language import yuan
from web.rights import actor, needs
from web.services import services
from web.timetables import show_overview

pages = Blueprint("timetable_runs", __name__, url_prefix="/dispatch/<depot>/timetable")


@pages.post("/make")
@needs(Action.DAY_PLAN, depot="depot")
def make(depot: str) -> ResponseReturnValue:
    """Ask for a timetable; the page that follows shows how far it is."""
    s, now = services(), clock.utc_now()
    try:
        with s.database.read() as session:
            asked(session, s.settings, s.fleet, depot, s.settings.clock.today(now))  # what is lacking is said at once
        with s.database.write() as session:
            runs.ask(session, depot, request.form.get("seconds", 0, type=int), actor(), now)
    except BadRequestError as error:
        return show_overview(depot, error=error), error.status
    if s.timetables is not None:
        s.timetables.wake()
    return redirect(url_for("timetables.overview", depot=depot), code=303)


@pages.get("/runs/<uuid:key>")
@needs(Action.TIMETABLE_READ, depot="depot")
def run(depot: str, key: uuid.UUID) -> Response:
    """Tell how far a run is."""
    with services().database.read() as session:
        found = runs.the_run(session, depot, key)
    return jsonify({"state": found.state, "progress": round(found.progress, 3), "note": note_of(found)})


@pages.post("/runs/<uuid:key>/stop")
@needs(Action.DAY_PLAN, depot="depot")
def stop(depot: str, key: uuid.UUID) -> ResponseReturnValue:
    """End the search and keep its best."""
    with services().database.write() as session:
        runs.stop(session, runs.the_run(session, depot, key), actor(), clock.utc_now())
    return redirect(url_for("timetables.overview", depot=depot), code=303)


@pages.app_template_global("note_of_run")
def note_of(run: TimetableRun) -> str:
    """Say what a run does."""
    if run.stop_asked:
        return gettext("It is being ended; the best so far is kept.")
    if run.fen_a_week is not None and run.left_out and run.progress >= 1:
        return gettext("The search is over; it is being proven what stands in the way of those without a call.")
    if run.fen_a_week is not None and run.left_out:
        return gettext(
            "Best so far %(cost)s a week; without a call: %(people)s people in %(count)s communities",
            cost=yuan(run.fen_a_week),
            people=format_decimal(run.people_left_out or 0),
            count=run.left_out,
        )
    if run.fen_a_week is not None:
        return gettext("Best so far %(cost)s a week", cost=yuan(run.fen_a_week))
    if run.state == "queued":
        return gettext("It waits for its turn.")
    return gettext("Roads are being read; after an update loops are compiled first, which takes a minute or two.")
