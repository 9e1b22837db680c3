"""How many vehicles a timetable needs at the very least: what would make an impossible one possible."""

from __future__ import annotations

import math

import numpy as np

from routing.periodic.problem import TimetableProblem


def fewest_vehicles(problem: TimetableProblem) -> int:
    """Return a number of vehicles below which no timetable leaves nobody out; proven, and seldom enough.

    Each visit takes its dwell and the shortest way on which it can be reached; a vehicle has its shift without its
    breaks on each day on which there may be visits. Where vehicles differ, the fastest way of any and the longest shift
    of any count for all.
    """
    ways = [problem.matrices[name].durations for name in {vehicle.profile for vehicle in problem.vehicles}]
    seconds = np.min([np.where(way < 0, math.inf, way) for way in ways], axis=0)
    np.fill_diagonal(seconds, math.inf)
    nearest = seconds.min(axis=0)
    needed = 0.0
    days: set[int] = set()
    for point in problem.points:
        needed += min(
            len(pattern.days) * (pattern.dwell + float(nearest[point.location])) for pattern in point.patterns
        )
        days |= {day for pattern in point.patterns for day in pattern.days}
    each = max(
        min(v.shift.end + v.overtime - v.shift.start, v.max_duration or math.inf) - sum(p.duration for p in v.pauses)
        for v in problem.vehicles
    )
    return math.ceil(needed / (each * len(days))) if days else 0
