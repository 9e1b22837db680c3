"""Tables that people send and get: room for the file, the template to fill in, and what became of each row."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from flask import Flask, Response, make_response, request
from flask_babel import gettext

from recycling import intake
from recycling.exports.tables import Cell, csv_bytes, xlsx_bytes
from recycling.intake.cells import Column
from recycling.layers.found import MOST_BYTES
from web.language import fault_text, language

TAKERS = {
    "importing.take": intake.MOST_BYTES,
    "orders.take": intake.MOST_BYTES,
    "replays.take": intake.MOST_BYTES,
    "site_layers.take": MOST_BYTES,
    "spare_trips.take": intake.MOST_BYTES,
}
"""Endpoints that take a file, and the bytes that it may have."""

WITH_FORM = 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def allow_files(app: Flask) -> None:
    """Let those pages take larger requests than others; comes before whatever reads the request."""

    @app.before_request
    def allow() -> None:
        if request.endpoint is not None and request.endpoint in TAKERS:
            request.max_content_length = TAKERS[request.endpoint] + WITH_FORM


def table_file(name: str, ending: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
    """Return a table as a file of the name, XLSX if that is its ending, else CSV."""
    if ending == "xlsx":
        answer = make_response(xlsx_bytes(name, head, rows))
        answer.headers["Content-Type"] = XLSX
    else:
        ending = "csv"
        answer = make_response(csv_bytes(head, rows))
        answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer


def attach(answer: Response, name: str) -> Response:
    """Let an answer be kept as a file of that name, whatever its letters are (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def result_address(report: intake.Report, columns: Sequence[Column], states: Mapping[str, str]) -> str:
    """Return what became of each row as an address that holds the whole table."""
    table = intake.report_csv(report, columns, language(), fault_text, lambda state: gettext(states[state]))
    return as_address(table)


def as_address(table: bytes) -> str:
    """Return a CSV file as an address that holds all of it."""
    return "data:text/csv;base64," + base64.b64encode(table).decode("ascii")
