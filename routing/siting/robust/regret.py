"""The least worst regret, with its proof.

The worst regret of a choice is at least any weighing of its regrets, so the least weighed cost is a bound for all
choices. Which weights give the best bound is a game between choices and cases, solved by taking in the answer to each
pair of weights (Kelley's cutting planes); then sites are decided one after the other under these weights, and what is
decided is judged by its worst regret (Kouvelis and Yu 1997 on min-max regret; the way of the bound is our own).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.siting.branching import Search, solve
from routing.siting.robust.stacking import Cases, stacked
from routing.siting.transport import lower

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

ROUNDS = 12
"""Weights that are tried for a better bound at most."""

ON_WEIGHTS = 0.5
"""Share of the seconds that trying weights may take."""

SAME = 1e-7
"""Share of a cost by which two bounds are the same."""


class Pool:
    """Every choice that was costed, by its options: what it costs in each case."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.known: dict[tuple[int, ...], Floats] = {}

    def values(self, options: Whole) -> Floats:
        """Return what a choice costs in each case, and keep it."""
        key = tuple(int(o) for o in np.sort(options))
        if key not in self.known:
            self.known[key] = self.cases.values(np.array(key, dtype=np.int64))
        return self.known[key]

    def sound(self) -> dict[tuple[int, ...], Floats]:
        """Return the choices that are possible in every case."""
        return {key: values for key, values in self.known.items() if np.isfinite(values).all()}

    def best(self, optima: Floats, shares: Floats) -> tuple[tuple[int, ...], float] | None:
        """Return the choice of least worst regret (among equal ones, of least expected cost), and that regret."""
        sound = self.sound()
        if not sound:
            return None
        key = min(sound, key=lambda k: (round(float((sound[k] - optima).max()), 3), float(sound[k] @ shares)))
        return key, float((sound[key] - optima).max())


@dataclass(frozen=True)
class Regretted:
    """The choice of least worst regret (None: none was found), that regret, and what no choice's is less than."""

    options: Whole | None
    worst: float
    bound: float
    nodes: int


class RegretSearch(Search):
    """Branch and bound under fixed weights of the cases, in which choices are judged by their worst regret.

    Values are a regret and the weighed optima, so that they compare with the bounds of weighed costs.
    """

    def __init__(
        self, pool: Pool, weights: Floats, optima: Floats, stopped: Callable[[], bool], near: Whole | None
    ) -> None:
        super().__init__(stacked(pool.cases, weights), pool.cases.kept, (), stopped, near)
        self.pool, self.optima, self.base = pool, optima, float(weights @ optima)

    def _try(self, options: Whole, exact: bool = False) -> None:
        """Keep a choice if it keeps all rules and its worst regret is the least so far."""
        table = self.table
        if not table.least <= len(options) <= table.most or table.invest[options].sum() > table.budget * (1 + 1e-12):
            return
        key = np.sort(options).tobytes()
        if key in self.tried:
            return
        hopeful = float((self.pool.cases.hopes(options) - self.optima).max()) + self.base
        if hopeful >= self.best.value or not np.isfinite(hopeful):
            return
        self.tried.add(key)
        if not self.plain:
            bound = lower(table, options, self.prices, min(self.best.value, 2 * hopeful))
            if bound >= self.best.value:
                return
        value = float((self.pool.values(options) - self.optima).max()) + self.base
        if value < self.best.value:
            self.best.options, self.best.shares, self.best.value = options.copy(), None, value


def least_regret(
    pool: Pool,
    optima: Floats,
    shares: Floats,
    seconds: float,
    stopped: Callable[[], bool],
    told: Callable[[float], object],
) -> Regretted:
    """Return the choice of least worst regret against ``optima``, what each case costs at least as far as is known.

    The pool must hold one choice that is possible in every case. ``shares`` are the cases' weights, which the first
    bound is made with; ``told`` is called with the share of the work that is done.
    """
    begun = time.monotonic()
    until = begun + ON_WEIGHTS * seconds
    weights, bound, best_weights = shares, 0.0, shares
    for turn in range(ROUNDS):
        left = until - time.monotonic()
        worst = pool.best(optima, shares)
        if left <= 0 or stopped() or worst is None or worst[1] - bound <= SAME * float(optima.max()):
            break
        near = np.array(worst[0], dtype=np.int64)
        found = solve(stacked(pool.cases, weights), pool.cases.kept, (), left / 2, near, stopped)
        if found.options is not None:
            pool.values(found.options)
        if found.bound - float(weights @ optima) > bound:
            bound, best_weights = found.bound - float(weights @ optima), weights
        told(0.5 * (turn + 1) / ROUNDS)
        weights, hoped = _game(pool, optima)
        if hoped - bound <= SAME * float(optima.max()):
            break
    worst = pool.best(optima, shares)
    if worst is None:
        return Regretted(None, np.inf, bound, 0)
    end = begun + seconds
    near = np.array(worst[0], dtype=np.int64)

    def over() -> bool:
        told(0.5 + 0.5 * min(1.0, (time.monotonic() - until) / max(1e-9, end - until)))
        return time.monotonic() > end or stopped()

    search = RegretSearch(pool, best_weights, optima, over, near)
    search.best.options, search.best.value = near, worst[1] + search.base
    found = search.run()
    bound = max(bound, min(found.bound, found.value) - search.base)
    worst = pool.best(optima, shares) or worst
    return Regretted(np.array(worst[0], dtype=np.int64), worst[1], min(bound, worst[1]), found.nodes)


def _game(pool: Pool, optima: Floats) -> tuple[Floats, float]:
    """Return the weights under which the best of the known choices has most regret, and that regret."""
    from scipy.optimize import linprog

    regrets = np.array([values - optima for values in pool.sound().values()])
    count, cases = regrets.shape
    scale = max(1.0, float(np.abs(regrets).max()))
    solved = linprog(
        np.concatenate([np.zeros(cases), [-1.0]]),
        A_ub=np.hstack([-regrets / scale, np.ones((count, 1))]),
        b_ub=np.zeros(count),
        A_eq=np.concatenate([np.ones(cases), [0.0]])[None],
        b_eq=np.ones(1),
        bounds=[*[(0.0, 1.0)] * cases, (None, None)],
        method="highs",
    )
    weights = np.maximum(solved.x[:-1], 0.0)
    return np.asarray(weights / weights.sum()), float(solved.x[-1]) * scale
