"""Lanes of the dispatcher's board: each vehicle with its visits, and the orders that are on no route."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from recycling.board import drafts
from recycling.errors import N_
from recycling.figures import remedy, why
from recycling.models import LeftOut, Plan, PlanRoute, PlanVisit
from recycling.schedule import Order, Orders
from recycling.stop_names import stop_of
from web.language import language, yuan
from web.services import services

HAND_REASONS = {
    drafts.BY_HAND: N_("Left out by hand: %(why)s"),
    drafts.UNPLACED: N_("It came off its route and found no other place."),
}
CLICKS = ("overtime", "skill", "allow", "instead")
"""Changes that the board makes with one click; the others need another fleet, another file or another promise."""


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


def lanes_of(plan: Plan, orders: Orders, visits: Mapping[str, Sequence[PlanVisit]]) -> list[Lane]:
    """Return all vehicles of the depot, those with a route first; bars are those of the visits that are given."""
    from web.maps import look_of

    s = services()
    locked_stops, locked = set(plan.locks.get("stops", ())), set(plan.locks.get("vehicles", ()))
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
        bars = _bars(plan.service_day, route, visits.get(plate, ()), locked_stops, orders) if route is not None else ()
        lanes.append(Lane(plate, kind, route, hue, dash, bars, rest, plate in locked))
    return sorted(lanes, key=lambda lane: (lane.route is None, lane.route.number if lane.route else 0))


def _bars(
    day: date, route: PlanRoute, visits: Sequence[PlanVisit], locked: Collection[str], orders: Orders
) -> tuple[Bar, ...]:
    bars = []
    for number, visit in enumerate(visits, 1):
        order = orders.of(visit, visit.site_code)
        stop = "" if visit.site_code else stop_of(visit)
        share = max(visit.load_kg / route.capacity_kg, visit.load_litres / route.capacity_litres)
        late = order.promise is not None and order.kind != "call" and visit.begins_at > order.promise[1]
        bars.append(
            Bar(
                stop, order, number, number - 1, _minute(day, visit.begins_at), _minute(day, visit.ends_at),
                visit.begins_at, stop in locked, share, late,
            )
        )  # fmt: skip
    return tuple(bars)


def off_of(left_out: Sequence[LeftOut], new: Sequence[str], orders: Orders) -> list[Off]:
    """Return the orders that are left out, and those that came later, which stand first."""
    found = []
    for left in left_out:
        stop = stop_of(left)
        order = orders.of(left)
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


def hours_of(lanes: Sequence[Lane]) -> tuple[int, int]:
    """Return the first and the last whole hour, in minutes of the day, that the lanes show."""
    settings = services().settings.service
    bars = [bar for lane in lanes for bar in lane.bars]
    begins, ends = (int(part[:2]) * 60 + int(part[3:5]) for part in settings.shift.split("-"))
    first = min([begins, *(bar.begin for bar in bars)]) // 60 * 60
    return first, -(-max([ends, *(bar.end for bar in bars)]) // 60) * 60


def _minute(day: date, moment: datetime | None) -> int:
    return services().settings.clock.second_of_day(day, moment) // 60 if moment is not None else 0
