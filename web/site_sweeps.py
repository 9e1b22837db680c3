"""Many variants of a scenario at once: asked from its page, followed, stopped; the answer as a table and as CSV."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, DomainError, Fault
from recycling.exports.tables import csv_bytes
from recycling.models import Area, Scenario, SiteSearch
from recycling.sites import running, sweep_runs
from recycling.sites.cuts import closures_of
from recycling.sites.sweep_export import HEAD
from recycling.sites.trying import ASSUMPTIONS
from recycling.sites.variants import CODES, ROADS
from web import site_asking, site_view
from web.language import language
from web.rights import actor, needs
from web.services import services
from web.sites import today
from web.uploads import attach

pages = Blueprint("site_sweeps", __name__, url_prefix="/plan/sites")

SHOWN = 300
"""Variants that the page shows; all are in the file."""

WORDS = {code: word for code, word, _ in ASSUMPTIONS if code in CODES} | {ROADS: N_("Driving times")}
SEPARATORS = str.maketrans({"，": ",", "、": ",", ";": ",", "；": ",", " ": ","})


@pages.get("/<uuid:key>/sweep")
@needs(Action.SITE_PLAN)
def form(key: uuid.UUID) -> str:
    """Show what can be combined."""
    return _form(key, {})


@pages.post("/<uuid:key>/sweep")
@needs(Action.SITE_PLAN)
def ask(key: uuid.UUID) -> ResponseReturnValue:
    """Begin to evaluate the variants."""
    entered, wrong = request.form, list[Fault]()
    found = {where: percents(entered.get(where, ""), where, wrong) for where in ("demand", *CODES)}
    asked = {
        "demand": found.pop("demand") or (100,),
        "assumed": {code: several for code, several in found.items() if several},
        "each": "each" in entered,
        "cuts": entered.getlist("cut"),
    }
    who, now = actor(), clock.utc_now()
    try:
        return site_asking.begun(
            key, lambda session, scenario: sweep_runs.ask(session, scenario, asked, who, now, wrong)
        )
    except DomainError as error:
        return _form(key, entered, error), error.status


@pages.get("/searches/<uuid:key>/variants.csv")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID) -> Response:
    """Send all variants of an answer as CSV, with the notice of the roads."""
    with services().database.read() as session:
        search, notice = running.the_search(session, key), network.the_area(session).notice
    if search.kind != sweep_runs.KIND or search.answer is None:
        abort(404)
    roads = {"roads": f"{notice['zh']} / {notice['en']}" if notice else ""}
    rows = [row | roads for row in search.answer["rows"]]
    sent = Response(csv_bytes(HEAD, [[row[name] for name in HEAD] for row in rows]), mimetype="text/csv")
    return attach(sent, f"{search.answer['scenario']}.csv")


def percents(text: str, where: str, faults: list[Fault]) -> tuple[int, ...]:
    """Return the percents of an entry, with commas; none for an empty one, and with a fault for no whole number."""
    words = [word for word in text.translate(SEPARATORS).replace("%", "").split(",") if word]
    if all(word.isdecimal() and len(word) < 6 for word in words):
        return tuple(int(word) for word in words)
    sentence = N_("Write percents as whole numbers with commas, such as 80,100,130.")
    faults.append(Fault(where, "bad-percents", sentence))
    return ()


def shown(area: Area, search: SiteSearch, scenario: Scenario | None, state: str) -> str:
    """Show how far a sweep is, its table, or why there is none."""
    answer = search.answer if state == "done" else None
    names = {row.code: row.label(language()) for row in scenario.sites} if scenario is not None else {}
    return render_template(
        "site_sweep.html",
        area=area,
        search=search,
        scenario=scenario,
        state=state,
        title=title(search),
        answer=answer,
        rows=[(_what(row, names), row) for row in answer["rows"][:SHOWN]] if answer else [],
        said=lambda row, code: site_view.said(site_view.FIGURE[code], row[code]) if row[code] is not None else "∞",
    )


def title(search: SiteSearch) -> str:
    """Say in a line what a sweep combines."""
    asked = sweep_runs.Question(**search.asked)
    said = [gettext("What is brought: %(percents)s %%", percents=", ".join(map(str, asked.demand)))]
    said += [f"{gettext(WORDS[code])}: {', '.join(map(str, found))} %" for code, found in asked.assumed.items()]
    if asked.each:
        said.append(gettext("each site out"))
    if asked.cuts:
        said.append(ngettext("%(num)s closure", "%(num)s closures", len(asked.cuts)))
    return " · ".join(said)


def _what(row: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Say what is changed in a variant; nothing for the scenario as it is."""
    said = []
    if row["demand_percent"] != 100:
        said.append(gettext("What is brought: %(percents)s %%", percents=row["demand_percent"]))
    said += [f"{gettext(WORDS[code])}: {row[f'{code}_percent']} %" for code in CODES if row[f"{code}_percent"] != 100]
    if row["closed"]:
        said.append(gettext("without %(site)s", site=names.get(row["closed"], row["closed"])))
    if row["cut"]:
        said.append(gettext("%(road)s is cut", road=row["cut"]))
    return said


def _form(key: uuid.UUID, entered: Mapping[str, str], error: DomainError | None = None) -> str:
    with services().database.read() as session:
        closures = closures_of(network.the_area(session).roads, today())
    known = {"words": WORDS, "closures": closures, "chosen": request.form.getlist("cut"), "name_of": title}
    return site_asking.form("site_sweep_form.html", key, entered, error, (sweep_runs.KIND,), **known)
