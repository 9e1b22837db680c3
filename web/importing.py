"""Bookings from a file: the template, the upload, and what became of each row."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask_babel import gettext

from recycling import clock, intake, network
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, Fault
from recycling.exports.tables import csv_bytes, xlsx_bytes
from recycling.intake.cells import column_name
from web.language import fault_text, language
from web.rights import actor, needs
from web.services import services

pages = Blueprint("importing", __name__, url_prefix="/clerk/import")

WITH_FORM = 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    "booked": N_("booked"),
    "known": N_("booked before"),
    "sound": N_("would be booked"),
    "refused": N_("to be mended"),
    "left": N_("not booked: others have to be mended"),
}


def allow_files(app: Flask) -> None:
    """Let this page take larger requests than others; comes before whatever reads the request."""

    @app.before_request
    def allow() -> None:
        if request.endpoint == "importing.take":
            request.max_content_length = intake.MOST_BYTES + WITH_FORM


@pages.get("")
@needs(Action.BOOKING_IMPORT)
def form() -> Response:
    """Ask for the file."""
    return _form({}, {})


@pages.post("")
@needs(Action.BOOKING_IMPORT)
def take() -> Response:
    """Take the file's rows, or only check them, and tell what became of each."""
    s, entered, sent = services(), request.form, request.files.get("file")
    mode = entered.get("mode", "check")
    sender = f"account {actor().id}" if actor().role is Role.RETAILER else entered.get("sender", "")
    try:
        lines = intake.read_table(sent.read() if sent else b"")
        report = intake.take_in(
            s.office, lines, sender, actor(), clock.utc_now(), all_or_nothing=mode == "all", dry=mode == "check"
        )
    except BadRequestError as error:
        faults: dict[str, list[Fault]] = {}
        for fault in error.faults:
            faults.setdefault("sender" if fault.where == "sender" else "file", []).append(fault)
        return _form(entered, faults, status=error.status)
    return _form(entered, {}, report)


@pages.get("/template.<ending>")
@needs(Action.BOOKING_IMPORT)
def template(ending: str) -> Response:
    """Give the template with one example row."""
    s = services()
    today = s.settings.clock.today(clock.utc_now())
    head, rows = intake.template_rows(s.catalogue, today, str(s.settings.service.window_spans[0]))
    if ending == "xlsx":
        answer = make_response(xlsx_bytes("bookings", head, rows))
        answer.headers["Content-Type"] = XLSX
    else:
        ending = "csv"
        answer = make_response(csv_bytes(head, rows))
        answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="bookings.{ending}"'
    return answer


def _form(
    entered: Mapping[str, str],
    faults: Mapping[str, list[Fault]],
    report: intake.Report | None = None,
    status: int = 200,
) -> Response:
    result = ""
    if report is not None:
        table = intake.report_csv(report, intake.COLUMNS, language(), fault_text, lambda state: gettext(STATES[state]))
        result = "data:text/csv;base64," + base64.b64encode(table).decode("ascii")
    with services().database.read() as session:
        area = network.the_area(session)
    text = render_template(
        "import.html", area=area, entered=entered, faults=faults, report=report, result=result, states=STATES,
        column=lambda field: column_name(intake.COLUMNS, field, language()), columns=intake.COLUMNS,
        own=actor().role is Role.RETAILER,
    )  # fmt: skip
    return make_response(text, status)
