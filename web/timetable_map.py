"""The rounds of a day of a timetable on the map: straight lines between calls, in the order of the round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recycling.models import Site, Timetable, TimetableVisit
from web.maps import MapFragment, begun, call_pin, draw_plate, draw_way, finished, layer, look_of


@dataclass(frozen=True)
class Round:
    """What a vehicle does on a day.

    Attributes
    ----------
    number
        Of the vehicle among those of the timetable, the same on each day.
    way
        Latitude and longitude of the depot, each call and each centre in their order, and of the depot again; nothing
        for calls of any vehicle, which are no round.
    """

    number: int
    plate: str
    visits: Sequence[TimetableVisit]
    way: list[tuple[float, float]]

    @property
    def look(self) -> tuple[str, str]:
        """Hue and dash pattern of its line."""
        return look_of(self.number)


def rounds_of(table: Timetable, day: int, depot: Site, sites: Sequence[Site]) -> list[Round]:
    """Return the rounds of a day of the cycle, by vehicle."""
    position = {site.code: (site.lat, site.lon) for site in sites}
    home = (depot.lat, depot.lon)
    found = []
    for number, plate in enumerate(sorted({visit.plate for visit in table.visits}, key=_named_first), start=1):
        visits = [visit for visit in table.visits if (visit.day, visit.plate) == (day, plate)]
        way = [home]
        for visit in visits:
            way.append((visit.community.lat, visit.community.lon))
            if visit.unload_after in position:
                way.append(position[visit.unload_after])
        if visits:
            found.append(Round(number, plate, visits, [*way, home] if plate else []))
    return found


def _named_first(plate: str) -> tuple[bool, str]:
    return not plate, plate


def rounds_map(rounds: Sequence[Round], depot: Site, sites: Sequence[Site]) -> MapFragment:
    """Draw rounds with the hours of their calls."""
    used = {visit.unload_after for one in rounds for visit in one.visits if visit.unload_after}
    figure = begun(depot, sites, used)
    routes = {}
    for one in rounds:
        group = layer(f"{one.number} {one.plate}")
        draw_way(group, one.way, one.number)
        for visit in one.visits:
            hour = f"{visit.start_minute // 60:02d}:{visit.start_minute % 60:02d}"
            place = visit.community
            call_pin(place.lat, place.lon, f"{one.number} {hour} {place.name}", hour).add_to(group)
        if one.way:
            (lat, lon), (to_lat, to_lon) = one.way[:2]
            draw_plate(group, (lat + to_lat) / 2, (lon + to_lon) / 2, one.number)  # where it hides no hour
        group.add_to(figure)
        routes[one.number] = group.get_name()
    points = [(visit.community.lat, visit.community.lon) for one in rounds for visit in one.visits]
    return finished(figure, depot, points, routes, {one.number: one.look for one in rounds})
