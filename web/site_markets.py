"""Markets and dismantlers of a scenario: listed, drawn on a map, added and changed by hand, taken away."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, DomainError, Fault
from recycling.layers.columns import MARKETS
from recycling.layers.found import Feature
from recycling.layers.keeping import material_names
from recycling.layers.market_rows import made
from recycling.layers.site_rows import sites_in
from recycling.models import ScenarioMarket
from recycling.sites import markets
from recycling.sites.facts import facts_of
from recycling.sites.people import people_for
from recycling.sites.scenarios import the_scenario
from web import site_view
from web.entries import Entries, by_field
from web.rights import actor, needs
from web.search_words import material
from web.services import services
from web.site_asking import SIGNS
from web.sites import position

pages = Blueprint("site_markets", __name__, url_prefix="/plan/sites/<uuid:key>/markets")

KIND_WORDS = {"market": N_("market"), "dismantler": N_("dismantler")}
FIELDS = ("name", "name_en", "kind", "operator", "ownership", "hours", "note")
AMOUNTS = ("way_km", "way_min", "rent_yuan", "tonne_yuan")


@pages.get("")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> str:
    """Show the markets of a scenario; `market` names one whose form is filled in."""
    return _page(key)


@pages.post("")
@needs(Action.SITE_PLAN)
def change(key: uuid.UUID) -> ResponseReturnValue:
    """Add or change a market, take one away, or take those of the configuration again."""
    s, form, now = services(), request.form, clock.utc_now()
    deed, version, who = form.get("deed", ""), Entries(form).whole("version"), actor()
    try:
        row = _entered(form) if deed == "put" else None
        with s.database.write() as session:
            scenario = the_scenario(session, key)
            if row is not None:
                markets.put(session, s.settings, scenario, version, row, who, now)
            elif deed == "away":
                markets.take_away(session, s.settings, scenario, version, form.get("market", ""), who, now)
            elif deed == "drop":
                markets.drop_all(session, scenario, version, who, now)
            else:
                raise BadRequestError.one("no-deed", N_("This page does not know what to do with that. Load it again."))
    except DomainError as error:
        if error.status == 404 and error.faults[0].code != "no-such-market":
            raise
        return _page(key, error), error.status
    return redirect(url_for("site_markets.page", key=key), code=303)


def told(row: ScenarioMarket) -> list[str]:
    """Say in words what is known of a market beyond its name: its way, and what any site states."""
    known = facts_of(row)
    words = []
    if known.way_km is not None:
        words.append(gettext("%(km)s km stated", km=site_view.number(known.way_km, 0)))
    return [*words, *site_view.stated(row)]


def prices(row: ScenarioMarket) -> str:
    """Say what a market pays for a tonne of each material."""
    known = facts_of(row).prices.items()
    return gettext(", ").join(f"{material(code)} {site_view.number(yuan, 0)}" for code, yuan in known)


def _entered(form: Mapping[str, str]) -> ScenarioMarket:
    """Return the market that the form describes, read as a row of a layer is.

    Raises
    ------
    BadRequestError
        With all that is wrong, each at its field.
    """
    s, faults, at = services(), list[Fault](), (0.0, 0.0)
    try:
        at = position(form.get("lon", ""), form.get("lat", ""))
    except BadRequestError as error:
        faults += error.faults
    if not (-180 <= at[0] <= 180 and -90 <= at[1] <= 90):
        sentence = N_("Write longitude and latitude in degrees, such as 107.502 and 31.209.")
        faults.append(Fault("position", "bad-position", sentence))
    cells = {name: form.get(name, "") for name in FIELDS}
    cells |= {name: form.get(name, "").translate(SIGNS) for name in AMOUNTS}
    cells |= {"open": "yes" if "open" in form else "no"}
    for column, prefix in (("prices", "price-"), ("materials", "most-")):
        pairs = [(code, form.get(f"{prefix}{code}", "").strip().translate(SIGNS)) for code in s.settings.stock.brought]
        cells[column] = "; ".join(f"{code}={text}" for code, text in pairs if text)
    if cells["kind"] not in MARKETS:
        faults.append(Fault("kind", "no-choice", N_("Choose one of these.")))
        cells["kind"] = "market"
    rows, wrong = sites_in([Feature(1, *at, cells)], material_names(s.settings, s.catalogue), ())
    faults += [one.fault for one in wrong]
    if faults:
        raise BadRequestError(*faults)
    return made(rows[0], form.get("market", ""))


def _page(key: uuid.UUID, error: DomainError | None = None) -> str:
    s = services()
    with s.database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        people = people_for(session, scenario)
    rows = markets.in_force(s.settings, scenario)
    chosen = next((row for row in rows if row.code == request.values.get("market", "")), None)
    from web.maps import bare_map  # folium loads only when a map is wanted

    mine = people.of(scenario.depot_code).tolist()
    points = [(lat, lon) for (lon, lat), inside in zip(people.lonlat, mine, strict=True) if inside]
    points += [(row.lat, row.lon) for row in rows if network.inside(area, row.lon, row.lat)]
    return render_template(
        "site_markets.html",
        area=area,
        scenario=scenario,
        rows=rows,
        chosen=chosen,
        brought=[(code, material(code)) for code in s.settings.stock.brought],
        entered=request.form if error else _entries(chosen),
        told=told,
        prices=prices,
        kinds=KIND_WORDS,
        ownerships=site_view.OWNERSHIPS,
        map=bare_map(points or [(area.lat, area.lon)]),
        data=site_view.market_data(rows),
        error=error,
        faults=by_field(error) if error else {},
    )


def _entries(row: ScenarioMarket | None) -> dict[str, str]:
    """Return a market as the entries of its form; those of an empty form for none."""
    if row is None:
        return {"kind": "market", "open": "on"}
    known = facts_of(row)
    found = {"market": row.code, "name": row.name, "name_en": row.name_en, "kind": row.kind}
    found |= {"lon": str(row.lon), "lat": str(row.lat), **({"open": "on"} if row.is_open else {})}
    found |= {name: str(getattr(known, name)) for name in ("operator", "ownership", "hours", "note")}
    found |= {name: f"{value:g}" for name in AMOUNTS if (value := getattr(known, name)) is not None}
    for prefix, amounts in (("price-", known.prices), ("most-", known.materials)):
        found |= {f"{prefix}{code}": f"{amount:.10g}" for code, amount in amounts.items()}
    return found
