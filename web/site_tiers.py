"""Stations and centres together, and what two aims cost each other: asked from a scenario, answered, taken away."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from recycling import clock
from recycling.accounts.rights import Action
from recycling.errors import DomainError
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import tier_asking
from recycling.sites.tier_asking import TierQuestion
from web import front_chart, site_asking, tier_view
from web.rights import actor, needs
from web.search_words import material
from web.services import services

pages = Blueprint("site_tiers", __name__, url_prefix="/plan/sites")

NUMBERS = (
    *("points", "stations", "centres", "most_stations", "most_centres", "years", "growth", "within"),
    *("most_yuan", "most_carbon", "reach", "town_minutes", "seconds"),
)
KINDS = ("tiers", "front")
BETWEEN = str.maketrans({"，": " ", "、": " ", ";": " ", "；": " ", ",": " "})
THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")
"""A single sum with its thousands marked, and not several sums."""


@pages.get("/<uuid:key>/tiers")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be asked; `again` names a search whose question is filled in."""
    return _form(key, site_asking.entries_of(site_asking.again(KINDS)))


@pages.post("/<uuid:key>/tiers")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin a search."""
    entered = request.form
    try:
        asked, who, now = _asked(entered), actor(), clock.utc_now()
        return site_asking.begun(key, lambda session, scenario: tier_asking.ask(session, scenario, asked, who, now))
    except DomainError as error:
        return _form(key, entered, error), error.status


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
        beyond=answer.get("beyond", {}),
        materials=[code for code in order if code in used] + sorted(used - set(order)),
        **known,
    )


def title(search: SiteSearch) -> str:
    """Say in a line what a search asks."""
    return tier_view.title(TierQuestion(**search.asked))


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    aims, default = tier_view.AIM_WORDS, TierQuestion()
    return site_asking.form("site_tiers_form.html", key, entered, error, aims=aims, default=default)


def _asked(entered: Mapping[str, str]) -> dict[str, object]:
    """Return a form's entries as a question; what was left empty is left out."""
    asked: dict[str, object] = {name: name in entered for name in ("keep", "carried")}
    asked |= site_asking.numbers_in(entered, NUMBERS)
    asked |= site_asking.words_in(entered, ("best", "against", "by"))
    sums = THOUSANDS.sub(lambda found: found[0].replace(",", ""), entered.get("budgets", ""))
    budgets = sums.translate(BETWEEN).split()
    return {**asked, "budgets": budgets} if budgets else asked
