"""The robust choice: each case's own best, the least expected cost, the least worst regret; each with its bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.errors import N_, InputError
from routing.siting.answer import PROVEN, SitingAnswer, gap_of
from routing.siting.asking import no_answer
from routing.siting.branching import solve
from routing.siting.highs import never
from routing.siting.optimise import evaluate, optimise
from routing.siting.problem import Aim
from routing.siting.robust.cases import Case, aim_for, require_cases, shares_of
from routing.siting.robust.regret import Pool, least_regret
from routing.siting.robust.stacking import cases_of, stacked

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Choice:
    """A choice of sites and what it is worth in each case.

    Attributes
    ----------
    opened
        Size by site.
    values
        (cases) what it costs; infinity where not everything has room.
    regrets
        (cases) by how much that is more than the best that is known for the case alone.
    expected
        Mean of the values by the cases' shares.
    """

    opened: Mapping[str, str]
    values: Floats
    regrets: Floats
    expected: float

    @property
    def worst(self) -> float:
        """The largest regret."""
        return float(self.regrets.max())


@dataclass(frozen=True, eq=False)
class Robust:
    """What the search for a robust choice found.

    Attributes
    ----------
    alone
        For each case the best choice if only that case came, in the order of the cases.
    alone_bounds
        (cases) what no choice costs less than in that case.
    by_cost, by_regret
        The choice of least expected cost, and of least worst regret.
    cost_bound, regret_bound
        What no choice's expected cost, and worst regret, is less than.
    """

    cases: tuple[Case, ...]
    aim: Aim
    shares: Floats
    alone: tuple[Choice, ...]
    alone_bounds: Floats
    by_cost: Choice
    by_regret: Choice
    cost_bound: float
    regret_bound: float

    @property
    def cost_gap(self) -> float:
        """Share of the expected cost by which another choice may have less."""
        return gap_of(self.by_cost.expected, self.cost_bound, False)

    @property
    def regret_gap(self) -> float:
        """By how much another choice's worst regret may be less, or this one's more, as a share of the expected cost.

        The latter where a case's own best is not proven: what it costs at least is then less than the best known.
        """
        unsure = float((self.by_regret.values - self.alone_bounds).max()) - self.by_regret.worst
        return max(0.0, self.by_regret.worst - self.regret_bound + unsure) / max(1.0, abs(self.by_cost.expected))

    @property
    def cost_proven(self) -> bool:
        """Whether no choice has less expected cost."""
        return self.cost_gap <= PROVEN

    @property
    def regret_proven(self) -> bool:
        """Whether no choice has less worst regret."""
        return self.regret_gap <= PROVEN

    @property
    def price(self) -> float:
        """By how much the expected cost of the choice of least regret is more."""
        return self.by_regret.expected - self.by_cost.expected

    @property
    def saved(self) -> float:
        """By how much its worst regret is less than that of the choice of least expected cost."""
        return self.by_cost.worst - self.by_regret.worst

    def answers(self, choice: Choice) -> tuple[SitingAnswer, ...]:
        """Return what becomes of a choice in each case, with who goes where; for the judge, and for maps."""
        if not choice.opened:  # nothing comes in any case
            return tuple(SitingAnswer(self.aim, {}, (), 0.0, 0.0, {}) for _ in self.cases)
        return tuple(evaluate(case.problem, self.aim, choice.opened) for case in self.cases)


def robust(
    cases: Sequence[Case],
    aim: Aim,
    seconds: float = 60.0,
    stopped: Callable[[], bool] = never,
    told: Callable[[float], object] = lambda share: None,
) -> Robust:
    """Return the choices of least expected cost and of least worst regret, within so many seconds for each search.

    There are as many searches as cases, and one for each of the two. ``stopped`` ends them with the best so far;
    ``told`` is called with the share of the work that is done.

    Raises
    ------
    InputError
        As `routing.siting.optimise.optimise` for one of the cases, with its name, and where no choice has room for all
        of them.
    """
    require_cases(cases, aim)
    shares, searches = shares_of(cases), len(cases) + 2
    tables = cases_of(cases, aim)
    pool = Pool(tables)
    alone, bounds = [], []
    for number, case in enumerate(cases):
        answer = _of_case(case, aim, seconds, stopped)
        options = tables.options(answer.opened)
        alone.append(options)
        bounds.append(answer.bound)
        pool.values(options)
        told((number + 1) / searches)
    near = _near(pool, alone, shares)
    found = solve(stacked(tables, shares), tables.kept, (), seconds, near, stopped)
    if found.options is None:
        raise (
            no_answer(aim)
            if found.bound == np.inf
            else InputError(
                "no-time",
                N_("No choice with room for all scenarios was found within %(seconds)s seconds. Allow more seconds."),
                seconds=round(seconds),
            )
        )
    pool.values(found.options)
    told((searches - 1) / searches)
    optima = _optima(pool)
    regret = least_regret(pool, optima, shares, seconds, stopped, lambda share: told((searches - 1 + share) / searches))
    optima = _optima(pool)
    sound = pool.sound()
    cheapest = min(sound, key=lambda key: float(sound[key] @ shares))
    best = pool.best(optima, shares)
    robustest = cheapest if best is None else best[0]

    def choice(key: Sequence[int] | NDArray[np.int64]) -> Choice:
        options = np.array(key, dtype=np.int64)
        values = pool.values(options)
        return Choice(tables.opened(options), values, values - optima, float(values @ shares))

    lifted = float((pool.values(np.array(robustest)) - optima).max())
    return Robust(
        cases=tuple(cases),
        aim=aim_for(cases[0].problem, aim),
        shares=shares,
        alone=tuple(choice(options) for options in alone),
        alone_bounds=np.minimum(np.array(bounds), optima),
        by_cost=choice(cheapest),
        by_regret=choice(robustest),
        cost_bound=min(found.bound, float(sound[cheapest] @ shares)),
        regret_bound=max(0.0, min(regret.bound, lifted)),
    )


def _of_case(case: Case, aim: Aim, seconds: float, stopped: Callable[[], bool]) -> SitingAnswer:
    try:
        return optimise(case.problem, aim_for(case.problem, aim), seconds, stopped=stopped)
    except InputError as error:
        template = "In the scenario %(scenario)s: " + error.template
        raise InputError(error.code, template, scenario=case.name, **error.values) from error


def _near(pool: Pool, alone: Sequence[NDArray[np.int64]], shares: Floats) -> NDArray[np.int64]:
    """Return the choice for one case that is best for all, or else that which costs most: it has most room."""

    def worth(options: NDArray[np.int64]) -> tuple[bool, float]:
        values = pool.values(options)
        fine = bool(np.isfinite(values).all())
        return not fine, float(values @ shares) if fine else -float(values[np.isfinite(values)].max(initial=0.0))

    return min(alone, key=worth)


def _optima(pool: Pool) -> Floats:
    """Return the least cost of each case that any known choice has."""
    return np.asarray(np.min(list(pool.known.values()), axis=0))
