"""The map of a replayed day: its planned routes along the roads, each visit a sign."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.models import Site
from recycling.replay.apart import Outcome
from recycling.replay.files import hour
from recycling.replay.visits import Visit
from web.maps import DOT, RING, MapFragment, begun, draw_plate, draw_way, finished, layer, look_of, marker


def replay_map(outcome: Outcome, visits: Sequence[Visit], depot: Site, sites: Sequence[Site]) -> MapFragment:
    """Draw depot, sites, planned routes and visits; a file's own texts do not come into it but for its numbers."""
    plan = outcome.replay.plan
    used = {visit.id for route in plan.routes for visit in route.visits if visit.kind == "unload"}
    figure = begun(depot, sites, used)
    routes, styles = dict[int, str](), dict[int, tuple[str, str]]()
    points: list[tuple[float, float]] = []
    for number, route in enumerate(plan.routes, 1):
        group = layer(f"{number}")
        draw_way(group, [(lat, lon) for way in outcome.ways.get(route.vehicle, ()) for lon, lat in way], number)
        stops = [(visit, visits[int(visit.id.removeprefix("r:"))]) for visit in route.visits if visit.kind == "stop"]
        for position, (visit, at) in enumerate(stops, 1):
            marker(at.lat, at.lon, "booking", f"{number}-{position} {hour(visit.start)}", DOT).add_to(group)
            points.append((at.lat, at.lon))
        if stops:
            draw_plate(group, stops[0][1].lat, stops[0][1].lon, number)
        group.add_to(figure)
        routes[number], styles[number] = group.get_name(), look_of(number)
    for unserved in plan.unserved:
        at = visits[int(unserved.stop.removeprefix("r:"))]
        marker(at.lat, at.lon, "left-out", "", RING).add_to(figure)
        points.append((at.lat, at.lon))
    return finished(figure, depot, points, routes, styles)
