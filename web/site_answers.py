"""Answers of searches taken away as files, and their choices opened as scenarios, whatever kind of search it was."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock
from recycling.accounts.rights import Action
from recycling.errors import N_, ConflictError
from recycling.sites import driven_answers, located_answers, opening, robust_answers, running, tier_export
from web.rights import actor, needs
from web.services import services

pages = Blueprint("site_answers", __name__, url_prefix="/plan/sites/searches/<uuid:key>")

Answer = Mapping[str, Any]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


FILES: Mapping[str, Mapping[str, Callable[[Answer], bytes]]] = {
    "tiers": {
        "csv": tier_export.sites_table,
        "flows.csv": tier_export.flows_table,
        "geojson": lambda answer: _json(tier_export.geojson(answer)),
        "json": _json,
    },
    "front": {"csv": tier_export.points_table, "json": _json},
    "robust": {
        "csv": robust_answers.choices_table,
        "sites.csv": robust_answers.sites_table,
        "geojson": lambda answer: _json(robust_answers.geojson(answer)),
        "json": _json,
    },
    "located": {
        "csv": located_answers.answers_table,
        "sites.csv": located_answers.sites_table,
        "geojson": lambda answer: _json(located_answers.geojson(answer)),
        "json": _json,
    },
    "rounds": {"csv": driven_answers.table, "json": _json},
}
"""By kind of search and form of file."""

TYPES = {"csv": "text/csv", "json": "application/json", "geojson": "application/geo+json"}


@pages.post("/open")
@needs(Action.SITE_PLAN)
def open_choice(key: uuid.UUID) -> ResponseReturnValue:
    """Open what was chosen as a scenario: of several choices the one that `point` names from 1."""
    text = request.form.get("point", "")
    point = int(text) - 1 if text.isdecimal() else None
    with services().database.write() as session:
        made = opening.open_choice(session, key, point, actor(), clock.utc_now())
    return redirect(url_for("sites.page", key=made.id), code=303)


@pages.get("/answer.<form>")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID, form: str) -> Response:
    """Send an answer in one of the forms of its kind."""
    with services().database.read() as session:
        search = running.the_search(session, key)
    if search.kind not in FILES:
        abort(404)
    if search.answer is None:
        raise ConflictError.one("no-answer-yet", N_("This search has no answer that could be opened."))
    write = FILES[search.kind].get(form)
    if write is None:
        abort(404)
    sent = Response(write(search.answer), mimetype=TYPES[form.rpartition(".")[2]])
    sent.headers.set("Content-Disposition", "attachment", filename=f"{search.kind}-{str(key)[:8]}.{form}")
    return sent
