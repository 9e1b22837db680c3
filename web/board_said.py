"""What the dispatcher's board says: what a change comes to, the routes of a version on the map, versions compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from recycling import network
from recycling.accounts.rights import Action, Subject, may
from recycling.board import comparing, drafts
from recycling.board.comparing import subject
from recycling.errors import N_, NotFoundError
from recycling.figures import plan_figures
from recycling.schedule import Orders
from recycling.stop_names import stop_of
from web.language import hour_text, language, yuan
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from recycling.board.judging import Answer
    from recycling.board.office import Board
    from routing.allowances import Allowance

MOST_HOURS = 8
"""Visits at another hour that an answer names."""


def answer_view(counter: Board, answer: Answer) -> dict[str, Any]:
    """Return what a change comes to, for the page."""
    s = services()
    hours = answer.hours[:MOST_HOURS]
    with s.database.read() as session:
        stops = {one.stop for one in hours} | {one.stop for one in answer.allowing if one.stop}
        orders = Orders(session, [subject(stop) for stop in stops], language())
    return {
        "fits": answer.fits,
        "faults": counter.faults(answer, language()),
        "allowing": [_allowed(one, orders) for one in answer.allowing],
        "cost": yuan(answer.cost, signed=True),
        "km": round(answer.metres / 1000, 1),
        "minutes": round(answer.seconds / 60),
        "hours": [
            (
                orders.named(one.stop),
                hour_text(one.before) if one.before is not None else "–",
                hour_text(one.after) if one.after is not None else "–",
            )
            for one in hours
        ],
        "more": len(answer.hours) - len(hours),
        "at": answer.ask.at,
    }


ALLOWED = {
    "window": N_("%(name)s begins %(minutes)s min later than plans let it, though in the promised hours."),
    "shift": N_("%(plate)s comes home %(minutes)s min after the shift."),
    "skill": N_("%(name)s asks for %(word)s, for which the vehicle or its crew is not marked."),
    "vehicle": N_("%(name)s is called on by another vehicle than its timetable says."),
}


def _allowed(one: Allowance, orders: Orders) -> str:
    return gettext(ALLOWED[one.kind]) % {
        "name": orders.named(one.stop),
        "plate": one.vehicle,
        "minutes": -(-one.amount // 60),
        "word": one.word,
    }


def roads_of(depot: str, day: date, version: int) -> dict[str, Any]:
    """Return a version's routes as GeoJSON: a line for each, and its visits as points."""
    from web.maps import look_of

    with services().database.read() as session:
        site = network.the_depot(session, depot)
        plan = comparing.the_version(session, depot, day, version)
        routes = drafts.routes_of(session, plan)
    features: list[dict[str, Any]] = []
    for route in routes:
        hue, dash = look_of(route.number)
        look = {"number": route.number, "plate": route.plate, "hue": hue, "dash": dash}
        way = [point for visit in route.visits for point in visit.way] + list(route.way_home)
        features.append(feature("LineString", way or [[site.lon, site.lat]] * 2, look))
        features += [
            feature("Point", [v.lon, v.lat], {**look, "stop": stop_of(v), "at": hour_text(v.begins_at)})
            for v in route.visits
            if not v.site_code
        ]
    return {"type": "FeatureCollection", "features": features, "depot": [site.lon, site.lat]}


def feature(kind: str, coordinates: Sequence[Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON feature: a line or a point with what is to be known of it."""
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def versions_view(depot: str, day: date, given: Mapping[str, str]) -> dict[str, Any]:
    """Return all versions of a day with their figures, and two of them compared: those asked for, or the newest two."""
    with services().database.read() as session:
        site = network.the_depot(session, depot)
        found = comparing.versions_of(session, depot, day)
        if not found:
            raise NotFoundError.one("no-plan-yet", N_("This day has no plan yet. Plan it, then change it by hand."))
        by_number = {str(plan.version): plan for plan in found}
        in_force = next((plan for plan in found if not plan.draft), None)
        new = by_number.get(given.get("b", ""), found[0])
        before = next((plan for plan in found if plan.id == new.base_id), None)
        older = next((plan for plan in found if plan.version < new.version), None)
        old = by_number.get(given.get("a", ""), before or older or new)
        compared = comparing.compare(session, old, new, language()) if old is not new else None
        names = comparing.names_of(session, found)
        area = network.the_area(session)
    return {
        "area": area,
        "depot": site,
        "day": day,
        "versions": [(plan, plan_figures(plan)) for plan in found],
        "in_force": in_force,
        "compared": compared,
        "names": names,
        "can_change": may(actor(), Action.DAY_PLAN, Subject(depot=depot)),
    }
