"""A location problem as arrays: clients (a point's material, or a point), options (a site in a size), bounds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.siting.problem import Aim, SitingProblem


class Table(NamedTuple):
    """What the loops read.

    Attributes
    ----------
    cost
        (options, clients) of serving all of a client; infinity where that cannot be.
    weight
        Of a client, what it takes of a capacity; more than 0.
    begin
        First client of each material, and one more: the number of clients.
    room
        (options, materials); infinity for no bound.
    fixed, invest
        Of an option.
    first
        First option of each site, and one more: the number of options.
    least, most
        Sites that are open at least and at most.
    budget
        Bound on what is invested.
    """

    cost: NDArray[np.float64]
    weight: NDArray[np.float64]
    begin: NDArray[np.int64]
    room: NDArray[np.float64]
    fixed: NDArray[np.float64]
    invest: NDArray[np.float64]
    first: NDArray[np.int64]
    least: int
    most: int
    budget: float


def table_of(problem: SitingProblem, aim: Aim) -> tuple[Table, NDArray[np.int64], NDArray[np.int64]]:
    """Return the table of an aim of kind ``p-median`` or ``cost``, and point and material of each client."""
    sites = len(problem.candidates)
    most = sites if aim.most is None else min(aim.most, sites)
    if aim.kind == "p-median":
        people = np.array([point.people for point in problem.points], dtype=float)
        clients = np.arange(len(people))
        ways = problem.seconds.T.astype(float)
        table = Table(
            cost=np.ascontiguousarray(np.where(ways < 0, np.inf, ways * people)),
            weight=np.maximum(people, 1.0),
            begin=np.array([0, len(clients)]),
            room=np.full((sites, 1), np.inf),
            fixed=np.zeros(sites),
            invest=np.zeros(sites),
            first=np.arange(sites + 1),
            least=most,
            most=most,
            budget=np.inf,
        )
        return table, clients, np.zeros(len(clients), dtype=np.int64)
    tonnes = np.array([point.tonnes for point in problem.points], dtype=float).T.reshape(len(problem.materials), -1)
    materials, points = np.nonzero(tonnes > 0)
    weight = tonnes[materials, points]
    sizes = [(j, size) for j, candidate in enumerate(problem.candidates) for size in candidate.sizes]
    every = (np.inf,) * len(problem.materials)
    room = np.array([size.capacity or every for _, size in sizes], dtype=float).reshape(len(sizes), -1)
    running = np.array([size.running for _, size in sizes])
    ways = problem.costs[points][:, [j for j, _ in sizes]].T
    cost = np.where((ways < 0) | (room[:, materials] <= 0), np.inf, (ways + running[:, None]) * weight)
    table = Table(
        cost=np.ascontiguousarray(cost),
        weight=weight,
        begin=np.searchsorted(materials, np.arange(len(problem.materials) + 1)),
        room=np.ascontiguousarray(room),
        fixed=np.array([size.fixed for _, size in sizes], dtype=float),
        invest=np.array([size.investment for _, size in sizes], dtype=float),
        first=np.concatenate([[0], np.cumsum([len(candidate.sizes) for candidate in problem.candidates])]),
        least=max(fewest(room, weight, materials), 1 if len(weight) else 0),
        most=most,
        budget=np.inf if aim.budget is None else aim.budget,
    )
    return table, points, materials


def fewest(room: NDArray[np.float64], weight: NDArray[np.float64], material: NDArray[np.int64]) -> int:
    """Return how many options give each material room at least; one more than all where all do not."""
    needed = 0
    for m in range(room.shape[1]):
        total = weight[material == m].sum() * (1 - 1e-9)
        if total > 0:
            needed = max(needed, int(np.searchsorted(np.cumsum(np.sort(room[:, m])[::-1]), total)) + 1)
    return needed
