"""Sites and rounds decided together: asked from a scenario, and what each choice of sites costs with its rounds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock
from recycling.accounts.rights import Action
from recycling.errors import DomainError
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import located_asking
from recycling.sites.located_asking import LocatedQuestion
from web import choice_view, site_asking
from web.choice_view import whole
from web.language import comma
from web.rights import actor, needs

pages = Blueprint("site_located", __name__, url_prefix="/plan/sites")

NAMED = 3
"""Sites by which a line of the table says how an answer differs from the best."""


@pages.get("/<uuid:key>/located")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be asked; `again` names a search whose question is filled in."""
    return _form(key, site_asking.entries_of(site_asking.again((located_asking.KIND,))))


@pages.post("/<uuid:key>/located")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin a search."""
    entered = request.form
    asked: dict[str, object] = {"keep": "keep" in entered}
    asked |= site_asking.numbers_in(entered, ("budget", *located_asking.RANGES))
    asked |= site_asking.words_in(entered, ("by",))
    try:
        who, now = actor(), clock.utc_now()
        return site_asking.begun(key, lambda session, scenario: located_asking.ask(session, scenario, asked, who, now))
    except DomainError as error:
        return _form(key, entered, error), error.status


def title(search: SiteSearch) -> str:
    """Say in a line what a search asks."""
    asked = LocatedQuestion(**search.asked)
    if asked.count:
        return gettext("Sites and rounds together: at most %(count)s sites", count=asked.count)
    return gettext("Sites and rounds together")


def shown(area: Area, search: SiteSearch, scenario: Scenario | None, state: str) -> str:
    """Show how far a search is, or the answers that were driven, or why there are none."""
    answer = search.answer if state == "done" else None
    known: dict[str, Any] = {
        "area": area, "search": search, "scenario": scenario, "state": state, "title": title(search),
        "asked": LocatedQuestion(**search.asked), "answer": answer, "view": choice_view,
    }  # fmt: skip
    if answer is None:
        return render_template("site_located.html", map=None, **known)
    from web.maps import bare_map  # folium loads only when a map is wanted

    answers = answer["answers"]
    number = site_asking.chosen(len(answers), 0)
    plates = choice_view.numbers(answers, answer["places"])
    drawn = answer["drawn"][number]
    return render_template(
        "site_located.html",
        map=bare_map(choice_view.seen(answer, plates)),
        number=number,
        chosen=answers[number],
        differs=[_differs(answer, one) for one in answers],
        over=comma().join(choice_view.name_of(answer, code) for code in answer["over"]),
        ended=ended(answer),
        changed=changed(answer),
        sites=choice_view.sites(answer, answers[number], drawn, plates),
        plates=plates,
        data=choice_view.map_data(answer, answers[number], drawn, plates),
        **known,
    )


def ended(answer: Mapping[str, Any]) -> str:
    """Say why the search ended, and how sure its best answer is."""
    noise, floor, doubt = whole(answer["noise"] or 0), answer["floor"], whole(answer["floor_error"] or 0)
    if answer["ended"] == "every":
        return gettext("Every choice of sites was driven. Differences up to %(noise)s yuan may be chance.", noise=noise)
    if answer["ended"] == "sure" and floor is not None:
        return gettext(
            "No choice that was not driven is estimated below %(floor)s yuan, with an error of %(doubt)s yuan: none"
            " could be better by more than the noise of the days (%(noise)s yuan). That is no proof: estimates can err"
            " by more.",
            floor=whole(floor), doubt=doubt, noise=noise,
        )  # fmt: skip
    over = gettext("The turns are over.") if answer["ended"] == "turns" else gettext("It was stopped.")
    if floor is None:
        return over + " " + gettext("Differences up to %(noise)s yuan may be chance.", noise=noise)
    return over + " " + gettext(
        "A choice that was not driven may cost %(floor)s yuan by estimate, with an error of %(doubt)s yuan. Differences"
        " up to %(noise)s yuan may be chance.",
        floor=whole(floor), doubt=doubt, noise=noise,
    )  # fmt: skip


def changed(answer: Mapping[str, Any]) -> str:
    """Say whether rounds have led to other sites than the model alone, and what that saves."""
    answers = answer["answers"]
    if len(answers) == 1:
        return gettext("Only one choice was driven: whether rounds would lead to another one is not known.")
    if not answer["changed_by_routing"]:
        return gettext("Rounds confirm the model: its first choice is also the cheapest to drive.")
    first = next((one for one in answers if set(one["sites"]) == set(answer["model_first"])), None)
    if first is None:
        return gettext("Rounds led to other sites than the model's first choice, which was not driven.")
    saved = first["routed"] - answers[0]["routed"]
    if saved > (answer["noise"] or 0):
        return gettext(
            "Rounds changed the choice: the model's first choice costs %(saved)s yuan a year more with its rounds, more"
            " than the noise.",
            saved=whole(saved),
        )
    return gettext(
        "Rounds changed the choice: the model's first choice costs %(saved)s yuan a year more with its rounds. That is"
        " within the noise: either choice is as good.",
        saved=whole(saved),
    )


def _differs(answer: Mapping[str, Any], one: Mapping[str, Any]) -> tuple[str, str]:
    """Return which sites an answer opens instead of the best, and which of the best's it leaves out."""
    mine, best = set(one["sites"]), set(answer["answers"][0]["sites"])
    return _some(answer, mine - best), _some(answer, best - mine)


def _some(answer: Mapping[str, Any], codes: set[str]) -> str:
    named = comma().join(choice_view.name_of(answer, code) for code in sorted(codes)[:NAMED])
    more = len(codes) - NAMED
    return gettext("%(names)s and %(count)s more", names=named, count=more) if more > 0 else named


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    known = {"default": LocatedQuestion(), "name_of": title}
    return site_asking.form("site_located_form.html", key, entered, error, (located_asking.KIND,), **known)
