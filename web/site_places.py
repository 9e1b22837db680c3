"""What is known of a site of a scenario, entered by hand: who runs it, on which land, what it costs and holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, DomainError, NotFoundError
from recycling.layers.keeping import material_names, stated_by_hand
from recycling.models import ScenarioSite
from recycling.sites.assumed import Assumed
from recycling.sites.facts import COSTS, capacity_of, facts_of, yuan_of
from recycling.sites.scenarios import the_scenario
from web import site_view
from web.entries import Entries, by_field
from web.rights import actor, needs
from web.search_words import material
from web.services import services
from web.site_asking import SIGNS

pages = Blueprint("site_places", __name__, url_prefix="/plan/sites/<uuid:key>/places/<site>")

AMOUNTS = (*COSTS, "tonne_yuan", "land_m2", "tonnes")
TEXTS = ("operator", "ownership", "land", "hours", "feeds", "note")
COST_WORDS = {
    "rent_yuan": N_("Rent or fee, yuan a year"),
    "land_yuan": N_("Land, yuan a year"),
    "build_yuan": N_("Buildings and machines, yuan a year"),
    "run_yuan": N_("Staff, power and upkeep, yuan a year"),
    "tonne_yuan": N_("Sorting a tonne, yuan"),
}
FEEDS = {"centre": N_("a station"), "market": N_("a sorting centre")}


@pages.get("")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID, site: str) -> str:
    """Show what is known of a site."""
    return _page(key, site)


@pages.post("")
@needs(Action.SITE_PLAN)
def state(key: uuid.UUID, site: str) -> ResponseReturnValue:
    """Keep what is known of a site."""
    s, form = services(), request.form
    cells = {name: form.get(name, "") for name in TEXTS}
    cells |= {name: form.get(name, "").translate(SIGNS) for name in AMOUNTS}
    each = [(code, form.get(f"most-{code}", "").strip().translate(SIGNS)) for code in s.settings.stock.brought]
    cells["materials"] = "; ".join(f"{code}={text}" for code, text in each if text)
    try:
        with s.database.write() as session:
            scenario, version = the_scenario(session, key), Entries(form).whole("version")
            names = material_names(s.settings, s.catalogue)
            stated_by_hand(session, scenario, version, site, cells, names, actor(), clock.utc_now())
    except DomainError as error:
        if error.status == 404:
            raise
        return _page(key, site, error), error.status
    return redirect(url_for("sites.page", key=key), code=303)


def _page(key: uuid.UUID, code: str, error: DomainError | None = None) -> str:
    s = services()
    with s.database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
    row = next((one for one in scenario.sites if one.code == code), None)
    if row is None:
        raise NotFoundError.one("no-such-site", N_("There is no site %(site)s in this scenario."), site=code[:20])
    assumed, bare = Assumed(**scenario.assumed), ScenarioSite(code=row.code, size=row.size, facts={})
    return render_template(
        "site_place.html",
        area=area,
        scenario=scenario,
        row=row,
        entered=request.form if error else _entries(row),
        by_size=(yuan_of(bare, assumed), assumed.yuan_a_tonne, capacity_of(bare, assumed)),
        brought=[(one, material(one)) for one in s.settings.stock.brought],
        costs=COST_WORDS,
        ownerships=site_view.OWNERSHIPS,
        lands=site_view.LANDS,
        feeds=FEEDS,
        view=site_view,
        error=error,
        faults=by_field(error) if error else {},
    )


def _entries(row: ScenarioSite) -> Mapping[str, str]:
    """Return what is known of a site as the entries of its form."""
    known = facts_of(row)
    found = {name: str(getattr(known, name)) for name in ("operator", "ownership", "land", "hours", "note")}
    found |= {name: f"{value:.15g}" for name in AMOUNTS if (value := getattr(known, name)) is not None}
    found |= {f"most-{code}": f"{tonnes:.15g}" for code, tonnes in known.materials.items()}
    return found | {"feeds": known.feeds[0] if len(known.feeds) == 1 else ""}
