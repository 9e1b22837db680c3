"""Cuts of the bound: how often a few points can be in the same trip, or round, at most, by the days they may have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from routing.periodic.bound_case import Case
from routing.periodic.tables import Number, Whole

Days = tuple[int, ...]
SLIGHT = 0.04
"""A cut that is broken by less is not worth its place."""
LARGEST = 5
FOLLOWED = 150
"""Sets of three, and of four, that are nearest to being broken, to which another point is added."""
WORTH = {2: 1.3, 3: 1.0, 4: 0.9, 5: 0.8}
"""How much of being broken counts: small sets make labels less dear to compare."""


class Cut(NamedTuple):
    """At most ``most`` times two of the points are together: of each trip half of those visited count, rounded down.

    ``rounds``: of each round instead, its trips together.
    """

    points: tuple[int, ...]
    rounds: bool
    most: int


def times_together(cuts: Sequence[Cut], trips: Whole, first: Whole) -> Whole:
    """Return how often the points of each cut are together in each column (columns, cuts).

    ``trips`` has the visits of all trips of all columns (trips, points), ``first`` where those of each column begin.
    """
    members = np.zeros((len(cuts), trips.shape[1]), np.int64)
    for row, cut in zip(members, cuts, strict=True):
        row[list(cut.points)] = 1
    counts = trips @ members.T
    of_rounds = np.add.reduceat(counts, first, axis=0) // 2
    of_trips = np.add.reduceat(counts // 2, first, axis=0)
    return np.where(np.array([cut.rounds for cut in cuts]), of_rounds, of_trips)


@lru_cache(maxsize=100_000)
def together(choices: tuple[tuple[Days, ...], ...], days: int) -> int:
    """Return the most that halves of the points visited on a day, rounded down, can be in sum over all days.

    A point of a trip is visited on that day, and once, so that on each day the trips together have no more. What is
    tried are all choices of days.
    """
    best = 0
    for chosen in product(*choices):
        best = max(best, sum(sum(day in pattern for pattern in chosen) // 2 for day in range(days)))
    return best


def broken_cuts(
    case: Case,
    shares: Number,
    routes: Sequence[Whole],
    known: Collection[tuple[tuple[int, ...], bool]],
    rounds_too: bool,
    most: int,
) -> list[Cut]:
    """Return cuts that this mix breaks, the most broken first and none too often on the same point.

    ``routes`` have the visits of each of their trips (trips, points). Cuts of whole rounds are only taken where those
    of trips say much less, since they make labels dearer to compare.
    """
    trips = np.concatenate(list(routes))
    of_trips = np.concatenate([np.full(len(route), share) for route, share in zip(routes, shares, strict=True)])
    wholes = np.array([route.sum(axis=0) for route in routes])
    found: list[tuple[float, Cut]] = []
    sets: Whole = np.array(list(combinations(range(len(case.load)), 2)), np.int64).reshape(-1, 2)
    for size in range(2, 1 + min(LARGEST, len(case.load))):
        limits = np.array([together(_choices(case, one), case.days) for one in sets])
        over = _held(of_trips, trips, sets) - limits
        over_wholes = _held(shares, wholes, sets) - limits
        nearly = over_wholes if rounds_too else over
        for k in np.flatnonzero(nearly > SLIGHT):
            wide = bool(rounds_too and over[k] < 0.7 * over_wholes[k])
            broken = float(over_wholes[k] if wide else over[k])
            points = tuple(int(p) for p in sets[k])
            if broken > SLIGHT and (points, wide) not in known:
                found.append((broken * WORTH[size], Cut(points, wide, int(limits[k]))))
        if size == 2:
            sets = np.array(list(combinations(range(len(case.load)), 3)), np.int64).reshape(-1, 3)
        else:
            sets = _wider(sets[np.argsort(-nearly, kind="stable")[:FOLLOWED]], len(case.load))
    found.sort(key=lambda one: -one[0])
    used = np.zeros(len(case.load))
    chosen: list[Cut] = []
    for _, cut in found:
        if len(chosen) < most and used[list(cut.points)].max() < 5:
            used[list(cut.points)] += 1
            chosen.append(cut)
    return chosen


def _wider(sets: Whole, points: int) -> Whole:
    """Return each of the sets with one more point."""
    wider = {tuple(sorted({*map(int, one), p})) for one in sets for p in range(points)}
    return np.array(sorted(one for one in wider if len(one) == sets.shape[1] + 1), np.int64)


def _choices(case: Case, points: Whole) -> tuple[tuple[Days, ...], ...]:
    return tuple(sorted(case.patterns[p] for p in points))


def _held(shares: Number, visits: Whole, sets: Whole) -> Number:
    counts = np.zeros((len(visits), len(sets)), np.int64)
    for k in range(sets.shape[1]):
        counts += visits[:, sets[:, k]]
    held: Number = shares @ (counts // 2)
    return held


def fewest_trips(case: Case) -> int:
    """Return how many trips a timetable has at least, from what must be brought on days that lie alike.

    For a set of days and all its shifts, each point brings at least what its poorest pattern has there; full vehicles
    take that, rounded up for each shift.
    """
    best = 0
    for size in range(1, case.days + 1):
        for stride in range(1, case.days + 1):
            base = {(k * stride) % case.days for k in range(size)}
            if len(base) < size:
                continue
            total = 0
            for shift in range(case.days):
                there = {(day + shift) % case.days for day in base}
                brought = sum(
                    int(case.load[p]) * min(len(there.intersection(pattern)) for pattern in case.patterns[p])
                    for p in range(len(case.load))
                )
                total += -(-brought // case.room)
            best = max(best, -(-total // size))
    return best


def fewest_routes(case: Case) -> int:
    """Return on how many days there must be a vehicle."""
    return max(int(case.visits.max()), 1)
