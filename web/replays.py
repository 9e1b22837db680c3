"""A past day planned anew on a page: its file, how far the planning is, and the plan beside what was driven."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, intake, network
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.errors import N_, BadRequestError, Fault
from recycling.exports.tables import csv_bytes
from recycling.figures import why
from recycling.intake.cells import column_name
from recycling.models import Site
from recycling.replay import COLUMNS, Replay, template_rows
from recycling.replay.desk import KEPT, MOST_VISITS, SECONDS, Past
from recycling.replay.files import HEAD, as_data, hour, name_in, routes_of
from recycling.replay.visits import RowFault, Visit, read_visits
from web.entries import Entries, by_field
from web.language import fault_text, language, yuan
from web.rights import actor, needs
from web.services import services
from web.uploads import table_file

pages = Blueprint("replays", __name__, url_prefix="/replay")

MOST_FAULTS = 200
"""Of the faults of a file, so many are shown."""

EXPLAINED = {
    "id": N_("Number of the visit, as your list has it."),
    "community": N_("Where it was: name or code of the community. Or longitude and latitude."),
    "lon": N_("Longitude in degrees, such as 107.4738."),
    "lat": N_("Latitude in degrees, such as 31.2062."),
    "crs": N_("What the position is in: wgs84 (default), gcj02 (phones, Amap) or bd09 (Baidu)."),
    "items": N_("What was collected, by names of the catalogue: 冰箱*1; paper 2."),
    "kg": N_("Kilograms collected; comes before what the things weigh."),
    "litres": N_("Litres collected; comes before what the things take."),
    "brings_kg": N_("Kilograms brought there."),
    "brings_litres": N_("Litres brought there."),
    "minutes": N_("Minutes at the door; comes before what the things take."),
    "people": N_("Crew that it takes at least."),
    "window": N_("Promised hours, such as 08:00-10:00; empty for any time."),
    "vehicle": N_("Number plate that drove there. With it the plan is held against what was driven."),
    "sequence": N_("As which of its vehicle's stops, 1 for the first."),
    "arrived": N_("When it arrived, such as 08:35."),
}
ENDS = {
    "stopped": N_("The planning was stopped. Nothing came of it."),
    "too-slow": N_("The planning did not end in time. Allow less time, or send a part of the day."),
    "memory": N_("The planning needed more memory than it may take. Send a part of the day."),
}


@pages.get("")
@needs(Action.DAY_READ)
def form() -> Response:
    """Ask for the file of a past day."""
    return _form({}, {})


@pages.post("")
@needs(Action.DAY_READ)
def take() -> ResponseReturnValue:
    """Read the file and begin to plan its day; rows that cannot be read are told, and nothing is planned of a part."""
    s, entered, sent, now = services(), Entries(request.form), request.files.get("file"), clock.utc_now()
    depot, day, seconds = entered.text("depot"), entered.day("day"), entered.whole("seconds", SECONDS[0])
    if entered.faults:
        return _form(request.form, {name: [fault] for name, fault in entered.faults.items()}, status=422)
    try:
        lines = intake.read_table(sent.read() if sent else b"")
        with s.database.read() as session:
            visits, wrong = read_visits(session, s.office, lines)
            depot = depot or _nearest(network.depots(session), visits)
        if wrong:
            return _form(request.form, {}, wrong, status=422)
        demand(actor(), Action.DAY_READ, Subject(depot=depot))
        today = s.settings.clock.today(now)
        past = s.replays.ask(s.office, actor().id, visits, depot, day or today, seconds, now)
    except BadRequestError as error:
        return _form(request.form, by_field(error), status=error.status)
    return redirect(url_for("replays.page", key=past.key), code=303)


@pages.get("/<uuid:key>")
@needs(Action.DAY_READ)
def page(key: uuid.UUID) -> str:
    """Show how far the planning is, or the plan beside what was driven."""
    s, past = services(), _mine(key)
    with s.database.read() as session:
        area, depot = network.the_area(session), network.the_depot(session, past.depot)
        sites = network.sites(session)
    drawn = None
    if past.outcome is not None:
        from web.replay_map import replay_map  # folium loads only when a map is wanted

        drawn = replay_map(past.outcome, past.visits, depot, sites)
    names = {site.code: site.label(language()) for site in sites}
    return render_template(
        "replay.html",
        area=area,
        depot=depot,
        past=past,
        note=_note(past),
        end=ENDS.get(past.error_code or past.state, N_("The planning failed.")),
        map=drawn,
        found=past.outcome.replay if past.outcome else None,
        names=names,
        hour=hour,
        name_of=lambda visit: name_in(past.visits, visit.id) or names.get(visit.id, visit.id),
        visit_of=lambda visit: past.visits[int(visit.id.removeprefix("r:"))],
        left_out=_left_out(past, names),
        change=_change(past.outcome.replay) if past.outcome else None,
        kept=round(KEPT.total_seconds() / 60),
    )


@pages.get("/<uuid:key>/progress")
@needs(Action.DAY_READ)
def progress(key: uuid.UUID) -> Response:
    """Tell how far the planning is."""
    past = _mine(key)
    state = past.state if past.open else "done"
    return jsonify({"state": state, "progress": round(past.progress, 3), "note": _note(past)})


@pages.post("/<uuid:key>/stop")
@needs(Action.DAY_READ)
def stop(key: uuid.UUID) -> ResponseReturnValue:
    """End the planning."""
    services().replays.stop(key, actor().id, clock.utc_now())
    return redirect(url_for("replays.page", key=key), code=303)


@pages.post("/<uuid:key>/forget")
@needs(Action.DAY_READ)
def forget(key: uuid.UUID) -> ResponseReturnValue:
    """Forget what was sent and what came of it."""
    services().replays.forget(key, actor().id, clock.utc_now())
    return redirect(url_for("replays.form"), code=303)


@pages.get("/<uuid:key>/routes.<ending>")
@needs(Action.DAY_READ)
def routes(key: uuid.UUID, ending: str) -> ResponseReturnValue:
    """Give the planned routes as a table: CSV or XLSX."""
    past, found = _done(key)
    return table_file(f"replay-{past.day}", ending, HEAD, routes_of(found, past.visits))


@pages.get("/<uuid:key>/figures.json")
@needs(Action.DAY_READ)
def figures(key: uuid.UUID) -> ResponseReturnValue:
    """Give the figures of plan and driving as data."""
    past, found = _done(key)
    answer = make_response(json.dumps(as_data(found), ensure_ascii=False, indent=1, default=str) + "\n")
    answer.headers["Content-Type"] = "application/json"
    answer.headers.set("Content-Disposition", "attachment", filename=f"replay-{past.day}.json")
    return answer


@pages.get("/template.<ending>")
@needs(Action.DAY_READ)
def template(ending: str) -> Response:
    """Give the table to fill in with two example rows."""
    return table_file("past-day", ending, *template_rows(services().catalogue))


def _form(
    entered: Mapping[str, str],
    faults: Mapping[str, Sequence[Fault]],
    wrong: Sequence[RowFault] = (),
    status: int = 200,
) -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        depots = [d for d in network.depots(session) if may(actor(), Action.DAY_READ, Subject(depot=d.code))]
    text = render_template(
        "replay_form.html",
        area=area,
        depots=depots,
        entered=entered,
        faults=faults,
        wrong=wrong[:MOST_FAULTS],
        wrong_total=len(wrong),
        column=lambda field: column_name(COLUMNS, field, language()),
        columns=COLUMNS,
        explained=EXPLAINED,
        seconds=SECONDS,
        most=MOST_VISITS,
        today=s.settings.clock.today(now),
        mine=s.replays.newest(actor().id, now),
        kept=round(KEPT.total_seconds() / 60),
        result=_faults_file(wrong) if wrong else "",
    )
    return make_response(text, status)


def _faults_file(wrong: Sequence[RowFault]) -> str:
    """Return what is to be mended as an address that holds the whole table."""
    rows = [(one.line, column_name(COLUMNS, one.fault.where, language()), fault_text(one.fault)) for one in wrong]
    table = csv_bytes((gettext("Line"), gettext("Column"), gettext("What to do")), rows)
    return "data:text/csv;base64," + base64.b64encode(table).decode("ascii")


def _nearest(depots: Sequence[Site], visits: Sequence[Visit]) -> str:
    """Return the depot among those whose days may be read that lies nearest to the middle of the visits."""
    own = [d for d in depots if may(actor(), Action.DAY_READ, Subject(depot=d.code))]
    if not own or not visits:
        return ""
    lon, lat = (sum(getattr(visit, axis) for visit in visits) / len(visits) for axis in ("lon", "lat"))
    return network.nearest(own, lon, lat).code


def _mine(key: uuid.UUID) -> Past:
    return services().replays.the(key, actor().id, clock.utc_now())


def _done(key: uuid.UUID) -> tuple[Past, Replay]:
    past = _mine(key)
    if past.outcome is None:
        raise BadRequestError.one("not-done", N_("This day is not planned yet. Wait until it is."))
    return past, past.outcome.replay


def _note(past: Past) -> str:
    if past.state == "queued":
        return gettext("It waits for its turn.")
    if past.cost is not None:
        return gettext("Best so far: %(cost)s", cost=yuan(past.cost))
    return gettext("Roads are being read; after an update loops are compiled first, which takes a minute or two.")


def _left_out(past: Past, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Say which visits the plan leaves out, and why."""
    if past.outcome is None:
        return []

    def named(thing: str) -> str:
        return name_in(past.visits, thing) or names.get(thing, thing)

    glue = "" if language() == "zh_CN" else " "
    return [
        (named(u.stop), glue.join(why(u.reason, u.values, u.stop, gettext, named)))
        for u in past.outcome.replay.plan.unserved
    ]


def _change(found: Replay) -> float | None:
    """Return by which share the plan drives more between the visits; None where that cannot be held against it."""
    driven = found.driven
    if driven is None or driven.served != found.planned.served or not driven.bare_km:
        return None
    return found.planned.bare_km / driven.bare_km - 1
