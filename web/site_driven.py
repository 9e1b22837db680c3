"""Scenarios driven by routes of sampled days: asked from one of them, and estimates put right by what routes cost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from recycling import clock
from recycling.accounts.rights import Action
from recycling.errors import DomainError
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import driving, running
from recycling.sites.scenarios import scenarios
from web import choice_view, site_asking
from web.language import language
from web.rights import actor, needs
from web.services import services

pages = Blueprint("site_driven", __name__, url_prefix="/plan/sites")

MOST_LISTED = 40
"""Scenarios that may be chosen beside one, the last changed first."""


@pages.get("/<uuid:key>/driven")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be driven; `again` names a search whose question is filled in."""
    asked = site_asking.again((driving.KIND,))
    return _form(key, site_asking.entries_of(asked), tuple(asked.get("beside", ())))


@pages.post("/<uuid:key>/driven")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin to drive."""
    entered = request.form
    beside = tuple(entered.getlist("beside"))
    asked = {"beside": beside, **site_asking.numbers_in(entered, tuple(driving.RANGES))}
    try:
        who, now = actor(), clock.utc_now()
        return site_asking.begun(key, lambda session, scenario: driving.ask(session, scenario, asked, who, now))
    except DomainError as error:
        return _form(key, entered, beside, error), error.status


@pages.post("/searches/<uuid:key>/count-so")
@needs(Action.SITE_PLAN)
def count_so(key: uuid.UUID) -> ResponseReturnValue:
    """Let the estimates of the scenario that `row` names from 1 count ways as its routes do."""
    text = request.form.get("row", "")
    number = int(text) - 1 if text.isdecimal() and len(text) < 4 else -1
    with services().database.write() as session:
        made = driving.take_over(session, running.the_search(session, key), number, actor(), clock.utc_now())
    return redirect(url_for("sites.page", key=made.id), code=303)


def title(search: SiteSearch) -> str:
    """Say in a line what a search drives."""
    count = 1 + len(search.asked["beside"])
    driven = ngettext("%(num)s scenario driven by routes", "%(num)s scenarios driven by routes", count)
    return gettext("%(driven)s: %(days)s days", driven=driven, days=search.asked["days"])


def shown(area: Area, search: SiteSearch, scenario: Scenario | None, state: str) -> str:
    """Show how far it is, the scenarios with their routes, or why there are none."""
    answer = search.answer if state == "done" else None
    return render_template(
        "site_driven.html",
        area=area,
        search=search,
        scenario=scenario,
        state=state,
        title=title(search),
        answer=answer,
        view=choice_view,
        name_of=lambda names: names[0] if language() == "zh_CN" else names[1],
        over=driving.OVER,
    )


def _form(key: uuid.UUID, entered: Mapping[str, Any], beside: tuple[str, ...], error: DomainError | None = None) -> str:
    with services().database.read() as session:
        others = [one for one in scenarios(session) if one.id != key][:MOST_LISTED]
    return site_asking.form(
        "site_driven_form.html",
        key,
        entered,
        error,
        (driving.KIND,),
        others=others,
        beside=beside,
        most=driving.MOST_BESIDE,
        default=driving.Question(),
        name_of=title,
    )
