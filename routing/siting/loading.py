"""Loads the compiled loops of siting, so that no search spends its seconds on them."""

from __future__ import annotations

import numpy as np


def load() -> None:
    """Load the loops; where their sources are new, they are compiled and kept, which takes some seconds."""
    from routing.siting.branching import solve
    from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem, Size
    from routing.siting.tables import table_of
    from routing.siting.transport import repaired

    seconds = np.array([[1, 9, 9], [9, 1, 9], [9, 9, 1]], np.int32)
    points = tuple(DemandPoint(str(i), 1.0, (1.0,)) for i in range(3))
    sites = tuple(Candidate(str(j), (Size("", 1.0, 0.0, (2.0,)),)) for j in range(3))
    problem = SitingProblem(points, sites, seconds, seconds.astype(float), ("any",))
    for aim in (Aim("p-median", 1), Aim("cost", 2)):
        table, _, _ = table_of(problem, aim)
        solve(table, np.zeros(3, dtype=bool), (), 60.0)
    repaired(table, np.array([0, 1]), np.zeros((3, 1)))
