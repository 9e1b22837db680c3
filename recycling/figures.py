"""Figures of a plan, defined once so that no two pages differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.errors import N_, NotFoundError
from recycling.in_force import in_force
from recycling.models import Plan, PlanRoute, PlanVisit


@dataclass(frozen=True)
class PlanFigures:
    """What a plan comes to.

    Attributes
    ----------
    stops, bookings, calls, deliveries
        Visits at orders' doors, in all and by kind; unloads are counted apart.
    km, hours
        Kilometres driven; hours between leaving the depot and coming home, all vehicles together.
    kg, litres
        Collected in all.
    cost
        Fen of vehicles, kilometres and hours; what leaving out is weighed with is not in it.
    left_out
        Orders without a visit, by reason.
    """

    routes: int
    stops: int
    bookings: int
    calls: int
    deliveries: int
    unloads: int
    km: float
    hours: float
    kg: int
    litres: int
    cost: int
    left_out: dict[str, int]

    @property
    def left_out_total(self) -> int:
        """Orders without a visit."""
        return sum(self.left_out.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def plan_figures(plan: Plan) -> PlanFigures:
    """Count a plan whose routes, visits and left-out orders are loaded."""
    visits = [v for r in plan.routes for v in r.visits]
    collected = [_collected(r) for r in plan.routes]
    return PlanFigures(
        routes=len(plan.routes),
        stops=sum(v.site_code is None for v in visits),
        bookings=sum(v.booking_id is not None for v in visits),
        calls=sum(v.call_id is not None for v in visits),
        deliveries=sum(v.order_id is not None and not v.fetches for v in visits),
        unloads=sum(v.site_code is not None for v in visits),
        km=round(sum(r.distance for r in plan.routes) / 1000, 1),
        hours=round(sum((r.ends_at - r.starts_at).total_seconds() for r in plan.routes) / 3600, 1),
        kg=sum(kg for kg, _ in collected),
        litres=sum(litres for _, litres in collected),
        cost=sum(r.cost for r in plan.routes),
        left_out=dict(sorted(Counter(u.reason for u in plan.left_out).items())),
    )


def _collected(route: PlanRoute) -> tuple[int, int]:
    """Kilograms and litres that a route unloads at sites: what was on board when it arrived there, and not after."""
    kg = litres = 0
    before = (0, 0)
    for visit in route.visits:
        if visit.site_code is not None:
            kg, litres = kg + before[0] - visit.collected_kg, litres + before[1] - visit.collected_litres
        before = (visit.collected_kg, visit.collected_litres)
    return kg, litres


WHOLE = selectinload(Plan.routes).selectinload(PlanRoute.visits), selectinload(Plan.left_out)
"""Options of a query that loads a plan with all that belongs to it."""


def newest_plan(session: Session, depot: str, day: date) -> Plan | None:
    """Return the plan of a depot's day that is in force with all that belongs to it, or None."""
    return session.scalar(in_force(depot, day).options(*WHOLE))


def the_plan(session: Session, depot: str, day: date) -> Plan:
    """Return the plan of a depot's day that is in force; NotFoundError when it has not been planned."""
    plan = newest_plan(session, depot, day)
    if plan is None:
        raise NotFoundError.one(
            "no-plan", N_("The day %(day)s has not been planned yet. Press: plan the day."), day=str(day)
        )
    return plan


