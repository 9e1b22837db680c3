"""Sites within reach: fewest, most people, or the shortest reach for everybody; integer models that HiGHS proves."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """Sites that stay, how many there may be, a set that may not be the answer, and when time is over."""

    kept: Flags
    most: int
    banned: frozenset[int] | None
    end: float

    @property
    def left(self) -> float:
        """Seconds that are left; a little in any case."""
        return max(0.5, self.end - time.monotonic())


def fewest_sites(reached: Flags, rules: Rules) -> Covered:
    """Return the fewest sites that reach every point; ``reached`` is (points, sites)."""
    rows, sites = needed_rows(reached), reached.shape[1]
    found = _solve(np.ones(sites), [(rows.astype(float), 1.0, np.inf)], sites, rules)
    if found.x is None:
        least = _bound(found, math.inf if found.status == 2 else 0.0)
        return Covered(None, np.inf, math.ceil(least - 1e-6) if np.isfinite(least) else least)
    opened = np.flatnonzero(found.x[:sites] > 0.5)
    return Covered(opened, len(opened), min(len(opened), math.ceil(_bound(found, 0.0) - 1e-6)))


def most_people(reached: Flags, people: NDArray[np.float64], rules: Rules) -> Covered:
    """Return the sites that reach most people."""
    kinds, kind = np.unique(reached, axis=0, return_inverse=True)
    weight = np.bincount(kind.reshape(-1), people, minlength=len(kinds))
    useful = kinds.any(axis=1) & (weight > 0)
    kinds, weight = kinds[useful], weight[useful]
    sites = reached.shape[1]
    from scipy.sparse import eye_array, hstack

    rows: list[tuple[Any, float, float]] = [
        (hstack([-kinds.astype(float), eye_array(len(kinds))]), -np.inf, 0.0),
        (np.concatenate([np.ones(sites), np.zeros(len(kinds))])[None], -np.inf, rules.most),
    ]
    found = _solve(np.concatenate([np.zeros(sites), -weight]), rows, sites, rules)
    if found.x is None:
        return Covered(None, -np.inf, float(weight.sum()))
    opened = np.flatnonzero(found.x[:sites] > 0.5)
    value = float(people[reached[:, opened].any(axis=1)].sum())
    return Covered(opened, value, max(value, -_bound(found, -float(weight.sum()))))


def shortest_reach(seconds: NDArray[np.int32], rules: Rules) -> Covered:
    """Return the sites whose farthest point is nearest, by halving the sorted times (Minieka 1970).

    ``seconds`` is (points, sites), -1 where there is no way; the bound is the least time that is not proven too short.
    """
    far = np.where(seconds < 0, np.iinfo(np.int32).max, seconds)
    nearest = far.min(axis=1)
    times = np.unique(seconds[seconds >= (nearest.max() if len(nearest) else 0)])
    low, high, sites, solved = 0, len(times), None, 0
    middle = high - 1
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


def needed_rows(reached: Flags) -> Flags:
    """Leave out points that are reached whenever some other point is."""
    rows = np.unique(reached, axis=0)
    count = rows.sum(axis=1)
    rows = rows[np.argsort(count, kind="stable")]
    number = rows.astype(np.float32)
    inside = (number @ number.T) >= number.sum(axis=1)[:, None]  # row i is part of row j
    np.fill_diagonal(inside, False)
    return np.asarray(rows[~inside.any(axis=0)])


def _solve(cost: NDArray[np.float64], rows: list[tuple[Any, float, float]], sites: int, rules: Rules) -> Any:
    """Let HiGHS minimise; the first columns are the sites, open or not, the others are between 0 and 1."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    columns = len(cost)
    if rules.banned is not None:
        other = np.zeros(columns)
        other[:sites] = 1.0
        other[list(rules.banned)] = -1.0
        rows = [*rows, (other[None], 1.0 - len(rules.banned), np.inf)]
    low = np.zeros(columns)
    low[:sites] = rules.kept
    return milp(
        cost,
        integrality=np.arange(columns) < sites,
        bounds=Bounds(low, np.ones(columns)),
        constraints=[LinearConstraint(matrix, least, most) for matrix, least, most in rows if matrix.shape[0]],
        options={"time_limit": rules.left, "mip_rel_gap": 0.0},
    )


def _bound(found: Any, otherwise: float) -> float:
    bound = getattr(found, "mip_dual_bound", None)
    return otherwise if bound is None or not np.isfinite(bound) else float(bound)
