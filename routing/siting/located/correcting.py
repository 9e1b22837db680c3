"""The model's estimate, put right by what routes cost: how much a way weighs in truth, and which sites are dearer.

A trip's money is explained by its stops, its tonnes and what the model says of its ways (least squares); what a site's
trips cost beyond that is laid on each of its tonnes, the less the fewer trips there are. What all answers share is the
mean by which routes cost more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.siting.answer import SitingAnswer
from routing.siting.problem import SitingProblem

Floats = NDArray[np.float64]

SINGULAR = 1e6
"""Condition from which on trips do not tell what a way weighs: all are alike in it."""

PRIOR = 0.1
"""Part of a usual site's tonnes that stand for a site being as dear as all, beside what its own trips tell."""

LEAST_SLOPE, MOST_SLOPE = 0.05, 5.0
"""What a yuan of the model's ways is worth in routes, at least and at most."""


@dataclass(frozen=True)
class Load:
    """A trip as the correction sees it: site by number, stops, tonnes, what the model says of its ways, its money."""

    site: int
    stops: int
    tonnes: float
    model: float
    money: float


@dataclass(frozen=True, eq=False)
class Correction:
    """How estimates are put right.

    Attributes
    ----------
    slope
        What the model's money for a way is multiplied by.
    extra
        (candidates) money that each tonne to a site costs more, less than 0 where it is cheaper.
    base
        Money a year that routes cost beyond that, whatever is chosen.
    error
        Standard deviation of what routes cost about the corrected estimates, of the answers that were routed.
    slope_error, ways
        Standard error of the slope, infinity where trips do not tell it; and the mean of the routed answers' money for
        ways by the model.
    """

    slope: float
    extra: Floats
    base: float = 0.0
    error: float = 0.0
    slope_error: float = 0.0
    ways: float = 0.0

    def doubt(self, answer: SitingAnswer) -> float:
        """Return the standard error of an answer's estimate: more, the less its ways are like those of routed ones."""
        apart = abs(answer.parts["transport"] - self.ways)
        return math.hypot(self.error, self.slope_error * apart if apart > 0 else 0.0)

    def problem(self, problem: SitingProblem) -> tuple[SitingProblem, float]:
        """Return the problem with corrected ways, and what is to be added to its values for the estimate."""
        lift = max(0.0, -float(self.extra.min(initial=0.0)))
        costs = np.where(problem.costs < 0, -1.0, problem.costs * self.slope + self.extra + lift)
        tonnes = sum(sum(point.tonnes) for point in problem.points)
        return replace(problem, costs=costs), self.base - lift * tonnes

    def estimate(self, problem: SitingProblem, answer: SitingAnswer) -> float:
        """Return the corrected estimate of an answer of the model, with who goes where as the model has it."""
        row = {point.id: i for i, point in enumerate(problem.points)}
        column = {candidate.id: j for j, candidate in enumerate(problem.candidates)}
        material = {name: m for m, name in enumerate(problem.materials)}
        ways = 0.0
        for flow in answer.flows:
            i, j = row[flow.point], column[flow.site]
            tonnes = problem.points[i].tonnes[material[flow.material]] * flow.share
            ways += tonnes * (problem.costs[i, j] * self.slope + float(self.extra[j]))
        return answer.parts["fixed"] + answer.parts["running"] + ways + self.base


def correction(
    problem: SitingProblem, loads: Sequence[Load], answers: Sequence[SitingAnswer], routed: Sequence[float]
) -> Correction:
    """Return the correction that trips and routed answers teach; ``routed`` is what each answer costs with routes."""
    sites = len(problem.candidates)
    if not loads:
        return _based(problem, Correction(1.0, np.zeros(sites)), answers, routed)
    table = np.array([[load.stops, load.tonnes, load.model] for load in loads], dtype=float)
    money = np.array([load.money for load in loads])
    scale = np.maximum(table.max(axis=0), 1e-9)
    slope, slope_error = _slope(table / scale, money)
    slope, slope_error = float(np.clip(slope / scale[2], LEAST_SLOPE, MOST_SLOPE)), float(slope_error / scale[2])
    if not math.isfinite(slope_error):
        slope = 1.0
    # with the slope bounded, stops and tonnes explain what is left
    rest = money - slope * table[:, 2]
    own = np.linalg.lstsq(table[:, :2] / scale[:2], rest, rcond=None)[0] / scale[:2]
    left = rest - table[:, :2] @ own
    site = np.array([load.site for load in loads])
    tonnes = np.bincount(site, table[:, 1], minlength=sites)
    beyond = np.bincount(site, left, minlength=sites)
    usual = float(tonnes[tonnes > 0].mean()) if (tonnes > 0).any() else 1.0
    extra = beyond / (tonnes + PRIOR * max(usual, 1e-9))
    return _based(problem, Correction(slope, np.asarray(extra), slope_error=slope_error), answers, routed)


def _based(
    problem: SitingProblem, found: Correction, answers: Sequence[SitingAnswer], routed: Sequence[float]
) -> Correction:
    """Return the correction with the mean by which routes cost more, and by how much they scatter about it."""
    if not answers:
        return found
    beyond = np.array([cost - found.estimate(problem, a) for cost, a in zip(routed, answers, strict=True)])
    error = float(beyond.std(ddof=1)) if len(beyond) > 1 else 0.0
    ways = float(np.mean([answer.parts["transport"] for answer in answers]))
    return replace(found, base=float(beyond.mean()), error=error, ways=ways)


def _slope(table: Floats, money: Floats) -> tuple[float, float]:
    """Return the weight of the last column in the least squares, and its standard error, infinity if untold."""
    count, columns = table.shape
    if count <= columns or np.linalg.cond(table) > SINGULAR:
        return 1.0, math.inf
    weights, left, _, _ = np.linalg.lstsq(table, money, rcond=None)
    spread = float(left[0]) / (count - columns) if len(left) else 0.0
    return float(weights[-1]), math.sqrt(max(0.0, spread * float(np.linalg.inv(table.T @ table)[-1, -1])))