REASONS = {
    "no-vehicle": N_("The depot has no vehicle on this day. Enter its vehicles in config/fleet.toml."),
    "no-site": N_("The day has no sorting centre where a vehicle could unload."),
    "skill": N_("No vehicle has %(skill)s."),
    "not-allowed": N_("Vehicles that could serve it are there, but it may be served by none of them."),
    "too-large": N_("It needs %(need)s %(dimension)s; the largest vehicle that may take it holds %(capacity)s."),
    "unreachable": N_(
        "No road leads there and back for the vehicles that could take it. Look whether one is closed, or too narrow."
    ),
    "no-road": N_("The door is %(metres)s m from the nearest road that the vehicles may use. Look at its position."),
    "outside-hours": N_(
        "Even as the only stop of %(vehicle)s it would be %(minutes)s min outside its window or the shift."
    ),
    "cut-off": N_(
        "No road joins it with what the vehicles do already. Ask about this order alone to learn what would help."
    ),
    "apart": N_("What it belongs together with is on %(vehicle)s, which cannot serve it."),
    "late": N_("The best place left is on %(vehicle)s, which would then be %(minutes)s min late at %(at)s."),
    "overtime": N_("The best place left is on %(vehicle)s, and would take it %(minutes)s min past its shift."),
    "too-long": N_("The best place left is on %(vehicle)s, and would keep it out %(minutes)s min longer than allowed."),
    "full": N_("The best place left is on %(vehicle)s, and would overload it by %(amount)s %(dimension)s."),
    "too-far": N_("The best place left is on %(vehicle)s, whose battery would not last for the last %(metres)s m."),
    "site-full": N_("The best place left is on %(vehicle)s, and would bring %(site)s more than it takes in a day."),
    "stranded": N_("Its goods are on board %(vehicle)s, which does not get there any more today."),
    "no-place": N_("No place was found for it on the routes. Ask about this order alone to learn what would help."),
    "not-worth": N_("It would fit on %(vehicle)s, but costs more than the limit set for one order."),
}
"""Sentences for the reasons of `routing.explain`, their places filled by `words_of`."""

LATE_ITSELF = N_("The best place left is on %(vehicle)s, and would serve it %(minutes)s min late.")

BESIDES = {
    "overtime": N_("Besides, %(vehicle)s would come home %(overtime_minutes)s min past its shift."),
    "amount": N_("Besides, %(vehicle)s would be overloaded by %(amount)s %(dimension)s."),
    "metres": N_("Besides, the battery of %(vehicle)s would not last for the last %(metres)s m."),
    "site": N_("Besides, %(site)s would get more than it takes in a day."),
    "over": N_("That is %(tonnes)s t too much for %(site)s."),
}
"""Sentences for the figures of further rules that the best place breaks."""

OWN = {"full": "amount", "too-far": "metres", "no-road": "metres", "site-full": "site"}
"""The one of those figures that a reason's own sentence names."""


FIXES = {
    "vehicle": N_("It would fit on one more vehicle like %(vehicle)s."),
    "larger": N_("It would fit on one more vehicle like %(vehicle)s that held %(amount)s %(dimension)s more."),
    "window": N_("%(vehicle)s could serve it at %(clock)s."),
    "promise": N_("It would fit if the visit to %(at)s might be %(minutes)s min later."),
    "overtime": N_("It would fit if %(vehicle)s came home %(minutes)s min later."),
    "longer": N_("It would fit if %(vehicle)s might be out %(minutes)s min longer."),
    "room": N_("It would fit if %(vehicle)s held %(amount)s %(dimension)s more."),
    "range": N_("It would fit if the battery of %(vehicle)s lasted %(metres)s m longer."),
    "site": N_("It would fit if %(site)s took %(amount)s more in the day."),
    "skill": N_("It would fit if %(vehicle)s had %(skill)s."),
    "allow": N_("It would fit on %(vehicle)s, which is not allowed for it."),
    "instead": N_("It would fit if %(at)s were left out instead."),
    "prize": N_("It would be served if leaving it out were weighed with %(yuan)s yuan."),
    "rearrange": N_("It fits when other routes are driven."),
}
"""Sentences for the changes of `routing.fixes`, their places filled by `words_of`."""


CREW, LIFT, COMMA = N_("a crew of %(people)s"), N_("a tail lift"), N_(", ")
SKILL_WORDS = {
    "tail-lift": LIFT,
    "install": N_("a crew that sets up new appliances"),
    "dismantle": N_("a crew that takes down old appliances"),
}
UNITS = (N_("kg"), N_("litres"))

