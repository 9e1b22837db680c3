"""What every timetable leaves out at least, counted in the prices of points that are left out; proven."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from routing.periodic.impossible import MOST_WHOLE, ROUNDING, Limit, always, limits_of, solved, step_limits
from routing.periodic.least import conflicts
from routing.periodic.problem import CallPoint, TimetableProblem


def least_missed(problem: TimetableProblem, going_on: Callable[[], bool] = always) -> int:
    """Return what the points that any timetable leaves out cost at least, in fen; 0 where nothing is proven.

    Points whose visit no vehicle holds are left out in any case. Of the others those are chosen that cost least, so
    that the rest keeps what every timetable keeps on each day (`routing.periodic.impossible`): the time of all
    vehicles, with waits for the next step on which calls begin, what sites take, and hours that exclude each other.
    Up to `MOST_WHOLE` points are counted whole, of more the linear relaxation counts. ``going_on`` is asked before
    each of the two questions; once it answers false, what has been proven by then is returned.
    """
    never = {name for one in conflicts(problem) if one.kind == "room" for name in one.points}
    sure = sum(problem.missing(point) for point in problem.points if point.id in never)
    points = [point for point in problem.points if point.id not in never]
    limits = [*limits_of(problem, points), *step_limits(problem, points)]
    prices = [problem.missing(point) for point in points]
    if not points or not limits or not going_on():
        return sure
    proven = _relaxed(points, limits, prices)
    if 0 < len(points) <= MOST_WHOLE and proven > 0 and going_on():
        proven = max(proven, _whole(points, limits, prices))
    return sure + proven


def _relaxed(points: Sequence[CallPoint], limits: Sequence[Limit], prices: Sequence[int]) -> int:
    """Return the least where points may be left out in part and split among days."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    columns = [(k, pattern, j) for k, point in enumerate(points) for j, pattern in enumerate(point.patterns)]
    many, unit = len(columns), max(1, *prices)
    wide = many + len(points)
    rows, at, needs, rooms = list[int](), list[int](), list[float](), list[float]()
    for row, limit in enumerate(limits):
        most = max(1, max((max(each) for each in limit.needs.values()), default=1))
        for column, (k, pattern, j) in enumerate(columns):
            if limit.day in pattern.days and points[k].id in limit.needs:
                rows.append(row)
                at.append(column)
                needs.append(limit.needs[points[k].id][j] / most)
        rooms.append(limit.room / most)
    whose = [k for k, _, _ in columns] + list(range(len(points)))
    each = coo_array((np.ones(wide), (whose, np.arange(wide))), shape=(len(points), wide))
    found: Any = linprog(
        np.concatenate([np.zeros(many), np.array(prices) / unit]),
        A_ub=coo_array((needs, (rows, at)), shape=(len(limits), wide)).tocsr(),
        b_ub=np.array(rooms),
        A_eq=each.tocsr(),
        b_eq=np.ones(len(points)),
        method="highs",
    )
    return 0 if found.x is None else max(0, math.floor((float(found.fun) - ROUNDING) * unit))


def _whole(points: Sequence[CallPoint], limits: Sequence[Limit], prices: Sequence[int]) -> int:
    """Return the least that the solver proves where each point has all its visits or none."""
    from ortools.sat.python import cp_model  # loads slowly

    unit = math.gcd(*prices) or 1
    model: Any = cp_model.CpModel()
    takes = {point.id: [model.NewBoolVar("") for _ in point.patterns] for point in points}
    out = [model.NewBoolVar("") for _ in points]
    for point, gone in zip(points, out, strict=True):
        model.AddExactlyOne([*takes[point.id], gone])
    for limit in limits:
        terms = [
            need * var
            for point in points
            if point.id in limit.needs
            for pattern, need, var in zip(point.patterns, limit.needs[point.id], takes[point.id], strict=True)
            if limit.day in pattern.days
        ]
        model.Add(sum(terms) <= limit.room)
    model.Minimize(sum(price // unit * gone for price, gone in zip(prices, out, strict=True)))
    solver, status = solved(model)
    if status not in ("OPTIMAL", "FEASIBLE", "UNKNOWN"):
        return 0
    return max(0, math.floor(float(solver.BestObjectiveBound()) + ROUNDING)) * unit
