"""From bare orders of services to a plan with times, loads and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routing.plan import Plan, Unserved
from routing.pricing import plan_prices
from routing.problem import Problem
from routing.timing import Service, build_route

Orders = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""For each vehicle in use its id and its services in order, each ("stop", id) or ("unload", id of a site)."""


def orders_of(plan: Plan) -> Orders:
    """Return the bare orders of a plan."""
    return [(r.vehicle, [(v.kind, v.id) for v in r.visits]) for r in plan.routes]


def services_of(problem: Problem) -> dict[tuple[str, str], Service]:
    """Return every service of a problem by kind and id."""
    services: dict[tuple[str, str], Service] = {("stop", s.id): s for s in problem.stops}
    return services | {("unload", u.id): u for u in problem.unload_sites}


def left_out(problem: Problem, served: frozenset[str]) -> list[str]:
    """Return the stops that count as left out: not served, and no other of their group is."""
    groups = {s.group for s in problem.stops if s.group and s.id in served}
    return [s.id for s in problem.stops if s.id not in served and not (s.group and s.group in groups)]


def plan_of(
    problem: Problem,
    orders: Orders,
    engine: str = "",
    seconds: float = 0.0,
    reasons: Mapping[str, Unserved] | None = None,
) -> Plan:
    """Return the plan that serves exactly these orders, whether it keeps the rules or not.

    ``reasons`` says why stops are left out; those that it does not know are ``not-worth``.
    """
    services = services_of(problem)
    vehicles = {v.id: v for v in problem.vehicles}
    routes = tuple(
        build_route(problem, vehicles[name], [services[key] for key in order]) for name, order in orders if order
    )
    served = frozenset(key[1] for _, order in orders for key in order if key[0] == "stop")
    known = reasons or {}
    unserved = tuple(known.get(name, Unserved(name, "not-worth")) for name in left_out(problem, served))
    prices = plan_prices(problem, routes, unserved)
    return Plan(
        routes=routes,
        unserved=unserved,
        cost=sum(prices.values()),
        engine=engine,
        seconds=round(seconds, 3),
        notice=problem.notice,
        prices=prices,
    )
