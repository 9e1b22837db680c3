"""Many days under one policy, and the quota that keeps as much of what it promises."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from benchmarks.promising.day import Outcome, Trial, run

LEAST_PLANNABLE = 0.99
"""Share of accepted bookings that a quota must be able to plan to count as one that keeps its promises."""

MOST = 200
"""No quota a window is larger."""


def season(pool: Executor, trials: Sequence[Trial]) -> list[Outcome]:
    """Try days and return what became of each, in order."""
    return list(pool.map(run, trials))


def plannable(outcomes: Sequence[Outcome]) -> float:
    """Return which share of all accepted bookings is on a route."""
    return sum(o.plannable for o in outcomes) / max(1, sum(o.accepted for o in outcomes))


def tuned(pool: Executor, trials: Sequence[Trial], guess: int) -> tuple[int, list[Outcome]]:
    """Return the largest quota a window with which these very days are plannable, and what became of them.

    It begins at `guess`, goes up by quarters while that is plannable, and then halves. A quota has the advantage of
    hindsight: it is chosen by the days on which it is judged.
    """
    good, found = 0, season(pool, [replace(trial, quota=0) for trial in trials])
    bad, ask = MOST + 1, guess
    while bad - good > 1:
        outcomes = season(pool, [replace(trial, quota=ask) for trial in trials])
        if plannable(outcomes) >= LEAST_PLANNABLE:
            good, found = ask, outcomes
        else:
            bad = ask
        ask = (good + bad) // 2 if bad <= MOST else min(MOST, good + max(1, good // 4))
    return good, found
