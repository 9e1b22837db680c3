"""What the board's pages show: lanes of vehicles with their visits, what is on no route, and what a change comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from recycling import clock, dispatch, network, runs
from recycling.accounts.rights import Action, Subject, may
from recycling.board import comparing, drafts
from recycling.board.comparing import subject
from recycling.board.publishing import overtaken
from recycling.board.standing import Standing, standing_of
from recycling.errors import N_, NotFoundError
from recycling.figures import plan_figures, remedy, why
from recycling.models import LeftOut, Plan, PlanRoute, Site
from recycling.schedule import Order, Orders
from web.language import hour_text, language, yuan
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from recycling.board.judging import Answer
    from recycling.board.office import Board
    from routing.allowances import Allowance

HAND_REASONS = {
    drafts.BY_HAND: N_("Left out by hand: %(why)s"),
    drafts.UNPLACED: N_("It came off its route and found no other place."),
}
CLICKS = ("overtime", "skill", "allow", "instead")
"""Changes that the board makes with one click; the others need another fleet, another file or another promise."""

KINDS = {
    "move": N_("moved"),
    "fit": N_("put where it is cheapest"),
    "leave": N_("left out"),
    "swap": N_("swapped"),
    "split": N_("split"),
    "unload": N_("unloads once more"),
    "skip": N_("unload left out"),
    "lock": N_("locked"),
    "unlock": N_("unlocked"),
}
"""What was done, in the list of a draft's changes."""

MOST_HOURS = 8
"""Visits at another hour that an answer names."""


@dataclass(frozen=True)
class Bar:
    """A visit on a lane: minutes of the day, its position among all services of the vehicle, and what it is."""

    stop: str
    order: Order
    number: int
    position: int
    begin: int
    end: int
    begins_at: datetime
    locked: bool
    load_share: float
    late: bool


@dataclass(frozen=True)
class Lane:
    """A vehicle of the depot: its route, if it has one."""

    plate: str
    kind: str
    route: PlanRoute | None
    hue: str
    dash: str
    bars: tuple[Bar, ...]
    rest: tuple[int, int] | None
    locked: bool

    @property
    def stops(self) -> int:
        """Visits at doors."""
        return sum(bar.order.kind != "unload" for bar in self.bars)


@dataclass(frozen=True)
class Off:
    """An order on no route: left out with its reason, or new since the plan was made."""

    stop: str
    order: Order
    reason: str
    fixes: tuple[Fix, ...] = ()
    new: bool = False


@dataclass(frozen=True)
class Fix:
    """What would let an order be served: in words, its cost, and what the board does about it at one click."""

    text: str
    cost: str
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """Everything that the board's page shows."""

    area: Any
    depot: Site
    day: date
    plan: Plan
    newest: Plan | None
    drafts: Sequence[Plan]
    mine: bool
    overtaken: bool
    lanes: Sequence[Lane]
    off: Sequence[Off]
    new: int
    first: int
    last: int
    figures: Any
    newest_figures: Any
    chosen: Bar | Off | None
    lane: Lane | None
    sites: Sequence[Site]
    map: Any
    run: Any
    can_change: bool
    open: bool
    names: Mapping[str, str]
    kinds: Mapping[str, str]

    @property
    def context(self) -> dict[str, Any]:
        """Everything by the name under which the page knows it; ``free`` are plates of vehicles with nothing to do."""
        return {**vars(self), "free": [lane.plate for lane in self.lanes if lane.route is None]}


def look(counter: Board, version: int, stop: str, vehicle: str) -> Looked:
    """Read what the board shows of a version: with 0 one's own newest draft, else the plan in force.

    Raises
    ------
    NotFoundError
        When the day has no such version, or no plan at all.
    """
    from web.maps import bare_map  # folium loads only when a map is wanted

    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        depot = network.the_depot(session, counter.depot)
        known = drafts.drafts_of(session, counter.depot, counter.day)
        newest = comparing.newest_version(session, counter.depot, counter.day)
        mine = next((plan.version for plan in known if plan.owner == actor().id), 0)
        wanted = version or mine or (newest.version if newest is not None else 0)
        if not wanted:
            raise NotFoundError.one("no-plan-yet", N_("This day has no plan yet. Plan it, then change it by hand."))
        if newest is not None and newest.version == wanted:
            plan = newest
        else:
            plan = comparing.the_version(session, counter.depot, counter.day, wanted)
        standing = standing_of(session, plan)
        new = comparing.new_stops(session, counter.depot, counter.day, standing)
        orders = Orders(session, [*_subjects(plan), *(subject(one) for one in new)], language())
        lanes, off = _lanes(plan, standing, orders), _off(plan, new, orders)
        bars = {bar.stop: bar for lane in lanes for bar in lane.bars if bar.stop}
        beside = {one.stop: one for one in off}
        area, sites = network.the_area(session), network.sites(session)
        minutes = _hours(lanes)
        return Looked(
            area=area,
            depot=depot,
            day=counter.day,
            plan=plan,
            newest=newest,
            drafts=known,
            mine=plan.draft and plan.owner in ("", actor().id),
            overtaken=plan.draft and overtaken(session, plan),
            lanes=lanes,
            off=off,
            new=len(new),
            first=minutes[0],
            last=minutes[1],
            figures=plan_figures(plan),
            newest_figures=plan_figures(newest) if newest is not None else None,
            chosen=bars.get(stop) or beside.get(stop),
            lane=next((lane for lane in lanes if lane.plate == vehicle), None),
            sites=[site for site in sites if site.kind == "comprehensive"],
            map=bare_map([(depot.lat, depot.lon), *((bar.order.lat, bar.order.lon) for bar in bars.values())]),
            run=runs.newest_run(session, counter.depot, counter.day),
            can_change=may(actor(), Action.DAY_PLAN, Subject(depot=counter.depot)),
            open=now < counter.begins,
            names=orders.names,
            kinds=KINDS,
        )


