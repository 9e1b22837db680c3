"""What two measures cost each other: the best of one for every bound on the other, each with what is proven of it.

Method: the epsilon-constraint (Haimes, Lasdon, Wismer 1971). The ends are the best of each measure with the best of the
other that it still allows; then always that part between two neighbours is asked for its middle in which most is not
known. Each search begins with what the others know: answers that keep its bound too, what no answer with a looser bound
can be better than, and sites that are in no better answer. A point that is the best one is made best in the second
measure too, so that no other choice beats it. Where the second counts people, all points of a front are found if there
are not too many; what lies between points is bounded by their neighbours, and by the prices of all relaxations.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from routing.errors import N_, InputError
from routing.siting.answer import PROVEN, gap_of
from routing.siting.chain.answer import ChainAnswer
from routing.siting.chain.building import Floats
from routing.siting.chain.optimise import search_chain
from routing.siting.chain.problem import Chain, ChainAim, Measure
from routing.siting.chain.solving import Known, Line
from routing.siting.highs import never

TIGHT = 1e-6
"""Share by which a value that was found may be missed when it is asked for again."""

FAR = 1e12
"""A bound that only asks that everybody has a way."""

NEARLY = 1e-4
"""Share by which the second measure of a point may be from its bound, where the first is held tightly."""

FIRST = 0.7
"""Share of a point's seconds that the search for its first measure may take."""

NEIGHBOURS = 3
"""Answers that a search begins with at most, besides those whose bound is tighter."""

AGAIN_SECONDS = 2.0
"""Seconds that must be left for a point to be searched once more."""


@dataclass(frozen=True)
class FrontPoint:
    """A point: its answer in both measures, and what no answer with this second value can be better than in the first.

    ``held``: no answer that keeps the second measure is better in the first. ``proven``: nor, with this first, in the
    second.
    """

    first: float
    second: float
    bound: float
    held: bool
    proven: bool
    answer: ChainAnswer

    @property
    def gap(self) -> float:
        """Share of the first by which another answer that keeps the second may be better."""
        return gap_of(self.first, self.bound, self.answer.aim.best == "within")


@dataclass(frozen=True)
class Front:
    """Points from the best of the first measure to the best of the second.

    Attributes
    ----------
    complete
        Between two neighbours there is no other point of the front.
    unknown
        Share of the first by which a choice between two neighbours may be better than the next point that keeps its
        second measure, at most. What is better than that does not exist, what is worse than a point in both is beaten.
    """

    measures: tuple[Measure, Measure]
    points: tuple[FrontPoint, ...]
    complete: bool
    unknown: float = math.inf


@dataclass(frozen=True, eq=False)
class _Asked:
    """A bound on the second measure (None: none), what answers that keep it need at least, and the point found."""

    bound: float | None
    least: float
    needs: Floats | None
    line: Line | None
    point: FrontPoint


def front(
    chain: Chain,
    aim: ChainAim,
    second: Measure,
    points: int = 9,
    seconds: float = 60.0,
    stopped: Callable[[], bool] = never,
    told: Callable[[float], None] = lambda _: None,
) -> Front:
    """Return the front of ``aim.best`` and a second measure, at most so many points in so many times two seconds.

    Raises
    ------
    InputError
        When nothing can be reached at all, or both measures are the same.
    """
    if second == aim.best:
        raise InputError("same-measures", N_("A measure costs itself nothing. Choose two different ones."))
    search = _Search(chain, aim, second, max(2, points), seconds, stopped, told)
    search.ends()
    try:
        search.between()
        search.again()
    except InputError as error:
        if error.code != "no-time":
            raise
    return search.front()


