"""The one public door to the engines: `solve`."""

from __future__ import annotations

from collections.abc import Callable

from routing.check import check
from routing.plan import Plan
from routing.problem import Problem

__all__ = ["BrokenPlanError", "Progress", "solve"]

Progress = Callable[[float, int | None], None]
"""Called with the share of the time that is used and the best cost so far in fen (None before the first plan)."""


class BrokenPlanError(RuntimeError):
    """An engine returned a plan that the independent judge refuses; the message lists the broken rules."""


def solve(problem: Problem, seconds: float = 20.0, seed: int = 1, progress: Progress | None = None) -> Plan:
    """Plan the day: search for `seconds` of wall time and return the best plan found, already judged.

    Raises
    ------
    BrokenPlanError
        When the plan breaks a rule, which is a fault of the engine and never of the input.
    """
    from routing.solve.finish import complete
    from routing.solve.ortools import search

    plan = search(problem, seconds, seed, progress) if problem.stops and problem.vehicles else complete(problem, [])
    broken = check(problem, plan)
    if broken:
        raise BrokenPlanError("; ".join(map(str, broken[:10])))
    if progress is not None:
        progress(1.0, plan.cost)
    return plan
