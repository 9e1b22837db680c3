"""What two measures cost each other: the best of one for every bound on the other (epsilon-constraint), each proven.

Method: Haimes, Lasdon, Wismer 1971. The ends are the best of each measure with the best of the other that it still
allows. Where the second counts people, there are only so many values, and all points of the front are found if there
are not too many; otherwise the bounds lie evenly between the ends. Every point is made best in the second measure too,
so that no point of the list is beaten by another choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from routing.errors import N_, InputError
from routing.siting.chain.answer import ChainAnswer
from routing.siting.chain.optimise import optimise_chain
from routing.siting.chain.problem import Chain, ChainAim, Measure
from routing.siting.highs import never

TIGHT = 1e-6
"""Share by which a value that was found may be missed when it is asked for again."""


FAR = 1e12
"""A bound that only asks that everybody has a way."""

NEARLY = 1e-4
"""Share by which the second measure of a point may be from its bound, where the first is held tightly."""


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


@dataclass(frozen=True)
class Front:
    """Points from the best of the first measure to the best of the second.

    ``complete``: between two neighbours there is no other point of the front.
    """

    measures: tuple[Measure, Measure]
    points: tuple[FrontPoint, ...]
    complete: bool


def front(
    chain: Chain,
    aim: ChainAim,
    second: Measure,
    points: int = 9,
    seconds: float = 60.0,
    stopped: Callable[[], bool] = never,
    told: Callable[[float], None] = lambda _: None,
) -> Front:
    """Return the front of ``aim.best`` and a second measure, at most so many points with so many seconds for each.

    Raises
    ------
    InputError
        When nothing can be reached at all, or both measures are the same.
    """
    if second == aim.best:
        raise InputError("same-measures", N_("A measure costs itself nothing. Choose two different ones."))
    number, sign = max(2, points), -1.0 if second == "within" else 1.0
    begin = _point(chain, aim, second, None, seconds, stopped)
    told(1 / number)
    found, complete = [begin], False
    try:
        best = optimise_chain(chain, replace(aim, best=second), seconds, stopped)
        end = _in_time(chain, aim, second, best.value, seconds, stopped) or _as_found(aim, second, best, begin)
        told(2 / number)
        found = [begin, end]
        same = _same(begin.second, end.second)
        complete = same and begin.proven and end.proven
        if math.isinf(begin.second) and not math.isinf(end.second):
            begin = _point(chain, aim, second, FAR, seconds, stopped)
            found.append(begin)
        if not same and second == "within":
            complete = _every(chain, aim, begin, end, found, number, seconds, stopped, told)
        if not (same or complete):
            _evenly(chain, aim, second, begin, end, found, number, seconds, stopped, told)
    except InputError as error:
        if error.code != "no-time":
            raise
        complete = False  # time or somebody ended it: the points so far count
    return Front((aim.best, second), _sorted(found, aim.best, sign), complete)


def _evenly(
    chain: Chain,
    aim: ChainAim,
    second: Measure,
    begin: FrontPoint,
    end: FrontPoint,
    found: list[FrontPoint],
    number: int,
    seconds: float,
    stopped: Callable[[], bool],
    told: Callable[[float], None],
) -> None:
    """Ask for bounds that lie evenly between the ends."""
    sign = -1.0 if second == "within" else 1.0
    width, last = (begin.second - end.second) / (number - 1), begin
    for k in range(1, number - 1):
        if stopped():
            break
        bound = begin.second - k * width
        if last.proven and sign * last.second <= sign * bound:
            continue  # the point of the bound before keeps this one too
        point = _in_time(chain, aim, second, bound, seconds, stopped)
        if point is not None:
            found.append(point)
            last = point
        told((k + 2) / number)


def _every(
    chain: Chain,
    aim: ChainAim,
    begin: FrontPoint,
    end: FrontPoint,
    found: list[FrontPoint],
    number: int,
    seconds: float,
    stopped: Callable[[], bool],
    told: Callable[[float], None],
) -> bool:
    """Ask for one person more than the last point has, until the end; False where there are too many points."""
    last = begin
    while not stopped():
        point = _point(chain, aim, "within", last.second + 1.0, seconds, stopped)
        if point.second >= end.second:
            return all(one.proven for one in found)
        if len(found) == number:
            return False
        found.append(point)
        last = point
        told(len(found) / number)
    return False


def _point(
    chain: Chain, aim: ChainAim, second: Measure, bound: float | None, seconds: float, stopped: Callable[[], bool]
) -> FrontPoint:
    """Return the best of the first measure within a bound on the second, with the best of the second that it allows."""
    limits = dict(aim.limits)
    if bound is not None:
        limits[second] = bound if second == "within" else bound + TIGHT * max(1.0, abs(bound))
    first = optimise_chain(chain, replace(aim, limits=limits), seconds, stopped)
    slack = 0.0 if aim.maximises else TIGHT * max(1.0, abs(first.value))
    keep = {**limits, aim.best: first.value + slack}
    proven, answer = first.proven, first
    if not stopped():
        try:
            answer = optimise_chain(chain, replace(aim, best=second, limits=keep), seconds, stopped)
            proven = proven and answer.gap <= NEARLY
        except InputError as error:  # somebody has no way at this price; or time ended it
            proven = proven and error.code == "no-answer" and math.isinf(first.measures[second])
    return FrontPoint(answer.measures[aim.best], answer.measures[second], first.bound, first.proven, proven, answer)


def _in_time(
    chain: Chain, aim: ChainAim, second: Measure, bound: float, seconds: float, stopped: Callable[[], bool]
) -> FrontPoint | None:
    """Return the point of a bound, None where its seconds were over before there was any answer."""
    try:
        return _point(chain, aim, second, bound, seconds, stopped)
    except InputError as error:
        if error.code != "no-time":
            raise
        return None


def _as_found(aim: ChainAim, second: Measure, best: ChainAnswer, begin: FrontPoint) -> FrontPoint:
    """Return the best answer of the second measure as a point, of which nothing is proven in the first.

    What is a bound without any on the second measure is one with it, too.
    """
    return FrontPoint(best.measures[aim.best], best.measures[second], begin.bound, False, False, best)


def _same(first: float, second: float) -> bool:
    return abs(first - second) <= TIGHT * max(1.0, abs(first), abs(second))


def _sorted(found: list[FrontPoint], best: Measure, sign: float) -> tuple[FrontPoint, ...]:
    """Put points in order and leave out what another one beats or equals."""
    own = -1.0 if best == "within" else 1.0
    kept: list[FrontPoint] = []
    for one in sorted(found, key=lambda p: (own * p.first, sign * p.second)):
        if not kept or sign * one.second < sign * kept[-1].second - TIGHT * max(1.0, abs(one.second)):
            kept.append(one)
    return tuple(kept)
