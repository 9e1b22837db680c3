"""The bound: clients need not be served, but each pays or is paid a price; each site then decides for itself.

Lagrangian relaxation of the rows that serve each client (Beasley, Lagrangean heuristics for location problems, European
Journal of Operational Research 65, 1993). A site's best choice is a continuous knapsack for each material, so the best
prices give the bound of the strong linear model. Prices climb along subgradients, each turned away from the last one
where they disagree (Camerini, Fratta and Maffioli 1975).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.loops import keeping, kept_folder
from routing.siting.tables import Table

FOLDER = Path(__file__).parent
LOOPS = {"relaxing.py", "swapping.py", "tables.py"}
KEPT = kept_folder(FOLDER, {path.name for path in FOLDER.glob("*.py")} - LOOPS)
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def _sink(heap: Whole, key: Floats, at: int, size: int) -> None:
    """Let an entry of a heap sink to its place; the least key is on top."""
    entry = heap[at]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[heap[child + 1]] < key[heap[child]]:
            child += 1
        if key[entry] <= key[heap[child]]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = entry


sink = keeping(KEPT, _sink, nogil=True, error_model="numpy")


def _choice(t: Table, o: int, price: Floats, heap: Whole, key: Floats, served: Floats, note: bool) -> float:
    """Return what an open option is worth at the clients' prices; note in ``served`` the shares that it takes."""
    total = t.fixed[o]
    for m in range(len(t.begin) - 1):
        room = t.room[o, m]
        if room <= 0:
            continue
        size, wanted, gain = 0, 0.0, 0.0
        for k in range(t.begin[m], t.begin[m + 1]):
            reduced = t.cost[o, k] - price[k]
            if reduced < 0:
                key[k] = reduced / t.weight[k]
                heap[size] = k
                size += 1
                wanted += t.weight[k]
                gain += reduced
        if wanted <= room:
            total += gain
            if note:
                for n in range(size):
                    served[heap[n]] += 1.0
            continue
        for at in range(size // 2 - 1, -1, -1):
            sink(heap, key, at, size)
        while size > 0 and room > 0:
            k = heap[0]
            take = min(room, t.weight[k])
            total += key[k] * take
            if note:
                served[k] += take / t.weight[k]
            room -= take
            size -= 1
            heap[0] = heap[size]
            sink(heap, key, 0, size)
    return float(total)


choice = keeping(KEPT, _choice, nogil=True, error_model="numpy")


def _climb(
    t: Table,
    may: NDArray[np.int8],
    must: NDArray[np.int8],
    price: Floats,
    best_price: Floats,
    dear: Floats,
    worth: Floats,
    chosen: Whole,
    often: Floats,
    reach: Floats,
    steps: int,
    target: float,
) -> float:
    """Raise the bound by so many steps.

    Parameters
    ----------
    may
        By option: 1 where it may be open.
    must
        By site: 1 open, -1 closed, 0 not decided.
    price, best_price
        By client: begun from, and those of the best bound; both are left for the next climb.
    dear
        Price of the budget, best price of it, length of a step, steps without a better bound: left for the next climb.
    worth, chosen, often
        At the best bound: of each option; option of each site or -1; and how often sites were chosen of late.
    reach
        The last direction, and the last entry the budget's.
    target
        A value that is reached.

    Returns
    -------
    The best bound of these steps; the outputs are of these steps.
    """
    sites, clients, options = len(must), len(t.weight), len(t.fixed)
    heap, key, served = np.empty(clients, np.int64), np.empty(clients), np.empty(clients)
    value, option = np.empty(sites), np.empty(sites, np.int64)
    now, taken = np.empty(options), np.empty(sites, np.int64)
    best = -np.inf
    budgeted = t.budget < np.inf
    for _ in range(steps):
        for s in range(sites):
            value[s], option[s], taken[s] = np.inf, -1, -1
            for o in range(t.first[s], t.first[s + 1]):
                now[o] = np.inf
                if may[o] and must[s] >= 0:
                    now[o] = choice(t, o, price, heap, key, served, False) + dear[0] * t.invest[o]
                    if now[o] < value[s]:
                        value[s], option[s] = now[o], o
        bound = -dear[0] * t.budget if budgeted else 0.0
        for k in range(clients):
            bound += price[k]
        count = 0
        for s in range(sites):
            if must[s] == 1:
                bound += value[s]
                taken[s] = option[s]
                count += 1
        while count < t.most:
            least = -1
            for s in range(sites):
                if must[s] == 0 and taken[s] < 0 and option[s] >= 0 and (least < 0 or value[s] < value[least]):
                    least = s
            if least < 0 or (value[least] >= 0 and count >= t.least):
                break
            taken[least] = option[least]
            bound += value[least]
            count += 1
        if count < t.least:
            return np.inf
        for s in range(sites):
            often[s] = 0.9 * often[s] + (0.1 if taken[s] >= 0 else 0.0)
        if bound > best:
            best = bound
            worth[:] = now
            chosen[:] = taken
            best_price[:] = price
            dear[1] = dear[0]
        if bound > dear[4] + 1e-7 * abs(bound):
            dear[4] = bound
            dear[3] = 0
        else:
            dear[3] += 1
            if dear[3] >= 12:
                dear[2] *= 0.6
                dear[3] = 0
        served[:] = 0.0
        invested = 0.0
        for s in range(sites):
            if taken[s] >= 0:
                choice(t, taken[s], price, heap, key, served, True)
                invested += t.invest[taken[s]]
        square, along, last = 0.0, 0.0, 0.0
        for k in range(clients):
            slope = 1.0 - served[k]
            square += slope * slope
            along += slope * reach[k]
            last += reach[k] * reach[k]
        over = invested - t.budget if budgeted else 0.0
        if over < 0 and dear[0] <= 0:
            over = 0.0
        square += over * over
        along += over * reach[clients]
        last += reach[clients] * reach[clients]
        if square < 1e-12 or bound >= target:
            break
        turn = -1.5 * along / last if along < 0 and last > 0 else 0.0
        length = 0.0
        for k in range(clients):
            reach[k] = 1.0 - served[k] + turn * reach[k]
            length += reach[k] * reach[k]
        reach[clients] = over + turn * reach[clients]
        length += reach[clients] * reach[clients]
        if length < 1e-12:
            break
        step = dear[2] * (target - bound) / length
        for k in range(clients):
            price[k] += step * reach[k]
        dear[0] = max(0.0, dear[0] + step * reach[clients])
    return best


climb = keeping(KEPT, _climb, nogil=True, error_model="numpy")
