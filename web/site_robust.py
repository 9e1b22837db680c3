"""One choice of sites for good and bad years: asked from a scenario with scenarios of demand, and answered."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock
from recycling.accounts.rights import Action
from recycling.demand_cases import MOST_SCENARIOS
from recycling.errors import N_, DomainError
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import robust_answers, robust_asking
from recycling.sites.robust_asking import RobustQuestion
from web import choice_view, site_asking
from web.language import comma, language
from web.rights import actor, needs
from web.services import services

pages = Blueprint("site_robust", __name__, url_prefix="/plan/sites")

NUMBERS = ("count", "budget", "elsewhere", "towns", "seconds")
FIELDS = ("name", "weight", "percent", "own")
ROWS = 5
"""Rows for scenarios of demand that the form has at least, one of them empty."""

EXPECTED = (
    (N_("a fifth less"), 20, 80),
    (N_("as expected"), 50, 100),
    (N_("a third more"), 20, 130),
    (N_("weeks before a holiday"), 10, 160),
)
"""Name, weight and percent of the scenarios of demand that the form proposes; assumptions, as those of the command."""

MODEL_WORDS = {
    "cost": N_("Yuan a year for sites, sorting and transport"),
    "p-median": N_("Driving of all people to exactly so many sites"),
}
UNITS = {"yuan a year": N_("yuan a year"), "person-hours": N_("hours of driving")}
AREA_WORDS = {"urban": N_("urban"), "rural": N_("rural")}


@pages.get("/<uuid:key>/robust")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be asked; `again` names a search whose question is filled in."""
    asked = site_asking.again((robust_asking.KIND,))
    demands = [(one["name"], one["weight"], one["percent"], _own_text(one["own"])) for one in asked.get("demands", [])]
    if not demands:
        demands = [(gettext(name), weight, percent, "") for name, weight, percent in EXPECTED]
    entered = site_asking.entries_of(asked)
    for number, row in enumerate(demands, 1):
        entered |= {
            f"{field}-{number}": f"{value:g}" if isinstance(value, int | float) else value
            for field, value in zip(FIELDS, row, strict=True)
        }
    return _form(key, entered)


@pages.post("/<uuid:key>/robust")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin a search."""
    entered, words = _without_gaps(request.form), _words()
    try:
        asked, who, now = _asked(entered), actor(), clock.utc_now()
        return site_asking.begun(
            key, lambda session, scenario: robust_asking.ask(session, scenario, asked, words, who, now)
        )
    except DomainError as error:
        return _form(key, entered, error), error.status


def title(search: SiteSearch) -> str:
    """Say in a line what a search asks."""
    named = comma().join(demand.name for demand in RobustQuestion(**search.asked).demands)
    return gettext("One choice for good and bad years: %(names)s", names=named)


def shown(area: Area, search: SiteSearch, scenario: Scenario | None, state: str) -> str:
    """Show how far a search is, or its choices, or why there are none."""
    answer = search.answer if state == "done" else None
    known: dict[str, Any] = {
        "area": area, "search": search, "scenario": scenario, "state": state, "title": title(search),
        "asked": RobustQuestion(**search.asked), "answer": answer, "view": choice_view, "models": MODEL_WORDS,
    }  # fmt: skip
    if answer is None:
        return render_template("site_robust.html", map=None, **known)
    from web.maps import bare_map  # folium loads only when a map is wanted

    choices, unit = robust_answers.choices_in(answer), UNITS[answer["unit"]]
    number = site_asking.chosen(len(choices), len(choices) - 1)
    plates = choice_view.numbers(choices, answer["places"])
    drawn = answer["drawn"][number]
    return render_template(
        "site_robust.html",
        map=bare_map(choice_view.seen(answer, plates)),
        choices=list(zip(names(answer), choices, strict=True)),
        number=number,
        chosen=choices[number],
        drawn=answer["scenarios"][drawn["scenario"]],
        sites=choice_view.sites(answer, choices[number], drawn, plates),
        plates=plates,
        data=choice_view.map_data(answer, choices[number], drawn, plates),
        unit=gettext(unit),
        own=_own_text,
        unsure=_unsure(answer),
        **known,
    )


def names(answer: Mapping[str, Any]) -> list[str]:
    """Return what pages call the choices of an answer, in the order of `robust_answers.choices_in`."""
    alone = [gettext("Best for %(name)s alone", name=demand["name"]) for demand in answer["scenarios"]]
    return [*alone, gettext("Least expected cost"), gettext("Least worst regret")]


def _unsure(answer: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return names of scenarios whose own best choice is not proven, and by how much it may cost less."""
    found = []
    for number, one in enumerate(answer["scenarios"]):
        value, regret = one["best_alone"]["values"][number], one["best_alone"]["regrets"][number]
        if None not in (value, regret, one["bound"]) and value - regret - one["bound"] > 1:
            found.append((one["name"], value - regret - one["bound"]))
    return found


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    last = max((int(name[7:]) for name in entered if re.fullmatch(r"weight-\d{1,2}", name)), default=0)
    known = {
        "models": MODEL_WORDS,
        "rows": range(1, min(MOST_SCENARIOS, max(ROWS, last + 1)) + 1),
        "words": list(_words().values()),
        "name_of": title,
    }
    return site_asking.form("site_robust_form.html", key, entered, error, (robust_asking.KIND,), **known)


