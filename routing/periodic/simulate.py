"""How often a timetable's trips turn out too full, when what is brought varies as its problem says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routing.bounds import bounds
from routing.periodic.problem import TimetableProblem
from routing.periodic.timetable import Timetable


@dataclass(frozen=True)
class Overflow:
    """Shares of trips and of calls at which the vehicle was too full for all that was brought, over so many draws.

    ``worst`` is the share of the trip that is too full most often.
    """

    trips: float
    calls: float
    worst: float
    draws: int


def overflow(problem: TimetableProblem, timetable: Timetable, draws: int = 1000, seed: int = 1) -> Overflow:
    """Drive all rounds so many times with loads drawn by chance.

    Loads of a call are gamma distributed with the expected load and its standard deviation, so never negative and with
    a longer tail than the normal law that the search reckons with; all dimensions of a call vary together.
    """
    random = np.random.default_rng(seed)
    points = {point.id: point for point in problem.points}
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    trips = calls = full_trips = full_calls = 0
    worst = 0.0
    for one in timetable.rounds:
        room = bounds(vehicles[one.vehicle], problem.dimensions)
        aboard = np.zeros((draws, len(room)))
        too_full = np.zeros(draws, dtype=bool)
        called = 0
        for kind, key in (*one.services, ("unload", "")):
            if kind == "call":
                pattern = points[key].patterns[timetable.chosen[key][0]]
                share = _share(random, pattern.load, pattern.spread, draws)
                aboard += share[:, None] * np.array([sum(pattern.load[d] for d in dims) for dims, _ in room])
                over = (aboard > np.array([most for _, most in room])).any(axis=1)
                full_calls += int(over.sum())
                too_full |= over
                called += 1
                calls += draws
            elif called:
                trips += draws
                full_trips += int(too_full.sum())
                worst = max(worst, float(too_full.mean()))
                aboard[:], too_full[:], called = 0.0, False, 0
    return Overflow(full_trips / max(1, trips), full_calls / max(1, calls), worst, draws)


def _share(
    random: np.random.Generator, load: tuple[int, ...], spread: tuple[float, ...], draws: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Draw what is brought as a share of what is expected."""
    relative = max((s / m for s, m in zip(spread, load, strict=True) if m), default=0.0) if spread else 0.0
    if relative == 0.0:
        return np.ones(draws)
    shape = 1 / relative**2
    return random.gamma(shape, 1 / shape, draws)
