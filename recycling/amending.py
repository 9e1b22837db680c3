"""The next version of a plan, in which one route is another: a booking was put into it."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from recycling import dispatch
from recycling.in_force import next_version
from recycling.models import Plan
from recycling.models.base import Base
from recycling.settings import Settings
from routing.day import DayJob
from routing.planned_day import Taken

Row = TypeVar("Row", bound=Base)
OWN = ("id", "plan_id", "route_id", "puts")
"""Columns that a copy gets of its own."""


def amended(session: Session, settings: Settings, plan: Plan, taken: Taken, job: DayJob, now: datetime) -> Plan:
    """Write the plan's next version, with the route that was taken instead of what its vehicle had."""
    route, day = taken.route, plan.service_day
    numbers = {row.plate: row.number for row in plan.routes}
    number = numbers.get(route.vehicle, max(numbers.values(), default=0) + 1)
    row = copied(plan)
    row.version, row.made_at, row.cost = next_version(session, plan.depot_code, day), now, plan.cost + taken.cost
    row.bound, row.prices = None, {}  # they are of what was searched for
    for old in plan.routes:
        if old.plate != route.vehicle:
            copy = copied(old)
            copy.visits = [copied(visit) for visit in old.visits]
            row.routes.append(copy)
    row.routes.append(dispatch.route_row(settings, day, job, taken.ways, number, route))
    row.left_out = [copied(left) for left in plan.left_out]
    session.add(row)
    session.flush()
    return row


def copied(row: Row) -> Row:
    """Return a row like another, not in the record yet, with a key and belongings of its own."""
    names = (column.key for column in inspect(type(row)).column_attrs if column.key not in OWN)
    return type(row)(**{name: getattr(row, name) for name in names})
