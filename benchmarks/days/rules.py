"""A day without one of its rules: what the price of the rule is measured against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from routing.problem import Problem, Stop, TimeWindow, UnloadSite, Vehicle

Without = Callable[[Problem], Problem]


def _stops(change: Callable[[Stop], dict[str, Any]]) -> Without:
    return lambda p: replace(p, stops=tuple(replace(s, **change(s)) for s in p.stops))


def _vehicles(change: Callable[[Vehicle], dict[str, Any]]) -> Without:
    return lambda p: replace(p, vehicles=tuple(replace(v, **change(v)) for v in p.vehicles))


def _sites(change: Callable[[UnloadSite], dict[str, Any]]) -> Without:
    return lambda p: replace(p, unload_sites=tuple(replace(u, **change(u)) for u in p.unload_sites))


def _all_day(problem: Problem) -> Problem:
    day = TimeWindow(min(v.shift.start for v in problem.vehicles), max(v.shift.end for v in problem.vehicles))
    return _stops(lambda s: {"windows": (day,)})(problem)


def _first_of_each_group(problem: Problem) -> Problem:
    first = {s.group: s.id for s in reversed(problem.stops) if s.group}
    kept = (s for s in problem.stops if not s.group or first[s.group] == s.id)
    return replace(problem, stops=tuple(replace(s, group="") for s in kept))


def _whole_takes(problem: Problem) -> Problem:
    """Sites that take something take all; others are not for unloading at all, which is another rule."""
    return _sites(lambda u: {"takes": None if u.takes else u.takes})(problem)


def _no_loading(problem: Problem) -> Problem:
    """Vehicles leave with all that they deliver, and come home on one battery."""
    kept = tuple(u for u in problem.unload_sites if u.takes != frozenset())
    return replace(problem, unload_sites=tuple(replace(u, reloads=False, charges=False) for u in kept))


WITHOUT: dict[str, Without] = {
    "breaks": _vehicles(lambda v: {"pauses": ()}),
    "several breaks": _vehicles(lambda v: {"pauses": v.pauses[:1]}),
    "groups": _first_of_each_group,
    "pairs": lambda p: replace(p, pairs=()),
    "together": _stops(lambda s: {"together": ""}),
    "named vehicles": _stops(lambda s: {"vehicles": None, "forbidden": frozenset()}),
    "backhauls": _stops(lambda s: {"backhaul": False}),
    "releases": _stops(lambda s: {"release": 0}),
    "wishes": _stops(lambda s: {"wishes": (), "wish_price": 0}),
    "crew times": _stops(
        lambda s: {"service": min(s.service, *s.service_by_crew.values(), s.service), "service_by_crew": {}}
    ),
    "compartments": _vehicles(lambda v: {"compartments": ()}),
    "overtime": _vehicles(lambda v: {"overtime": 0}),
    "longest routes": _vehicles(lambda v: {"max_duration": None}),
    "loads at the start": _vehicles(lambda v: {"load": ()}),
    "stock kept": _vehicles(lambda v: {"keeps_stock": False}),
    "ranges": _vehicles(lambda v: {"range": None, "charge": None}),
    "closed zones": _vehicles(lambda v: {"closed": ()}),
    "partial sites": _whole_takes,
    "bounded sites": _sites(lambda u: {"capacity": None}),
    "reloading": _no_loading,
    "periods": lambda p: replace(p, periods=()),
    "balance": lambda p: replace(p, balance_price=0),
    "compactness": lambda p: replace(p, compactness_price=0),
    "carbon": lambda p: replace(p, carbon_price=0),
    "required": _stops(lambda s: {"required": False}),
    "announced vehicles": _stops(lambda s: {"stays": "", "stays_price": 0}),
    "windows": _all_day,
    "skills": _stops(lambda s: {"skills": frozenset()}),
}
"""The day without the rule, by its name in `routing.solve.portfolio.FEATURES`; promised hours and skills besides.

What helps rather than binds (overtime, a choice of hours, loading again, stock kept) has a negative price.
"""


def without(problem: Problem, rule: str) -> Problem:
    """Return the day without a rule; itself for ""."""
    return WITHOUT[rule](problem) if rule else problem
