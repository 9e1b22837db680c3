"""Good answers without capacities: sites are exchanged as long as that helps (Teitz and Bart 1968; Whitaker 1983)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.loops import keeping
from routing.siting.relaxing import KEPT


def _exchange(cost: NDArray[np.float64], opened: NDArray[np.int8], fixed: NDArray[np.int8], penalty: float) -> None:
    """Exchange open sites for closed ones, the best exchange first, until none helps.

    ``cost`` is (sites, clients) with ``penalty`` where there is no way; ``fixed`` marks sites that stay as they are.
    """
    sites, clients = cost.shape
    nearest, second = np.empty(clients, np.int64), np.empty(clients)
    loss, less = np.empty(sites), np.empty(sites)
    while True:
        for k in range(clients):
            first, first_cost, second_cost = -1, np.inf, np.inf
            for s in range(sites):
                if opened[s]:
                    c = cost[s, k]
                    if c < first_cost:
                        second_cost, first_cost, first = first_cost, c, s
                    elif c < second_cost:
                        second_cost = c
            nearest[k], second[k] = first, min(second_cost, penalty)
        loss[:] = 0.0
        for k in range(clients):
            loss[nearest[k]] += second[k] - cost[nearest[k], k]
        best, best_in, best_out = -1e-9, -1, -1
        for s in range(sites):
            if opened[s] or fixed[s]:
                continue
            gain = 0.0
            less[:] = 0.0
            for k in range(clients):
                c, here = cost[s, k], cost[nearest[k], k]
                if c < here:
                    gain += here - c
                    less[nearest[k]] += second[k] - here
                elif c < second[k]:
                    less[nearest[k]] += second[k] - c
            for out in range(sites):
                if opened[out] and not fixed[out]:
                    change = loss[out] - less[out] - gain
                    if change < best - 1e-12 * abs(gain):
                        best, best_in, best_out = change, s, out
        if best_in < 0:
            return
        opened[best_in], opened[best_out] = 1, 0


exchange = keeping(KEPT, _exchange, nogil=True, error_model="numpy")


def _add(cost: NDArray[np.float64], opened: NDArray[np.int8], banned: NDArray[np.int8], most: int) -> None:
    """Open sites one after the other, each time the one that saves most, until there are so many."""
    sites, clients = cost.shape
    here = np.full(clients, np.inf)
    count = 0
    for s in range(sites):
        if opened[s]:
            count += 1
            for k in range(clients):
                here[k] = min(here[k], cost[s, k])
    while count < most:
        best, best_saved = -1, -np.inf
        for s in range(sites):
            if opened[s] or banned[s]:
                continue
            saved = 0.0
            for k in range(clients):
                if here[k] == np.inf:
                    saved -= cost[s, k]
                elif cost[s, k] < here[k]:
                    saved += here[k] - cost[s, k]
            if saved > best_saved:
                best, best_saved = s, saved
        if best < 0:
            return
        opened[best] = 1
        count += 1
        for k in range(clients):
            here[k] = min(here[k], cost[best, k])


add = keeping(KEPT, _add, nogil=True, error_model="numpy")


def _repair(
    cost: NDArray[np.float64],
    weight: NDArray[np.float64],
    left: NDArray[np.float64],
    price: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> bool:
    """Send each client where it is cheapest with the price of room, then move what is too much, the least dear first.

    ``left`` is the room of each option, ``shares`` (options, clients) are the answer; false where no way was found.
    """
    options, clients = cost.shape
    for k in range(clients):
        best, least = -1, np.inf
        for j in range(options):
            asked = cost[j, k] + price[j] * weight[k]
            if asked < least:
                best, least = j, asked
        if best < 0:
            return False
        shares[best, k] = 1.0
        left[best] -= weight[k]
    for j in range(options):
        while left[j] < -1e-9:
            client, target, least = -1, -1, np.inf
            for k in range(clients):
                if shares[j, k] > 0:
                    for other in range(options):
                        if left[other] > 1e-9:
                            more = (cost[other, k] - cost[j, k]) / weight[k]
                            if more < least:
                                client, target, least = k, other, more
            if client < 0:
                return False
            moved = min(shares[j, client] * weight[client], -left[j], left[target])
            share = min(shares[j, client], moved / weight[client])
            shares[j, client] -= share
            shares[target, client] += share
            left[j] += moved
            left[target] -= moved
    return True


repair = keeping(KEPT, _repair, nogil=True, error_model="numpy")
