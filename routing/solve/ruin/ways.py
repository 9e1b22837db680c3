"""Ways between the nodes of a day, and which stops are neighbours.

A table of 10,000 nodes fills hundreds of megabytes, so that everything here goes through blocks of rows and makes no
second table beside the one that it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.problem import Matrix, Problem
from routing.solve.ruin.day import FAR, NEVER, Ints

Table = NDArray[np.int32]
Numbers = NDArray[np.float32]

BLOCK, TILE = 1 << 19, 256
"""Entries of a table that are worked on at once, and rows and columns of a piece that fits into a processor's cache."""

WAITING_WEIGHT = 0.2
"""What a second of waiting that two stops in turn make needful weighs among metres (Vidal et al., 2013)."""


def blocks(rows: int, width: int) -> Iterator[slice]:
    """Give rows of a table, some at a time."""
    step = max(1, BLOCK // max(1, width))
    return (slice(a, min(rows, a + step)) for a in range(0, rows, step))


def ways_of(problem: Problem, profiles: Sequence[str], at: Ints) -> tuple[Ints, Table, Table]:
    """Return when periods begin, and durations and distances between places ``at``, by profile and period in turn.

    Both are (profiles * periods, places, places), with `FAR` for -1; one array where they are equal.
    """
    parts: list[tuple[int, int]] = [(-NEVER, -1)]
    for k, period in enumerate(problem.periods):
        if period.hours.start >= period.hours.end:
            continue
        if parts[-1][0] == period.hours.start:
            parts.pop()
        parts += [(period.hours.start, k), (period.hours.end, -1)]
    begins = np.array([begin for begin, _ in parts], np.int64)
    tables: list[Matrix] = []
    for name in profiles:
        base = problem.matrices[name]
        tables += [base if k < 0 else problem.periods[k].matrices.get(name, base) for _, k in parts]
    time = _gathered([m.durations for m in tables], at)
    if all(m.distances is m.durations for m in tables) or _equal(time, tables, at):
        return begins, time, time
    return begins, time, _gathered([m.distances for m in tables], at)


def _gathered(sources: Sequence[Table], at: Ints) -> Table:
    found = np.empty((len(sources), len(at), len(at)), np.int32)
    for table, source in zip(found, sources, strict=True):
        for rows in blocks(len(at), len(at)):
            table[rows] = _rows_of(source, at, rows)
    return found


def _rows_of(source: Table, at: Ints, rows: slice) -> Table:
    some = source[at[rows]].take(at, axis=1, mode="clip")
    unsigned = some.view(np.uint32)  # in which -1 is the largest number there is
    np.minimum(unsigned, np.uint32(FAR), out=unsigned)
    return some


def _equal(time: Table, tables: Sequence[Matrix], at: Ints) -> bool:
    """Tell whether the distances are the same numbers as the durations."""
    return all(
        np.array_equal(table[rows], _rows_of(m.distances, at, rows))
        for table, m in zip(time, tables, strict=True)
        for rows in blocks(len(at), len(at))
    )


def turned(way: Table) -> Table:
    """Return each table with rows and columns exchanged; the same array where that changes nothing."""
    tiles = [slice(k, k + TILE) for k in range(0, way.shape[1], TILE)]
    if all(np.array_equal(table[a, b], table[b, a].T) for table in way for a in tiles for b in tiles):
        return way
    back = np.empty_like(way)
    for table, other in zip(way, back, strict=True):
        for a in tiles:
            for b in tiles:
                other[b, a] = table[a, b].T
    return back


def longest(tables: Table) -> int:
    """Return the longest way that there is."""
    n = tables.shape[1]
    return max(
        (int(table[rows].max(initial=0, where=table[rows] < FAR)) for table in tables for rows in blocks(n, n)),
        default=0,
    )


class Hours(NamedTuple):
    """Seconds at which stops open first and shut at last, and how long a service takes there; (stops,) each."""

    opens: Numbers
    shuts: Numbers
    service: Numbers

    @classmethod
    def of(cls, spans: Sequence[Sequence[tuple[int, int]]], service: Ints) -> Hours:
        """Look them up in windows and lengths of service of the stops."""
        opens = np.array([s[0][0] if s else NEVER for s in spans], np.float32)
        shuts = np.array([s[-1][1] if s else -NEVER for s in spans], np.float32)
        return cls(opens, shuts, service.astype(np.float32))


def neighbours_by_way(way: Table, back: Table, n: int, most: int) -> Table:
    """Return for each of the first ``n`` nodes itself and then those nearest to it, there or back, nearest first."""
    return _nearest(n, most, lambda rows: np.minimum(way[rows, :n], back[rows, :n]))


def neighbours_by_way_and_hours(way: Table, back: Table, time: Table, hours: Hours, most: int) -> Table:
    """As `neighbours_by_way`, where metres and what waiting weighs count.

    A stop is far where a vehicle that comes from the other one is late.
    """
    n = len(hours.opens)
    pace = WAITING_WEIGHT * float(way[:n, :n].mean() / max(1.0, time[:n, :n].mean())) if n else 1.0

    def nearness(metres: Table, seconds: Table, first: Hours, then: Hours) -> Numbers:
        """Of stops one after the other."""
        ready = seconds.astype(np.float32)
        ready += first.service
        late = ready + first.opens > then.shuts
        ready += first.shuts
        near = np.subtract(then.opens, ready, out=ready)
        np.maximum(near, 0, out=near)
        near *= np.float32(pace)
        near += metres.astype(np.float32)
        near[late] = FAR
        return near

    def both(rows: slice) -> Numbers:
        here, there = Hours(*(column[rows, None] for column in hours)), hours
        onward = nearness(way[rows, :n], time[rows, :n], here, there)
        return np.minimum(onward, nearness(back[rows, :n], time[:n, rows].T, there, here), out=onward)

    return _nearest(n, most, both)


def _nearest(n: int, most: int, both: Callable[[slice], NDArray[Any]]) -> Table:
    k = min(n, most + 1)
    found = np.zeros((n, k), np.int32)
    for rows in blocks(n, n):
        near = both(rows)
        near[np.arange(len(near)), np.arange(rows.start, rows.stop)] = -1
        some = np.argpartition(near, k - 1, axis=1)[:, :k] if k < n else np.tile(np.arange(n), (len(near), 1))
        some.sort(axis=1)
        order = np.argsort(np.take_along_axis(near, some, axis=1), axis=1, kind="stable")
        found[rows] = np.take_along_axis(some, order, axis=1)
    return found


def in_a_row(way: Table, at: Ints) -> list[int]:
    """Return the numbers of places ``at``, each followed by the nearest of those that are left."""
    if not len(at):
        return []
    order, left = [0], np.arange(1, len(at))
    while len(left):
        row = way[at[order[-1]], at[left]]
        row = np.where(row < 0, FAR, row)
        k = int(np.argmin(row))
        order.append(int(left[k]))
        left[k:-1] = left[k + 1 :]
        left = left[:-1]
    return order
