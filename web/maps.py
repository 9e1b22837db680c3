"""Maps by folium, as fragments for our own page: no foreign host, no script without the page's nonce.

Roads and outlines are not in the page; the page's own script fetches them by address. Texts of people are never
put into a map: a marker carries its number, time and place, and the list beside the map says the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import folium
from flask_babel import gettext

from recycling.models import Site
from recycling.schedule import LeftOutLine, RouteSheet, Schedule, VisitLine
from web.language import hour_text, language

OWN_FILES = {"leaflet": "/vendor/leaflet.js", "leaflet_css": "/vendor/leaflet.css"}
UNUSED = {
    "jquery",
    "bootstrap",
    "bootstrap_css",
    "awesome_markers",
    "awesome_markers_css",
    "awesome_markers_font_css",
    "glyphicons_css",
    "awesome_rotate_css",
}
"""Files that folium names for icons and pop-ups, neither of which our maps use."""

# Okabe and Ito's palette without the colours that mark kinds of stops being the only sign: each route has its
# own pair of hue and dash pattern, and its number plate.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#B8860B", "#5B3A8E")
DASHES = ("", "10 6", "2 6")
ARROWS_PER_ROUTE = 6
SAME_ROAD = 1e-7


@dataclass(frozen=True)
class MapFragment:
    """Pieces of a map for the page: the element, the script, and the script's names for map and routes."""

    body: str
    script: str
    name: str
    routes: dict[int, str]
    styles: dict[int, tuple[str, str]]


def _localise() -> None:
    """Point folium's files at ours; a file that is neither ours nor known to be unused is an error."""
    for attribute in ("default_js", "default_css"):
        files = []
        for name, _ in getattr(folium.Map, attribute):
            if name in OWN_FILES:
                files.append((name, OWN_FILES[name]))
            elif name not in UNUSED:
                raise RuntimeError(f"folium wants the file {name!r}, for which there is no copy of our own")
        setattr(folium.Map, attribute, files)


_localise()


def day_map(schedule: Schedule | None, sites: Sequence[Site], depot: Site) -> MapFragment:
    """Draw depot, sites, routes along the roads, stops by kind, and what was left out."""
    figure = begun(depot, sites, _sites_in_use(schedule))
    routes, styles = {}, {}
    points: list[tuple[float, float]] = []
    for sheet in schedule.routes if schedule else ():
        number = sheet.route.number
        group = layer(f"{number} {sheet.route.plate}")
        _draw_route(group, sheet)
        group.add_to(figure)
        routes[number], styles[number] = group.get_name(), look_of(number)
        points += [(line.visit.lat, line.visit.lon) for line in sheet.lines]
    for left_out in schedule.left_out if schedule else ():
        _left_out_marker(left_out).add_to(figure)
        points.append((left_out.order.lat, left_out.order.lon))
    return finished(figure, depot, points, routes, styles)


def begun(depot: Site, sites: Sequence[Site], used: Collection[str]) -> folium.Map:
    """Return a map with the centres, and the stations near the depot; codes of those that are used say so."""
    figure = blank(depot.lat, depot.lon)
    for site in sites:
        if site.kind != "depot" and (site.kind != "station" or _near(site, depot)):
            _site_marker(site, site.code in used).add_to(figure)
    return figure


def blank(lat: float, lon: float) -> folium.Map:
    """Return a map around a place without anything on it."""
    figure = folium.Map(
        location=[lat, lon],
        zoom_start=13,
        tiles=None,
        prefer_canvas=True,
        attribution_control=False,
        zoom_control=True,
    )
    figure.options["max_zoom"] = 18
    return figure


def layer(name: str) -> folium.FeatureGroup:
    """Return a group of signs that the page's script shows and dims together."""
    return folium.FeatureGroup(name=name)


