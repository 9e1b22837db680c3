"""The week board: calls of a timetable by vehicle and hour, moved by hand, each move judged before it is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action, Subject, may
from recycling.errors import N_, BadRequestError, DomainError
from recycling.models import Timetable, TimetableVisit
from recycling.timetable.board import Board, Move, Tried, board_of, tried
from recycling.timetable.demand import call_hours
from recycling.timetable.editing import keep
from recycling.timetable.versions import the_timetable
from web.rights import actor, needs
from web.services import services
from web.timetables import WEEKDAYS, driving

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("week_board", __name__, url_prefix="/dispatch/<depot>/timetable/<int:version>/board")


@dataclass(frozen=True)
class Cell:
    """Columns of the board in a vehicle's row: how many, the minute of the first, and the calls that begin there."""

    minute: int
    columns: int
    calls: tuple[TimetableVisit, ...]


@pages.get("")
@needs(Action.TIMETABLE_READ, depot="depot")
def board(depot: str, version: int) -> ResponseReturnValue:
    """Show a timetable by vehicle and hour."""
    return _page(depot, version)


@pages.get("/move")
@needs(Action.TIMETABLE_READ, depot="depot")
def answer(depot: str, version: int) -> ResponseReturnValue:
    """Say what a move would come to, as a part of the page."""
    s = services()
    try:
        with s.database.read() as session:
            found = _tried(_board(session, depot, version), request.args)
    except DomainError as error:
        return render_template("board_answer.html", error=error), error.status
    return render_template("board_answer.html", tried=found)


@pages.post("")
@needs(Action.DAY_PLAN, depot="depot")
def move(depot: str, version: int) -> ResponseReturnValue:
    """Keep a move, or only say what it would come to."""
    s, form = services(), request.form
    if form.get("deed") != "keep":
        return _page(depot, version, entered=form)
    try:
        with s.database.write() as session:
            on = _board(session, depot, version)
            kept = keep(session, s.settings, on, _tried(on, form), _whole(form, "edits"), actor(), clock.utc_now())
            version = kept.version
    except DomainError as error:
        return _page(depot, version, error, form), error.status
    place = {"day": _whole(form, "to_day"), "kept": form.get("community", "")}
    return redirect(url_for("week_board.board", depot=depot, version=version, **place), code=303)


def _page(depot: str, version: int, error: DomainError | None = None, entered: Mapping[str, str] | None = None) -> str:
    s = services()
    with s.database.read() as session:
        table = the_timetable(session, depot, version)
        site = network.the_depot(session, depot)
        on, found, missing = None, None, None
        try:
            on = _board(session, depot, version)
            if entered and error is None:
                found = _tried(on, entered)
        except DomainError as fault:
            error, missing = (error, fault) if on is None else (fault, None)
        steps = _steps(table)
        rows = _rows(table, on, steps)
        return render_template(
            "week_board.html",
            depot=site,
            table=table,
            board=on,
            missing=missing,
            days=range(7 * table.weeks),
            day=_day(table, entered),
            steps=steps,
            rows=rows,
            names={v.community_code: v.community.name for v in table.visits} | dict(on.names if on else {}),
            weekdays=WEEKDAYS,
            driver=driving(),
            entered=entered or {},
            tried=found,
            error=error,
            kept=request.args.get("kept", ""),
            can_change=may(actor(), Action.DAY_PLAN, Subject(depot=depot)),
        )


def _board(session: Session, depot: str, version: int) -> Board:
    s = services()
    table = the_timetable(session, depot, version)
    return board_of(session, s.settings, s.fleet, table, s.settings.clock.today(clock.utc_now()))


def _tried(on: Board, given: Mapping[str, str]) -> Tried:
    hour, _, minute = given.get("hour", "").partition(":")
    if not (hour.isdecimal() and minute.isdecimal()):
        raise BadRequestError.one("bad-hour", N_("Write the hour as in 09:30."), where="hour")
    wanted = Move(
        given.get("community", ""),
        _whole(given, "day"),
        _whole(given, "to_day"),
        int(hour[:2]) * 60 + int(minute[:2]),
        given.get("plate", ""),
    )
    return tried(on, wanted)


def _whole(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    if not text.removeprefix("-").isdecimal() or len(text) > 9:
        raise BadRequestError.one("bad-day", N_("Choose a day of the timetable."), where=name)
    return int(text)


def _day(table: Timetable, entered: Mapping[str, str] | None) -> int:
    """Return which day of the cycle is shown first."""
    wanted = (entered or {}).get("to_day") or request.args.get("day", "")
    if wanted.isdecimal() and int(wanted) < 7 * table.weeks:
        return int(wanted)
    return min((visit.day for visit in table.visits), default=0)


def _steps(table: Timetable) -> list[int]:
    """Return the minutes of the day at which columns begin."""
    settings = services().settings
    step = settings.timetable.hour_step_minutes
    minutes = [hour.window.start // 60 for hour in call_hours(settings)]
    minutes += [visit.start_minute for visit in table.visits]
    return [k * step for k in range(min(minutes) // step, max(minutes) // step + 1)]


def _rows(table: Timetable, on: Board | None, steps: list[int]) -> dict[int, list[tuple[str, list[Cell]]]]:
    """Return for each day the vehicles and the cells of their rows."""
    step = services().settings.timetable.hour_step_minutes
    calls: dict[tuple[int, str], list[TimetableVisit]] = defaultdict(list)
    for visit in table.visits:
        calls[visit.day, visit.plate].append(visit)
    plates = on.plates if on is not None else sorted({visit.plate for visit in table.visits})
    return {
        day: [(plate, _cells(calls[day, plate], steps, step)) for plate in plates] for day in range(7 * table.weeks)
    }


def _cells(calls: list[TimetableVisit], steps: list[int], step: int) -> list[Cell]:
    begun: dict[int, list[TimetableVisit]] = defaultdict(list)
    for visit in calls:
        begun[visit.start_minute // step * step].append(visit)
    cells: list[Cell] = []
    free_from = -1
    for minute in steps:
        here = tuple(begun.get(minute, ()))
        if not here and minute < free_from:
            cells[-1] = Cell(cells[-1].minute, cells[-1].columns + 1, cells[-1].calls)
            continue
        cells.append(Cell(minute, 1, here))
        free_from = max((v.start_minute + v.dwell_minutes for v in here), default=-1)
    return cells
