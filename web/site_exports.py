"""A scenario to take away: files for other programs, and a report to print with its map drawn on the server."""

from __future__ import annotations

import json
import math
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, UnavailableError
from recycling.sites import export
from recycling.sites.compared import FIGURES, Line, town_changes
from recycling.sites.looking import Look
from recycling.sites.noise import unsure
from recycling.sites.scenarios import the_scenario
from recycling.sites.trying import SWING_PERCENT, bars, stresses, swings
from recycling.sites.worth import Worth
from web import site_view
from web.rights import needs
from web.services import services
from web.site_cuts import stress_of
from web.sites import WAIT_SECONDS, seen

pages = Blueprint("site_exports", __name__, url_prefix="/plan/sites/<uuid:key>")

WIDTH = 1000
TOWNS = 25
"""Towns of the report: those that have it farthest."""


@dataclass(frozen=True)
class Picture:
    """The map of a report: its height, a path of dots for each site, the outline, and where the numbers stand."""

    height: int
    dots: list[tuple[str, str, str]]
    outline: str
    numbers: list[tuple[float, float, int, bool]]


@pages.get("/scenario.<form>")
@needs(Action.SITE_PLAN)
def file(key: uuid.UUID, form: str) -> ResponseReturnValue:
    """Send the scenario as GeoJSON or CSV."""
    if form not in ("geojson", "csv"):
        abort(404)
    with services().database.read() as session:
        scenario, notice = the_scenario(session, key), network.the_area(session).notice
        found = seen(session, scenario, WAIT_SECONDS)
        _both(found)
    if form == "csv":
        answer = Response(export.table(found, notice), mimetype="text/csv")
    else:
        text = json.dumps(export.geojson(found, notice), ensure_ascii=False, allow_nan=False)
        answer = Response(text + "\n", mimetype="application/geo+json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{scenario.name}.{form}")
    return answer


@pages.get("/report")
@needs(Action.SITE_PLAN)
def report(key: uuid.UUID) -> str:
    """Show the scenario as a report to print."""
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
    return render_template(
        "site_report.html",
        area=area,
        scenario=scenario,
        depot=depot,
        look=found,
        rows=rows,
        lines=[Line(one, one.rounded(base), one.rounded(worth), one.code in chance) for one in FIGURES],
        swings=bars(swings(*tried), worth.yuan),
        stresses=stresses(*tried, cut),
        percent=SWING_PERCENT,
        towns=town_changes(base, worth)[:TOWNS],
        number_of={row.site.code: row.number for row in rows if row.number},
        town_site={(t.county, t.town): t.site for t in worth.towns},
        picture=picture(found, rows, outline),
        view=site_view,
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

    moves: dict[int, list[str]] = defaultdict(list)
    sites = look.worth.site.tolist() if look.worth is not None else []
    for k, number in enumerate(sites):
        if mine[k]:
            x, y = at(*look.people.lonlat[k])
            moves[number + 1].append(f"M{x} {y}h0")
    looks = {row.number: (row.hue, row.dot) for row in rows if row.number}
    return Picture(
        height=round(40 + (north - south) * scale),
        dots=[("".join(moves[number]), *looks.get(number, ("#9aa0a8", "lost"))) for number in sorted(moves)],
        outline="".join("M" + "L".join("{} {}".format(*at(*place)) for place in ring) + "Z" for ring in rings),
        numbers=[(*at(row.site.lon, row.site.lat), row.number, row.over) for row in rows if row.number],
    )


def _rings(outline: object) -> list[list[tuple[float, float]]]:
    if not isinstance(outline, dict):
        return []
    shapes = outline.get("coordinates", [])
    polygons = [shapes] if outline.get("type") == "Polygon" else shapes
    return [[(lon, lat) for lon, lat, *_ in polygon[0]] for polygon in polygons if polygon]
