"""Layers of a scenario: sites and points come in from files of other programs, are looked at, and go out again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, DomainError, Fault, UnavailableError
from recycling.exports.tables import csv_bytes
from recycling.intake.cells import column_name
from recycling.layers import keeping
from recycling.layers.columns import COLUMNS, KINDS, LAND, OWNERSHIP, PLACE, POINT_KINDS, template_rows
from recycling.layers.found import MOST_BYTES, MOST_FAULTS, MOST_FEATURES, FeatureFault
from recycling.layers.reading import read_apart
from recycling.layers.roads import without_road
from recycling.layers.writing import FORMS, point_values, site_values, written
from recycling.sites.people import layer_of, people_for
from recycling.sites.scenarios import the_scenario
from web.entries import Entries, by_field
from web.language import fault_text, language
from web.rights import actor, needs
from web.services import services
from web.sites import today
from web.uploads import as_address, attach, table_file

pages = Blueprint("site_layers", __name__, url_prefix="/plan/sites/<uuid:key>/layers")

ROAD_SECONDS = 5.0
"""How long a preview waits for ways before it is shown without."""

SHOWN = 50
"""Places of a preview that are named."""

SYSTEMS = (
    ("", N_("as the file says")),
    ("wgs84", N_("WGS 84 (EPSG:4326, GPS)")),
    ("EPSG:4490", N_("CGCS2000 (EPSG:4490)")),
    ("gcj02", N_("GCJ-02 (Amap, Tencent, WeChat)")),
    ("bd09", N_("BD-09 (Baidu)")),
    ("other", N_("another EPSG code")),
)
EXPLAINED = {
    "code": N_("Code of your list; a site of the network by its own. The same code again changes the same place."),
    "ref": N_("What the place was called in the file that it came from."),
    "name": N_("Name of the place."),
    "name_en": N_("Name in English, if there is one."),
    "open": N_("yes or no; a new place is open where nothing stands."),
    "size": N_("small, large, or another size of the scenario: what it costs and sorts where it does not say."),
    "operator": N_("Who runs it. Shown and kept, not counted."),
    "ownership": N_("built (自建), rented (租赁) or partner (合作); needed where costs stand."),
    "rent_yuan": N_("Rent or the partner's fee, yuan a year; needed for rented and partner."),
    "land_yuan": N_("Land, yuan a year."),
    "build_yuan": N_("Buildings and machines written off, yuan a year; needed for built."),
    "run_yuan": N_("Staff, power and upkeep, yuan a year."),
    "tonne_yuan": N_("Sorting a tonne, yuan."),
    "land": N_("buildable (可建), approval (待审批) or no-building (不可建): that is never opened."),
    "land_m2": N_("Area in square metres. Shown and kept, not counted."),
    "tonnes": N_("What it can sort in a year, tonnes."),
    "materials": N_("The same by material: paper=1500; glass=400."),
    "hours": N_("Opening hours, such as 07:30-19:00. Shown and kept, not counted."),
    "feeds": N_("centre for a station, market for a sorting centre; nothing for both."),
    "prices": N_("Markets and dismantlers: yuan paid for a tonne of each material taken, paper=300; glass=-20."),
    "way_km": N_("Markets and dismantlers where our roads do not lead: kilometres to them, one way."),
    "way_min": N_("Minutes of that way; empty: at 60 km/h."),
    "note": N_("Whatever else is to be kept."),
    "county": N_("County or district; empty: that of the nearest community."),
    "town": N_("Town or street; empty: that of the nearest community."),
    "kind": N_(
        "community (社区) or waste-point (垃圾投放点); of sites: own, town, standing or station;"
        " market (市场) or dismantler (拆解企业)."
    ),
    "urban": N_("yes or no; empty: as the nearest community."),
    "people": N_("Who live there, and bring what the rates expect."),
    "kg_week": N_("What is brought there in a week, kg; comes before the people."),
    "lon": N_("Tables only: longitude in degrees, or easting in metres."),
    "lat": N_("Tables only: latitude in degrees, or northing in metres."),
    "crs": N_("Tables only: wgs84, gcj02, bd09 or EPSG:4490; needed unless you choose one above."),
}
KIND_WORDS = {
    "own": N_("places of your own"),
    "town": N_("places at communities"),
    "standing": N_("centres that stand"),
    "station": N_("stations"),
    "market": N_("markets"),
    "dismantler": N_("dismantlers"),
    "community": N_("communities"),
    "waste-point": N_("municipal waste points"),
}
CHOICES = {"ownership": OWNERSHIP, "land": LAND, "kind": KINDS | POINT_KINDS}
WORDS = {"geojson": "GeoJSON", "gpkg": "GeoPackage", "zip": "Shapefile (zip)", "csv": "CSV"}


@pages.get("")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> str:
    """Ask for a file, explain its columns, and give the layers of the scenario away."""
    return _page(key)


@pages.post("")
@needs(Action.SITE_PLAN)
def take(key: uuid.UUID) -> ResponseReturnValue:
    """Read a file, and show what it would bring; nothing of it is kept where anything is wrong."""
    s, sent = services(), request.files.get("file")
    what = "points" if request.form.get("what") == "points" else "sites"
    system = request.form.get("crs", "")
    system = request.form.get("code", "") if system == "other" else system
    try:
        with s.database.read() as session:
            the_scenario(session, key)
        name = (sent.filename or "") if sent else ""
        found = read_apart(sent.read() if sent else b"", what, system, name)
        names = keeping.material_names(s.settings, s.catalogue)
        with s.database.write() as session:
            scenario = the_scenario(session, key)
            beside = request.form.get("beside") != "no"
            layer, wrong = keeping.drafted(session, scenario, what, found, names, actor(), clock.utc_now(), beside)
    except DomainError as error:
        if error.status == 404:
            raise
        return _page(key, by_field(error)), error.status
    if layer is None:
        return _page(key, wrong=wrong, form=found.form), 422
    return redirect(url_for("site_layers.seen", key=key, layer=layer.id), code=303)


@pages.get("/<uuid:layer>")
@needs(Action.SITE_PLAN)
def seen(key: uuid.UUID, layer: uuid.UUID) -> str:
    """Show what a layer would bring."""
    return _seen(key, layer)


@pages.post("/<uuid:layer>")
@needs(Action.SITE_PLAN)
def decide(key: uuid.UUID, layer: uuid.UUID) -> ResponseReturnValue:
    """Take a layer into the scenario, or forget it."""
    s, form, now = services(), request.form, clock.utc_now()
    version = Entries(form).whole("version")
    try:
        with s.database.write() as session:
            scenario = the_scenario(session, key)
            draft = keeping.the_draft(session, scenario, layer, actor(), now)
            if form.get("deed") == "forget":
                keeping.forget(session, draft)
                return redirect(url_for("site_layers.page", key=key), code=303)
            keeping.take(session, scenario, version, draft, "leave" in form, actor(), now)
    except DomainError as error:
        if error.status == 404:
            raise
        return _seen(key, layer, error), error.status
    return redirect(url_for("sites.page", key=key), code=303)


@pages.post("/drop")
@needs(Action.SITE_PLAN)
def drop(key: uuid.UUID) -> ResponseReturnValue:
    """Count the communities of the area again."""
    try:
        with services().database.write() as session:
            scenario = the_scenario(session, key)
            version = Entries(request.form).whole("version")
            keeping.drop_points(session, scenario, version, actor(), clock.utc_now())
    except DomainError as error:
        if error.status == 404:
            raise
        return _page(key, by_field(error)), error.status
    return redirect(url_for("site_layers.page", key=key), code=303)


@pages.get("/template-<what>.<ending>")
@needs(Action.SITE_PLAN)
def template(key: uuid.UUID, what: str, ending: str) -> Response:
    """Give the table to fill in with two example rows."""
    if what not in COLUMNS or ending not in ("csv", "xlsx"):
        abort(404)
    with services().database.read() as session:
        the_scenario(session, key)
    return table_file(f"template-{what}", ending, *template_rows(what))


@pages.get("/<what>.<form>")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID, what: str, form: str) -> Response:
    """Send the sites of a scenario, or the points that it counts, as a layer."""
    if what not in COLUMNS or form not in FORMS:
        abort(404)
    with services().database.read() as session:
        scenario = the_scenario(session, key)
        rows = site_values(scenario) if what == "sites" else point_values(session, scenario)
        name = f"{scenario.name}-{what}.{form}"
    return attach(Response(written(what, rows, form), mimetype=FORMS[form]), name)


# -- the pages --------------------------------------------------------------------------------------------------------


def _page(
    key: uuid.UUID,
    faults: Mapping[str, Sequence[Fault]] | None = None,
    wrong: Sequence[FeatureFault] = (),
    form: str = "",
) -> str:
    with services().database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        layer = layer_of(session, scenario)
        counted = len(layer.rows) if layer is not None else 0
        people = people_for(session, scenario)
    given = dict(faults or {})
    return render_template(
        "site_layers.html",
        area=area,
        scenario=scenario,
        layer=layer,
        counted=counted,
        communities=int(people.of(scenario.depot_code).sum()),
        faults=given,
        others=[one for name, some in given.items() if name not in ("file", "crs") for one in some],
        wrong=wrong[:MOST_FAULTS],
        wrong_total=len(wrong),
        by_line=form == "table",
        column=_column,
        columns={what: (*columns, *PLACE) for what, columns in COLUMNS.items()},
        explained=EXPLAINED,
        systems=SYSTEMS,
        forms=WORDS,
        most_mb=MOST_BYTES // 1024**2,
        most=MOST_FEATURES,
        entered=request.form,
        result=_faults_file(wrong) if wrong else "",
    )


def _seen(key: uuid.UUID, draft: uuid.UUID, error: DomainError | None = None) -> str:
    s = services()
    with s.database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        layer = keeping.the_draft(session, scenario, draft, actor(), clock.utc_now())
        found = keeping.preview(session, scenario, layer)
        rows, told = layer.rows, layer.told
        try:
            lost = without_road(session, s.settings, s.fleet, s.ways, scenario, layer, found, today(), ROAD_SECONDS)
        except UnavailableError:
            lost = None
    return render_template(
        "site_layer.html",
        area=area,
        scenario=scenario,
        layer=layer,
        found=found,
        total=len(rows),
        shown=rows[:SHOWN],
        columns=[
            c
            for c in COLUMNS[layer.what]
            if c.field != "name_en" and any(_shown_cell(row, c.field) for row in rows[:SHOWN])
        ],
        cell=_shown_cell,
        kind_words=KIND_WORDS,
        off_road=lost,
        told=told,
        error=error,
    )


def _column(field: str) -> str:
    every = (*COLUMNS["sites"], *COLUMNS["points"], *PLACE)
    return gettext("position") if field == "position" else column_name(every, field, language())


def _shown_cell(row: Mapping[str, object], field: str) -> str:
    """Return what a draft's row says of a column, as its reader writes it."""
    facts = row.get("facts")
    value = row.get("opened") if field == "open" else row.get(field)
    if value is None and isinstance(facts, dict):
        value = facts.get(field)
    if isinstance(value, dict):
        return "; ".join(f"{name}={tonnes:g}" for name, tonnes in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    if field in CHOICES and value:
        return CHOICES[field][str(value)][0] if language().startswith("zh") else str(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return "" if value is None else f"{value:,g}" if isinstance(value, float) and value < 1e6 else str(value)


def _faults_file(wrong: Sequence[FeatureFault]) -> str:
    """Return what is to be mended as an address that holds the whole table."""
    rows = [(one.number, _column(one.fault.where), fault_text(one.fault)) for one in wrong]
    return as_address(csv_bytes((gettext("Feature"), gettext("Column"), gettext("What to do")), rows))