@dataclass(eq=False)
class _Search:
    """Points found so far; ``sign`` and ``own`` are -1 for a second and a first measure that is the better the more."""

    chain: Chain
    aim: ChainAim
    second: Measure
    number: int
    seconds: float
    stopped: Callable[[], bool]
    told: Callable[[float], None]
    asked: list[_Asked] = field(default_factory=list)
    tried: set[float] = field(default_factory=set)
    ended: bool = False
    more: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.sign = -1.0 if self.second == "within" else 1.0
        self.own = -1.0 if self.aim.maximises else 1.0
        self.end = time.monotonic() + 2 * self.number * self.seconds

    # what is asked

    def ends(self) -> None:
        """Find the best of the first measure, and the best of the second with the best of the first there."""
        begin = self._point(None).point
        self.told(1 / self.number)
        try:
            best = search_chain(self.chain, replace(self.aim, best=self.second), self._turn(), self.stopped)[0]
            if math.isinf(begin.second) and math.isfinite(best.value):
                self._point(FAR)
            try:
                self._point(best.value, best)
            except InputError as error:
                if error.code != "no-time":
                    raise
                bound = begin.bound  # what is a bound without any on the second measure is one with it, too
                least = self.own * bound
                found = FrontPoint(best.measures[self.aim.best], best.value, bound, False, False, best)
                self.asked.append(_Asked(best.value, least, None, None, found))
            self.ended = best.proven
        except InputError as error:
            if error.code != "no-time":
                raise
        self.told(2 / self.number)

    def between(self) -> None:
        """Ask where most is not known, until there are enough points, nothing is between them, or time is over."""
        while not self._over() and len(self._points()) < self.number:
            if self._beaten():
                self._point(None)  # the best of the first measure was not found: a tighter bound has a better one
                continue
            bound = self._widest()
            if bound is None:
                return
            self._point(bound)
            self.told(min(0.99, len(self._points()) / self.number))

    def again(self) -> None:
        """Spend what is left of the time on points that are not proven."""
        while not self._over() and self.end - time.monotonic() > AGAIN_SECONDS:
            left = [one for one in self._points() if not one.proven]
            if not left:
                return
            worst = max(left, key=lambda one: self._told(one).gap / 2 ** self.more[id(one.answer)])
            self.more[id(worst.answer)] += 1
            asked = next(one for one in self.asked if one.point is worst)
            self._point(asked.bound, None, (self.end - time.monotonic()) / len(left))

    def _beaten(self) -> bool:
        """Tell whether no search without a bound knows of the best answer yet that others found."""
        free = [one for one in self.asked if one.bound is None or one.bound == FAR]
        best = min(self.own * one.point.first for one in self.asked)
        return all(self.own * one.point.first > best + TIGHT * max(1.0, abs(best)) for one in free)

    def _over(self) -> bool:
        return self.stopped() or time.monotonic() >= self.end

    def _turn(self) -> float:
        """Return the seconds of the next point."""
        left = max(1, self.number - len(self._points())) if self.asked else self.number + 1
        return max(0.5, (self.end - time.monotonic()) / left)

    def _widest(self) -> float | None:
        """Return the bound to ask for next, where most is not known between two points; None where all is.

        It is the middle; where that gave no new point, the first one, so that what is between them may be found empty.
        """
        most, chosen = 0.0, None
        for a, b in pairwise(self._points()):
            begin, end, whole = self._open(a, b, seen=True)
            if begin is None:
                continue
            bound = (begin + end) / 2
            if self.second == "within":
                bound = float(math.ceil(bound))
            if not whole and self.second not in ("cost", "carbon"):
                bound = begin
            size = abs(end - begin + (self.second == "within")) * abs(b.first - self.own * self._least(a.second))
            if size > most and bound not in self.tried:
                most, chosen = size, bound
        return chosen

    def _open(self, a: FrontPoint, b: FrontPoint, seen: bool = False) -> tuple[float | None, float, bool]:
        """Return the loosest and the tightest bound for which there may be a point between two, None for none.

        And whether no part of what lies between them was found empty. ``seen``: a part where the second point was the
        best that was found counts as empty, too.
        """
        enough = self.own * b.first - PROVEN * max(1.0, abs(b.first))
        empty = [
            one.bound
            for one in self.asked
            if one.bound is not None and (one.least >= enough or (seen and _same(one.point.second, b.second)))
        ]
        end = self.sign * max([self.sign * b.second, *(self.sign * bound for bound in empty)])
        whole = _same(end, b.second)
        if math.isinf(a.second):
            return None, end, whole
        if self.second == "within":
            begin, end = a.second + 1.0, end - 1.0
            return (begin if begin <= end else None), end, whole
        slack = TIGHT * max(1.0, abs(a.second))
        return (a.second - 3 * slack if self.sign * (a.second - end) > 10 * slack else None), end, whole

    # what is found

    def _point(self, bound: float | None, best: ChainAnswer | None = None, seconds: float | None = None) -> _Asked:
        """Search for the best of the first measure within a bound, and then for the best of the second there."""
        limits, until = dict(self.aim.limits), time.monotonic() + (seconds or self._turn())
        if bound is not None:
            limits[self.second] = bound if self.sign < 0 else bound + TIGHT * max(1.0, abs(bound))
        known = self._known(bound, best)
        aim = replace(self.aim, limits=limits)
        first, learned = search_chain(
            self.chain, aim, max(0.5, FIRST * (until - time.monotonic())), self.stopped, known=known
        )
        least = max(known.bound, self.own * first.bound)
        slack = 0.0 if self.aim.maximises else TIGHT * max(1.0, abs(first.value))
        keep = {**limits, self.aim.best: first.value + slack}
        proven, answer = first.proven, first
        if first.proven and not self.stopped():
            proven, answer = self._second(first, keep, learned.needs, until)
        point = FrontPoint(
            answer.measures[self.aim.best],
            answer.measures[self.second],
            self.own * min(least, self.own * first.value),
            first.proven,
            proven,
            answer,
        )
        asked = _Asked(bound, least, learned.needs, learned.lines.get(self.second), point)
        self.asked.append(asked)
        if bound is not None:
            self.tried.add(bound)
        return asked

    def _second(
        self, first: ChainAnswer, keep: dict[Measure, float], needs: Floats, until: float
    ) -> tuple[bool, ChainAnswer]:
        """Return whether it is proven to be the best of the second measure among those as good in the first, and it."""
        shut = needs > self.own * first.value + 3 * TIGHT * max(1.0, abs(first.value))
        known = Known((first.opened,), shut=shut)
        try:
            answer = search_chain(
                self.chain,
                replace(self.aim, best=self.second, limits=keep),
                max(0.5, until - time.monotonic()),
                self.stopped,
                known=known,
            )[0]
        except InputError as error:  # somebody has no way at this price; or time ended it
            return error.code == "no-answer" and math.isinf(first.measures[self.second]), first
        return answer.gap <= NEARLY, answer

    def _known(self, bound: float | None, best: ChainAnswer | None) -> Known:
        """Return what other searches know of this one: answers near it, and what looser bounds prove."""
        looser = [one for one in self.asked if _looser(one.bound, bound, self.sign)]
        needs = [one.needs for one in looser if one.needs is not None]
        points = sorted({id(one.point): one.point for one in self.asked}.values(), key=lambda p: self.own * p.first)
        keeping = [p for p in points if bound is None or self.sign * p.second <= self.sign * bound]
        others = [p for p in reversed(points) if p not in keeping and math.isfinite(p.second)]
        near = [p.answer.opened for p in (*keeping[:1], *others[:NEIGHBOURS])]
        return Known(
            tuple(near) if best is None else (best.opened, *near),
            self._least(bound) if looser else -math.inf,
            np.max(needs, axis=0) if needs else None,
        )

    def _points(self) -> list[FrontPoint]:
        """Return points in order, without those that another one beats or equals."""
        kept: list[FrontPoint] = []
        order = sorted((one.point for one in self.asked), key=lambda p: (self.own * p.first, self.sign * p.second))
        for one in order:
            if kept and _same(one.second, kept[-1].second) and _same(one.first, kept[-1].first):
                if (one.proven, one.held) > (kept[-1].proven, kept[-1].held):
                    kept[-1] = one
            elif not kept or self.sign * one.second < self.sign * kept[-1].second - TIGHT * max(1.0, abs(one.second)):
                kept.append(one)
        return kept

    def front(self) -> Front:
        """Return what was found, each point with what all searches together prove of it."""
        points = tuple(self._told(point, first=k == 0) for k, point in enumerate(self._points()))
        pairs = list(pairwise(points))
        complete = (
            self.ended
            and all(point.proven for point in points)
            and all(self._open(a, b)[0] is None for a, b in pairs if math.isfinite(a.second))
        )
        maximises = self.aim.maximises
        unknown = max(
            [point.gap for point in points]
            + ([] if complete else [gap_of(b.first, self.own * self._least(a.second), maximises) for a, b in pairs]),
        )
        return Front((self.aim.best, self.second), points, complete, unknown)

    def _told(self, point: FrontPoint, first: bool = False) -> FrontPoint:
        """Return a point with its bound; that of the first one holds for all answers, since none comes before it."""
        bound = self.own * min(self.own * point.first, self._least(None if first else point.second))
        held = gap_of(point.first, bound, self.aim.maximises) <= PROVEN + 2 * TIGHT
        return replace(point, bound=bound, held=held, proven=point.proven and held)

    def _least(self, second: float | None) -> float:
        """Return what no answer that keeps this value of the second measure counts less than in the first."""
        found = [one.least for one in self.asked if _looser(one.bound, second, self.sign)]
        if second is not None and math.isfinite(second):
            given = second if self.sign < 0 else second + TIGHT * max(1.0, abs(second))
            found += [one.line.at(given) for one in self.asked if one.line is not None]
        return max(found)


def _looser(bound: float | None, other: float | None, sign: float) -> bool:
    """Tell whether whatever keeps the other bound keeps this one, too."""
    if bound is None:
        return True
    return other is not None and sign * bound >= sign * other - TIGHT * max(1.0, abs(bound)) * (sign > 0)


def _same(first: float, second: float) -> bool:
    if math.isinf(first) or math.isinf(second):
        return first == second
    return abs(first - second) <= TIGHT * max(1.0, abs(first), abs(second))
