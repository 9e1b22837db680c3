"""The planner's page of reach: whom truck calls and stations reach on foot, when, and what further points would add."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, DomainError
from recycling.models import ReachStudy
from recycling.timetable import reach_kept
from recycling.timetable.reach import USUAL, Reach, limits_of
from recycling.timetable.versions import in_force, versions
from web.entries import Entries, by_field
from web.rights import actor, needs
from web.services import services
from web.timetables import WEEKDAYS
from web.uploads import attach

pages = Blueprint("reach", __name__, url_prefix="/plan/reach")

FORMS = {"geojson": "application/geo+json", "csv": "text/csv"}
VERSIONS = 8
"""So many versions of each depot are offered, the newest."""

WORDS = {
    "good": N_("call near at a convenient hour"),
    "other": N_("call near at other hours"),
    "walk": N_("station or calls farther away"),
    "none": N_("neither calls nor a station in reach"),
}
"""How people are reached, in words, the best first."""


@pages.get("")
@needs(Action.SITE_PLAN)
def listed() -> str:
    """Show what can be asked, and the answers that are kept."""
    return _form({"table": request.args["table"]} if "table" in request.args else {})


@pages.post("")
@needs(Action.SITE_PLAN)
def ask() -> ResponseReturnValue:
    """Reckon whom a timetable reaches, and show it."""
    s, form = services(), request.form
    try:
        depot, version = _chosen(form.get("table", ""))
        entries = Entries(form)
        asked = {name: entries.whole(name, usual) for name, usual in USUAL.items()}
        if entries.faults:
            raise BadRequestError(*entries.faults.values())
        limits = limits_of(s.settings, asked, form.get("convenient"))
        with s.database.write() as session:
            now = clock.utc_now()
            made = reach_kept.ask(session, depot, version, limits, actor(), now, form.get("key", ""))
    except DomainError as error:
        return _form(form, error), error.status
    return redirect(url_for("reach.page", key=made.id), code=303)


@pages.get("/<uuid:key>")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> str:
    """Show a kept answer on a map and in lists, of all hours or of those that are asked for."""
    with services().database.read() as session:
        area, study = network.the_area(session), reach_kept.the_study(session, key)
        depot, sites = network.the_depot(session, study.depot_code), network.sites(session)
    found = reach_kept.reach_in(study)
    when = request.args.get("when", type=int)
    spans = found.limits.convenient
    when = when if when is not None and 0 <= when < len(spans) else None
    from web.reach_map import reach_map  # folium loads only when a map is wanted

    numbers = {point.position: number for number, point in enumerate(found.further, start=1)}
    places = found.places
    order = sorted(range(len(places)), key=lambda k: (numbers.get(k, len(places)), -places[k].people))
    return render_template(
        "reach_study.html",
        area=area,
        depot=depot,
        study=study,
        reach=found,
        when=when,
        spans=[span.replace("-", "–") for span in spans],
        shown=[(places[k], look_of(found, k, when), numbers.get(k, 0)) for k in order],
        counted={name: found.counted(name) for name in WORDS},
        words=WORDS,
        weekdays=WEEKDAYS,
        map=reach_map(found, when, depot, [site for site in sites if site.kind == "station"]),
        sums=sums_of(found),
    )


@pages.get("/<uuid:key>/reach.<form>")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID, form: str) -> ResponseReturnValue:
    """Send a kept answer as GeoJSON or CSV."""
    if form not in FORMS:
        abort(404)
    with services().database.read() as session:
        notice, study = network.the_area(session).notice, reach_kept.the_study(session, key)
    found = reach_kept.reach_in(study)
    if form == "csv":
        answer = Response(reach_kept.table(found), mimetype=FORMS[form])
    else:
        text = json.dumps(reach_kept.geojson(study, found, notice), ensure_ascii=False, allow_nan=False)
        answer = Response(text + "\n", mimetype=FORMS[form])
    return attach(answer, f"{study.depot_code}-reach.{form}")


def look_of(found: Reach, position: int, when: int | None) -> str:
    """Return how a place is shown: as it is reached, or, of one span of hours, whether it is reached then."""
    place = found.places[position]
    if when is None:
        return place.near
    return "good" if when in place.spans else "none"


def sums_of(found: Reach) -> list[tuple[int, int]]:
    """Return for each further point the people whom it adds, and those who are reached with all up to it."""
    sums, total = [], found.good
    for point in found.further:
        total += point.adds
        sums.append((point.adds, total))
    return sums


def _chosen(text: str) -> tuple[str, int | None]:
    """Read which timetable is chosen, a depot's code and a version, 0 for none."""
    depot, _, version = text.rpartition("/")
    if not depot or not (version.isascii() and version.isdigit()) or len(version) > 9:
        raise BadRequestError.one("no-table", N_("Choose a timetable from the list."), where="table")
    return depot, int(version) or None


def _form(entered: Mapping[str, str], error: DomainError | None = None) -> str:
    s = services()
    today = s.settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        area, depots = network.the_area(session), network.depots(session)
        last: list[ReachStudy] = reach_kept.studies(session)
        tables = [
            (depot, in_force(session, depot.code, today), versions(session, depot.code)[:VERSIONS]) for depot in depots
        ]
    return render_template(
        "reach.html",
        area=area,
        tables=tables,
        names={depot.code: depot for depot in depots},
        last=last,
        usual=USUAL | {"convenient": ", ".join(s.settings.timetable.convenient)},
        entered=entered,
        key=entered.get("key") or f"reach-{uuid.uuid4()}",
        error=error,
        faults=by_field(error) if error else {},
    )
