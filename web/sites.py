"""The planner's room: scenarios of sorting centres on a map, each change told at once; two compared; exports."""

from __future__ import annotations

import json
import uuid
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, DomainError
from recycling.models import Scenario
from recycling.sites import editing, markets, scenarios
from recycling.sites.behind import answer_behind
from recycling.sites.compared import town_changes
from recycling.sites.lack_said import Words, lacks, mends
from recycling.sites.lacking import lacking
from recycling.sites.looking import Look, have_roads_loaded, look, require_road
from recycling.sites.people import people_for, people_of
from recycling.timetable.versions import standing
from web import site_view, tier_view
from web.communities import community_of
from web.entries import Entries, by_field
from web.language import language
from web.rights import actor, needs
from web.search_words import material
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("sites", __name__, url_prefix="/plan/sites")

WAIT_SECONDS = 15.0
"""How long a change waits for the ways to a new place; they are found in a moment once the roads are loaded."""

LOOK_SECONDS = 1.0
"""How long a page waits for ways before it is shown without."""


@pages.get("")
@needs(Action.SITE_PLAN)
def listed() -> str:
    """Show all scenarios, and make a new one."""
    return _list()


@pages.post("")
@needs(Action.SITE_PLAN)
def make() -> ResponseReturnValue:
    """Make a scenario of the network as it stands."""
    s, form = services(), request.form
    try:
        with s.database.write() as session:
            depot = form.get("depot") or None
            name, twin = form.get("name", ""), form.get("key", "")
            made = scenarios.make(session, s.settings, s.fleet, name, depot, actor(), clock.utc_now(), twin)
    except DomainError as error:
        return _list(error), error.status
    return redirect(url_for("sites.page", key=made.id), code=303)


@pages.get("/<uuid:key>")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> str:
    """Show a scenario: map, sites, figures, towns."""
    return _page(key)


@pages.get("/<uuid:key>/figures")
@needs(Action.SITE_PLAN)
def figures(key: uuid.UUID) -> str:
    """Give the parts of a scenario's page that change, because ways were being found when it was shown."""
    return _page(key, part=True)


@pages.post("/<uuid:key>")
@needs(Action.SITE_PLAN)
def change(key: uuid.UUID) -> ResponseReturnValue:
    """Make a change that a form of the page asks for; a script gets the parts of the page that it changes."""
    part = "X-Part" in request.headers
    try:
        where = _changed(key)
    except DomainError as error:
        return _page(key, part, error), error.status
    if part and where == key:
        return _page(key, part)
    return redirect(url_for("sites.page", key=where) if where else url_for("sites.listed"), code=303)


@pages.get("/points.json")
@needs(Action.SITE_PLAN)
def points() -> Response:
    """Send where the communities lie, or the points of `scenario`, in the order of their codes, with their names."""
    with services().database.read() as session:
        key = _asked_scenario()
        people = people_of(session) if key is None else people_for(session, scenarios.the_scenario(session, key))
    towns = [" ".join(town) for town in people.towns]
    names = [f"{towns[t]} {name}" for t, name in zip(people.town.tolist(), people.names, strict=True)]
    answer = Response(mimetype="application/json")
    answer.set_etag(people.key)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.data = json.dumps({"lonlat": people.lonlat, "names": names}, ensure_ascii=False, separators=(",", ":"))
    answer.make_conditional(request)
    return answer


def _asked_scenario() -> uuid.UUID | None:
    """Return the key in the address; what is none counts as none."""
    try:
        return uuid.UUID(request.args.get("scenario", ""))
    except ValueError:
        return None


# -- the page ---------------------------------------------------------------------------------------------------------


def _list(error: DomainError | None = None) -> str:
    s = services()
    with s.database.read() as session:
        area, depots = network.the_area(session), network.depots(session)
        found = scenarios.scenarios(session)
        timetables = {depot.code: standing(session, depot.code, today()) for depot in depots}
    return render_template(
        "sites.html", area=area, depots=depots, scenarios=found, error=error, key=_new_key(),
        timetables=timetables, today=today(),
        faults=by_field(error) if error else {}, entered=request.form,
    )  # fmt: skip


def today() -> date:
    """Return the depot's day."""
    return services().settings.clock.today(clock.utc_now())


def seen(session: Session, scenario: Scenario, wait: float = LOOK_SECONDS) -> Look:
    """Look at a scenario as the pages do."""
    s = services()
    return look(session, s.settings, s.fleet, s.ways, scenario, today(), wait)


def _new_key() -> str:
    """Return what a form that makes a scenario carries, so that it makes one however often it is sent."""
    return f"scenario-{uuid.uuid4()}"


