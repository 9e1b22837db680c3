"""What is known beforehand about each position of a route: when one can be there, how long that leaves, what is aboard.

A *layer* is the number of breaks had. Position k lies before the route's k-th service; the last one before coming home.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from routing.insertion.curves import (
    FIRST,
    Curve,
    after,
    closing,
    coming,
    curve,
    going,
    later,
    least,
    most,
    never,
    opening,
)
from routing.legs import NEVER, Way
from routing.problem import Load, Pause, Problem, Stop, Vehicle
from routing.timing import Line, Service, loads


class Legs:
    """Curves of legs with breaks on them, each made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[Curve, Curve]] = {}

    def of(self, profile: str, a: int, b: int, way: Way, pauses: tuple[Pause, ...]) -> tuple[Curve, Curve]:
        """Return when one is there and can work, and the last second to leave for that."""
        key = profile, a, b, pauses
        if key not in self._known:
            self._known[key] = (coming(way, pauses), going(way, pauses)) if way else (never(), never(FIRST))
        return self._known[key]


@dataclass(frozen=True)
class Segment:
    """A vehicle's order of services; ``loose`` where the stops' promises may be broken by being late.

    ``positions`` is the number of positions, from the first, at which a stop may be put in.
    """

    problem: Problem
    vehicle: Vehicle
    services: tuple[Service, ...]
    positions: int
    legs: Legs
    loose: bool = False

    @cached_property
    def line(self) -> Line:
        """The order as the clock sees it."""
        line = Line.of(self.problem, self.vehicle, self.services)
        if not self.loose:
            return line
        loosened = [
            [*windows[:-1], (windows[-1][0], NEVER)] if isinstance(s, Stop) and windows else windows
            for s, windows in zip(self.services, line.windows, strict=True)
        ]
        return replace(line, windows=loosened)

    @cached_property
    def places(self) -> list[int]:
        """Locations from leaving to coming home."""
        return [self.vehicle.start, *(s.location for s in self.services), self.vehicle.end]

    @cached_property
    def layers(self) -> range:
        """Numbers of breaks had."""
        return range(len(self.vehicle.pauses) + 1)

    def _leg(self, k: int, had: int, have: int) -> tuple[Curve, Curve]:
        a, b = self.places[k], self.places[k + 1]
        return self.legs.of(self.vehicle.profile, a, b, self.line.legs[k], self.vehicle.pauses[had:have])

    @cached_property
    def home(self) -> list[list[Curve]]:
        """By position and layer: when the vehicle is home by when it is there and could begin the next service."""
        pauses = self.vehicle.pauses
        last = self.vehicle.shift.end + self.vehicle.overtime
        limits = [min([last, *(p.window.end for p in pauses[b:])]) for b in self.layers]
        rows = [[curve([(FIRST, FIRST, 1), (limit + 1, NEVER, 0)]) for limit in limits]]
        for k in reversed(range(len(self.services))):
            done = after(later(self.line.lengths[k]), opening(self.line.windows[k]))
            rows.append(
                [
                    after(
                        least([after(rows[-1][c], self._leg(k + 1, b, c)[0]) for c in self.layers[b:]]),
                        done,
                    )
                    for b in self.layers
                ]
            )
        return rows[::-1]

    @cached_property
    def start(self) -> list[list[Curve]]:
        """By position and layer: the last second to leave by when the service before must be done."""
        shift = self.vehicle.shift
        rows = [
            [
                curve([(FIRST, FIRST, 0), (begin, begin, 1), (shift.end, shift.end, 0)])
                if begin <= shift.end
                else never(FIRST)
                for begin in self._leaving(self.line.ready)
            ]
        ]
        for k in range(len(self.services)):
            begun = after(closing(self.line.windows[k]), later(-self.line.lengths[k]))
            rows.append(
                [
                    after(
                        most([after(rows[-1][b], self._leg(k, b, c)[1]) for b in self.layers[: c + 1]]),
                        begun,
                    )
                    for c in self.layers
                ]
            )
        return rows

    def _leaving(self, ready: int) -> list[int]:
        """When the vehicle can leave, by the breaks that it need not have for leaving so late."""
        begins = [ready]
        for pause in self.vehicle.pauses:
            begins.append(max(begins[-1], pause.window.start + pause.duration))
        return begins

    def done(self, release: int = FIRST) -> list[list[int]]:
        """By position and layer: the soonest second at which all before is done; NEVER when it cannot be.

        With ``release`` for goods that are ready then and come along on the trip of the position.
        """
        plain = self._done(self._leaving(self.line.ready), 0, len(self.services))
        if release <= FIRST:
            return plain
        loading = [-1, *(k for k, s in enumerate(self.services) if not isinstance(s, Stop) and s.reloads)]
        rows: list[list[int]] = []
        for at, until in zip(loading, [*loading[1:], len(self.services)], strict=True):
            if at < 0:
                first = self._leaving(max(self.line.ready, release))
            else:
                windows = [(max(a, release), b) for a, b in self.line.windows[at] if b >= release]
                first = self._next(at, plain[at], windows)
            rows += self._done(first, at + 1, until)
        return rows

    def _done(self, first: list[int], begin: int, end: int) -> list[list[int]]:
        last = self.vehicle.shift.end
        rows = [[second if begin or second <= last else NEVER for second in first]]
        for k in range(begin, end):
            rows.append(self._next(k, rows[-1], self.line.windows[k]))
        return rows

    def _next(self, k: int, free: list[int], windows: Sequence[tuple[int, int]]) -> list[int]:
        opens, row = opening(windows), []
        for c in self.layers:
            there = min(self._leg(k, b, c)[0].at(free[b]) for b in self.layers[: c + 1])
            row.append(min(NEVER, opens.at(min(there, NEVER)) + self.line.lengths[k]))
        return row

    @cached_property
    def aboard(self) -> tuple[list[Load], list[Load]]:
        """Load and collected load on board when the vehicle leaves each position."""
        leaving, along, _, _ = loads(self.problem, self.vehicle, self.services)
        none = (0,) * len(self.problem.dimensions)
        return [leaving, *(load for load, _ in along)], [self.vehicle.load or none, *(load for _, load in along)]
