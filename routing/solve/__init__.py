"""The one public door to the engines: `solve`."""

from __future__ import annotations

import time
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

    began = time.monotonic()
    candidates = [complete(problem, [], "insertion", 0.0)] if not problem.stops or not problem.vehicles else []
    if not candidates:
        candidates = search(problem, seconds, seed, progress)
    for plan in sorted(candidates, key=lambda p: p.cost):
        broken = check(problem, plan)
        if broken:
            raise BrokenPlanError("; ".join(map(str, broken[:10])))
        if progress is not None:
            progress(1.0, plan.cost)
        return _timed(plan, time.monotonic() - began)
    raise BrokenPlanError("no engine returned a plan")


def _timed(plan: Plan, seconds: float) -> Plan:
    from dataclasses import replace

    return replace(plan, seconds=round(seconds, 3))