def _page(key: uuid.UUID, part: bool = False, error: DomainError | None = None) -> str:
    s, away = services(), None
    with s.database.read() as session:
        area, scenario = network.the_area(session), scenarios.the_scenario(session, key)
        depot = network.the_depot(session, scenario.depot_code) if scenario.depot_code else None
        found, behind = seen(session, scenario), answer_behind(session, scenario)
        lack = lacking(session, s.settings, s.fleet, s.ways, found, today())
        everywhere = found.people.lonlat
        if not part:
            have_roads_loaded(session, s.settings, s.fleet, s.ways, scenario, today())
    names = {row.code: row.label(language()) for row in scenario.sites}
    words = Words(names.__getitem__, material, gettext, site_view.number, gettext(", "))
    rows = site_view.rows_of(found)
    towns = town_changes(found.base, found.worth) if found.base is not None and found.worth is not None else []
    if not part:
        from web.maps import bare_map  # folium loads only when a map is wanted

        mine = found.people.of(scenario.depot_code).tolist()
        away = bare_map(
            [(lat, lon) for (lon, lat), inside in zip(everywhere, mine, strict=True) if inside]
            or [(area.lat, area.lon)]
        )
    return render_template(
        "site_answer.html" if part else "site_scenario.html",
        area=area,
        scenario=scenario,
        copy_key=_new_key(),
        depot=depot,
        look=found,
        behind=behind,
        lack=lack,
        lack_lines=lacks(lack, words) if lack is not None else (),
        lack_mend=mends(lack, words) if lack is not None else "",
        chain=tier_view,
        rows=rows,
        tiles=site_view.tiles(found),
        towns=towns,
        number_of={row.site.code: row.number for row in rows if row.number},
        town_site={(t.county, t.town): t.site for t in found.worth.towns} if found.worth is not None else {},
        data={
            **site_view.map_data(found, rows),
            "markets": site_view.market_data(markets.in_force(s.settings, scenario)),
        },
        map=away,
        view=site_view,
        vehicles=s.fleet.types,
        error=error,
        faults=by_field(error) if error else {},
        entered=request.form if error else {},
    )


# -- changes ----------------------------------------------------------------------------------------------------------


def _changed(key: uuid.UUID) -> uuid.UUID | None:
    """Make the change; return the scenario to show then, None for none."""
    s, form, now = services(), request.form, clock.utc_now()
    entries = Entries(form)
    deed, version = form.get("deed", ""), entries.whole("version")
    at = position(form.get("lon", ""), form.get("lat", "")) if deed in ("put", "move") else (0.0, 0.0)
    community = ""
    if deed == "community":
        community, fault = community_of(form, N_("We do not know this community. Choose one from the list."))
        if fault is not None:
            raise BadRequestError(fault)
    if deed in ("put", "move"):
        with s.database.read() as session:
            scenario = scenarios.the_scenario(session, key)
            require_road(session, s.settings, s.fleet, s.ways, scenario, at, today(), WAIT_SECONDS)
    with s.database.write() as session:
        scenario, who = scenarios.the_scenario(session, key), actor()
        if deed == "sites" and form.get("away"):
            editing.take_away(session, scenario, version, form["away"], who, now)
        elif deed == "sites" and form.get("elsewhere"):
            editing.try_elsewhere(session, scenario, version, form["elsewhere"], who, now)
        elif deed == "sites":
            sizes = {name.removeprefix("size-"): form[name] for name in form if name.startswith("size-")}
            editing.choose_sites(session, scenario, version, set(form.getlist("open")), sizes, who, now)
        elif deed == "put":
            editing.put_place(session, scenario, version, at, form.get("place", ""), who, now)
        elif deed == "move":
            editing.move_place(session, scenario, version, form.get("site", ""), at, form.get("place", ""), who, now)
        elif deed == "community":
            editing.put_community(session, scenario, version, community, who, now)
        elif deed == "assume":
            asked = {"vehicle": form.get("vehicle", ""), "anew": "anew" in form}
            asked |= {name: entries.whole(name) for name in ("reach_minutes", "demand_percent")}
            if entries.faults:
                raise BadRequestError(*entries.faults.values())
            editing.assume(session, s.settings, s.fleet, scenario, version, asked, who, now)
        elif deed == "rename":
            scenarios.rename(session, scenario, version, form.get("name", ""), who, now)
        elif deed == "copy":
            return scenarios.copy(session, scenario, "", who, now, form.get("key", "")).id
        elif deed == "delete":
            scenarios.delete(session, scenario, who, now)
            return None
        else:
            raise BadRequestError.one("no-deed", N_("This page does not know what to do with that. Load it again."))
    return key


def position(lon: str, lat: str) -> tuple[float, float]:
    """Read a position in degrees; BadRequestError where it is none."""
    try:
        return float(lon), float(lat)
    except ValueError:
        raise BadRequestError.one(
            "bad-position",
            N_("Write longitude and latitude in degrees, such as 107.502 and 31.209."),
            where="position",
        ) from None
