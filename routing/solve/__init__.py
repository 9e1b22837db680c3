"""The one public door to the engines: `solve`."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from importlib import import_module

from routing.check import Violation, check
from routing.plan import Plan
from routing.problem import Problem
from routing.schedule import orders_of

__all__ = ["BrokenPlanError", "Progress", "load", "solve"]

Progress = Callable[[float, int | None], object]
"""Called with the share of the time that is used and the best cost so far in fen (None before the first plan); the
search ends with the best plan it has when the answer is true."""

LEFT_OUT = "required stop left out"
"""The one rule that a plan may break: the stop's reason says why nothing could serve it."""


class BrokenPlanError(RuntimeError):
    """No engine returned a plan that the independent judge accepts; the message lists the broken rules."""


def load() -> None:
    """Load the engine; where its sources are new, their loops are compiled and kept, which takes a minute or two."""
    import_module("routing.solve.ruin.search")


def solve(
    problem: Problem,
    seconds: float = 20.0,
    seed: int = 1,
    progress: Progress | None = None,
    cores: int = 1,
    iterations: int | None = None,
    start: Plan | None = None,
    executor: Executor | None = None,
) -> Plan:
    """Plan the day: search for `seconds` of wall time on `cores`, and return the best plan found, already judged.

    The search begins from the plan `start` where one is given, as far as it keeps the rules. Days of
    thousands of stops are searched in pieces, by ``executor`` where one is given: a pool of processes, or a cluster's.

    With `iterations` so many are made on each core instead: the same seed, cores and iterations give the same plan.
    An engine that fails or breaks a rule is dropped, the plan's notes say so, and another one is asked. On a small day
    a part of the time goes into proving how good the plan is (`Plan.bound`), unless `iterations` are given. What `load`
    takes is not counted.

    Raises
    ------
    BrokenPlanError
        When no engine's plan keeps the rules, which is a fault of theirs and never of the input.
    """
    from routing.solve.finish import complete, drivable
    from routing.solve.portfolio import Search, engines_for

    engines = engines_for(problem)
    if engines:
        load()
    began = time.monotonic()
    proof = 0.0 if iterations is not None else _proof_seconds(problem, seconds)
    teller = _Teller(progress, 1.0 - proof / max(seconds, 1e-9))
    notes: list[str] = []
    broken: list[Violation] = []
    begin = () if start is None else drivable(problem, orders_of(start))
    tell = teller if progress else None
    left = max(0.0, seconds - proof - (time.monotonic() - began))
    search = Search(left, seed, tell, cores, iterations, begin, executor)
    for engine in engines:
        try:
            plan = engine.plan(problem, search)
        except (ArithmeticError, LookupError, MemoryError, RuntimeError, ValueError) as error:
            notes.append(f"{engine.name} was dropped: {type(error).__name__} {error}")
            continue
        broken = faults_of(problem, plan)
        if not broken:
            break
        notes.append(f"{engine.name} was dropped, its plan breaks rules: {'; '.join(map(str, broken[:5]))}")
    else:
        plan = complete(problem, begin)
        broken = faults_of(problem, plan)
        if broken:
            raise BrokenPlanError("; ".join(map(str, broken[:10])))
    plan = replace(plan, notes=(*plan.notes, *notes))
    left = seconds - (time.monotonic() - began)
    if proof and left > proof / 2 and not teller.stopped:
        from routing.solve.exact import proven

        plan = proven(problem, plan, min(left, proof), cores, lambda: teller(1.0, plan.cost))
    plan = replace(plan, seconds=round(time.monotonic() - began, 3))
    if progress is not None:
        progress(1.0, plan.cost)
    return plan


PROOF_FROM = 5.0
"""Seconds of search from which on a small day is proven as well."""

PROOF_SHARE, LONGEST_PROOF = 0.4, 15.0
"""Share of the time that goes into it, and the most seconds."""


def _proof_seconds(problem: Problem, seconds: float) -> float:
    if seconds < PROOF_FROM:
        return 0.0
    from routing.solve.exact import is_small

    return min(PROOF_SHARE * seconds, LONGEST_PROOF) if is_small(problem) else 0.0


class _Teller:
    """Passes an engine's progress on as the first part of the whole, and remembers whether it was told to stop."""

    def __init__(self, progress: Progress | None, part: float) -> None:
        self.progress, self.part, self.stopped = progress, part, False

    def __call__(self, share: float, cost: int | None) -> bool:
        if self.progress is not None and self.progress(share * self.part, cost):
            self.stopped = True
        return self.stopped


def faults_of(problem: Problem, plan: Plan) -> list[Violation]:
    """Return what no engine may do, of all that the judge finds."""
    return [v for v in check(problem, plan) if v.rule != LEFT_OUT]
