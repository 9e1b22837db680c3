"""Functions of a second that never fall: when a vehicle is home if it is somewhere then, when it must leave for that.

Each consists of pieces on which it stands still or rises with the clock, so it is kept, joined and looked up exactly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from routing.legs import NEVER, Way
from routing.problem import Pause

FIRST = -NEVER
"""Before every second that is asked about; as a value, at no second."""


class Curve(NamedTuple):
    """Pieces by the second at which each begins, the value there, and whether it rises (1) or stands still (0)."""

    seconds: list[int]
    values: list[int]
    rises: list[int]

    def at(self, second: int) -> int:
        """Return the value."""
        k = self.piece(second)
        return self.values[k] + self.rises[k] * (second - self.seconds[k])

    def piece(self, second: int) -> int:
        """Return the number of the piece that holds then."""
        return max(0, bisect_right(self.seconds, second) - 1)


def curve(pieces: Iterable[tuple[int, int, int]]) -> Curve:
    """Return the curve of pieces in order, the first from `FIRST`; such as go on as the one before are joined to it."""
    seconds: list[int] = []
    values: list[int] = []
    rises: list[int] = []
    for second, value, rise in pieces:
        if seconds:
            if second == seconds[-1]:
                seconds.pop(), values.pop(), rises.pop()
            elif rise == rises[-1] and value == values[-1] + rise * (second - seconds[-1]):
                continue
        seconds.append(second)
        values.append(value)
        rises.append(rise)
    return Curve(seconds, values, rises)


def later(by: int) -> Curve:
    """Return the curve of what takes so many seconds."""
    return Curve([FIRST], [FIRST + by], [1])


def never(value: int = NEVER) -> Curve:
    """Return the curve that stands still for ever."""
    return Curve([FIRST], [value], [0])


NOW = later(0)


def after(outer: Curve, inner: Curve) -> Curve:
    """Return the value of one curve at the value of another."""
    pieces = []
    for k, (second, value, rise) in enumerate(zip(*inner, strict=True)):
        if not rise:
            pieces.append((second, outer.at(value), 0))
            continue
        until = inner.seconds[k + 1] if k + 1 < len(inner.seconds) else NEVER
        j = outer.piece(value)
        pieces.append((second, outer.values[j] + outer.rises[j] * (value - outer.seconds[j]), outer.rises[j]))
        for i in range(j + 1, len(outer.seconds)):
            begin = second + outer.seconds[i] - value
            if begin >= until:
                break
            pieces.append((begin, outer.values[i], outer.rises[i]))
    return curve(pieces)


def chosen(one: Curve, other: Curve, less: Curve, otherwise: Curve) -> Curve:
    """Return ``less`` where one curve is below the other, and ``otherwise`` where it is not."""
    edges = sorted({*one.seconds, *other.seconds, *less.seconds, *otherwise.seconds})
    pieces = []
    for begin, end in pairwise([*edges, NEVER]):
        above = one.at(begin) - other.at(begin)
        slope = one.rises[one.piece(begin)] - other.rises[other.piece(begin)]
        turn = begin - above if slope > 0 else begin + above + 1
        for second in (begin, turn) if slope and begin < turn < end else (begin,):
            taken = less if above + slope * (second - begin) < 0 else otherwise
            pieces.append((second, taken.at(second), taken.rises[taken.piece(second)]))
    return curve(pieces)


def least(curves: Sequence[Curve]) -> Curve:
    """Return the curve of the least values."""
    best = curves[0]
    for one in curves[1:]:
        best = chosen(one, best, one, best)
    return best


def most(curves: Sequence[Curve]) -> Curve:
    """Return the curve of the greatest values."""
    best = curves[0]
    for one in curves[1:]:
        best = chosen(best, one, one, best)
    return best


# -- what a route consists of ------------------------------------------------------------------------------------


def opening(windows: Sequence[tuple[int, int]]) -> Curve:
    """Return when a service can begin by when somebody is there for it."""
    pieces, since = [], FIRST
    for start, end in windows:
        if end < since:
            continue
        if start > since:
            pieces.append((since, start, 0))
        pieces.append((max(start, since), max(start, since), 1))
        since = end + 1
    return curve([*pieces, (since, NEVER, 0)])


def closing(windows: Sequence[tuple[int, int]]) -> Curve:
    """Return the last second at which a service can begin by the second until which it must have."""
    pieces = [(FIRST, FIRST, 0)]
    for start, end in windows:
        pieces += [(start, start, 1), (end, end, 0)]
    if any(start <= end for (_, end), (start, _) in pairwise(windows)):
        return most([curve([(FIRST, FIRST, 0), (start, start, 1), (end, end, 0)]) for start, end in windows])
    return curve(pieces)


def coming(way: Way, pauses: Sequence[Pause]) -> Curve:
    """Return when work can begin at the other end by when one is free to leave, with these breaks on the way."""
    there, free, late = _arrival(way), NOW, never(0)
    for pause in pauses:
        begin = after(Curve([FIRST, pause.window.start], [pause.window.start] * 2, [0, 1]), free)
        late = most([late, after(Curve([FIRST, pause.window.end + 1], [0, 1], [0, 0]), begin)])
        there = chosen(begin, there, after(later(pause.duration), there), there)
        free = after(later(pause.duration), begin)
    return chosen(never(0), late, never(), most([there, free])) if pauses else there


def going(way: Way, pauses: Sequence[Pause]) -> Curve:
    """Return the last second to leave by when one must be free for work at the other end, with these breaks."""
    now, free = after(_departure(way), later(-sum(p.duration for p in pauses))), NOW
    for pause in reversed(pauses):
        start, end = pause.window.start, pause.window.end
        bounded = curve([(FIRST, FIRST, 0), (start, start, 1), (end, end, 0)])
        free = after(bounded, after(later(-pause.duration), free))
    return least([now, free]) if pauses else now


def _arrival(way: Way) -> Curve:
    if len(way) == 1:
        return later(way[0][1])
    parts = []
    for k, (begin, seconds, _) in enumerate(way):
        pieces = [(FIRST, begin + seconds, 0), (begin, begin + seconds, 1)]
        if k + 1 < len(way):
            pieces.append((way[k + 1][0], NEVER, 0))
        parts.append(curve(pieces))
    return least(parts)


def _departure(way: Way) -> Curve:
    if len(way) == 1:
        return later(-way[0][1])
    parts = []
    for k, (begin, seconds, _) in enumerate(way):
        pieces = [(FIRST, FIRST, 0), (begin + seconds, begin, 1)]
        if k + 1 < len(way):
            last = way[k + 1][0] - 1
            pieces.append((last + seconds, last, 0))
        parts.append(curve(pieces))
    return most(parts)
