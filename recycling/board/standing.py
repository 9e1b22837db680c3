"""How a draft stands: the order of services of each vehicle, what is left out, what is locked and what is allowed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import LeftOut, Plan, PlanRoute, PlanVisit
from recycling.stop_names import stop_of
from routing.allowances import Allowance
from routing.hand_day import Order


@dataclass(frozen=True)
class Standing:
    """What the board knows of a plan without its roads.

    Attributes
    ----------
    orders
        Each vehicle's services; those that the plan does not use are not in it.
    begins
        When each stop is planned to begin.
    costs
        Fen of each vehicle's route.
    left
        Stops that are left out.
    """

    plan: uuid.UUID
    edits: int
    orders: Mapping[str, Order]
    begins: Mapping[str, datetime]
    costs: Mapping[str, int]
    left: frozenset[str]
    locked_stops: frozenset[str]
    locked_vehicles: frozenset[str]
    allowances: tuple[Allowance, ...]

    def vehicle_of(self, stop: str) -> str:
        """Return the vehicle that serves a stop, "" for none."""
        return next((name for name, order in self.orders.items() if ("stop", stop) in order), "")


def standing_of(session: Session, plan: Plan) -> Standing:
    """Read how a plan stands."""
    columns = (
        PlanRoute.plate, PlanRoute.cost, PlanVisit.booking_id, PlanVisit.call_id, PlanVisit.order_id,
        PlanVisit.site_code, PlanVisit.begins_at, PlanVisit.fetches,
    )  # fmt: skip
    query = select(*columns).join(PlanVisit, PlanVisit.route_id == PlanRoute.id).where(PlanRoute.plan_id == plan.id)
    visits = session.execute(query.order_by(PlanRoute.number, PlanVisit.position)).all()
    left = select(LeftOut.booking_id, LeftOut.call_id, LeftOut.order_id, LeftOut.fetches)
    rows = session.execute(left.where(LeftOut.plan_id == plan.id))
    return _standing(plan, visits, [stop_of(row) for row in rows])


@dataclass(frozen=True)
class _Visit:
    """A visit as `standing_of` reads one."""

    plate: str
    cost: int
    booking_id: uuid.UUID | None
    call_id: uuid.UUID | None
    order_id: uuid.UUID | None
    site_code: str | None
    begins_at: datetime
    fetches: bool


def loaded_standing(plan: Plan) -> Standing:
    """Return how a plan stands whose routes, visits and left-out orders are loaded."""
    visits = [
        _Visit(route.plate, route.cost, v.booking_id, v.call_id, v.order_id, v.site_code, v.begins_at, v.fetches)
        for route in plan.routes
        for v in route.visits
    ]
    return _standing(plan, visits, [stop_of(row) for row in plan.left_out])


def _standing(plan: Plan, visits: Sequence[Any], left: Sequence[str]) -> Standing:
    orders: dict[str, list[tuple[str, str]]] = {}
    begins, costs = {}, {}
    for row in visits:
        service = ("unload", row.site_code) if row.site_code else ("stop", stop_of(row))
        orders.setdefault(row.plate, []).append(service)
        costs[row.plate] = row.cost
        if not row.site_code:
            begins[service[1]] = row.begins_at
    return Standing(
        plan.id,
        plan.edits,
        orders,
        begins,
        costs,
        frozenset(left),
        frozenset(plan.locks.get("stops", ())),
        frozenset(plan.locks.get("vehicles", ())),
        allowances_of(plan.allowances),
    )


def allowances_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Allowance, ...]:
    """Return the allowances of a plan's record, without reasons."""
    return tuple(
        Allowance(one["kind"], one.get("stop", ""), one.get("vehicle", ""), one.get("amount", 0), one.get("word", ""))
        for one in kept
    )
