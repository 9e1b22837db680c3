"""What vehicles have on board when a day begins, where they may stand overnight with what they have collected.

After the last route that its crew has finished that is what the book says. Where a route is still to be driven, it is
what that route brings home: the day before is planned, and tomorrow goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.clock import utc_now
from recycling.fleet import Fleet, VehicleType
from recycling.in_force import in_force
from recycling.models import Plan, PlanRoute
from recycling.settings import Settings
from recycling.stock.on_board import stocks_of
from recycling.unload_places import DIMENSIONS, dimensioned
from routing.problem import Load


def keeps_stock(settings: Settings) -> bool:
    """Tell whether vehicles may come home with what they have collected."""
    return settings.stock.overnight == "kept"


def loads_at_start(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    depot: str,
    day: date,
    dimensions: Sequence[str],
    now: datetime | None = None,
) -> Mapping[str, Load]:
    """Return by plate what is on board of a depot's vehicles, in a day's dimensions; none where they come home empty.

    What only a plan tells is not told apart by material. No more is given than the vehicle holds.
    """
    if not keeps_stock(settings):
        return {}
    kinds = {plate: kind for plate, _, kind in fleet.at(depot)}
    stocks = stocks_of(session, tuple(kinds), before=settings.clock.midnight(day))
    found = {}
    for plate, kind in kinds.items():
        route = _route_before(session, depot, plate, day)
        if route is not None and route.ends_at > (now or utc_now()):
            last = max(route.visits, key=lambda visit: visit.position)
            load: Load = (last.collected_kg, last.collected_litres, *([0] * (len(dimensions) - len(DIMENSIONS))))
        else:
            load = dimensioned(dimensions, stocks[plate])
        found[plate] = _held(load, kind)
    return found


def _route_before(session: Session, depot: str, plate: str, day: date) -> PlanRoute | None:
    """The route of a vehicle on the last day before that has one in the plan that is in force."""
    days = select(Plan.service_day).where(Plan.depot_code == depot, Plan.service_day < day, Plan.draft.is_(False))
    planned = days.join(PlanRoute, PlanRoute.plan_id == Plan.id).where(PlanRoute.plate == plate).distinct()
    for before in session.scalars(planned.order_by(Plan.service_day.desc()).limit(FEW_DAYS)):
        plan = session.scalar(in_force(depot, before))
        route = next((r for r in plan.routes if r.plate == plate and r.visits), None) if plan is not None else None
        if route is not None:
            return route
    return None


FEW_DAYS = 7
"""Days with a route in any version that are looked at: a newer version may have taken it away again."""


def _held(load: Load, kind: VehicleType) -> Load:
    """The load, or as much of each part of it as the vehicle holds in all."""
    held = list(load)
    for k, room in enumerate((kind.kg, kind.litres)):
        parts = load[k :: len(DIMENSIONS)]
        if sum(parts) > room:
            held[k :: len(DIMENSIONS)] = [part * room // sum(parts) for part in parts]
    return tuple(held)
