"""Stations and centres together, and what two aims cost each other: asked from a scenario, answered, taken away."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, ConflictError, DomainError
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import running, searching, tier_asking, tier_export, tier_searching
from recycling.sites.assumed import Assumed
from recycling.sites.scenarios import the_scenario
from recycling.sites.tier_asking import TierQuestion
from web import front_chart, tier_view
from web.entries import by_field
from web.rights import actor, needs
from web.search_words import material
from web.services import services

pages = Blueprint("site_tiers", __name__, url_prefix="/plan/sites")

NUMBERS = (
    *("points", "stations", "centres", "most_stations", "most_centres", "years", "growth", "within"),
    *("most_yuan", "most_carbon", "reach", "town_minutes", "seconds"),
)
SIGNS = str.maketrans({",": "", "，": "", "−": "-"})
BETWEEN = str.maketrans({"，": " ", "、": " ", ";": " ", "；": " ", ",": " "})
THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")
"""A single sum with its thousands marked, and not several sums."""


@pages.get("/<uuid:key>/tiers")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be asked; `again` names a search whose question is filled in."""
    return _form(key, _again(request.args.get("again", "")))


@pages.post("/<uuid:key>/tiers")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin a search."""
    s, entered = services(), request.form
    try:
        with s.database.write() as session:
            row = tier_asking.ask(session, the_scenario(session, key), _asked(entered), actor(), clock.utc_now())
    except DomainError as error:
        return _form(key, entered, error), error.status
    searching.start(s.database, s.settings, s.fleet, s.ways, row.id, actor())
    return redirect(url_for("site_searches.page", key=row.id), code=303)


@pages.post("/searches/<uuid:key>/open")
@needs(Action.SITE_PLAN)
def open_centres(key: uuid.UUID) -> ResponseReturnValue:
    """Open the centres of an answer, or of a point of a front (`point`, from 1), as a scenario."""
    text = request.form.get("point", "")
    point = int(text) - 1 if text.isdecimal() else None
    with services().database.write() as session:
        made = tier_searching.open_centres(session, key, point, actor(), clock.utc_now())
    return redirect(url_for("sites.page", key=made.id), code=303)


@pages.get("/searches/<uuid:key>/answer.<form>")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID, form: str) -> Response:
    """Send an answer as a table of its sites or flows, as JSON or as GeoJSON; a front as a table or as JSON."""
    with services().database.read() as session:
        search = running.the_search(session, key)
    answer = search.answer
    if search.kind not in ("tiers", "front"):
        abort(404)
    if answer is None:
        raise ConflictError.one("no-answer-yet", N_("This search has no answer that could be opened."))
    front = search.kind == "front"
    if form == "json":
        data, kind = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode() + b"\n", "application/json"
    elif form == "csv":
        data, kind = tier_export.points_table(answer) if front else tier_export.sites_table(answer), "text/csv"
    elif form == "flows.csv" and not front:
        data, kind = tier_export.flows_table(answer), "text/csv"
    elif form == "geojson" and not front:
        text = json.dumps(tier_export.geojson(answer), ensure_ascii=False, allow_nan=False)
        data, kind = text.encode() + b"\n", "application/geo+json"
    else:
        abort(404)
    sent = Response(data, mimetype=kind)
    sent.headers.set("Content-Disposition", "attachment", filename=f"{search.kind}-{str(key)[:8]}.{form}")
    return sent


def shown(area: Area, search: SiteSearch, scenario: Scenario | None, state: str) -> str:
    """Show how far a search is, or its answer, or why there is none."""
    asked, answer = TierQuestion(**search.asked), search.answer
    known = {
        "area": area, "search": search, "scenario": scenario, "state": state, "asked": asked, "answer": answer,
        "view": tier_view, "material": material,
    }  # fmt: skip
    if state != "done" or answer is None:
        return render_template("site_tiers.html", map=None, **known)
    if search.kind == "front":
        return render_template("site_front.html", chart=front_chart.chart(answer["rows"]), map=None, **known)
    from web.maps import bare_map  # folium loads only when a map is wanted

    text = request.args.get("year", "")
    year = answer["years"].index(text) if text in answer["years"] else len(answer["years"]) - 1
    order = list(services().settings.stock.brought)
    used = {flow[4] for flow in answer["flows"]}
    return render_template(
        "site_tiers.html",
        map=bare_map(tier_view.seen(answer)),
        year=year,
        rows=tier_view.rows(answer, year),
        ways=tier_view.ways(answer, year),
        data=tier_view.map_data(answer, year),
        materials=[code for code in order if code in used] + sorted(used - set(order)),
        **known,
    )


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    with services().database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
    return render_template(
        "site_tiers_form.html",
        area=area,
        scenario=scenario,
        assumed=Assumed(**scenario.assumed),
        aims=tier_view.AIM_WORDS,
        default=TierQuestion(),
        entered=entered,
        error=error,
        faults=by_field(error) if error else {},
    )


def _asked(entered: Mapping[str, str]) -> dict[str, object]:
    """Return a form's entries as a question; what was left empty is left out."""
    asked: dict[str, object] = {name: name in entered for name in ("keep", "carried")}
    for name in NUMBERS:
        text = entered.get(name, "").strip().translate(SIGNS)
        if text:
            asked[name] = text
    for name in ("best", "against", "by"):
        if entered.get(name):
            asked[name] = entered[name]
    sums = THOUSANDS.sub(lambda found: found[0].replace(",", ""), entered.get("budgets", ""))
    budgets = sums.translate(BETWEEN).split()
    return {**asked, "budgets": budgets} if budgets else asked


def _again(key: str) -> dict[str, str]:
    """Return the entries of a form that asked for a search before; nothing for another kind of search."""
    try:
        with services().database.read() as session:
            search = running.the_search(session, uuid.UUID(key))
    except (ValueError, DomainError):
        return {}
    if search.kind == "sites":
        return {}
    entered = {}
    for name, value in search.asked.items():
        if isinstance(value, list):
            entered[name] = ", ".join(f"{one:g}" if one < 1e5 else f"{one:.0f}" for one in value)
        elif isinstance(value, bool):
            entered |= {name: "on"} if value else {}
        elif value is not None:
            entered[name] = f"{value:.15g}" if isinstance(value, float) else str(value)
    return entered
