"""Loads the compiled loops of timetables and of their bounds, so that no search spends its seconds on them."""

from __future__ import annotations

import numpy as np


def load() -> None:
    """Load the loops; where their sources are new, they are compiled and kept, which takes about a minute."""
    from routing.periodic.bound import lower_bound
    from routing.periodic.engine import solve_timetable
    from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
    from routing.problem import Matrix, TimeWindow, UnloadSite, Vehicle

    day = TimeWindow(0, 80_000)
    patterns = tuple(DayPattern((d,), (4,), 300) for d in (0, 1))
    points = tuple(CallPoint(f"p{k}", 2 + k, patterns, (CallHour(day),)) for k in range(3))
    truck = Vehicle("v", "", (10,), 0, 0, day, "road", fixed_cost=500, cost_per_km=0, cost_per_hour=3600)
    seconds = np.array([[60 * abs(a - b) for b in range(5)] for a in range(5)], np.int32)
    metres = np.array([[600 * abs(a - b) for b in range(5)] for a in range(5)], np.int32)
    sites = (UnloadSite("u", 1, day, 600),)
    problem = TimetableProblem(2, ("load",), points, (truck,), sites, {"road": Matrix(seconds, metres)})
    solve_timetable(problem, 600, iterations=50)
    lower_bound(problem, 600)
