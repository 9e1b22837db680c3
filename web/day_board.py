"""The dispatcher's board: a day's routes by vehicle and hour, changed by hand in a draft, each step judged first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from recycling import clock, runs
from recycling.accounts.rights import Action
from recycling.board.asks import BEST, Ask, read_ask
from recycling.board.office import Board
from recycling.errors import N_, BadRequestError, DomainError, Fault, UnavailableError
from web.board_said import answer_view, roads_of, versions_view
from web.board_view import look, panel
from web.rights import actor, needs
from web.services import services

if TYPE_CHECKING:
    from recycling.board.office import Report

pages = Blueprint("day_board", __name__, url_prefix="/dispatch/<depot>/<day:day>/board")


@pages.get("")
@needs(Action.DAY_READ, depot="depot")
def board(depot: str, day: date) -> ResponseReturnValue:
    """Show the day's routes by vehicle and hour: the plan in force, or a draft of it."""
    return _page(depot, day)


@pages.get("/panel")
@needs(Action.DAY_READ, depot="depot")
def chosen(depot: str, day: date) -> str:
    """Send what can be done with a visit or a vehicle, as a part of the page."""
    given = request.args
    shown = panel(_counter(depot, day), _version(given), given.get("stop", ""), given.get("vehicle", ""))
    return render_template("board_panel.html", **shown)


@pages.get("/answer")
@needs(Action.DAY_READ, depot="depot")
def answer(depot: str, day: date) -> ResponseReturnValue:
    """Say what something would come to, as a part of the page."""
    counter = _counter(depot, day)
    try:
        found = counter.tried(_version(request.args), _ask(counter, request.args), request.args.get("key", ""))
        return render_template("day_board_answer.html", answer=answer_view(counter, found))
    except DomainError as error:
        return render_template("day_board_answer.html", error=error), error.status


@pages.get("/warm")
@needs(Action.DAY_READ, depot="depot")
def warm(depot: str, day: date) -> ResponseReturnValue:
    """Let the day be made ready for questions; the key goes with each of them."""
    return jsonify({"key": _counter(depot, day).warmed()})


@pages.get("/roads.json")
@needs(Action.DAY_READ, depot="depot")
def roads(depot: str, day: date) -> ResponseReturnValue:
    """Send the routes of a version for the map."""
    return jsonify(roads_of(depot, day, _version(request.args)))


@pages.get("/versions")
@needs(Action.DAY_READ, depot="depot")
def versions(depot: str, day: date) -> str:
    """Show all versions of the day, and two of them beside each other."""
    return render_template("board_versions.html", **versions_view(depot, day, request.args))


@pages.post("")
@needs(Action.DAY_PLAN, depot="depot")
def change(depot: str, day: date) -> ResponseReturnValue:
    """Do something in a draft, or only say what it would come to."""
    counter, form = _counter(depot, day), request.form
    try:
        version, ask = _version(form), _ask(counter, form)
        if form.get("deed") != "keep":
            found = counter.tried(version, ask)
            return _page(depot, day, tried=answer_view(counter, found))
        version = counter.kept(version, _whole(form, "edits"), ask, actor(), clock.utc_now)
    except DomainError as error:
        return _page(depot, day, error=error), error.status
    shown = {"stop": ask.stop} if ask.stop else {"vehicle": ask.vehicle}
    return _back(depot, day, version, **shown)


