"""A choice of sites that is given: driven on sampled days, beside what the model says of it, and what that teaches.

Sites have no bound here: trucks unload where it is best for them, among the sites that the choice sends some of their
depot's goods to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from routing.errors import N_, InputError
from routing.siting.answer import SitingAnswer
from routing.siting.highs import never
from routing.siting.located.correcting import correction
from routing.siting.located.rounds import RoundDay
from routing.siting.located.search import SURE, Effort, Rounds, loads_of
from routing.siting.located.years import Year, year_of
from routing.siting.problem import SitingProblem


@dataclass(frozen=True, eq=False)
class Given:
    """A choice: the problem that has just its sites, and who goes where.

    ``days`` are sampled days of all depots, ``points_of`` the points of each depot.
    """

    problem: SitingProblem
    answer: SitingAnswer
    days: Sequence[RoundDay]
    points_of: Mapping[str, frozenset[str]]


@dataclass(frozen=True, eq=False)
class Outing:
    """A choice and the year of its rounds.

    Attributes
    ----------
    ways
        Money a year that the model says its ways cost.
    slope, slope_error
        What a yuan of these ways is in routes, by its own trips; and its standard error, infinity where they do not
        tell it (the slope is 1 then).
    """

    ways: float
    year: Year
    slope: float
    slope_error: float

    @property
    def rounds(self) -> float:
        """Money a year of its rounds."""
        return float(np.mean(self.year.days))

    @property
    def base(self) -> float:
        """Money a year that rounds cost beside the slope's part."""
        return self.rounds - self.slope * self.ways


def driven_year(
    given: Given,
    executor: Executor,
    effort: Effort,
    stopped: Callable[[], bool] = never,
    told: Callable[[int, int], object] = lambda done, of: None,
) -> Outing | None:
    """Drive a choice's days; None where somebody stopped it before all were driven.

    Raises
    ------
    InputError
        For fewer than two days, and where the processes that plan them were lost.
    """
    if len({day.day for day in given.days}) < 2:
        raise InputError("too-few-days", N_("One day tells nothing about the noise. Give two days at least."))
    rounds = Rounds(given.days, given.points_of, executor, effort, stopped, told, given.problem)
    rounds.drive([given.answer])
    whole = rounds.of(given.answer)
    if whole is None:
        return None
    learnt = correction(given.problem, loads_of(given.problem, rounds), [], [])
    year = year_of(whole, given.answer.opened)
    return Outing(given.answer.parts["transport"], year, learnt.slope, learnt.slope_error)


def difference(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Return by how much the second of two choices is dearer, and the noise within which that may be chance.

    Both were driven on the same days, so that these are compared one by one.
    """
    apart = np.array(second) - np.array(first)
    noise = SURE * float(np.std(apart, ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else 0.0
    return float(apart.mean()), noise
