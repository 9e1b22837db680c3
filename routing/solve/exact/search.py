"""CP-SAT at work on the model of a day, with limits of time and memory."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from routing.problem import Problem
from routing.schedule import Orders
from routing.solve.exact.model import Model

MEMORY = 3_000
"""Megabytes that CP-SAT may use."""


@dataclass(frozen=True)
class Found:
    """What is known of a day.

    Attributes
    ----------
    orders
        The best that the model has found, or None. Where the model leaves rules out they may break them.
    cost
        Fen that the model thinks they cost.
    bound
        No plan costs less than so many fen, proven.
    impossible
        Whether it is proven that there is no plan at all: something must be served that cannot be.
    relaxed
        Rules and prices that the model leaves out, in the words of `routing.solve.portfolio.FEATURES`.
    done
        Whether the search came to its end, so that ``orders`` are the best and ``bound`` is their ``cost``.
    """

    orders: Orders | None = None
    cost: int | None = None
    bound: int = 0
    impossible: bool = False
    relaxed: tuple[str, ...] = ()
    done: bool = False


Tell = Callable[[Found], object]
"""Called with what is known so far; the search ends when the answer is true."""


def best_of(
    problem: Problem,
    start: Orders,
    seconds: float,
    cores: int = 1,
    must: Collection[str] = (),
    tell: Tell | None = None,
) -> Found:
    """Search for the best plan in this process, beginning from the orders ``start``.

    ``must`` as in `Model`.

    Raises
    ------
    TooLargeError
        When the day has more possibilities than can be looked at.
    """
    from ortools.sat.python import cp_model

    began = time.monotonic()
    model = Model(problem, must)
    model.hint(start)
    solver: Any = cp_model.CpSolver()
    solver.parameters.num_workers = max(1, cores)
    solver.parameters.interleave_search = cores <= 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_time_in_seconds = max(0.01, seconds - (time.monotonic() - began))
    solver.parameters.max_memory_in_mb = MEMORY
    solver.parameters.random_seed = 1
    relaxed = tuple(model.relaxed)
    known = [Found(relaxed=relaxed)]

    class Solutions(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            bound = max(known[0].bound, _whole(self.best_objective_bound))
            known[0] = Found(model.orders(self.value), round(self.objective_value), bound, relaxed=relaxed)
            if tell is not None and tell(known[0]):
                self.stop_search()

    def told(bound: float) -> None:
        known[0] = replace(known[0], bound=max(known[0].bound, _whole(bound)))
        if tell is not None and tell(known[0]):
            solver.stop_search()

    solver.best_bound_callback = told
    status = solver.solve(model.model, Solutions())
    if status == cp_model.INFEASIBLE:
        return Found(impossible=True, relaxed=relaxed, done=True)
    if status == cp_model.MODEL_INVALID:
        raise ValueError(f"CP-SAT refuses the model: {model.model.validate()[:200]}")
    if status == cp_model.OPTIMAL:
        cost = round(solver.objective_value)
        return Found(model.orders(solver.value), cost, cost, relaxed=relaxed, done=True)
    return replace(known[0], bound=max(known[0].bound, _whole(solver.best_objective_bound)))


def _whole(bound: float) -> int:
    """The bound in whole fen, never above it, and never below what no plan can go."""
    return max(0, math.floor(bound + 1e-6)) if math.isfinite(bound) else 0
