"""Who goes where when the open sites are decided: the nearest, or a transport problem where capacities bind."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.siting.swapping import repair
from routing.siting.tables import Table

Floats = NDArray[np.float64]


def cheapest(table: Table, options: NDArray[np.int64]) -> float:
    """Return a bound on the cost of these options: each client goes to the cheapest, whatever its capacity."""
    if len(table.weight) == 0:
        return float(table.fixed[options].sum())
    if len(options) == 0:
        return float("inf")
    return float(table.fixed[options].sum() + table.cost[options].min(axis=0).sum())


def assign(table: Table, options: NDArray[np.int64]) -> tuple[float, Floats | None]:
    """Return the least cost of these options with their fixed costs, and the shares (options, clients) that give it.

    Infinity and None where some client finds no way or no room. HiGHS, by the simplex method, proves the shares.
    """
    total = float(table.fixed[options].sum())
    shares = np.zeros((len(options), len(table.weight)))
    for m in range(len(table.begin) - 1):
        part = slice(table.begin[m], table.begin[m + 1])
        weight = table.weight[part]
        if len(weight) == 0:
            continue
        cost = table.cost[options][:, part]
        if len(options) == 0 or not np.isfinite(cost.min(axis=0)).all():
            return float("inf"), None
        nearest = cost.argmin(axis=0)
        room = table.room[options, m]
        load = np.bincount(nearest, weight, minlength=len(options))
        if (load <= room).all():
            found = np.zeros(cost.shape)
            found[nearest, np.arange(len(weight))] = 1.0
        else:
            solved = _transport(cost, weight, room)
            if solved is None:
                return float("inf"), None
            found = solved
        shares[:, part] = found
        total += float(np.where(found > 0, found * np.where(np.isfinite(cost), cost, 0.0), 0.0).sum())
    return total, shares


def lower(table: Table, options: NDArray[np.int64], prices: Floats, target: float, steps: int = 40) -> float:
    """Return a bound on the cost of these options, which stops to rise when it has reached the target.

    Who finds its site full pays a price for room there; ``prices`` (options, materials) are begun from and left better.
    """
    parts = [(m, slice(table.begin[m], table.begin[m + 1])) for m in range(len(table.begin) - 1)]
    parts = [(m, part) for m, part in parts if part.stop > part.start]
    costs = {m: table.cost[options][:, part] for m, part in parts}
    rooms = {m: table.room[options, m] for m, _ in parts}
    price = {m: np.where(np.isfinite(rooms[m]), prices[options, m], 0.0) for m, _ in parts}
    fixed, best, length = float(table.fixed[options].sum()), -np.inf, 1.0
    for _ in range(steps):
        bound, square, slopes = fixed, 0.0, {}
        for m, part in parts:
            weight, bounded = table.weight[part], np.isfinite(rooms[m])
            asked = costs[m] + price[m][:, None] * weight
            chosen = asked.argmin(axis=0)
            load = np.bincount(chosen, weight, minlength=len(options))
            slope = np.where(bounded, load - np.where(bounded, rooms[m], 0.0), 0.0)
            bound += float(asked[chosen, np.arange(len(weight))].sum() - (price[m][bounded] @ rooms[m][bounded]))
            slopes[m] = np.where((price[m] <= 0) & (slope < 0), 0.0, slope)
            square += float(slopes[m] @ slopes[m])
        length = length if bound > best else 0.7 * length
        if bound > best:
            best = bound
            for m, _ in parts:
                prices[options, m] = price[m]
        if best >= target or square <= 0 or not np.isfinite(target) or not np.isfinite(bound):
            break
        for m, _ in parts:
            price[m] = np.maximum(0.0, price[m] + length * (target - bound) / square * slopes[m])
    return best


NEAREST = 3
"""Options of each client that a transport problem begins with."""


def repaired(table: Table, options: NDArray[np.int64], prices: Floats) -> tuple[float, Floats | None]:
    """Return an answer like `assign`, quickly made from prices of room and seldom the best; infinity where none is."""
    shares = np.zeros((len(options), len(table.weight)))
    for m in range(len(table.begin) - 1):
        part = slice(table.begin[m], table.begin[m + 1])
        found = np.zeros((len(options), part.stop - part.start))
        room = table.room[options, m].copy()
        price = np.where(np.isfinite(room), prices[options, m], 0.0)
        cost = np.ascontiguousarray(table.cost[options][:, part])
        if not repair(cost, table.weight[part], room, price, found):
            return float("inf"), None
        shares[:, part] = found
    every = table.cost[options]
    moved = np.where(shares > 0, shares * np.where(np.isfinite(every), every, 0.0), 0.0)
    return float(table.fixed[options].sum() + moved.sum()), shares


def _transport(cost: Floats, weight: Floats, room: Floats) -> Floats | None:
    """Solve a transport problem over the nearest options, and take in what their prices show to be missing."""
    options = len(cost)
    able = np.isfinite(cost)
    use = able & (cost <= np.partition(cost, min(NEAREST, options) - 1, axis=0)[min(NEAREST, options) - 1])
    scale = float(weight.sum())
    while True:
        solved = _linear(cost, weight / scale, room / scale, use)
        if solved.status != 0:
            if (use == able).all():
                return None
            use = able
            continue
        price = np.zeros(options)
        price[np.isfinite(room)] = -solved.ineqlin.marginals if np.isfinite(room).any() else 0.0
        missing = cost + price[:, None] * (weight / scale) - solved.eqlin.marginals
        more = able & ~use & (missing < -1e-9 * np.abs(solved.eqlin.marginals).max(initial=1.0))
        if not more.any():
            break
        use = use | more
    shares = np.zeros(cost.shape)
    shares[np.nonzero(use)] = np.maximum(solved.x, 0.0)
    shares[shares < 1e-11] = 0.0
    return np.asarray(shares / shares.sum(axis=0))


def _linear(cost: Floats, weight: Floats, room: Floats, use: NDArray[np.bool_]) -> Any:
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    j, k = np.nonzero(use)
    each = np.arange(len(j))
    bounded = np.isfinite(room)
    rank = np.cumsum(bounded) - 1
    inside = bounded[j]
    serve = coo_array((np.ones(len(j)), (k, each)), shape=(len(weight), len(j)))
    hold = coo_array((weight[k[inside]], (rank[j[inside]], each[inside])), shape=(int(bounded.sum()), len(j)))
    return linprog(
        cost[j, k],
        A_ub=hold.tocsr(),
        b_ub=room[bounded],
        A_eq=serve.tocsr(),
        b_eq=np.ones(len(weight)),
        bounds=(0, None),
        method="highs-ds",
    )