Say = Callable[[str], str]
"""Puts a sentence or a word into the reader's language."""


def why(reason: str, figures: Mapping[str, Any], stop: str, say: Say = str, named: Say = str) -> list[str]:
    """Say why a stop is left out: the rule that the best place breaks least, and the others that it breaks too.

    Parameters
    ----------
    named
        What people call a stop or a site, given its id.
    """
    own = LATE_ITSELF if reason == "late" and figures.get("at") == stop else REASONS[reason]
    besides = [text for figure, text in BESIDES.items() if figure in figures and OWN.get(reason) != figure]
    words = words_of(figures, say, named)
    return [say(text) % words for text in (own, *besides)]


def remedy(change: str, figures: Mapping[str, Any], say: Say = str, named: Say = str) -> str:
    """Say what would let a stop be served; parameters as for `why`."""
    return say(FIXES[change]) % words_of(figures, say, named)


def words_of(figures: Mapping[str, Any], say: Say = str, named: Say = str) -> dict[str, Any]:
    """Return the figures of a reason or of a fix as sentences name them; parameters as for `why`."""
    values = dict(figures)

    def listed(key: str, word: Say) -> None:
        if key in values:
            values[key] = say(COMMA).join(map(word, str(values[key]).split(", ")))

    def skill(name: str) -> str:
        people = name.removeprefix("crew-")
        if name in SKILL_WORDS:
            return say(SKILL_WORDS[name])
        return name if people == name else say(CREW) % {"people": people}

    listed("at", named)
    listed("site", named)
    listed("skill", skill)
    listed("dimension", lambda name: say(name.partition(" ")[0]))
    for key, said in (("seconds", "minutes"), ("overtime", "overtime_minutes")):
        if key in values:
            values[said] = -(-int(values[key]) // 60)
    if "over" in values:
        values["tonnes"] = f"{int(values['over']) / 1000:,.2f}"
    if "start" in values:
        minutes = -(-int(values["start"]) // 60)
        values["clock"] = f"{minutes // 60:02d}:{minutes % 60:02d}"
    if "prize" in values:
        values["yuan"] = f"{int(values['prize']) / 100:,.2f}"
    return values


@dataclass(frozen=True)
class MoreVehicles:
    """Orders left out that would each fit on one more vehicle, and about how many vehicles they need together.

    Attributes
    ----------
    each
        Orders on a vehicle, as on the routes of this day.
    """

    orders: int
    each: int
    vehicles: int


def more_vehicles(plan: Plan) -> MoreVehicles | None:
    """Tell how far more vehicles would help; None when not even two orders would fit on one more, or none is driven."""
    orders = sum(any(fix["change"] == "vehicle" for fix in u.figures.get("fixes", ())) for u in plan.left_out)
    served = sum(v.site_code is None for r in plan.routes for v in r.visits)
    if orders < 2 or not served:
        return None
    each = max(1, round(served / len(plan.routes)))
    return MoreVehicles(orders, each, -(-orders // each))


def above_best(plan: Plan) -> float | None:
    """Return by which share a plan may cost more than the best one, 0 for the best; None where nothing is proven."""
    if not plan.bound or plan.bound <= 0:
        return None
    return max(0.0, plan.cost / plan.bound - 1)


def orders_waiting(session: Session, plan: Plan) -> int:
    """Return how many orders of the plan's day came after it was made."""
    from recycling.dispatch import orders_of

    orders = orders_of(session, plan.depot_code, plan.service_day)
    visits = select(PlanVisit.booking_id, PlanVisit.order_id).join(PlanRoute).where(PlanRoute.plan_id == plan.id)
    known = {key for row in session.execute(visits) for key in row}
    known |= {key for one in plan.left_out for key in (one.booking_id, one.order_id)}
    return sum(b.id not in known for b in orders.bookings) + sum(t.id not in known for t in orders.trade_ins)
