"""Searches for better sites: asked from a scenario, followed, stopped; the answer with its bound and runner-up."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, ngettext

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, DomainError
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import running, searching
from recycling.sites.scenarios import the_scenario
from web import site_asking, site_driven, site_located, site_robust, site_sweeps, site_tiers
from web.rights import actor, needs
from web.search_words import reason
from web.services import services

pages = Blueprint("site_searches", __name__, url_prefix="/plan/sites")
pages.add_app_template_filter(reason)


class Kind(NamedTuple):
    """What pages of a kind of search do: show how far one is or what it found, and say in a line what it asks."""

    shown: Callable[[Area, SiteSearch, Scenario | None, str], str]
    title: Callable[[SiteSearch], str]


KINDS = {
    "tiers": Kind(site_tiers.shown, site_tiers.title),
    "front": Kind(site_tiers.shown, site_tiers.title),
    "sweep": Kind(site_sweeps.shown, site_sweeps.title),
    "robust": Kind(site_robust.shown, site_robust.title),
    "located": Kind(site_located.shown, site_located.title),
    "rounds": Kind(site_driven.shown, site_driven.title),
}
"""All kinds but ``sites``, which this module shows."""

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
    entered = request.form
    asked: dict[str, object] = {"model": entered.get("model", ""), "keep": "keep" in entered, "rest": "rest" in entered}
    asked |= {
        name: entered[name].strip() for name in ("count", "budget", "towns", "seconds") if entered.get(name, "").strip()
    }
    try:
        who, now = actor(), clock.utc_now()
        return site_asking.begun(key, lambda session, scenario: searching.ask(session, scenario, asked, who, now))
    except DomainError as error:
        return _form(key, entered, error), error.status


@pages.get("/searches/<uuid:key>")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> str:
    """Show how far a search is, or what it found."""
    with services().database.read() as session:
        area, search = network.the_area(session), running.the_search(session, key)
        scenario = the_scenario(session, search.scenario_id) if search.scenario_id else None
        made = the_scenario(session, search.made_id) if search.made_id else None
    state = site_asking.state_of(search)
    if search.kind in KINDS:
        return KINDS[search.kind].shown(area, search, scenario, state)
    return render_template(
        "site_search.html",
        area=area,
        search=search,
        scenario=scenario,
        made=made,
        state=state,
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
    going_on = site_asking.state_of(search) in ("queued", "running")
    return jsonify({"state": "running" if going_on else "done", "progress": search.progress})


@pages.post("/searches/<uuid:key>/stop")
@needs(Action.SITE_PLAN)
def stop(key: uuid.UUID) -> ResponseReturnValue:
    """End a search with the best that it has found."""
    with services().database.write() as session:
        running.stop(session, key)
    return redirect(url_for("site_searches.page", key=key), code=303)


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    return site_asking.form("site_search_form.html", key, entered, error, (), models=MODEL_WORDS, name_of=_name)


def _name(search: SiteSearch) -> str:
    """Say what was asked in a line."""
    return KINDS[search.kind].title(search) if search.kind in KINDS else searching.Question(**search.asked).name


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
