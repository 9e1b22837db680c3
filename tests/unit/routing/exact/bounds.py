"""Laws of what CP-SAT proves, for the short trials beside this file and for the long ones of the soak."""

from __future__ import annotations

from routing.solve import solve
from routing.solve.exact import orders_of
from routing.solve.exact.search import best_of

from .brute import best_plan

LONG = 60.0
"""Seconds that no proof of a drawn day takes."""


def required_of(problem, plan):
    served = {v.id for r in plan.routes for v in r.visits}
    return [s.id for s in problem.stops if s.required and s.id in served]


def the_bound_is_true(problem):
    """No plan of all that there are costs less; the model's own best is a plan at its price, or it leaves rules out."""
    best = best_plan(problem)
    if best is None:
        return "no plan"
    found = best_of(problem, orders_of(best), LONG, must=required_of(problem, best))
    assert found.done
    assert not found.impossible
    assert found.bound == found.cost <= best.cost
    if found.bound == best.cost:
        return "as the best plan"
    return f"below the best plan, left out: {found.relaxed}"


def no_plan_of_the_engine_is_cheaper(problem):
    """No plan that the engine finds costs less than what is proven, also where the proof is ended early."""
    plan = solve(problem, iterations=300)
    found = best_of(problem, [], 0.3, must=required_of(problem, plan))
    assert found.bound <= plan.cost
    return f"closed: {found.done}, proven: {found.bound == plan.cost}"
