"""Whom calls reach, on the map: each community by how it is reached, stations, and the further points by number."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.models import Site
from recycling.timetable.reach import Reach
from web.language import language
from web.maps import DOT, RING, SMALL_SQUARE, MapFragment, blank, finished, marker

HOLLOW = '<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="5.5"/></svg>'
SMALL = '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 5.5 14.5 14h-9z"/></svg>'
SHAPES = {"good": DOT, "other": HOLLOW, "walk": SMALL, "none": RING}
ON_TOP = 1000


def reach_map(found: Reach, when: int | None, depot: Site, stations: Sequence[Site]) -> MapFragment:
    """Draw communities as they are reached, or of one of the convenient hours alone whether they are then."""
    figure = blank(depot.lat, depot.lon)
    points = [(place.lat, place.lon) for place in found.places]
    south, north = min(lat for lat, _ in points), max(lat for lat, _ in points)
    west, east = min(lon for _, lon in points), max(lon for _, lon in points)
    for site in stations:
        if south <= site.lat <= north and west <= site.lon <= east:
            marker(site.lat, site.lon, "station", site.label(language()), SMALL_SQUARE).add_to(figure)
    for place in found.places:
        near = place.near if when is None else "good" if when in place.spans else "none"
        marker(place.lat, place.lon, f"reach-{near}", place.name, SHAPES[near]).add_to(figure)
    for number, point in enumerate(found.further, start=1):
        place = found.places[point.position]
        plate = f'<span class="plate">{number}</span>'
        marker(place.lat, place.lon, "plate-pin", f"{number} {place.name}", plate, ON_TOP).add_to(figure)
    return finished(figure, depot, points, {}, {})
