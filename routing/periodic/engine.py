"""The search: annealings on several cores that hand each other the best, until the time is over."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from routing.periodic.annealing import anneal
from routing.periodic.making import best_of, make_search, make_week, read, write, written
from routing.periodic.problem import TimetableProblem
from routing.periodic.site_days import Orders, brought, sites_choose, thinned, within_sites
from routing.periodic.tables import Search, Week
from routing.periodic.timetable import Timetable

Tell = Callable[[float, float, Sequence[int]], object]
"""Is called with the share of the time used, the best cost, and the positions of points that the best leaves out; the
search ends when it answers true."""


@dataclass(frozen=True)
class Tuning:
    """What an annealing is set to.

    Attributes
    ----------
    same_day
        Share of ruins whose points go back on the day from which they were taken.
    mean
        Points of a ruin.
    hot, cold
        First and last temperature, as shares of the cost of one visit.
    again
        First temperature of an annealing that begins from a good timetable, as a share of ``hot``.
    turns
        How many annealings follow each other; the best is handed on between them.
    piece
        Seconds between two looks at the clock.
    """

    same_day: float = 0.45
    mean: float = 8.0
    hot: float = 0.3
    cold: float = 0.01
    again: float = 0.5
    turns: int = 4
    piece: float = 0.2


USUAL = Tuning()
NEVER = 1_000_000_000


def solve_timetable(
    problem: TimetableProblem,
    seconds: float,
    seed: int = 1,
    cores: int = 1,
    start: Timetable | None = None,
    tell: Tell | None = None,
    iterations: int | None = None,
    tuning: Tuning = USUAL,
) -> Timetable:
    """Return the best timetable found; points that fit nowhere are left out of it.

    With ``iterations`` so many changes are made on each core in each annealing, whatever the time, so that a seed
    always gives the same timetable.

    Vehicles may differ in everything: loads and compartments, shift, breaks, start, roads and prices.
    """
    began = time.monotonic()
    week = make_week(problem)
    searches = [make_search(week, seed * 1000 + core + 1) for core in range(cores)]
    if start is not None:
        for search in searches:
            write(week, search, thinned(week, written(problem, week, search, start)))
    chains = [_Chain(week, search, tuning) for search in searches]
    best: tuple[float, Orders] = (math.inf, best_of(searches[0]))
    settled: Timetable | None = None
    stopped = False

    def enough(chain: _Chain) -> bool:
        nonlocal stopped
        if tell is not None and chain is chains[0]:
            patterns = chain.search.best_pattern if chain.best < best[0] else best[1][2]
            out = [int(p) for p in np.flatnonzero(patterns < 0)]
            share = min(1.0, (time.monotonic() - began) / seconds)
            stopped = stopped or bool(tell(share, min(best[0], chain.best), out))
        return stopped

    with ThreadPoolExecutor(cores) as pool:
        for turn in range(tuning.turns):
            until = began + seconds * (turn + 1) / tuning.turns
            hot = tuning.hot * (tuning.again if turn or start is not None else 1.0)
            ended = [pool.submit(chain.anneal, until, hot, iterations, enough) for chain in chains]
            for one in ended:
                one.result()
            for chain in chains:
                if chain.best < best[0]:
                    best = (chain.best, best_of(chain.search))
            if sites_choose(problem) and math.isfinite(best[0]):
                settled, fewer = _settled(problem, week, searches[0], best, settled)
                if fewer is not None:
                    best = fewer
                    for chain in chains:
                        chain.forget()
            if stopped:
                break
            for chain in chains:
                if math.isfinite(best[0]):
                    chain.begin_from(best[1])
                else:  # not all can be visited in time, so it must be found out who is left out
                    chain.be_strict()
    if settled is not None:
        return settled
    if not math.isfinite(best[0]):
        best = (float(week.out.sum()), best[1])
    return read(problem, week, best[1], best[0])


def _settled(
    problem: TimetableProblem, week: Week, search: Search, best: tuple[float, Orders], before: Timetable | None
) -> tuple[Timetable, tuple[float, Orders] | None]:
    """Return the best timetable in which no site gets too much; if points were left out for that, as orders too.

    The days may then bring no more than they do without those points, so that the search puts them on other days.
    """
    found = read(problem, week, best[1], best[0])
    kept = within_sites(problem, found)
    fewer = None
    if len(kept.chosen) < len(found.chosen):
        orders = written(problem, week, search, kept)
        less = brought(week, best[1]) > brought(week, orders)
        week.takes[less] = np.minimum(week.takes, brought(week, orders))[less]
        fewer = float(kept.cost), orders
    return (kept if before is None or kept.cost < before.cost else before), fewer


class _Chain:
    """One annealing under way."""

    def __init__(self, week: Week, search: Search, tuning: Tuning) -> None:
        self.week, self.search, self.tuning = week, search, tuning
        self.speed = 0.0
        self.patience = 1000 if week.hours == 1 else NEVER
        search.told[0] = _second_too_much(week)

    @property
    def best(self) -> float:
        return float(self.search.told[2])

    def begin_from(self, orders: Orders) -> None:
        write(self.week, self.search, orders)

    def forget(self) -> None:
        """Hold nothing to be the best met so far."""
        self.search.told[2] = math.inf

    def be_strict(self) -> None:
        """Begin anew, with a price of seconds too much at which there never are any."""
        self.search.told[0], self.patience = 2.0 * float(self.week.out.max()), NEVER
        self.begin_from(best_of(self.search))

    def anneal(self, until: float, hot: float, iterations: int | None, enough: Callable[[_Chain], bool]) -> None:
        unit = _visit_price(self.week)
        first, last = hot * unit, self.tuning.cold * unit
        if iterations is not None:
            self._run(iterations, first, last)
            enough(self)
            return
        began = time.monotonic()
        while (now := time.monotonic()) < until:
            share = (now - began) / max(1e-9, until - began)
            ahead = min(1.0, (now + self.tuning.piece - began) / max(1e-9, until - began))
            many = max(10, int(self.speed * min(self.tuning.piece, until - now))) if self.speed else 20
            self._run(many, first * (last / first) ** share, first * (last / first) ** ahead)
            self.speed = many / max(1e-6, time.monotonic() - now)
            if enough(self):
                break

    def _run(self, iterations: int, hot: float, cold: float) -> None:
        anneal(self.week, self.search, iterations, hot, cold, self.tuning.same_day, self.tuning.mean, self.patience)


def _visit_price(week: Week) -> float:
    """Return about what a visit adds: the way between near points."""
    ways = week.price[:, week.place[week.node[week.first[:-1]]]]
    finite = ways[np.isfinite(ways) & (ways > 0)]
    return float(np.mean(finite)) if finite.size else 1.0


def _second_too_much(week: Week) -> float:
    """Return the first price of a second beyond a shift: some times that of a second of driving.

    Where there are hours to choose from it is dearer than a point that is left out, so that there is never one.
    """
    if week.hours > 1:
        return 2.0 * float(week.out.max(initial=0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        each = week.price / week.seconds
    each = each[np.isfinite(each) & (week.seconds > 0)]
    return 3.0 * float(np.mean(each)) if each.size else 1.0
