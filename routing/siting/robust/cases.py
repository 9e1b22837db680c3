"""What may come: futures with weights, each with what people bring in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.errors import N_, InputError
from routing.siting.problem import Aim, Candidate, SitingProblem, Size

Floats = NDArray[np.float64]

ELSEWHERE = "elsewhere"
"""The candidate that stands for taking what finds no room somewhere else, at a price a tonne."""


@dataclass(frozen=True, eq=False)
class Case:
    """A future.

    Attributes
    ----------
    weight
        How likely it is, or for which share of the time it holds; only the shares in the sum of all weights count.
    problem
        Points with what comes from them then. Candidates and points are the same ones in all cases.
    """

    name: str
    weight: float
    problem: SitingProblem


def require_cases(cases: Sequence[Case], aim: Aim) -> None:
    """Raise InputError where cases cannot be weighed against each other."""
    if aim.kind not in ("cost", "p-median"):
        raise InputError(
            "no-robust-model",
            N_("%(kind)s has no robust choice. Ask for cost or p-median."),
            kind=aim.kind,
        )
    if not cases:
        raise InputError("no-cases", N_("There is no scenario of demand. Give one at least."))
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("case-twice", N_("Two scenarios are called %(name)s. Give each its own name."), name=twice[0])
    for case in cases:
        if not (np.isfinite(case.weight) and case.weight > 0):
            raise InputError(
                "bad-weight",
                N_("The weight of %(name)s is %(weight)s. Give a number above 0, or leave the scenario out."),
                name=case.name,
                weight=case.weight,
            )
    first = cases[0].problem
    for case in cases[1:]:
        same = case.problem.candidates == first.candidates and case.problem.materials == first.materials
        if not same or [p.id for p in case.problem.points] != [p.id for p in first.points]:
            raise ValueError(f"the case {case.name} is about other points or candidates")


def shares_of(cases: Sequence[Case]) -> Floats:
    """Return the weights as shares of their sum."""
    weights = np.array([case.weight for case in cases], dtype=float)
    return np.asarray(weights / weights.sum())


def with_factors(problem: SitingProblem, people: Floats, tonnes: Floats) -> SitingProblem:
    """Return the problem with other people and tonnes.

    Parameters
    ----------
    people
        (points) by what people are multiplied.
    tonnes
        (points, materials) by what tonnes are multiplied.
    """
    points = tuple(
        replace(
            point,
            people=point.people * float(people[i]),
            tonnes=tuple(t * float(f) for t, f in zip(point.tonnes, tonnes[i], strict=True)),
        )
        for i, point in enumerate(problem.points)
    )
    return replace(problem, points=points)


def with_elsewhere(problem: SitingProblem, price: float) -> SitingProblem:
    """Return the problem with one more site that takes everything for so much money a tonne, wherever it comes from."""
    away = Candidate(ELSEWHERE, (Size("", 0.0, price, (), 0.0),), "kept")
    none = np.zeros((len(problem.points), 1))
    return replace(
        problem,
        candidates=(*problem.candidates, away),
        seconds=np.hstack([problem.seconds, none.astype(np.int32)]),
        costs=np.hstack([problem.costs, none]),
    )


def aim_for(problem: SitingProblem, aim: Aim) -> Aim:
    """Return the aim, with room in its number of sites for the one that stands for elsewhere."""
    away = any(candidate.id == ELSEWHERE for candidate in problem.candidates)
    return replace(aim, most=aim.most + 1) if away and aim.most is not None else aim


def built(opened: Mapping[str, str]) -> dict[str, str]:
    """Return the open sites without the one that stands for elsewhere."""
    return {site: size for site, size in opened.items() if site != ELSEWHERE}
