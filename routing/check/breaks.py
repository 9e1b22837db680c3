"""The driver's breaks: which of them each rest is, and whether it is one."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from routing.check.drive import Drive, Fault
from routing.plan import Rest
from routing.problem import Pause

Match = tuple[Rest | None, Pause | None]


def break_faults(drive: Drive, fault: Fault) -> None:
    """Judge all rests."""
    route = drive.route
    for visit, _ in drive.calls:
        for rest in route.rests:
            fault(visit.id, "break during service", _shared(rest, visit.start, visit.end))
    matches = _matches(drive)
    fault("", "a break nobody asked for", sum(pause is None for _, pause in matches))
    for had, pause in matches:
        if had is None:
            fault("", "no break", 1)
        elif pause is not None:
            short, soon, late = _off(had, pause)
            fault("", "break too short", short)
            fault("", "break before its window", soon)
            fault("", "break after its window", late)
    for rest in route.rests:
        fault("", "break outside the route", max(0, route.start - rest.start) + max(0, rest.end - route.end))
    for one, other in pairwise(route.rests):
        fault("", "break begins before the last one ends", max(0, one.end - other.start))


def _shared(rest: Rest, start: int, end: int) -> int:
    """Return the seconds of a service inside a rest, or to the end of the rest when the service takes no time."""
    if start == end:
        return max(0, min(start - rest.start, rest.end - start))
    return max(0, min(rest.end, end) - max(rest.start, start))


def _off(rest: Rest, pause: Pause) -> tuple[int, int, int]:
    return (
        max(0, pause.duration - (rest.end - rest.start)),
        max(0, pause.window.start - rest.start),
        max(0, rest.start - pause.window.end),
    )


def _matches(drive: Drive) -> list[Match]:
    """Pair the rests with the pauses, both in order, so that least is wrong; pauses that are not needed are left out.

    Wrong is a rest that is no break, a rest that is not as its pause asks, and a pause that is needed but not had.
    Where that is equal, more rests have a pause; then they are off by fewer seconds.
    """
    route, rests, pauses = drive.route, drive.route.rests, drive.vehicle.pauses

    @cache
    def best(i: int, j: int) -> tuple[tuple[int, int, int], list[Match]]:
        options = []
        if i < len(rests) and j < len(pauses):
            off = sum(_off(rests[i], pauses[j]))
            options.append(_and((off > 0, 0, off), (rests[i], pauses[j]), best(i + 1, j + 1)))
        if j < len(pauses):
            window = pauses[j].window
            needed = route.start < window.start + pauses[j].duration and route.end > window.end
            options.append(_and((needed, 0, 0), (None, pauses[j]) if needed else None, best(i, j + 1)))
        if i < len(rests):
            options.append(_and((1, 1, 0), (rests[i], None), best(i + 1, j)))
        return min(options, key=lambda option: option[0], default=((0, 0, 0), []))

    return best(0, 0)[1]


def _and(
    wrong: tuple[int, int, int], match: Match | None, rest: tuple[tuple[int, int, int], list[Match]]
) -> tuple[tuple[int, int, int], list[Match]]:
    more, matches = rest
    return (wrong[0] + more[0], wrong[1] + more[1], wrong[2] + more[2]), [*([match] if match else []), *matches]