def look_of(number: int) -> tuple[str, str]:
    """Return hue and dash pattern of a route; an empty pattern is a whole line."""
    return HUES[(number - 1) % len(HUES)], DASHES[(number - 1) // len(HUES) % len(DASHES)]


def finished(
    figure: folium.Map,
    depot: Site,
    points: Sequence[tuple[float, float]],
    routes: dict[int, str],
    styles: dict[int, tuple[str, str]],
) -> MapFragment:
    """Put the depot on a map, look at it and at the points (latitude, longitude), and return it for the page."""
    marker(depot.lat, depot.lon, "depot", depot.label(language()), SQUARE).add_to(figure)
    return fragment(figure, [(depot.lat, depot.lon), *points], routes, styles)


def bare_map(points: Sequence[tuple[float, float]]) -> MapFragment:
    """Return a map without signs that shows these points (latitude, longitude); the page's script draws on it."""
    return fragment(blank(*points[0]), points, {}, {})


def fragment(
    figure: folium.Map,
    seen: Sequence[tuple[float, float]],
    routes: dict[int, str],
    styles: dict[int, tuple[str, str]],
) -> MapFragment:
    """Look at the places (latitude, longitude; at least one) and return the map for the page."""
    figure.fit_bounds([_corner(seen, min), _corner(seen, max)], padding=(24, 24), max_zoom=16)
    root = figure.get_root()
    root.render()
    script = root.script.render()
    foreign = re.search(r"""(?:src|href)=["']?https?://""", root.header.render() + root.html.render())
    if foreign:
        raise RuntimeError(f"the map names a foreign host: {foreign.group(0)}")
    return MapFragment(root.html.render(), script, figure.get_name(), routes, styles)


def draw_way(group: folium.FeatureGroup, way: list[tuple[float, float]], number: int) -> None:
    """Draw a route's way (latitude, longitude) in its hue and dash, with arrows along it."""
    hue, dash = look_of(number)
    if len(way) > 1:
        line = folium.PolyLine(way, color=hue, weight=4, opacity=0.85, dash_array=dash or None, smooth_factor=1.5)
        line.add_to(group)
        for lat, lon, angle in _arrows(way):
            marker(lat, lon, "arrow", "", ARROW % {"angle": angle, "hue": hue}).add_to(group)


def draw_plate(group: folium.FeatureGroup, lat: float, lon: float, number: int) -> None:
    """Put a route's number at a place."""
    marker(lat, lon, "plate-pin", "", f'<span class="plate">{number}</span>').add_to(group)


def call_pin(lat: float, lon: float, title: str, hour: str) -> folium.Marker:
    """Return the sign of a truck call, which shows its hour."""
    return marker(lat, lon, "call", title, f'<span class="call-pin">{hour}</span>')


def _draw_route(group: folium.FeatureGroup, sheet: RouteSheet) -> None:
    ways = [line.visit.way for line in sheet.lines] + [sheet.route.way_home]
    draw_way(group, [(lat, lon) for leg in ways for lon, lat in leg], sheet.route.number)
    for line in sheet.lines:
        if line.order.kind != "unload":
            _visit_marker(sheet, line).add_to(group)
    if sheet.lines:
        draw_plate(group, sheet.lines[0].visit.lat, sheet.lines[0].visit.lon, sheet.route.number)


def _visit_marker(sheet: RouteSheet, line: VisitLine) -> folium.Marker:
    order, visit = line.order, line.visit
    title = f"{sheet.route.number}-{line.number} {hour_text(visit.begins_at)} {order.place} {order.reference}"
    if order.kind == "call":
        return call_pin(visit.lat, visit.lon, title, hour_text(visit.begins_at))
    shape = {"booking": DOT, "delivery": TRIANGLE, "take-back": TRIANGLE_ON_DOT, "fetch": DOT}[order.kind]
    return marker(visit.lat, visit.lon, order.kind, title, shape)


def _left_out_marker(line: LeftOutLine) -> folium.Marker:
    title = gettext("Left out") + f": {line.order.place} {line.order.reference}"
    return marker(line.order.lat, line.order.lon, "left-out", title, RING)


def _site_marker(site: Site, used: bool) -> folium.Marker:
    shape = SMALL_SQUARE if site.kind == "station" else HEXAGON
    kind = "station" if site.kind == "station" else "centre"
    title = site.label(language())
    if used:
        title += " · " + gettext("trucks unload here")
    return marker(site.lat, site.lon, kind, title, shape)


SQUARE = '<svg viewBox="0 0 20 20" aria-hidden="true"><rect x="2" y="2" width="16" height="16"/></svg>'
SMALL_SQUARE = '<svg viewBox="0 0 20 20" aria-hidden="true"><rect x="5" y="5" width="10" height="10"/></svg>'
HEXAGON = '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 1 18 5.5v9L10 19 2 14.5v-9z"/></svg>'
DOT = '<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="6"/></svg>'
TRIANGLE = '<svg viewBox="0 0 20 20" aria-hidden="true"><path class="new" d="M10 3 17 16H3z"/></svg>'
TRIANGLE_ON_DOT = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><circle class="old" cx="10" cy="12" r="7"/>'
    '<path class="new" d="M10 2 15.5 12h-11z"/></svg>'
)
RING = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="8"/>'
    '<path class="sign" d="M10 5v6M10 13.5v1.5"/></svg>'
)
ARROW = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path transform="rotate(%(angle)d 10 10)" fill="%(hue)s"'
    ' d="M10 3 16 16 10 13 4 16z"/></svg>'
)


def marker(lat: float, lon: float, kind: str, title: str, shape: str, above: int = 0) -> folium.Marker:
    """A sign that takes no click of its own: two hundred small targets help nobody, the list beside the map does.

    One with a larger `above` is drawn over the others.
    """
    icon = folium.DivIcon(html=shape, icon_size=(22, 22), icon_anchor=(11, 11), class_name=f"pin pin-{kind}")
    words: dict[str, object] = {"title": title} if title else {}
    if above:
        words["z_index_offset"] = above
    return folium.Marker([lat, lon], icon=icon, interactive=False, keyboard=False, **words)


def _arrows(way: list[tuple[float, float]]) -> list[tuple[float, float, int]]:
    """Places along the way, equally spaced, with the heading there in whole degrees from north."""
    east = math.cos(math.radians(way[0][0]))
    steps = [math.hypot(b[0] - a[0], (b[1] - a[1]) * east) for a, b in pairwise(way)]
    total = sum(steps)
    wanted = [total * (k + 0.5) / ARROWS_PER_ROUTE for k in range(ARROWS_PER_ROUTE)]
    found, run = [], 0.0
    for (a, b), step in zip(pairwise(way), steps, strict=True):
        while wanted and step > SAME_ROAD and run + step >= wanted[0]:
            share = (wanted.pop(0) - run) / step
            heading = round(math.degrees(math.atan2((b[1] - a[1]) * east, b[0] - a[0])))
            found.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), heading))
        run += step
    return found


def _sites_in_use(schedule: Schedule | None) -> set[str]:
    lines = [line for sheet in schedule.routes for line in sheet.lines] if schedule else []
    return {line.order.reference for line in lines if line.order.kind == "unload"}


def _near(site: Site, depot: Site) -> bool:
    return abs(site.lon - depot.lon) < 0.15 and abs(site.lat - depot.lat) < 0.15


def _corner(points: Sequence[tuple[float, float]], which: Callable[[Iterable[float]], float]) -> list[float]:
    return [which(p[0] for p in points), which(p[1] for p in points)]
