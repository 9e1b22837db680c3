"""The map of a proposal for a day under way: what is done, and what each vehicle had and has still to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from recycling import network
from recycling.board import comparing, drafts
from recycling.board.comparing import subject
from recycling.board.happenings import Happening
from recycling.errors import N_
from recycling.schedule import Orders
from recycling.stop_names import service_of, stop_of
from web.board_said import feature
from web.language import hour_text, language
from web.services import services

if TYPE_CHECKING:
    from recycling.models import Plan, PlanRoute, PlanVisit

DONE, BEFORE, AFTER = "done", "before", "after"
"""Parts of the lines: driven or finished first, still to be driven as published, and as proposed."""

STAYS, HOUR, VEHICLE, OFF, NEW = "stays", "hour", "vehicle", "off", "new"
"""What becomes of a visit that is not done: as it was, at another hour, on another vehicle, on no route, on one now."""

FATES = {
    STAYS: N_("as it was"),
    HOUR: N_("another hour"),
    VEHICLE: N_("another vehicle"),
    OFF: N_("on no route"),
    NEW: N_("taken in"),
}

SAME = timedelta(minutes=2)
"""A visit that begins within so much of its hour is at the same hour."""


def fates_of(base: Plan, draft: Plan) -> dict[str, str]:
    """Return what becomes of each stop of two plans that is not done, by its id; their visits are loaded."""
    frozen = draft.happened.get("known", {})
    before, after = (_still(plan, frozen) for plan in (base, draft))
    left = {stop_of(one) for one in draft.left_out}
    found = {}
    for stop in {**before, **after}:
        was, now = before.get(stop), after.get(stop)
        if now is None:
            if stop in left:  # else it was cancelled, or came to nothing
                found[stop] = OFF
        elif was is None:
            found[stop] = NEW
        elif was[0] != now[0]:
            found[stop] = VEHICLE
        else:
            found[stop] = HOUR if abs(now[1].begins_at - was[1].begins_at) > SAME else STAYS
    return found


def proposal_roads(depot: str, day: date, version: int) -> dict[str, Any]:
    """Return a proposal as GeoJSON: lines by vehicle and part, its visits with their fates, and where vehicles stand.

    Raises
    ------
    NotFoundError
        When there is no such draft any more.
    """
    with services().database.read() as session:
        site = network.the_depot(session, depot)
        draft = drafts.the_draft(session, depot, day, version)
        base = comparing.newest_version(session, depot, day)
        new_routes = drafts.routes_of(session, draft)
        old_routes = drafts.routes_of(session, base) if base is not None else []
        known: Mapping[str, Any] = draft.happened.get("known", {})
        fates = fates_of(base, draft) if base is not None else {}
        asked = Happening.from_dict(draft.happened["what"]).stops
        off = [stop for stop in map(stop_of, draft.left_out) if stop in asked]
        orders = Orders(session, [subject(stop) for stop in off], language(), things=False)
        features = [*_lines(old_routes, new_routes, known), *_points(old_routes, new_routes, known, fates)]
        for stop in off:
            order = orders.of_stop(stop)
            if order is not None:
                features.append(feature("Point", [order.lon, order.lat], {"stop": stop, "fate": OFF}))
        trucks = {route.plate: route for route in (*old_routes, *new_routes)}
        features += [_truck(route, known.get(plate, {}), [site.lon, site.lat]) for plate, route in trucks.items()]
    return {"type": "FeatureCollection", "features": features, "depot": [site.lon, site.lat]}


def _lines(old: Sequence[PlanRoute], new: Sequence[PlanRoute], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    as_was = {route.plate: [service_of(v) for v in parted(route, known)[1]] for route in old}
    for part, routes in ((BEFORE, old), (AFTER, new)):
        for route in routes:
            done, rest = parted(route, known)
            look = _look(route)
            if part == AFTER and done:
                found.append(_line([v.way for v in done], {**look, "part": DONE}))
            changed = [service_of(v) for v in rest] != as_was.get(route.plate)
            if rest and (part == AFTER or _otherwise(route.plate, as_was, new, known)):
                found.append(_line([*(v.way for v in rest), route.way_home], {**look, "part": part, "other": changed}))
    return [one for one in found if len(one["geometry"]["coordinates"]) > 1]


def _otherwise(plate: str, as_was: Mapping[str, Any], new: Sequence[PlanRoute], known: Mapping[str, Any]) -> bool:
    """Tell whether a vehicle has something else to do than was published."""
    now = next((route for route in new if route.plate == plate), None)
    return now is None or [service_of(v) for v in parted(now, known)[1]] != as_was[plate]


def _points(
    old: Sequence[PlanRoute], new: Sequence[PlanRoute], known: Mapping[str, Any], fates: Mapping[str, str]
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for route in (*old, *new):  # the later stand in for the earlier
        done, _ = parted(route, known)
        for visit in route.visits:
            if visit.site_code:
                continue
            stop = stop_of(visit)
            fate = DONE if visit in done else fates.get(stop, "")
            if not fate:
                continue
            look = {**_look(route), "stop": stop, "fate": fate, "at": hour_text(visit.begins_at)}
            found[stop] = feature("Point", [visit.lon, visit.lat], look)
    return list(found.values())


def _truck(route: PlanRoute, one: Mapping[str, Any], depot: list[float]) -> dict[str, Any]:
    """Return where a vehicle is taken to stand: where it was seen, else at the last that it did, else at its depot."""
    done, _ = parted(route, {route.plate: one})
    at = one.get("at") or ([done[-1].lon, done[-1].lat] if done else depot)
    return feature("Point", at, {**_look(route), "truck": True, "out": bool(one.get("out"))})


def parted(route: PlanRoute, known: Mapping[str, Any]) -> tuple[list[PlanVisit], list[PlanVisit]]:
    """Return a route's visits that are done or finished first, and the others."""
    frozen = Counter(tuple(one) for one in known.get(route.plate, {}).get("frozen", ()))
    done, rest = [], []
    for visit in route.visits:
        service = service_of(visit)
        if frozen[service]:
            frozen[service] -= 1
            done.append(visit)
        else:
            rest.append(visit)
    return done, rest


def _still(plan: Plan, known: Mapping[str, Any]) -> dict[str, tuple[str, PlanVisit]]:
    return {
        stop_of(visit): (route.plate, visit)
        for route in plan.routes
        for visit in parted(route, known)[1]
        if not visit.site_code
    }


def _look(route: PlanRoute) -> dict[str, Any]:
    from web.maps import look_of

    hue, dash = look_of(route.number)
    return {"number": route.number, "plate": route.plate, "hue": hue, "dash": dash}


def _line(ways: Sequence[Sequence[Sequence[float]]], look: Mapping[str, Any]) -> dict[str, Any]:
    return feature("LineString", [point for way in ways for point in way], look)
