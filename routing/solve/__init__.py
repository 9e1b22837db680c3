"""The one public door to the engines: `solve`."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
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
    guarded: bool = False,
    reasons: bool = True,
) -> Plan:
    """Plan the day: search for `seconds` of wall time on `cores`, and return the best plan found, already judged.

    The search begins from the plan `start` where one is given, as far as it keeps the rules. Days of
    thousands of stops are searched in pieces, by ``executor`` where one is given: a pool of processes, or a cluster's.

    With `iterations` so many are made on each core instead: the same seed, cores and iterations give the same plan.
    An engine that fails or breaks a rule is dropped, the plan's notes say so, and another one is asked, for the time
    that is left or for a tenth of it all; what the first one had found until then competes. Another one is also asked
    when a stop is left out that must be served. On a small day a part of the time goes into proving how good the plan
    is (`Plan.bound`), unless `iterations` are given. What `load` takes is not counted.

    With ``guarded`` each engine works in a process of its own (`routing.solve.apart`), so that one that crashes, hangs
    or takes all memory is dropped like any other. Then there is no ``executor``.

    Without ``reasons`` it is not looked for why stops are left out, which takes a tenth of a second for each: what is
    not found by itself is ``no-place``.

    Raises
    ------
    BrokenPlanError
        When no engine's plan keeps the rules, which is a fault of theirs and never of the input. What `progress` raises
        is raised as it is.
    """
    from routing.solve.contest import Contest, must_be_served
    from routing.solve.finish import drivable
    from routing.solve.portfolio import Search, engines_for

    if guarded and executor is not None:
        raise ValueError("an engine in a process of its own has no use for an executor")
    engines = engines_for(problem)
    if engines:
        with suppress(Exception):  # an engine that cannot do without what is loaded says so
            load()
    began = time.monotonic()
    proof = 0.0 if iterations is not None else _proof_seconds(problem, seconds)
    least = min(seconds, max(LEAST, LEAST_SHARE * seconds))
    teller = _Teller(progress, 1.0 - proof / max(seconds, 1e-9))
    begin = () if start is None else drivable(problem, orders_of(start))
    tell = teller if progress else None

    def left() -> float:
        return max(0.0, seconds - proof - (time.monotonic() - began))

    search = Search(left(), seed, tell, cores, iterations, begin, executor, reasons=reasons)
    contest = Contest(problem, guarded, teller.let_through)
    for asked, engine in enumerate(engines, 1):
        answer = contest.ask(engine, search)
        if teller.stopped:
            break
        search = replace(search, seconds=max(left(), least))
        if answer is None:
            continue
        missing = must_be_served(problem, answer)
        if not missing or iterations is not None:
            break
        contest.notes.append(f"{engine.name} leaves out what must be served: {', '.join(missing[:NAMED])}")
        if asked < len(engines) and not guarded and left() < least:
            contest.notes.append(f"there was no time left to ask {engines[asked].name}")
            break
    plan = contest.best(replace(search, seconds=least))
    spare = seconds - (time.monotonic() - began)
    if proof and spare > proof / 2 and not teller.stopped:
        from routing.solve.exact import proven

        plan = proven(problem, plan, min(spare, proof), cores, lambda: teller(1.0, plan.cost))
    plan = replace(plan, seconds=round(time.monotonic() - began, 3))
    if progress is not None:
        progress(1.0, plan.cost)
    return plan


LEAST, LEAST_SHARE = 1.0, 0.1
"""Seconds, and share of the time given, that an engine gets at least when it is asked after another one."""

NAMED = 5
"""Most stops or broken rules that a note names."""

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
    """Passes engines' progress on as the first part of the whole, never backwards, and remembers what it was told."""

    def __init__(self, progress: Progress | None, part: float) -> None:
        self.progress, self.part = progress, part
        self.share, self.stopped = 0.0, False
        self.error: Exception | None = None

    def __call__(self, share: float, cost: int | None) -> bool:
        self.let_through()
        self.share = max(self.share, share * self.part)
        try:
            if self.progress is not None and self.progress(self.share, cost):
                self.stopped = True
        except Exception as error:
            self.error = error
            raise
        return self.stopped

    def let_through(self) -> None:
        """Raise what the caller's progress raised, which is no engine's fault and may have been caught by one."""
        if self.error is not None:
            raise self.error


def faults_of(problem: Problem, plan: Plan) -> list[Violation]:
    """Return what no engine may do, of all that the judge finds."""
    return [v for v in check(problem, plan) if v.rule != LEFT_OUT]
