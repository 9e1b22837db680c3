"""Whether a name is meant by what was typed: signs, full pinyin, initials, and mixtures of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

DOUBLE = ("zh", "ch", "sh")
"""Initials of two letters; their first letter alone will do as well."""

Readings = Mapping[str, tuple[str, ...]]


class Match(NamedTuple):
    """How well a name is met from one of its signs on; the smaller the better.

    ``abbreviated``: some sign was met by its initial only. ``partial``: the name goes on after what was typed.
    ``unusual``: some sign was met by another than its usual reading.
    """

    abbreviated: bool
    partial: bool
    unusual: bool


class Reach(NamedTuple):
    """What of a query a name accounts for: the best match of the whole query, and where the name ended before it."""

    match: Match | None
    rest: Mapping[int, Match]
    """Position in the query after the name, or after its stem -> how well that was met."""


def reach(name: str, stem: int, readings: Readings, query: str, start: int = 0) -> Reach:
    """Follow a query along a name from its sign `start` on.

    Parameters
    ----------
    name, stem
        Signs in one spelling, and how many of them stand before a word such as 社区 that people leave out.
    query
        One word of `recycling.places.spelling.parts_of`.
    """
    length = len(query)
    states: dict[int, tuple[bool, bool]] = {0: (False, False)}
    best: Match | None = None
    rest: dict[int, Match] = {}
    for index in range(start, len(name)):
        sign = name[index]
        whole = index + 1 in (stem, len(name))
        following: dict[int, tuple[bool, bool]] = {}
        for position, (abbreviated, unusual) in states.items():
            for end, short, other, cut in _steps(sign, readings.get(sign, ()), query, position):
                state = abbreviated or short, unusual or other
                if end == length:
                    match = Match(state[0], cut or not whole, state[1])
                    best = match if best is None else min(best, match)
                elif end not in following or state < following[end]:
                    following[end] = state
        if not following:
            break
        if whole:
            for position, (abbreviated, unusual) in following.items():
                rest.setdefault(position, Match(abbreviated, False, unusual))
        states = following
    return Reach(best, rest)


def beginnings(name: str, readings: Readings, start: int, length: int) -> Iterator[str]:
    """Give, maybe more than once, the first `length` letters of every way to type a name in letters from a sign on.

    A way to type the whole name that has fewer letters is given as it is.
    """

    def ways(index: int, left: int) -> Iterator[str]:
        if left <= 0 or index == len(name):
            yield ""
            return
        sign = name[index]
        for typed in _typed(sign, readings.get(sign, ())):
            for more in ways(index + 1, left - len(typed)):
                yield typed + more

    for way in ways(start, length):
        yield way[:length]


def _typed(sign: str, readings: tuple[str, ...]) -> set[str]:
    return {
        *(readings or (sign,)),
        *(reading[0] for reading in readings),
        *(reading[:2] for reading in readings if reading.startswith(DOUBLE)),
    }


def _steps(sign: str, readings: tuple[str, ...], query: str, position: int) -> list[tuple[int, bool, bool, bool]]:
    """Return the ways to type one sign: position after it, by its initial, in an unusual reading, broken off."""
    if query[position] == sign:
        return [(position + 1, False, False, False)]
    steps = []
    left = len(query) - position
    for number, reading in enumerate(readings):
        if reading[0] != query[position]:
            continue
        if query.startswith(reading, position):
            steps.append((position + len(reading), False, number > 0, False))
        elif left < len(reading) and reading.startswith(query[position:]):
            steps.append((len(query), False, number > 0, True))
        if len(reading) > 1:
            steps.append((position + 1, True, number > 0, False))
            if reading.startswith(DOUBLE) and query.startswith(reading[:2], position):
                steps.append((position + 2, True, number > 0, False))
    return steps
