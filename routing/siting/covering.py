"""Sites within reach: fewest, most people, or the shortest reach for everybody; integer models that HiGHS proves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.siting.highs import Model, Solved, never, solve

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Covered:
    """Open sites (None: no answer found), what they are worth, what is proven, and how many models were solved."""

    sites: NDArray[np.int64] | None
    value: float
    bound: float
    solved: int = 1


@dataclass(frozen=True)
class Rules:
    """Sites that stay, how many there may be, sets that may not be the answer, when time is over, who may stop it."""

    kept: Flags
    most: int
    banned: Sequence[frozenset[int]]
    end: float
    stopped: Callable[[], bool] = never

    @property
    def left(self) -> float:
        """Seconds that are left; a little in any case."""
        return max(0.5, self.end - time.monotonic())


def fewest_sites(reached: Flags, rules: Rules) -> Covered:
    """Return the fewest sites that reach every point; ``reached`` is (points, sites).

    What a quick choice gives counts where the search has found nothing better when it ends.
    """
    rows, sites = needed_rows(reached), reached.shape[1]
    found = _solve(np.ones(sites), [(rows.astype(float), 1.0, np.inf)], sites, rules)
    least = math.ceil(found.bound - 1e-6) if np.isfinite(found.bound) else found.bound
    quick = greedy(rows, np.ones(len(rows)), sites, rules)
    choices = [] if found.x is None else [np.flatnonzero(found.x[:sites] > 0.5)]
    if found.state != "none" and quick is not None and bool(rows[:, quick].any(axis=1).all()):
        choices.append(quick)
    if not choices:
        return Covered(None, np.inf, max(least, 0.0) if found.state != "none" else np.inf)
    opened = min(choices, key=len)
    return Covered(opened, len(opened), min(len(opened), max(least, float(rules.kept.sum()))))


def most_people(reached: Flags, people: NDArray[np.float64], rules: Rules) -> Covered:
    """Return the sites that reach most people."""
    kinds, kind = np.unique(reached, axis=0, return_inverse=True)
    weight = np.bincount(kind.reshape(-1), people, minlength=len(kinds))
    useful = kinds.any(axis=1) & (weight > 0)
    kinds, weight = kinds[useful], np.asarray(weight[useful], dtype=float)
    sites = reached.shape[1]
    from scipy.sparse import eye_array, hstack

    rows: list[tuple[Any, float, float]] = [
        (hstack([-kinds.astype(float), eye_array(len(kinds))]), -np.inf, 0.0),
        (np.concatenate([np.ones(sites), np.zeros(len(kinds))])[None], -np.inf, rules.most),
    ]
    found = _solve(np.concatenate([np.zeros(sites), -weight]), rows, sites, rules)
    every = float(weight.sum())
    if found.state == "none":
        return Covered(None, -np.inf, every)
    quick = greedy(kinds, np.asarray(weight, dtype=float), rules.most, rules)
    choices = [] if found.x is None else [np.flatnonzero(found.x[:sites] > 0.5)]
    choices += [] if quick is None else [quick]
    if not choices:
        return Covered(None, -np.inf, every)
    worths = [float(people[reached[:, opened].any(axis=1)].sum()) for opened in choices]
    value = max(worths)
    bound = min(every, -found.bound) if np.isfinite(found.bound) else every
    return Covered(choices[worths.index(value)], value, max(value, bound))


def greedy(kinds: Flags, weight: NDArray[np.float64], most: int, rules: Rules) -> NDArray[np.int64] | None:
    """Open what reaches most that is not reached yet, one site after the other; None where that may not be."""
    opened = np.flatnonzero(rules.kept).tolist()
    left = weight * ~kinds[:, opened].any(axis=1)
    while len(opened) < most and left.any():
        gains = left @ kinds
        if not gains.any():
            break
        opened.append(int(gains.argmax()))
        left = left * ~kinds[:, opened[-1]]
    if frozenset(opened) in rules.banned:
        return None
    return np.array(sorted(opened), dtype=np.int64)


def shortest_reach(seconds: NDArray[np.int32], rules: Rules) -> Covered:
    """Return the sites whose farthest point is nearest, by halving the sorted times (Minieka 1970).

    ``seconds`` is (points, sites), -1 where there is no way; the bound is the least time that is not proven too short.
    What quick choices for each time give counts from the start, so that a search that is stopped has an answer.
    """
    far = np.where(seconds < 0, np.iinfo(np.int32).max, seconds)
    nearest = far.min(axis=1)
    times = np.unique(seconds[seconds >= (nearest.max() if len(nearest) else 0)])
    sites = _quick_reach(far, times, rules)
    high = len(times) if sites is None else int(np.searchsorted(times, far[:, sites].min(axis=1).max(initial=0)))
    low, solved = 0, 0
    middle = max(0, high - 1)
    while low < high:
        found = fewest_sites(far <= times[middle], rules)
        solved += 1
        if found.sites is not None and len(found.sites) <= rules.most:
            sites = found.sites
            reach = far[:, sites].min(axis=1).max()
            high = int(np.searchsorted(times, reach))
        elif found.bound > rules.most:
            low = middle + 1
        else:
            break
        middle = (low + high) // 2
    if sites is None:
        return Covered(None, np.inf, float(times[low]) if low < len(times) else np.inf, solved)
    return Covered(sites, float(times[high]), float(times[low]), solved)


def _quick_reach(far: NDArray[np.int32], times: NDArray[np.int32], rules: Rules) -> NDArray[np.int64] | None:
    """Return sites for a short reach, by halving the times with quick choices; None where none was found."""
    low, high, best = 0, len(times) - 1, None
    while low <= high:
        middle = (low + high) // 2
        reached = far <= times[middle]
        quick = greedy(reached, np.ones(len(far)), rules.most, rules)
        if quick is not None and bool(reached[:, quick].any(axis=1).all()):
            best, high = quick, middle - 1
        else:
            low = middle + 1
    return best


def needed_rows(reached: Flags) -> Flags:
    """Leave out points that are reached whenever some other point is."""
    rows = np.unique(reached, axis=0)
    count = rows.sum(axis=1)
    rows = rows[np.argsort(count, kind="stable")]
    number = rows.astype(np.float32)
    inside = (number @ number.T) >= number.sum(axis=1)[:, None]  # row i is part of row j
    np.fill_diagonal(inside, False)
    return np.asarray(rows[~inside.any(axis=0)])


def _solve(cost: NDArray[np.float64], rows: list[tuple[Any, float, float]], sites: int, rules: Rules) -> Solved:
    """Let HiGHS minimise; the first columns are the sites, open or not, the others are between 0 and 1."""
    from scipy.sparse import csr_array, vstack

    columns = len(cost)
    for banned in rules.banned:
        other = np.zeros(columns)
        other[:sites] = 1.0
        other[list(banned)] = -1.0
        rows = [*rows, (other[None], 1.0 - len(banned), np.inf)]
    rows = [row for row in rows if row[0].shape[0]]
    low = np.zeros(columns)
    low[:sites] = rules.kept
    counts = [matrix.shape[0] for matrix, _, _ in rows]
    model = Model(
        cost=cost,
        whole=np.arange(columns) < sites,
        low=low,
        high=np.ones(columns),
        matrix=vstack([csr_array(matrix) for matrix, _, _ in rows]).tocsr() if rows else csr_array((0, columns)),
        least=np.repeat([least for _, least, _ in rows], counts),
        most=np.repeat([most for _, _, most in rows], counts),
    )
    return solve(model, rules.left, rules.stopped)
