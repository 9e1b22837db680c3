"""Pages for the dispatcher: versions of a timetable, its week, and single calls that are moved or cancelled."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import date, time, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action, Subject, may
from recycling.clock import parse_hour
from recycling.errors import N_, BadRequestError, DomainError, NotFoundError
from recycling.models import TimetableVisit
from recycling.timetable import calls as dated
from recycling.timetable.compare import compared, drivers_of
from recycling.timetable.hindrances import in_the_way
from recycling.timetable.runs import SECONDS, newest_run
from recycling.timetable.versions import in_force, publish, the_timetable, versions, withdraw
from recycling.timetable.without import people_without
from web.calls import why_cancelled
from web.language import language
from web.rights import actor, needs
from web.services import services

pages = Blueprint("timetables", __name__, url_prefix="/dispatch/<depot>/timetable")

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
DAYS_OF_CALLS = 14


@pages.get("")
@needs(Action.TIMETABLE_READ, depot="depot")
def overview(depot: str) -> str:
    """Show the versions of a depot's timetable, and the week of one of them; or a day of it on the map."""
    return show_overview(depot, request.args.get("version", type=int), day=request.args.get("day", type=int))


@pages.post("/<int:version>")
@needs(Action.DAY_PLAN, depot="depot")
def decide(depot: str, version: int) -> ResponseReturnValue:
    """Put a draft in force from a day on, or withdraw a version; the dated calls follow."""
    s, now = services(), clock.utc_now()
    try:
        with s.database.write() as session:
            table = the_timetable(session, depot, version)
            if request.form.get("deed") == "withdraw":
                withdraw(session, table, actor(), now)
            else:
                publish(session, s.settings, table, _day(request.form.get("first", "")), actor(), now)
            dated.lay_out(session, s.settings, depot, now)
    except DomainError as error:
        return show_overview(depot, version, error), error.status
    return redirect(url_for("timetables.overview", depot=depot), code=303)


def show_overview(
    depot: str, version: int | None = None, error: DomainError | None = None, day: int | None = None
) -> str:
    """Return the page of a depot's timetable: of a version, of the one in force, or else of the newest."""
    s, now = services(), clock.utc_now()
    today = s.settings.clock.today(now)
    with s.database.read() as session:
        area, site = network.the_area(session), network.the_depot(session, depot)
        listed = versions(session, depot)
        kept = in_force(session, depot, today)
        run = newest_run(session, depot)
        table = the_timetable(session, depot, version) if version is not None else (kept or next(iter(listed), None))
        week: dict[str, dict[int, list[TimetableVisit]]] = defaultdict(lambda: defaultdict(list))
        for visit in table.visits if table is not None else ():
            week[visit.plate][visit.day].append(visit)
        changes = compared(kept, table) if kept is not None and table is not None and table is not kept else None
        names = {visit.community_code: visit.community.name for one in (table, kept) if one for visit in one.visits}
        days = range(7 * table.weeks) if table is not None else range(0)
        sites = network.sites(session) if day in days else []
        people = people_without(session, table) if table is not None else 0
        standing = in_the_way(session, s.fleet, run, language()) if run is not None else []
    if table is not None and day in days:
        from web.timetable_map import rounds_map, rounds_of  # folium loads only when a map is wanted

        rounds = rounds_of(table, day, site, sites)
        drawn = rounds_map(rounds, site, sites)
    else:
        day, rounds, drawn = None, [], None
    return render_template(
        "timetable.html",
        area=area,
        depot=site,
        versions=listed,
        table=table,
        in_force=kept,
        week=week,
        days=days,
        day=day,
        rounds=rounds,
        map=drawn,
        weekdays=WEEKDAYS,
        changes=changes,
        drivers=drivers_of(s.fleet, table) if table is not None else None,
        before=drivers_of(s.fleet, kept) if changes is not None and kept is not None else None,
        driver=driving(),
        other_driver_fen=s.settings.timetable.other_driver_fen,
        names=names,
        run=run,
        in_the_way=standing,
        people_without=people,
        searches=SECONDS,
        error=error,
        can_change=may(actor(), Action.DAY_PLAN, Subject(depot=depot)),
        tomorrow=today + timedelta(days=1),
    )


def driving() -> Callable[[str, int], str]:
    """Return who drives a vehicle on a day of the cycle, as the fleet says now; "" where nobody is named."""
    fleet = services().fleet
    return lambda plate, day: fleet.driver_of(plate, day % 7)


@pages.get("/calls")
@needs(Action.TIMETABLE_READ, depot="depot")
def calls(depot: str) -> str:
    """Show the dated calls of the next two weeks, each to be moved or cancelled."""
    return _calls(depot)


@pages.post("/calls/<uuid:key>")
@needs(Action.DAY_PLAN, depot="depot")
def change(depot: str, key: uuid.UUID) -> ResponseReturnValue:
    """Move a call, cancel it with its reason, or let it take place after all."""
    s, now, form = services(), clock.utc_now(), request.form
    try:
        with s.database.write() as session:
            call = dated.the_call(session, key)
            if call.depot_code != depot:
                raise NotFoundError.one("no-call", N_("There is no such truck call."))
            if form.get("deed") == "cancel":
                dated.cancel_call(session, call, form.get("reason", ""), actor(), now)
            elif form.get("deed") == "restore":
                dated.restore_call(session, call, actor(), now)
            else:
                start = s.settings.clock.at(_day(form.get("day", "")), _hour(form.get("hour", "")))
                plate = s.fleet.plate_of(depot, form.get("plate", ""), call.plate)
                dated.move_call(session, s.settings, call, start, plate, actor(), now)
    except DomainError as error:
        return _calls(depot, key, error), error.status
    return redirect(url_for("timetables.calls", depot=depot, _anchor=f"c-{key}"), code=303)


def _calls(depot: str, key: uuid.UUID | None = None, error: DomainError | None = None) -> str:
    s, now = services(), clock.utc_now()
    until = now + timedelta(days=DAYS_OF_CALLS)
    with s.database.read() as session:
        area, site = network.the_area(session), network.the_depot(session, depot)
        found = [call for call in dated.next_calls(session, now, until=until) if call.depot_code == depot]
    by_day = defaultdict(list)
    for call in found:
        by_day[call.service_day].append(call)
    plates = [plate for plate, _, _ in s.fleet.at(depot)]
    return render_template(
        "timetable_calls.html",
        area=area,
        depot=site,
        by_day=by_day,
        plates=plates,
        why=why_cancelled,
        faulty=key,
        error=error,
        entered=request.form,
        can_change=may(actor(), Action.DAY_PLAN, Subject(depot=depot)),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError.one("bad-day", N_("Write the day as in 2026-12-07."), where="day") from error


def _hour(text: str) -> time:
    try:
        return parse_hour(text)
    except ValueError as error:
        raise BadRequestError.one("bad-hour", N_("Write the hour as in 09:30."), where="hour") from error
