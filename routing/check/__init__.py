"""The independent judge: recomputes every time, load and cost of a plan from the problem alone.

Shares no code with the engines or with `routing.timing`; a plan that any engine returns must come through here
before anyone drives it.
"""

from __future__ import annotations

from routing.check.breaks import break_faults
from routing.check.counts import count_faults, order_faults
from routing.check.drive import Drive, Violation, recorder
from routing.check.legs import leg_faults
from routing.check.loads import load_faults, site_faults
from routing.check.money import plan_price_faults, route_price_faults
from routing.check.times import time_faults
from routing.plan import Plan
from routing.problem import Problem

__all__ = ["Violation", "check"]


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every rule of the problem that the plan breaks, and every figure in it that is not true."""
    found: list[Violation] = []
    fault = recorder(found, "")
    vehicles = {v.id: v for v in problem.vehicles}
    drives: list[Drive] = []
    for route in plan.routes:
        vehicle = vehicles.get(route.vehicle)
        by_vehicle = recorder(found, route.vehicle)
        if vehicle is None:
            by_vehicle("", "unknown vehicle", 1)
            continue
        by_vehicle("", "vehicle used twice", any(d.vehicle is vehicle for d in drives))
        drive = Drive.of(problem, vehicle, route)
        drives.append(drive)
        for judge in (leg_faults, break_faults, time_faults, load_faults, order_faults, route_price_faults):
            judge(drive, by_vehicle)
    site_faults(problem, drives, fault)
    count_faults(problem, plan, drives, fault)
    plan_price_faults(problem, plan, drives, fault)
    fault("", "the notice of the roads is missing", plan.notice != problem.notice)
    return found