def _asked(entered: Mapping[str, str]) -> dict[str, object]:
    """Return a form's entries as a question; what was left empty is left out."""
    demands = []
    for number in range(1, MOST_SCENARIOS + 1):
        name, weight, percent, own = (entered.get(f"{field}-{number}", "").strip() for field in FIELDS)
        if name or weight or percent or own:
            numbers = [text.translate(site_asking.SIGNS).removesuffix("%") for text in (weight, percent)]
            differs = {_code_of(word): text for word, text in robust_asking.own_of(own).items()}
            demands.append({"name": name, "weight": numbers[0], "percent": numbers[1], "own": differs})
    asked: dict[str, object] = {"demands": demands, "keep": "keep" in entered}
    return asked | site_asking.numbers_in(entered, NUMBERS) | site_asking.words_in(entered, ("model", "by"))


def _without_gaps(entered: Mapping[str, str]) -> dict[str, str]:
    """Return a form's entries with its scenarios of demand one behind the other, as they are asked and told."""
    found = {name: text for name, text in entered.items() if not re.fullmatch(rf"({'|'.join(FIELDS)})-\d+", name)}
    rows = [[entered.get(f"{field}-{k}", "") for field in FIELDS] for k in range(1, MOST_SCENARIOS + 1)]
    for number, row in enumerate((row for row in rows if any(text.strip() for text in row)), 1):
        found |= {f"{field}-{number}": text for field, text in zip(FIELDS, row, strict=True)}
    return found


def _code_of(word: str) -> str:
    """Return what the models call an area or a material, by any of its names or by a part of only one of them."""
    said, names = word.casefold(), _every_name()
    found = [code for code, called in names.items() if said in called]
    found = found or [code for code, called in names.items() if any(said in name for name in called)]
    return found[0] if len(found) == 1 else word


def _every_name() -> dict[str, list[str]]:
    """Return the names of areas and materials in both languages, by what the models call them."""
    catalogue, names = services().catalogue.materials, dict[str, list[str]]()
    for code, word in _words().items():
        named = catalogue.get(code)
        both = [] if named is None else [named.text(one) for one in ("zh_CN", "en")]
        names[code] = [name.casefold() for name in (code, word, *both)]
    return names


def _words() -> dict[str, str]:
    """Return the names of areas and of the materials that people bring, in the page's language."""
    catalogue = services().catalogue.materials
    areas = {area: gettext(word) for area, word in AREA_WORDS.items()}
    return areas | {
        code: catalogue[code].text(language()) if code in catalogue else code
        for code in services().settings.stock.brought
    }


def _own_text(own: Mapping[str, float]) -> str:
    """Say what differs within a scenario of demand, as the form takes it."""
    words = _words()
    return ", ".join(f"{words.get(code, code)}={percent:g}" for code, percent in own.items())
