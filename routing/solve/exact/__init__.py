"""CP-SAT proves small things: the best plan of a small day, the best order of a route, that something cannot be.

Nothing here imports OR-Tools before it searches, and `proven` and `best_order` let it search in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from routing.check import check
from routing.plan import Plan
from routing.problem import Problem, Stop, Vehicle
from routing.schedule import orders_of
from routing.solve.exact.apart import ProofFailedError, best_apart
from routing.solve.exact.search import Found
from routing.solve.finish import drivable, with_reasons
from routing.timing import Service, build_route, excess
from routing.unloading import with_last_unload

__all__ = ["BestOrder", "ProofFailedError", "best_order", "is_small", "orders_of", "proven"]

MOST_STOPS = 14
"""Stops of a day that may be proven."""

RULES = {
    "periods": "the hours of the day in which roads are slower",
    "balance": "the price of unequal hours",
    "distance": "the price of kilometres",
    "carbon": "the price of carbon dioxide",
    "hours": "the price of hours",
    "overtime": "the price of overtime",
    "wishes": "the price of missed wishes",
    "compactness": "the price of scattered stops",
}
"""What the model may leave out, in words."""


def is_small(problem: Problem) -> bool:
    """Tell whether a day is of a size that CP-SAT may prove."""
    return 0 < len(problem.stops) <= MOST_STOPS and 0 < len(problem.vehicles) <= 2 * MOST_STOPS


def proven(
    problem: Problem, plan: Plan, seconds: float, cores: int = 1, stop: Callable[[], object] | None = None
) -> Plan:
    """Return the plan, or a better one, with what is proven of the day's plans as its bound.

    ``plan`` must keep the rules. A note says whether the plan is proven to be the best, and which rules or prices the
    proof leaves out. When CP-SAT fails, the plan is returned with a note of that. ``stop`` ends the search early.
    """
    if not is_small(problem):
        return plan
    served = {key[1] for _, order in orders_of(plan) for key in order}
    required = [s.id for s in problem.stops if s.required and s.id in served]
    if any(v.rule == "required stop left out" for v in check(problem, plan)):
        required = []  # a plan that serves another one of them may do without these
    try:
        found = best_apart(problem, orders_of(plan), seconds, cores, required, stop)
    except ProofFailedError as error:
        return replace(plan, notes=(*plan.notes, f"nothing is proven: {error}"))
    better = _better(problem, plan, found)
    if found.impossible or found.bound > better.cost:
        return replace(plan, notes=(*plan.notes, "nothing is proven: CP-SAT contradicts the plan"))
    return replace(better, bound=found.bound or None, notes=(*better.notes, *_notes(better, found)))


def _better(problem: Problem, plan: Plan, found: Found) -> Plan:
    """The plan of what was found, if it keeps the rules, leaves no more out that is required, and costs less."""
    if found.orders is None or found.cost is None or found.cost >= plan.cost:
        return plan
    other = with_reasons(problem, drivable(problem, found.orders), plan.engine, plan.seconds)
    required = {s.id for s in problem.stops if s.required}
    missed, known = (required & {u.stop for u in p.unserved} for p in (other, plan))
    faults = [v for v in check(problem, other) if v.rule != "required stop left out"]
    if faults or other.cost >= plan.cost or not missed <= known:
        return plan
    return replace(other, notes=plan.notes)


def _notes(plan: Plan, found: Found) -> list[str]:
    left_out = ", ".join(RULES[name] for name in found.relaxed)
    if plan.cost == found.bound:
        return ["proven: no plan of this day costs less"]
    if found.bound and left_out:
        return [f"the lower bound leaves out {left_out}"]
    return []


@dataclass(frozen=True)
class BestOrder:
    """What is known of the ways to serve some stops with one vehicle.

    Attributes
    ----------
    services
        The cheapest order that was found, sites included; None when none was.
    cost
        Fen of its route.
    bound
        No order costs less than so many fen, proven; None when it is proven that no order keeps the rules.
    """

    services: tuple[Service, ...] | None
    cost: int | None
    bound: int | None


def best_order(problem: Problem, vehicle: Vehicle, stops: Sequence[Stop], seconds: float, cores: int = 1) -> BestOrder:
    """Return the best order in which one vehicle serves all the stops, with the sites that it needs.

    The stops come in an order to begin with. Sites that take no more than so much in the day take all of it from this
    vehicle.

    Raises
    ------
    ProofFailedError
        When CP-SAT fails.
    """
    names = {s.id for s in stops}
    alone = replace(
        problem,
        stops=tuple(replace(s, group="", together="") for s in stops),
        vehicles=(vehicle,),
        pairs=tuple(p for p in problem.pairs if {p.collect, p.drop} <= names),
        balance_price=0,
    )
    by_name: dict[tuple[str, str], Service] = {("stop", s.id): s for s in stops}
    by_name |= {("unload", u.id): u for u in problem.unload_sites}
    given = with_last_unload(problem, vehicle, list(stops))
    start = [(vehicle.id, [("stop" if isinstance(s, Stop) else "unload", s.id) for s in given])]
    found = best_apart(alone, [] if excess(problem, vehicle, given) else start, seconds, cores, names)
    if found.impossible:
        return BestOrder(None, None, None)
    options = [given, *([by_name[key] for key in order] for _, order in found.orders or ())]
    priced = [(build_route(problem, vehicle, o).cost, tuple(o)) for o in options if not excess(problem, vehicle, o)]
    cost, services = min(priced, key=lambda option: option[0], default=(None, None))
    return BestOrder(services, cost, found.bound)
