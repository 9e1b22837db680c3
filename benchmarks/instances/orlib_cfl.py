"""Capacitated location as OR-Library keeps it: sites with capacity and fixed cost, customers with demand and costs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from routing.errors import InputError
from routing.siting.problem import Candidate, DemandPoint, SitingProblem, Size

OPTIMA = "optimal.txt"


@dataclass(frozen=True)
class Located:
    """An instance with its proven optimum, None where the list does not say it."""

    name: str
    problem: SitingProblem
    optimum: float | None


def read_cfl(path: Path) -> SitingProblem:
    """Read a file; a cost is that of all of a customer's demand.

    Raises
    ------
    InputError
        When the file is not one of them, with the number of words that it should have.
    """
    try:
        words = np.array(path.read_text(encoding="utf-8").split(), dtype=float)
        sites, customers = int(words[0]), int(words[1])
    except (ValueError, IndexError, OverflowError, OSError) as error:
        raise InputError("not-cfl", "%(file)s is no file of OR-Library's capacitated location.", file=path) from error
    expected = 2 + 2 * sites + customers * (1 + sites)
    if len(words) != expected:
        raise InputError(
            "not-cfl",
            "%(file)s has %(have)s numbers, where %(sites)s sites and %(customers)s customers take %(expected)s.",
            file=path,
            have=len(words),
            sites=sites,
            customers=customers,
            expected=expected,
        )
    each = words[2 : 2 + 2 * sites].reshape(sites, 2)
    rows = words[2 + 2 * sites :].reshape(customers, 1 + sites)
    return SitingProblem(
        points=tuple(DemandPoint(str(i + 1), 1.0, (float(demand),)) for i, demand in enumerate(rows[:, 0])),
        candidates=tuple(
            Candidate(str(j + 1), (Size("", float(fixed), 0.0, (float(room),)),))
            for j, (room, fixed) in enumerate(each)
        ),
        seconds=np.zeros((customers, sites), np.int32),
        costs=rows[:, 1:] / rows[:, :1],
        materials=("load",),
    )


def read_optima(path: Path) -> dict[tuple[str, float | None], float]:
    """Read the list of optima: by instance, and by capacity where there are several."""
    found: dict[tuple[str, float | None], float] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        told = re.match(r"(cap\w+)?\s+([\d.]+)(?:\s+\(capacity (\d+)\))?\s*$", line)
        if told:
            name = told[1] or name
            found[name, float(told[3]) if told[3] else None] = float(told[2])
    return found


def instances(path: Path) -> list[Located]:
    """Return a file's instance; one for each capacity where the list of optima has several."""
    problem, optima = read_cfl(path), read_optima(path.parent / OPTIMA)
    rooms = sorted(room for name, room in optima if name == path.stem and room is not None)
    if not rooms:
        return [Located(path.stem, problem, optima.get((path.stem, None)))]
    return [Located(f"{path.stem}-{room:.0f}", with_capacity(problem, room), optima[path.stem, room]) for room in rooms]


def with_capacity(problem: SitingProblem, room: float) -> SitingProblem:
    """Return the problem with this capacity at each site."""
    changed = (replace(c, sizes=tuple(replace(size, capacity=(room,)) for size in c.sizes)) for c in problem.candidates)
    return replace(problem, candidates=tuple(changed))
