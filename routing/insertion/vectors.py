"""The clock over many places at once: arrays of seconds, one entry a place, and curves looked up side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.insertion.curves import FIRST, Curve
from routing.legs import NEVER
from routing.problem import Matrix, Problem

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Roads:
    """The day's matrices by profile and part of the day; ``begins`` is when each part begins (`routing.legs`)."""

    def __init__(self, problem: Problem, profiles: Sequence[str]) -> None:
        parts: list[tuple[int, Any]] = [(-NEVER, problem.matrices)]
        for period in problem.periods:
            if period.hours.start < period.hours.end:
                if parts[-1][0] == period.hours.start:
                    parts.pop()
                parts += [(period.hours.start, period.matrices), (period.hours.end, problem.matrices)]
        self.begins = [begin for begin, _ in parts]
        self._tables: list[list[Matrix]] = [
            [matrices.get(name, problem.matrices[name]) for _, matrices in parts] for name in profiles
        ]

    def legs(self, profile: Ints, a: Ints, b: Ints) -> tuple[Ints, Ints]:
        """Return seconds (places, parts), NEVER where there is no way, and the fewest metres (places,)."""
        seconds = np.empty((len(a), len(self.begins)), np.int64)
        metres = np.full(len(a), NEVER)
        for p, tables in enumerate(self._tables):
            rows = slice(None) if len(self._tables) == 1 else np.flatnonzero(profile == p)
            here, there = a[rows], b[rows]
            for q, table in enumerate(tables):
                taken = table.durations[here, there].astype(np.int64)
                seconds[rows, q] = np.where(taken < 0, NEVER, taken)
                metres[rows] = np.minimum(metres[rows], np.where(taken < 0, NEVER, table.distances[here, there]))
        return seconds, metres

    def arrival(self, seconds: Ints, now: Ints) -> Ints:
        """Return the soonest seconds at the other ends."""
        if len(self.begins) == 1:
            return now + seconds[:, 0]
        best = np.full(len(now), 4 * NEVER)
        for q, begin in enumerate(self.begins):
            there = np.maximum(begin, now) + seconds[:, q]
            if q + 1 < len(self.begins):
                there = np.where(now < self.begins[q + 1], there, 4 * NEVER)
            best = np.minimum(best, there)
        return best

    def departure(self, seconds: Ints, limit: Ints) -> Ints:
        """Return the last seconds to leave for being at the other ends by the limits."""
        if len(self.begins) == 1:
            return limit - seconds[:, 0]
        best = np.full(len(limit), FIRST)
        for q, begin in enumerate(self.begins):
            now = limit - seconds[:, q]
            if q + 1 < len(self.begins):
                now = np.minimum(now, self.begins[q + 1] - 1)
            best = np.where(now >= begin, np.maximum(best, now), best)
        return best


def rested(there: Ints, free: Ints, pauses: Ints, had: int, have: int) -> Ints:
    """Return when work can begin after an arrival, with these breaks (places, breaks, 3) since ``free``."""
    late = np.zeros(len(there), np.bool_)
    for k in range(had, have):
        first, last, length = pauses[:, k, 0], pauses[:, k, 1], pauses[:, k, 2]
        begin = np.maximum(free, first)
        late |= begin > last
        there = np.where(begin < there, there + length, there)
        free = begin + length
    return np.where(late, NEVER, np.maximum(there, free)) if have > had else there


def left(roads: Roads, seconds: Ints, limit: Ints, pauses: Ints, had: int, have: int) -> Ints:
    """Return the last seconds to leave for being free for work by the limits, with these breaks on the way."""
    now = roads.departure(seconds, limit - pauses[:, had:have, 2].sum(axis=1) if have > had else limit)
    free = limit
    for k in reversed(range(had, have)):
        free = np.minimum(free - pauses[:, k, 2], pauses[:, k, 1])
        free = np.where(free < pauses[:, k, 0], FIRST, free)
    return np.minimum(now, free)


def opened(windows: Ints, there: Ints) -> Ints:
    """Return when services begin that find one of their windows (places, windows, 2) open or wait for it, or NEVER."""
    begin = np.full(len(there), NEVER)
    for w in reversed(range(windows.shape[1])):
        start, end = windows[:, w, 0], windows[:, w, 1]
        begin = np.where(there <= end, np.maximum(there, start), begin)
    return begin


def begun(windows: Ints, limit: Ints) -> Ints:
    """Return the last seconds until the limits at which services can begin, or `FIRST`."""
    last = np.full(len(limit), FIRST)
    for w in range(windows.shape[1]):
        start, end = windows[:, w, 0], windows[:, w, 1]
        last = np.where(start <= limit, np.maximum(last, np.minimum(end, limit)), last)
    return last


@dataclass(frozen=True)
class Curves:
    """Many curves: seconds, values and rises, (curves, pieces); short ones are filled up with pieces of no effect."""

    seconds: Ints
    values: Ints
    rises: Ints

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> Curves:
        """Put curves side by side."""
        width = max((len(c.seconds) for c in curves), default=0) + 1
        seconds = np.full((len(curves), width), 8 * NEVER)
        values = np.full((len(curves), width), 8 * NEVER)
        rises = np.zeros((len(curves), width), np.int64)
        for k, c in enumerate(curves):
            seconds[k, : len(c.seconds)] = c.seconds
            values[k, : len(c.seconds)] = c.values
            rises[k, : len(c.seconds)] = c.rises
        return cls(seconds, values, rises)

    def at(self, which: Ints, second: Ints) -> Ints:
        """Return the value of each curve at its second."""
        k = np.maximum((self.seconds[which] <= second[:, None]).sum(axis=1) - 1, 0)
        since = np.maximum(second, FIRST) - self.seconds[which, k]
        found: Ints = self.values[which, k] + self.rises[which, k] * since
        return found

    def until(self, which: Ints, value: Ints) -> Ints:
        """Return the last second at which each curve is no more than a value, or `FIRST`."""
        k = (self.values[which] <= value[:, None]).sum(axis=1) - 1
        here = np.maximum(k, 0)
        last = self.seconds[which, here] + np.where(
            self.rises[which, here] > 0, value - self.values[which, here], 4 * NEVER
        )
        last = np.minimum(last, self.seconds[which, here + 1] - 1)
        return np.where(k < 0, FIRST, np.minimum(last, NEVER))