@pages.post("/deed")
@needs(Action.DAY_PLAN, depot="depot")
def deed(depot: str, day: date) -> ResponseReturnValue:
    """Do something with a whole draft: publish it, take a step back, throw it away, bring it up to date."""
    counter, form = _counter(depot, day), request.form
    asked = form.get("deed", "")
    try:
        version, edits = _version(form), _whole(form, "edits")
        if asked == "publish":
            counter.published(version, edits, actor(), clock.utc_now)
            return redirect(url_for("dispatcher.day", depot=depot, day=day), code=303)
        if asked == "discard":
            counter.thrown_away(version, actor(), clock.utc_now)
            return redirect(url_for("day_board.board", depot=depot, day=day), code=303)
        if asked == "undo":
            counter.undone(version, edits, actor(), clock.utc_now)
        elif asked == "take-up":
            version = counter.taken_up(version, actor(), clock.utc_now)
        elif asked in ("take-in", "again"):
            doing = counter.taken_in if asked == "take-in" else counter.done_again
            version, report = doing(version, actor(), clock.utc_now)
            if report.failed:
                return _page(depot, day, version=version, report=report)
            return _back(depot, day, version, said=_said(report))
        elif asked == "instead":
            others = [one for one in form.get("others", "").split(", ") if one]
            version, report = counter.exchanged(
                version, form.get("stop", ""), others, form.get("why", "")[:200], actor(), clock.utc_now
            )
            if report.failed:
                return _page(depot, day, version=version, report=report)
        elif asked == "search":
            _search(depot, day, counter, version)
        else:
            raise BadRequestError.one("bad-deed", N_("Choose what is to be done."), where="deed")
    except DomainError as error:
        return _page(depot, day, error=error), error.status
    return _back(depot, day, version)


def _search(depot: str, day: date, counter: Board, version: int) -> None:
    """Have a better plan searched for; what is locked in the draft stays."""
    s = services()
    with s.database.write() as session:
        draft = counter.draft(session, version)
        key: uuid.UUID | None = draft.id if draft is not None else None
        runs.ask(session, depot, day, "dispatcher", clock.utc_now(), s.settings, proposes=True, draft=key)
    if s.worker is not None:
        s.worker.wake()


def _counter(depot: str, day: date) -> Board:
    s = services()
    if s.board is None:
        raise UnavailableError.one(
            "no-board", N_("The board works only where the server runs on its own: recycling serve.")
        )
    return Board(s.database, s.settings, s.board, depot, day)


def _page(
    depot: str,
    day: date,
    version: int | None = None,
    error: DomainError | None = None,
    tried: Mapping[str, object] | None = None,
    report: Report | None = None,
) -> str:
    given = request.form if request.method == "POST" else request.args
    wanted = version if version is not None else _version(given, needed=False)
    return render_template(
        "day_board.html",
        **look(_counter(depot, day), wanted, given.get("stop", ""), given.get("vehicle", "")),
        error=error,
        tried=tried,
        entered=given,
        report=report,
        said=request.args.get("said", ""),
    )


def _ask(counter: Board, given: Mapping[str, str]) -> Ask:
    """Read what is asked; an hour stands for the place before the first visit that begins later."""
    ask = read_ask(given)
    hour = given.get("hour", "")
    if ask.at != BEST or not hour:
        return ask
    hours, _, minutes = hour.partition(":")
    if not (hours.isdecimal() and minutes[:2].isdecimal() and len(hours) <= 2):
        raise BadRequestError.one("bad-hour", N_("Write the hour as in 09:30."), where="hour")
    return counter.at_hour(_version(given), ask, int(hours) * 60 + int(minutes[:2]))


def _version(given: Mapping[str, str], needed: bool = True) -> int:
    text = given.get("version", "")
    if not text and not needed:
        return 0
    return _number(text, "version")


def _whole(given: Mapping[str, str], name: str) -> int:
    return _number(given.get(name, ""), name)


def _number(text: str, where: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise BadRequestError(Fault(where, "bad-version", N_("This form has expired. Load the page again.")))
    return int(text)


def _said(report: Report) -> str:
    return ngettext("%(num)s change done.", "%(num)s changes done.", report.done)


def _back(depot: str, day: date, version: int, **shown: str) -> ResponseReturnValue:
    address = url_for("day_board.board", depot=depot, day=day, version=version, **shown)
    return redirect(address, code=303)
