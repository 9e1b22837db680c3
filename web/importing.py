"""Bookings from a file: the template, the upload, and what became of each row."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request

from recycling import clock, intake, network
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, Fault
from recycling.intake.cells import column_name
from web.language import language
from web.rights import actor, needs
from web.services import services
from web.uploads import result_address, table_file

pages = Blueprint("importing", __name__, url_prefix="/clerk/import")

STATES = {
    "booked": N_("booked"),
    "known": N_("booked before"),
    "sound": N_("would be booked"),
    "refused": N_("to be mended"),
    "left": N_("not booked: others have to be mended"),
}


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
    return table_file("bookings", ending, head, rows)


def _form(
    entered: Mapping[str, str],
    faults: Mapping[str, list[Fault]],
    report: intake.Report | None = None,
    status: int = 200,
) -> Response:
    result = result_address(report, intake.COLUMNS, STATES) if report is not None else ""
    with services().database.read() as session:
        area = network.the_area(session)
    text = render_template(
        "import.html", area=area, entered=entered, faults=faults, report=report, result=result, states=STATES,
        column=lambda field: column_name(intake.COLUMNS, field, language()), columns=intake.COLUMNS,
        own=actor().role is Role.RETAILER,
    )  # fmt: skip
    return make_response(text, status)
