"""The OR-Tools routing library as an engine: the whole day stated as one constraint model.

What the model does not say exactly, `routing.solve.finish` settles, so that a plan always keeps every rule:

* Travel times by the hour become one time for each way, the mean of the shift or the longest of it.
* Several wishes become one window around them. Balance of hours is not priced; compact areas are priced by the way
  from each stop to the next.
* A route that has collected something unloads once more on its way home. This last unload is folded into the arc to
  the end (travel to the best site, unloading, travel home), so that the search need not discover it; the plan names it
  as a visit again. What the site does not take, or no more of that day, is the finish's affair.

Breaks slow the library's own first plan down and spoil it, so the search runs twice: a third of the time without them,
then, from that plan mended, under every rule.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from routing.plan import Plan
from routing.problem import Problem
from routing.schedule import Orders
from routing.solve import Progress
from routing.solve.finish import complete, drivable, with_reasons
from routing.solve.ortools.nodes import Order
from routing.solve.ortools.searching import Telling, run

__all__ = ["Order", "search", "solve_orders"]

RELAXED_SHARE = 1 / 3
"""Share of the time that goes into the search without breaks."""


def search(
    problem: Problem, seconds: float, seed: int, progress: Progress | None = None, own_first_plan: bool = False
) -> Plan:
    """Search for about `seconds`, finishing included, and return the best plan.

    It begins with our plan by insertion and is never dearer; or, as OR-Tools by itself, with the library's own first
    plan.

    Raises
    ------
    RuntimeError
        When the library finds fault with the model.
    """
    began = time.monotonic()
    telling = Telling(progress)
    best = _mended(problem, []) if own_first_plan else complete(problem, [])
    has_breaks = any(v.pauses for v in problem.vehicles)

    def tried(day: Problem, limit: float, start: Sequence[Order] | None, begin: float, end: float) -> Plan:
        found = solve_orders(day, limit, seed, telling.part(begin, end), start)
        return best if found is None else min(best, _mended(problem, _named(found)), key=lambda plan: plan.cost)

    share = RELAXED_SHARE if has_breaks else 1.0
    left = max(seconds * share - (time.monotonic() - began), seconds * share / 2)
    free = replace(problem, vehicles=tuple(replace(v, pauses=()) for v in problem.vehicles)) if has_breaks else problem
    best = tried(free, left, None if own_first_plan else _orders_of(problem, best), 0.0, share)
    if has_breaks and not telling.stopped:
        left = max(seconds / 2, seconds - (time.monotonic() - began))
        best = tried(problem, left, _orders_of(problem, best), share, 1.0)
    return replace(best, engine="ortools", seconds=round(time.monotonic() - began, 3))


def _mended(problem: Problem, orders: Orders) -> Plan:
    return with_reasons(problem, drivable(problem, orders), "ortools", 0.0)


def _named(orders: Sequence[Order]) -> Orders:
    return [(order.vehicle.id, order.services) for order in orders]


def _orders_of(problem: Problem, plan: Plan) -> list[Order]:
    """The plan's orders as the model knows them: unloads on the way home belong to the last arc."""
    vehicles = {v.id: v for v in problem.vehicles}
    plain = {u.id for u in problem.unload_sites if not u.reloads and not u.charges}
    orders = []
    for route in plan.routes:
        vehicle, services = vehicles[route.vehicle], [(v.kind, v.id) for v in route.visits]
        while not vehicle.keeps_stock and services and services[-1][0] == "unload" and services[-1][1] in plain:
            services.pop()
        if services:
            orders.append(Order(vehicle, tuple(services)))
    return orders


def solve_orders(
    problem: Problem,
    seconds: float,
    seed: int,
    progress: Callable[[float, int | None], object] | None = None,
    start: Sequence[Order] | None = None,
) -> list[Order] | None:
    """Search for `seconds` and return the order of services of each used vehicle, or None when none was found.

    `start` is a plan to improve on; without one, or where the model refuses it, the library builds its own. The search
    ends when `progress` answers true.
    """
    return run(problem, seconds, seed, progress, start)
