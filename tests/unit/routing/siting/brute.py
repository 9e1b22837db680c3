"""Small chance problems of siting, and their best answers by trying every choice."""

from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from routing.siting.problem import Candidate, DemandPoint, SitingProblem, Size


@st.composite
def problems(draw, materials=("paper", "glass")):
    """Return a problem of up to six points and five sites; some ways are missing, some sizes take one material."""
    number = draw(st.integers(1, 6))
    sites = draw(st.integers(1, 5))
    whole = st.integers
    points = tuple(
        DemandPoint(f"P{i}", draw(whole(0, 9)), tuple(float(draw(whole(0, 8))) for _ in materials))
        for i in range(number)
    )
    candidates = []
    for j in range(sites):
        sizes = tuple(
            Size(
                f"S{n}",
                float(draw(whole(0, 60))),
                float(draw(whole(0, 3))),
                () if draw(whole(0, 5)) == 0 else tuple(float(draw(whole(0, 30))) for _ in materials),
                float(draw(whole(0, 10))),
            )
            for n in range(draw(whole(1, 2)))
        )
        candidates.append(Candidate(f"C{j}", sizes, draw(st.sampled_from(["new", "new", "closable", "kept"]))))
    seconds = np.array([[draw(whole(-1, 20)) for _ in range(sites)] for _ in range(number)], dtype=np.int32).reshape(
        number, sites
    )
    costs = np.where(seconds < 0, -1.0, seconds * 1.5)
    return SitingProblem(points, tuple(candidates), seconds, costs, materials)


def choices(problem, aim):
    """Return every choice of sites that has the kept ones and not too many."""
    kept = {c.id for c in problem.candidates if c.status == "kept"}
    most = len(problem.candidates) if aim.most is None else aim.most
    for count in range(most if aim.kind == "p-median" else 0, most + 1):
        for chosen in combinations(range(len(problem.candidates)), count):
            if kept <= {problem.candidates[j].id for j in chosen}:
                yield chosen


def best(problem, aim, banned=()):
    """Return the best value of all choices but those banned, None where there is none."""
    found = []
    for chosen in choices(problem, aim):
        if {problem.candidates[j].id for j in chosen} in banned:
            continue
        value = costs_of(problem, aim, chosen) if aim.kind == "cost" else worth_of(problem, aim, chosen)
        if value is not None:
            found.append(value)
    return (max if aim.maximises else min)(found, default=None)


def worth_of(problem, aim, chosen):
    """Return what a choice is worth to people, None where it is no answer."""
    nearest = [
        min((int(problem.seconds[i, j]) for j in chosen if problem.seconds[i, j] >= 0), default=None)
        for i in range(len(problem.points))
    ]
    if aim.kind == "cover":
        near = zip(problem.points, nearest, strict=True)
        return sum(p.people for p, s in near if s is not None and s <= aim.within)
    if None in nearest:
        return None
    if aim.kind == "set-cover":
        return len(chosen) if max(nearest) <= aim.within else None
    if aim.kind == "p-centre":
        return max(nearest)
    return sum(p.people * s for p, s in zip(problem.points, nearest, strict=True))


def costs_of(problem, aim, chosen):
    """Return the least money of a choice over all sizes, None where nothing of it can be."""
    values = []
    for sizes in product(*(problem.candidates[j].sizes for j in chosen)):
        if aim.budget is not None and sum(size.investment for size in sizes) > aim.budget:
            continue
        total = sum(size.fixed for size in sizes)
        for m in range(len(problem.materials)):
            moved = transport(problem, m, chosen, sizes)
            total = None if moved is None or total is None else total + moved
        if total is not None:
            values.append(total)
    return min(values, default=None)


def transport(problem, m, chosen, sizes):
    """Return the least money for one material, by a plain linear model."""
    points = [i for i, p in enumerate(problem.points) if p.tonnes[m] > 0]
    ways = [(i, n) for i in points for n, j in enumerate(chosen) if problem.costs[i, j] >= 0]
    if not points:
        return 0.0
    if not ways:
        return None
    cost = [problem.costs[i, chosen[n]] + sizes[n].running for i, n in ways]
    equal = [[float(i == point) for i, _ in ways] for point in points]
    rooms = [n for n, size in enumerate(sizes) if size.capacity]
    solved = linprog(
        cost,
        A_ub=[[float(n == room) for _, n in ways] for room in rooms] or None,
        b_ub=[sizes[n].capacity[m] for n in rooms] or None,
        A_eq=equal,
        b_eq=[problem.points[i].tonnes[m] for i in points],
    )
    return solved.fun if solved.status == 0 else None
