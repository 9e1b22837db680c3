"""What every timetable costs at least: a mix of trips, then of whole day routes, with cuts, until the time is up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from routing.periodic.bound_case import Case, case_of
from routing.periodic.bound_cuts import Cut, broken_cuts, fewest_routes, fewest_trips
from routing.periodic.bound_master import Master, Prices, Range, between, bound_by
from routing.periodic.bound_pricing import Pricing
from routing.periodic.problem import TimetableProblem

CUTS_AT_ONCE = 25
EFFORT = 100_000_000
"""Comparisons of labels in a second, about."""
HELD = 0.8
"""Share of the prices of the best bound among those that are tried."""
NEAR_ENOUGH = 0.02
"""Of a unit of price, between a mix and its bound: no use to close it before the next cuts."""
WORN_AFTER, WORN = 4, 0.0004
"""Rounds of cuts that have raised a bound by so small a share that no more is to be had from them."""
STILL_PAYS = 0.003
"""Share by which two rounds of cuts must have raised a bound for another before the part is divided."""


@dataclass(frozen=True)
class Bound:
    """What every timetable costs at least.

    Attributes
    ----------
    value
        Proven, fen; rounded up to what a timetable can cost.
    seconds
        That it took.
    columns, cuts, parts
        Trips or rounds of the last mix, cuts in it, and parts into which the timetables were divided.
    finished
        Nothing more was to be had; else the time was up, or a proof took too long.
    """

    value: float
    seconds: float
    columns: int
    cuts: int
    parts: int
    finished: bool


@dataclass
class _Part:
    """Timetables with so many rounds and trips: what they cost at least, and how many the mix has."""

    allowed: Range
    bound: float
    rounds: float = 0.0
    trips: float = 0.0
    done: bool = False
    history: tuple[float, ...] = ()


def lower_bound(
    problem: TimetableProblem, seconds: float, upper: float = math.inf, told: Callable[[float], None] | None = None
) -> Bound:
    """Return what every timetable that leaves nobody out costs at least.

    Column generation (Dantzig and Wolfe 1960) over trips and then over day routes with ng-memory (Baldacci, Mingozzi
    and Roberti 2011), subset-row cuts (Jepsen et al. 2008) whose right sides count on how many days points can meet,
    and Lagrange's bound after each proof, so that it holds whenever it is stopped. All days are one: without branching
    on days a mix that is spread over them evenly is as good as any.

    Trips are quick to mix; where nothing more is to be had from them, and there is time, rounds are mixed, with their
    cuts.

    Parameters
    ----------
    seconds
        About; the last proof may take somewhat longer.
    upper
        Fen at which it stops, since a timetable of that price is known.
    told
        Called with each higher bound, fen.

    Raises
    ------
    InputError
        For problems that `case_of` does not take.
    """
    case = case_of(problem)
    began = time.monotonic()
    trips = _Search(case, False, began + seconds, upper, told)
    trips.run()
    best = trips
    if trips.finished and not trips.reached():
        rounds = _Search(case, True, began + seconds, upper, told)
        rounds.master.cut(trips.master.cuts)
        rounds.center = trips.center
        rounds.parts = [_Part(trips.hull(), trips.value), *trips.closed()]
        rounds.run()
        best = rounds
    return Bound(
        value=best.rounded(best.value) * case.unit,
        seconds=time.monotonic() - began,
        columns=len(best.master.columns),
        cuts=len(best.master.cuts),
        parts=len(best.parts),
        finished=best.finished or best.reached(),
    )


class _Search:
    """Parts of the timetables, of which the one with the least bound is raised or divided, again and again."""

    def __init__(
        self, case: Case, whole: bool, until: float, upper: float, told: Callable[[float], None] | None
    ) -> None:
        self.case, self.until, self.upper, self.told = case, until, upper / case.unit, told
        self.master, self.pricing = Master(case, whole), Pricing(case, whole)
        everything = Range(fewest_routes(case), case.fleet * case.days, fewest_trips(case), int(case.visits.sum()))
        self.parts = [_Part(everything, 0.0)]
        self.center: Prices | None = None
        self.finished = False

    @property
    def value(self) -> float:
        """The least bound of all parts."""
        return min(part.bound for part in self.parts)

    def rounded(self, value: float) -> float:
        """Return the least that a timetable can cost if it costs at least this."""
        return math.ceil(value - 1e-4) if self.case.whole else value

    def reached(self) -> bool:
        """Whether no timetable is cheaper than the known one."""
        return all(self._closed(part) for part in self.parts)

    def closed(self) -> list[_Part]:
        """Return the parts that have no timetable that is cheaper than the known one."""
        return [_Part(part.allowed, part.bound, done=True) for part in self.parts if self._closed(part)]

    def _closed(self, part: _Part) -> bool:
        return self.rounded(part.bound) >= self.upper - 1e-6

    def hull(self) -> Range:
        """Return how many rounds and trips a timetable that is cheaper than the known one may have."""
        open_ones = [part.allowed for part in self.parts if not self._closed(part)]
        return Range(
            min(one.fewest_routes for one in open_ones),
            max(one.most_routes for one in open_ones),
            min(one.fewest_trips for one in open_ones),
            max(one.most_trips for one in open_ones),
        )

    def run(self) -> None:
        """Raise the bound until the time is up, the known timetable is reached, or nothing helps."""
        while time.monotonic() < self.until and not self.reached():
            part = min(self.parts, key=lambda one: one.bound)
            if part.done or not self._raised(part):
                self.finished = part.done
                return
            if self.told is not None:
                self.told(self.rounded(self.value) * self.case.unit)

    def _raised(self, part: _Part) -> bool:
        """Bring a part's mix to its end, then add cuts or divide it; whether there was time."""
        self.master.within(part.allowed)
        if not self._converged(part):
            return False
        mix = self.master.mix()
        used = np.flatnonzero(mix > 1e-7)
        columns = [self.master.columns[k] for k in used]
        part.rounds = float(sum(share for share, one in zip(mix[used], columns, strict=True) if one.start == 0))
        part.trips = float(sum(share * len(one.visits) for share, one in zip(mix[used], columns, strict=True)))
        part.history += (part.bound,)
        tired = len(part.history) > 2 and part.history[-1] < (1 + STILL_PAYS) * part.history[-3]
        if tired and self._divided(part):
            return True
        if len(part.history) > WORN_AFTER and part.history[-1] < (1 + WORN) * part.history[-1 - WORN_AFTER]:
            part.done = True
            return True
        known = {(cut.points, cut.rounds) for cut in self.master.cuts}
        visits = [one.visits for one in columns]
        cuts: list[Cut] = broken_cuts(self.case, mix[used], visits, known, self.master.whole, CUTS_AT_ONCE)
        if cuts:
            self.master.cut(cuts)
        else:
            part.done = not self._divided(part)
        return True

    def _divided(self, part: _Part) -> bool:
        """Divide a part where the mix has no whole number of rounds, or of trips; False where both are whole."""
        allowed = part.allowed
        if abs(part.rounds - round(part.rounds)) > 0.03:
            k = math.floor(part.rounds)
            halves = [allowed._replace(most_routes=k), allowed._replace(fewest_routes=k + 1)]
        elif abs(part.trips - round(part.trips)) > 0.03:
            k = math.floor(part.trips)
            halves = [allowed._replace(most_trips=k), allowed._replace(fewest_trips=k + 1)]
        else:
            return False
        self.parts.remove(part)
        self.parts += [_Part(one, part.bound) for one in halves]
        return True

    def _converged(self, part: _Part) -> bool:
        """Add columns until none would make the mix much cheaper; False when it could not be proven in time.

        Prices are held near those of the best bound (Wentges 1997), until nothing is found there.
        """
        care, held = 0, HELD
        while True:
            solved = self.master.solve()
            left = self.until - time.monotonic()
            if solved is None or left <= 0:
                return False
            prices = between(self.center, solved, held) if self.center is not None and held else solved
            effort = EFFORT * (left if care == 2 else 10)
            found = self.pricing.find(prices, self.master.cuts, care, int(effort))
            if care == 2 and found.least is None:
                return False
            if found.least is not None:
                bound = bound_by(self.master, part.allowed, prices, found.least)
                if bound > part.bound:
                    part.bound, self.center = bound, prices
                if self._closed(part) or self.master.value - part.bound < NEAR_ENOUGH:
                    return True
            new = sum([self.master.add(trips) for trips in found.routes])
            if care == 2 and not new and not held:
                return self.master.solve() is not None
            if new < 3:
                if held and self.center is not None and care:
                    held = 0.0
                else:
                    care, held = min(2, care + 1), HELD
            elif care == 2 and new > 15:
                care = 1
