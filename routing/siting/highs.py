"""Mixed integer models for HiGHS: solved to the proof, to the end of their seconds, or until somebody stops them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.siting.quiet import hush

Floats = NDArray[np.float64]
Result = TypeVar("Result")
State = Literal["proven", "none", "open"]

LOOK_SECONDS = 0.05
"""How often is looked whether somebody stops a solve."""

SLICES = (0.05, 0.25, 1.0)
"""Shares of the seconds that each try may take, where somebody may stop: what an ended try has found is kept."""

MANY = 30_000
"""Columns above which a relaxation is solved by the interior point method."""

LEAST_SECONDS = 0.5
ENOUGH = 1e-8
"""Share of a value by which an answer that counts as proven may be from its bound."""


@dataclass(frozen=True, eq=False)
class Model:
    """Minimise ``cost @ x`` where ``least <= matrix @ x <= most`` and ``low <= x <= high``.

    Attributes
    ----------
    whole
        (columns) which of them are whole numbers.
    matrix
        (rows, columns), sparse.
    """

    cost: Floats
    whole: NDArray[np.bool_]
    low: Floats
    high: Floats
    matrix: Any
    least: Floats
    most: Floats


@dataclass(frozen=True, eq=False)
class Solved:
    """Columns (None: nothing found), their cost, what no columns cost less than, and how it ended.

    ``proven``: nothing is better; ``none``: there is no answer; ``open``: time or somebody ended it.
    """

    x: Floats | None
    value: float
    bound: float
    state: State


@dataclass
class Linear:
    """A linear relaxation solved: columns (None where there is no answer), cost, price of each row."""

    x: Floats | None
    value: float
    prices: Floats = field(repr=False)
    ended: bool = True


def never() -> bool:
    """Nobody stops it."""
    return False


def solve(
    model: Model, seconds: float, stopped: Callable[[], bool] = never, slices: tuple[float, ...] = SLICES
) -> Solved:
    """Let HiGHS minimise; where ``stopped`` is given it is asked many times a second, and the best so far returned.

    ``slices`` are shares of the seconds for each try; with a single one nothing is returned of what is stopped.
    """
    end = time.monotonic() + seconds
    best, bound = Solved(None, math.inf, -math.inf, "open"), -math.inf
    for share in (1.0,) if stopped is never else slices:
        if stopped():
            break
        left = end - time.monotonic()
        if share < 1.0 and seconds * share < LEAST_SECONDS:
            continue
        given = max(LEAST_SECONDS, min(left, seconds * share))
        found = watched(partial(_once, model, given), stopped)
        if found is None:
            break
        bound = max(bound, found.bound)
        if found.state == "none" or found.value < best.value:
            best = found
        if found.state != "open" or time.monotonic() >= end:
            break
    return Solved(best.x, best.value, best.bound if best.state != "open" else bound, best.state)


def watched(work: Callable[[], Result], stopped: Callable[[], bool]) -> Result | None:
    """Do work in a thread, so that it can be left; None where it was stopped."""
    if stopped is never:
        return work()
    told: list[Result | BaseException] = []

    def run() -> None:
        try:
            told.append(work())
        except BaseException as error:  # raised again below, where somebody waits
            told.append(error)

    thread = threading.Thread(target=run, name="highs", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOOK_SECONDS)
        if thread.is_alive() and stopped():
            return None
    if isinstance(told[0], BaseException):
        raise told[0]
    return told[0]


def _once(model: Model, seconds: float) -> Solved:
    from scipy.optimize import Bounds, LinearConstraint, milp

    hush()
    rows = [LinearConstraint(model.matrix, model.least, model.most)] if model.matrix.shape[0] else []
    found: Any = milp(
        model.cost,
        integrality=model.whole.astype(np.int64),
        bounds=Bounds(model.low, model.high),
        constraints=rows,
        options={"time_limit": seconds, "mip_rel_gap": ENOUGH},
    )
    if found.x is None:
        state: State = "none" if found.status == 2 else "open"
        return Solved(None, math.inf, math.inf if state == "none" else _bound(found), state)
    value = float(found.fun)
    if found.status == 0:
        return Solved(found.x, value, value if found.mip_dual_bound is None else min(value, _bound(found)), "proven")
    return Solved(found.x, value, min(value, _bound(found)), "open")


def relax(model: Model, seconds: float) -> Linear:
    """Solve the linear relaxation; prices are what the cost rises by a unit of each row's bound."""
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    equal = model.least == model.most
    above, below = ~equal & np.isfinite(model.most), ~equal & np.isfinite(model.least)
    matrix = model.matrix.tocsr()
    found: Any = linprog(
        model.cost,
        A_ub=vstack([matrix[above], -matrix[below]]) if above.any() or below.any() else None,
        b_ub=np.concatenate([model.most[above], -model.least[below]]) if above.any() or below.any() else None,
        A_eq=matrix[equal] if equal.any() else None,
        b_eq=model.least[equal] if equal.any() else None,
        bounds=np.stack([model.low, model.high], axis=1),
        method="highs-ipm" if len(model.cost) > MANY else "highs",
        options={"time_limit": max(LEAST_SECONDS, seconds)},
    )
    prices = np.zeros(len(model.least))
    if found.status != 0:
        return Linear(None, math.inf, prices, ended=found.status == 2)
    if equal.any():
        prices[equal] = found.eqlin.marginals
    if above.any() or below.any():
        count = int(above.sum())
        prices[above] += found.ineqlin.marginals[:count]
        prices[below] -= found.ineqlin.marginals[count:]
    return Linear(found.x, float(found.fun), prices)


def _bound(found: Any) -> float:
    bound = getattr(found, "mip_dual_bound", None)
    return -math.inf if bound is None or not np.isfinite(bound) else float(bound)
