"""Which engines can plan a day, the best one first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from routing.plan import Plan
from routing.problem import Problem
from routing.schedule import Orders
from routing.solve import Progress
from routing.solve.finish import complete, drivable, with_reasons

FEATURES = (
    *("breaks", "several breaks", "groups", "pairs", "together", "named vehicles", "backhauls", "releases", "wishes"),
    *("crew times", "compartments", "overtime", "longest routes", "loads at the start", "stock kept", "ranges"),
    *("closed zones", "partial sites", "bounded sites", "reloading", "periods", "balance", "compactness", "carbon"),
    *("required", "announced vehicles"),
)
"""Rules that a problem may use besides windows, loads, skills, prizes and unloading."""


FINISH, FINISH_SHARE = 0.0015, 0.08
"""Seconds for each stop, and most of the time given, that are kept for timing, pricing, judging and reasons."""


@dataclass(frozen=True)
class Search:
    """How an engine is to search: the arguments of `routing.solve.solve`; ``start`` has orders that keep every rule.

    ``found`` may be told of the best orders so far, which count if the engine fails later. Without ``reasons`` it is
    not looked for why stops are left out.
    """

    seconds: float
    seed: int
    progress: Progress | None
    cores: int
    iterations: int | None
    start: Orders
    executor: Executor | None = None
    found: Callable[[Orders], object] | None = None
    reasons: bool = True


@dataclass(frozen=True)
class Engine:
    """A way to plan a day, and the rules of `FEATURES` that it takes."""

    name: str
    takes: frozenset[str]
    plan: Callable[[Problem, Search], Plan]


def features_of(problem: Problem) -> frozenset[str]:
    """Return the rules of `FEATURES` that a problem uses."""
    stops, vehicles, sites = problem.stops, problem.vehicles, problem.unload_sites
    uses = {
        "breaks": any(v.pauses for v in vehicles),
        "several breaks": any(len(v.pauses) > 1 for v in vehicles),
        "groups": any(s.group for s in stops),
        "pairs": bool(problem.pairs),
        "together": any(s.together for s in stops),
        "named vehicles": any(s.vehicles is not None or s.forbidden for s in stops),
        "backhauls": any(s.backhaul for s in stops),
        "releases": any(s.release for s in stops),
        "wishes": any(s.wishes and s.wish_price for s in stops),
        "crew times": any(s.service_by_crew for s in stops),
        "compartments": any(v.compartments for v in vehicles),
        "overtime": any(v.overtime for v in vehicles),
        "longest routes": any(v.max_duration is not None for v in vehicles),
        "loads at the start": any(any(v.load) for v in vehicles),
        "stock kept": any(v.keeps_stock for v in vehicles),
        "ranges": any(v.range is not None for v in vehicles),
        "closed zones": any(v.closed for v in vehicles),
        "partial sites": any(u.takes is not None for u in sites),
        "bounded sites": any(u.capacity is not None for u in sites),
        "reloading": any(u.reloads or u.charges for u in sites),
        "periods": bool(problem.periods),
        "balance": bool(problem.balance_price),
        "compactness": bool(problem.compactness_price),
        "carbon": bool(problem.carbon_price) and any(v.grams_per_km for v in vehicles),
        "required": any(s.required for s in stops),
        "announced vehicles": any(s.stays and s.stays_price for s in stops),
    }
    return frozenset(name for name, used in uses.items() if used)


def engines_for(problem: Problem) -> Sequence[Engine]:
    """Return the engines that take every rule of the problem; none when there is nothing to plan."""
    if not problem.stops or not problem.vehicles:
        return ()
    features = features_of(problem)
    return [engine for engine in ENGINES if features <= engine.takes]


def _by_ruin(problem: Problem, search: Search) -> Plan:
    from routing.solve.ruin import compiled, orders_by_ruin
    from routing.solve.unloads import with_best_unloads

    began = time.monotonic()

    def tell(share: float, cost: float) -> object:
        return None if search.progress is None else search.progress(share, round(cost) if cost < 1e12 else None)

    seconds = search.seconds - min(FINISH_SHARE * search.seconds, FINISH * len(problem.stops))
    day, notes = compiled(problem), list[str]()
    orders = orders_by_ruin(
        *(day, seconds, search.seed, search.cores, tell, search.start, search.iterations, search.executor),
        *(began, notes, search.found),
    )
    until = None if search.iterations is not None else began + search.seconds
    half = None if until is None else (until + time.monotonic()) / 2
    fit = with_best_unloads(problem, drivable(problem, orders), half)
    plan = with_reasons(problem, fit, "ruin", search.seconds, day, until, asked=search.reasons)
    return replace(plan, notes=(*plan.notes, *notes))


def _by_ortools(problem: Problem, search: Search) -> Plan:
    from routing.solve.ortools import search as searched

    return searched(problem, search.seconds, search.seed, search.progress)


ENGINES = (
    Engine("ruin", frozenset(FEATURES), _by_ruin),
    Engine("ortools", frozenset(FEATURES), _by_ortools),
)


def _by_insertion(problem: Problem, search: Search) -> Plan:
    return complete(problem, search.start)


INSERTION = Engine("insertion", frozenset(FEATURES), _by_insertion)
"""What is asked when all others have failed."""


def _by_mending(problem: Problem, search: Search) -> Plan:
    return with_reasons(problem, drivable(problem, search.start), "mending", search.seconds)


MENDING = Engine("mending", frozenset(FEATURES), _by_mending)
"""Makes a plan of what an engine had found before it failed."""
