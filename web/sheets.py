"""A day's routes on paper and as files: sheets to print, PDF, and tables and tracks for other programs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock
from recycling.accounts.rights import Action, Subject, may
from recycling.day_files import PlannedDay, day_file, planned_day
from recycling.exports.day_routes import notice_of
from recycling.exports.qr import qr_svg
from recycling.exports.sheet_words import Words, rows_of
from recycling.sheet_numbers import sheet_numbers
from web.dispatcher import things_text
from web.language import dated_text, language
from web.resident import STANDING_NAMES
from web.rights import actor, needs
from web.services import services, whole_address

pages = Blueprint("sheets", __name__, url_prefix="/dispatch/<depot>/<day:day>")

FORMS = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "gpx": "application/gpx+xml",
    "geojson": "application/geo+json",
}


@pages.get("/sheets")
@needs(Action.DAY_READ, depot="depot")
def page(depot: str, day: date) -> str:
    """Show the route sheets of a day, or of one route of it (`route`), as they are printed."""
    return _page(_wanted(depot, day))


@pages.post("/sheets")
@needs(Action.DAY_PLAN, depot="depot")
def with_numbers(depot: str, day: date) -> ResponseReturnValue:
    """Give the same as a PDF with the numbers to call, and write down at each door who printed it.

    Crews, who see one number at a time on their own page, do not plan days.
    """
    found, s = _wanted(depot, day), services()
    with s.database.write() as session:
        numbers = sheet_numbers(session, s.settings, depot, day, found.sheets, actor(), clock.utc_now())
    return _file(found, "pdf", sheets_as_pdf(found, numbers))


@pages.get("/routes.<form>")
@needs(Action.DAY_READ, depot="depot")
def file(depot: str, day: date, form: str) -> ResponseReturnValue:
    """Send the day's routes, or one of them (`route`), as PDF, CSV, GPX or GeoJSON."""
    if form not in FORMS:
        abort(404)
    found = _wanted(depot, day)
    return _file(found, form, sheets_as_pdf(found) if form == "pdf" else day_file(services().office, found, form))


def _wanted(depot: str, day: date) -> PlannedDay:
    return planned_day(services().office, depot, day, request.values.get("route", type=int), language())


def _page(found: PlannedDay) -> str:
    words, day = _words(), found.schedule.plan.service_day
    return render_template(
        "sheets.html",
        area=found.area,
        depot=found.depot,
        day=day,
        schedule=found.schedule,
        number=found.number,
        sheets=[(sheet, rows_of(sheet, words, day), _code(sheet.route.plate, day)) for sheet in found.sheets],
        types=services().fleet.types,
        notice=notice_of(found.schedule, language()),
        printed=clock.utc_now(),
        can_call=may(actor(), Action.DAY_PLAN, Subject(depot=found.depot.code))
        and day >= services().settings.clock.today(clock.utc_now()),
        day_of_plan=services().settings.clock.today(found.schedule.plan.made_at),
    )


def sheets_as_pdf(found: PlannedDay, numbers: Mapping[uuid.UUID, str] | None = None) -> bytes:
    """Return route sheets in the language of the request; numbers that are not given stay masked."""
    from recycling.exports.fonts import chinese_font
    from recycling.exports.sheets import sheets_pdf

    s, day = services(), found.schedule.plan.service_day
    plates = [sheet.route.plate for sheet in found.sheets]
    types = {sheet.route.plate: sheet.route.vehicle_type for sheet in found.sheets}
    return sheets_pdf(
        found.schedule,
        found.sheets,
        _words(),
        chinese_font(s.settings.sheets.font),
        found.depot.label(language()),
        {p: s.fleet.types[t].text(language()) if t in s.fleet.types else t for p, t in types.items()},
        {plate: _crew_page(plate, day) for plate in plates},
        notice_of(found.schedule, language()),
        clock.utc_now(),
        numbers,
    )


def _file(found: PlannedDay, form: str, data: bytes) -> Response:
    answer = Response(data, content_type=FORMS[form])
    answer.headers.set("Content-Disposition", "attachment", filename=found.name(form))
    return answer


def _words() -> Words:
    return Words(gettext, language(), services().settings.clock, things_text, dated_text, STANDING_NAMES)


def _crew_page(plate: str, day: date) -> str:
    return whole_address(url_for("trucks.truck", plate=plate, day=day))


def _code(plate: str, day: date) -> str:
    return qr_svg(_crew_page(plate, day), gettext("The code of the crew's page"))
