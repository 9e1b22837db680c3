"""A scenario to take away: files for other programs, and a report to print with its map drawn on the server."""

from __future__ import annotations

import dataclasses
import json
import math
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, UnavailableError
from recycling.models import Area, Scenario, Site
from recycling.sites import export
from recycling.sites.compared import FIGURES, Line, TownChange, town_changes
from recycling.sites.looking import Look
from recycling.sites.noise import unsure
from recycling.sites.scenarios import the_scenario
from recycling.sites.trying import SWING_PERCENT, Stress, bars, stresses, swings
from recycling.sites.worth import Worth
from web import site_view
from web.rights import needs
from web.services import services
from web.site_cuts import ENTRIES, stress_of
from web.site_pdf import report_pdf
from web.sites import WAIT_SECONDS, seen
from web.uploads import attach

pages = Blueprint("site_exports", __name__, url_prefix="/plan/sites/<uuid:key>")

FORMS = {"geojson": "application/geo+json", "csv": "text/csv", "pdf": "application/pdf"}
WIDTH = 1000
TOWNS = 25
"""Towns of the report: those that have it farthest."""


Spot = tuple[float, float]


@dataclass(frozen=True)
class Picture:
    """The map of a report, 1000 wide: communities by hue and sign, the outline, and where numbers stand."""

    height: int
    spots: list[tuple[list[Spot], str, str]]
    rings: list[list[Spot]]
    numbers: list[tuple[float, float, int, bool]]

    @property
    def dots(self) -> list[tuple[str, str, str]]:
        """A path of dots for each hue and sign, as SVG has it."""
        return [("".join(f"M{x} {y}h0" for x, y in spots), hue, dot) for spots, hue, dot in self.spots]

    @property
    def outline(self) -> str:
        """The outline as a path of SVG."""
        return "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in self.rings)


@dataclass(frozen=True)
class Report:
    """What a report tells, on the page and as a PDF; fields are those of the template."""

    area: Area
    scenario: Scenario
    depot: Site | None
    look: Look
    rows: list[site_view.Row]
    lines: list[Line]
    swings: list[dict[str, Any]]
    stresses: list[Stress]
    towns: list[TownChange]
    number_of: dict[str, int]
    town_site: dict[tuple[str, str], str]
    picture: Picture
    now: datetime
    percent: int = SWING_PERCENT


@pages.get("/scenario.<form>")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID, form: str) -> ResponseReturnValue:
    """Send the scenario as GeoJSON or CSV, or its report as PDF."""
    if form not in FORMS:
        abort(404)
    if form == "pdf":
        told = report_of(key)
        return attach(Response(report_pdf(told), mimetype=FORMS[form]), f"{told.scenario.name}.pdf")
    with services().database.read() as session:
        scenario, notice = the_scenario(session, key), network.the_area(session).notice
        found = seen(session, scenario, WAIT_SECONDS)
        _both(found)
    if form == "csv":
        answer = Response(export.table(found, notice), mimetype=FORMS[form])
    else:
        text = json.dumps(export.geojson(found, notice), ensure_ascii=False, allow_nan=False)
        answer = Response(text + "\n", mimetype=FORMS[form])
    return attach(answer, f"{scenario.name}.{form}")


@pages.get("/report")
@needs(Action.SITE_PLAN)
def report(key: uuid.UUID) -> str:
    """Show the scenario as a report to print."""
    told = report_of(key)
    asked_for = {name: request.args[name] for name in ENTRIES if request.args.get(name)}
    fields = {field.name: getattr(told, field.name) for field in dataclasses.fields(told)}
    return render_template("site_report.html", view=site_view, asked_for=asked_for, **fields)


def report_of(key: uuid.UUID) -> Report:
    """Return what the report of a scenario tells, with the cut that the address asks for."""
    with services().database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        depot = network.the_depot(session, scenario.depot_code) if scenario.depot_code else None
        found = seen(session, scenario, WAIT_SECONDS)
        base, worth = _both(found)
        outline, cut = area.outline, stress_of(session, area, found)
    rows = site_view.rows_of(found)
    counted = [row for row in found.opened if (row.lon, row.lat) in found.ways]
    tried = found.people, scenario.depot_code, found.assumed, counted, found.ways
    chance = unsure(base, worth, found.people, found.assumed, found.assumed)
    return Report(
        area=area,
        scenario=scenario,
        depot=depot,
        look=found,
        rows=rows,
        lines=[Line(one, one.rounded(base), one.rounded(worth), one.code in chance) for one in FIGURES],
        swings=bars(swings(*tried), worth.yuan),
        stresses=stresses(*tried, cut),
        towns=town_changes(base, worth)[:TOWNS],
        number_of={row.site.code: row.number for row in rows if row.number},
        town_site={(t.county, t.town): t.site for t in worth.towns},
        picture=picture(found, rows, outline),
        now=clock.utc_now(),
    )


def _both(found: Look) -> tuple[Worth, Worth]:
    """Return what the network as it stands is worth, and the scenario; UnavailableError while ways are being found."""
    if found.base is None or found.worth is None:
        raise UnavailableError.one(
            "ways-not-there", N_("The ways by road are still being found. Try again in a minute.")
        )
    return found.base, found.worth


def picture(look: Look, rows: Sequence[site_view.Row], outline: object) -> Picture:
    """Draw catchments as paths of dots, one for each site, over the outline (a GeoJSON geometry) of the area."""
    rings = _rings(outline)
    mine = look.people.of(look.scenario.depot_code).tolist()
    places = [lonlat for lonlat, inside in zip(look.people.lonlat, mine, strict=True) if inside]
    places += [(row.site.lon, row.site.lat) for row in rows if row.number]
    if look.scenario.depot_code is None:
        places += [place for ring in rings for place in ring]
    west, east = min(p[0] for p in places), max(p[0] for p in places)
    south, north = min(p[1] for p in places), max(p[1] for p in places)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 40) / max(1e-6, (east - west) * shrink, (north - south) / 1.4)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round(20 + (lon - west) * shrink * scale, 1), round(20 + (north - lat) * scale, 1)

    spots: dict[int, list[Spot]] = defaultdict(list)
    sites = look.worth.site.tolist() if look.worth is not None else []
    for k, number in enumerate(sites):
        if mine[k]:
            spots[number + 1].append(at(*look.people.lonlat[k]))
    looks = {row.number: (row.hue, row.dot) for row in rows if row.number}
    return Picture(
        height=round(40 + (north - south) * scale),
        spots=[(spots[number], *looks.get(number, ("#9aa0a8", "lost"))) for number in sorted(spots)],
        rings=[[at(*place) for place in ring] for ring in rings],
        numbers=[(*at(row.site.lon, row.site.lat), row.number, row.over) for row in rows if row.number],
    )


def _rings(outline: object) -> list[list[tuple[float, float]]]:
    if not isinstance(outline, dict):
        return []
    shapes = outline.get("coordinates", [])
    polygons = [shapes] if outline.get("type") == "Polygon" else shapes
    return [[(lon, lat) for lon, lat, *_ in polygon[0]] for polygon in polygons if polygon]