def _subjects(plan: Plan) -> list[Any]:
    return [*(visit for route in plan.routes for visit in route.visits), *plan.left_out]


def _lanes(plan: Plan, standing: Standing, orders: Orders) -> list[Lane]:
    from web.maps import look_of

    s = services()
    rows = {route.plate: route for route in plan.routes}
    plates = [(plate, kind.text(language())) for plate, _, kind in s.fleet.at(plan.depot_code)]
    plates += [(plate, row.vehicle_type) for plate, row in rows.items() if plate not in dict(plates)]
    lanes = []
    for plate, kind in plates:
        route = rows.get(plate)
        hue, dash = look_of(route.number) if route is not None else ("", "")
        rest = (_minute(plan.service_day, route.rest_start), _minute(plan.service_day, route.rest_end)) if (
            route is not None and route.rest_start is not None and route.rest_end is not None
        ) else None  # fmt: skip
        bars = _bars(plan.service_day, route, standing, orders) if route is not None else ()
        lanes.append(Lane(plate, kind, route, hue, dash, bars, rest, plate in standing.locked_vehicles))
    return sorted(lanes, key=lambda lane: (lane.route is None, lane.route.number if lane.route else 0))


def _bars(day: date, route: PlanRoute, standing: Standing, orders: Orders) -> tuple[Bar, ...]:
    bars = []
    for number, visit in enumerate(route.visits, 1):
        order = orders.of(visit.booking_id, visit.call_id, visit.order_id, visit.site_code)
        stop = "" if visit.site_code else dispatch.stop_of(visit)
        share = max(visit.load_kg / route.capacity_kg, visit.load_litres / route.capacity_litres)
        late = order.promise is not None and order.kind != "call" and visit.begins_at > order.promise[1]
        bars.append(
            Bar(
                stop, order, number, number - 1, _minute(day, visit.begins_at), _minute(day, visit.ends_at),
                visit.begins_at, stop in standing.locked_stops, share, late,
            )
        )  # fmt: skip
    return tuple(bars)


def _off(plan: Plan, new: Sequence[str], orders: Orders) -> list[Off]:
    found = []
    for left in plan.left_out:
        stop = dispatch.stop_of(left)
        order = orders.of(left.booking_id, left.call_id, left.order_id)
        found.append(Off(stop, order, _reason(left, stop, orders), _fixes(left, stop, orders)))
    for stop in new:
        order_of = orders.of_stop(stop)
        if order_of is not None:
            found.append(Off(stop, order_of, gettext("It came after this plan was made."), new=True))
    return sorted(found, key=lambda one: (not one.new, one.order.reference))


def _reason(left: LeftOut, stop: str, orders: Orders) -> str:
    if left.reason in HAND_REASONS:
        return gettext(HAND_REASONS[left.reason]) % {"why": left.figures.get("why", "")}
    figures = {key: value for key, value in left.figures.items() if key != "fixes"}
    said = why(left.reason, figures, stop, gettext, orders.named)
    return ("" if language() == "zh_CN" else " ").join(said)


def _fixes(left: LeftOut, stop: str, orders: Orders) -> tuple[Fix, ...]:
    found = []
    for fix in left.figures.get("fixes", ())[:3]:
        text = remedy(fix["change"], fix, gettext, orders.named)
        found.append(Fix(text, yuan(fix["cost"], signed=True), _click(fix, stop, text)))
    return tuple(found)


def _click(fix: Mapping[str, Any], stop: str, text: str) -> dict[str, str]:
    """Return the fields of the form that makes a change; none where the board cannot make it."""
    if fix["change"] not in CLICKS:
        return {}
    if fix["change"] == "instead":
        return {"deed": "instead", "stop": stop, "others": str(fix["at"]), "why": text[:200]}
    return {"deed": "keep", "kind": "move", "stop": stop, "vehicle": str(fix["vehicle"]), "at": "", "why": text[:200]}


def _hours(lanes: Sequence[Lane]) -> tuple[int, int]:
    """Return the first and the last whole hour, in minutes of the day, that the lanes show."""
    settings = services().settings.service
    bars = [bar for lane in lanes for bar in lane.bars]
    begins, ends = (int(part[:2]) * 60 + int(part[3:5]) for part in settings.shift.split("-"))
    first = min([begins, *(bar.begin for bar in bars)]) // 60 * 60
    return first, -(-max([ends, *(bar.end for bar in bars)]) // 60) * 60


def _minute(day: date, moment: datetime | None) -> int:
    return services().settings.clock.second_of_day(day, moment) // 60 if moment is not None else 0


# -- what a change comes to ----------------------------------------------------------------------------------------


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


# -- the map, and versions -----------------------------------------------------------------------------------------


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
        features.append(_feature("LineString", way or [[site.lon, site.lat]] * 2, look))
        features += [
            _feature("Point", [v.lon, v.lat], {**look, "stop": dispatch.stop_of(v), "at": hour_text(v.begins_at)})
            for v in route.visits
            if not v.site_code
        ]
    return {"type": "FeatureCollection", "features": features, "depot": [site.lon, site.lat]}


def _feature(kind: str, coordinates: Sequence[Any], properties: Mapping[str, Any]) -> dict[str, Any]:
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
