"""The way from one place to another through the hours of the day."""

from __future__ import annotations

from collections.abc import Sequence

from routing.problem import Problem

NEVER = 1 << 50

Way = Sequence[tuple[int, int, int]]
"""When each period begins in which the way can be taken, its seconds and metres; empty when there is none at all."""


def ways_of(problem: Problem, profile: str, a: int, b: int) -> Way:
    """Return the way from location ``a`` to ``b``; periods in which there is no way are left out by a far one."""
    base = problem.matrices[profile]
    plain = base.durations.item(a, b), base.distances.item(a, b)
    if not problem.periods:
        return [(-NEVER, *plain)] if plain[0] >= 0 else []
    parts: list[tuple[int, int, int]] = [(-NEVER, *plain)]
    for period in problem.periods:
        if period.hours.start >= period.hours.end:
            continue
        m = period.matrices.get(profile)
        if parts[-1][0] == period.hours.start:
            parts.pop()
        there = plain if m is None else (m.durations.item(a, b), m.distances.item(a, b))
        parts.append((period.hours.start, *there))
        parts.append((period.hours.end, *plain))
    if all(seconds < 0 for _, seconds, _ in parts):
        return []
    return [(begin, seconds, far) if seconds >= 0 else (begin, NEVER, 0) for begin, seconds, far in parts]


def arrival(way: Way, now: int) -> int:
    """Return the soonest second at the other end when free to leave at ``now``."""
    if len(way) == 1:
        return now + way[0][1]
    soonest = 4 * NEVER
    for begin, seconds, _ in reversed(way):
        there = seconds + (begin if begin > now else now)
        soonest = min(soonest, there)
        if begin <= now:
            break
    return soonest


def metres(way: Way, now: int) -> int:
    """Return the metres of the way that `arrival` takes."""
    return _taken(way, now)[2]


def driving(way: Way, now: int) -> int:
    """Return the seconds at the wheel of the way that `arrival` takes."""
    return _taken(way, now)[1]


def setting_out(way: Way, now: int) -> int:
    """Return the second at which the way that `arrival` takes is set out on."""
    return _taken(way, now)[0]


def departure(way: Way, limit: int) -> int:
    """Return the last second to leave and be at the other end by ``limit``."""
    if len(way) == 1:
        return limit - way[0][1]
    for k in reversed(range(len(way))):
        begin, seconds, _ = way[k]
        now = limit - seconds
        if k + 1 < len(way):
            now = min(now, way[k + 1][0] - 1)
        if now >= begin:
            return now
    return -NEVER


def _taken(way: Way, now: int) -> tuple[int, int, int]:
    """Return when the way is set out on, its seconds and metres."""
    if len(way) == 1:
        return now, *way[0][1:]
    options = [(max(begin, now) + seconds, max(begin, now), seconds, far) for begin, seconds, far in _from(way, now)]
    return min(options, key=lambda option: option[:2])[1:]


def _from(way: Way, now: int) -> Way:
    first = max(k for k, (begin, _, _) in enumerate(way) if begin <= now)
    return way[first:]
