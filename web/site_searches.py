"""Searches for better sites: asked from a scenario, followed, stopped; the answer with its bound and runner-up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, ngettext

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, DomainError
from recycling.models import SiteSearch
from recycling.sites import running, searching, sweep_runs
from recycling.sites.scenarios import the_scenario
from recycling.sites.tier_asking import TierQuestion
from web import site_sweeps, site_tiers, tier_view
from web.entries import by_field
from web.rights import actor, needs
from web.search_words import reason
from web.services import services

pages = Blueprint("site_searches", __name__, url_prefix="/plan/sites")
pages.add_app_template_filter(reason)

MODEL_WORDS = {
    "p-median": N_("Least driving of all people to exactly so many sites"),
    "p-centre": N_("The shortest time in which everybody reaches one of so many sites"),
    "cover": N_("Most people within reach of one of so many sites"),
    "set-cover": N_("Fewest sites so that everybody is within reach"),
    "cost": N_("Least yuan a year for sites, sorting and transport"),
}


@pages.get("/<uuid:key>/search")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be searched for from a scenario, and the last searches."""
    return _form(key, {})


@pages.post("/<uuid:key>/search")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin a search."""
    s, entered = services(), request.form
    asked: dict[str, object] = {"model": entered.get("model", ""), "keep": "keep" in entered, "rest": "rest" in entered}
    asked |= {
        name: entered[name].strip() for name in ("count", "budget", "towns", "seconds") if entered.get(name, "").strip()
    }
    try:
        with s.database.write() as session:
            row = searching.ask(session, the_scenario(session, key), asked, actor(), clock.utc_now())
    except DomainError as error:
        return _form(key, entered, error), error.status
    searching.start(s.database, s.settings, s.fleet, s.ways, row.id, actor())
    return redirect(url_for("site_searches.page", key=row.id), code=303)


@pages.get("/searches/<uuid:key>")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> str:
    """Show how far a search is, or what it found."""
    with services().database.read() as session:
        area, search = network.the_area(session), running.the_search(session, key)
        scenario = the_scenario(session, search.scenario_id) if search.scenario_id else None
        made = the_scenario(session, search.made_id) if search.made_id else None
    if search.kind == sweep_runs.KIND:
        return site_sweeps.shown(area, search, scenario, _state(search))
    if search.kind != "sites":
        return site_tiers.shown(area, search, scenario, _state(search))
    return render_template(
        "site_search.html",
        area=area,
        search=search,
        scenario=scenario,
        made=made,
        state=_state(search),
        words=MODEL_WORDS,
        asked=searching.Question(**search.asked),
        value=lambda number: said(search, number),
    )


@pages.get("/searches/<uuid:key>/progress")
@needs(Action.SITE_PLAN)
def progress(key: uuid.UUID) -> Response:
    """Tell how far a search is."""
    with services().database.read() as session:
        search = running.the_search(session, key)
    going_on = _state(search) in ("queued", "running")
    return jsonify({"state": "running" if going_on else "done", "progress": search.progress})


@pages.post("/searches/<uuid:key>/stop")
@needs(Action.SITE_PLAN)
def stop(key: uuid.UUID) -> ResponseReturnValue:
    """End a search with the best that it has found."""
    with services().database.write() as session:
        running.stop(session, key)
    return redirect(url_for("site_searches.page", key=key), code=303)


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    with services().database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        last = running.searches_of(session, key)
    return render_template(
        "site_search_form.html",
        area=area,
        scenario=scenario,
        last=[(one, _name(one), _state(one)) for one in last],
        models=MODEL_WORDS,
        entered=entered,
        error=error,
        faults=by_field(error) if error else {},
    )


def _name(search: SiteSearch) -> str:
    """Say what was asked in a line."""
    if search.kind == "sites":
        return searching.Question(**search.asked).name
    if search.kind == sweep_runs.KIND:
        return site_sweeps.title(search)
    return tier_view.title(TierQuestion(**search.asked))


def _state(search: SiteSearch) -> str:
    return "lost" if running.lost(search, clock.utc_now()) else search.state


def said(search: SiteSearch, value: float) -> str:
    """Say what an answer is worth in the unit of its model."""
    model = search.asked["model"]
    if model == "cost":
        return gettext("%(yuan)s yuan a year", yuan=format_decimal(round(value / 100)))
    if model == "p-median":
        people = max(1.0, float((search.answer or {}).get("people", 1.0)))
        return gettext("%(minutes)s minutes in the mean of all people", minutes=f"{value / people / 60:.2f}")
    if model == "p-centre":
        return gettext("%(minutes)s minutes for the farthest community", minutes=f"{value / 60:.1f}")
    if model == "cover":
        return gettext("%(people)s people within reach", people=format_decimal(round(value)))
    return ngettext("%(num)s site", "%(num)s sites", round(value))
