"""The visits to sites in a given order of stops that cost least, found by a bound that leaves nothing out.

An order of stops has gaps: before the first, between two, after the last. In each a vehicle may visit sites. All
choices are gone through gap by gap, and a branch is dropped when it cannot come to less than the best that is known:
its metres and seconds so far, what the stops to come need at least, and the least that further unloads cost, as loads
demand. What is left is driven under all rules. Where ways have other lengths at other hours, the shortest count.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np
from numpy.typing import NDArray

from routing.bounds import bounds
from routing.pricing import route_prices
from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.schedule import Orders, plan_of, services_of
from routing.site_room import Room, room_left, spilt
from routing.timing import Service, route_within_rules

FEW_SITES = 3
"""Sites up to which all are tried one after the other in a gap; where there are more, two."""

MOST_LOOKED_AT = 2_000
"""Branches of a route after which the best that is known is taken, proven or not."""

LONGEST = 200
"""Stops of a route up to which its unloads are looked at."""

ROUNDED = 4.0
"""Fen that a route may cost less than its bound, since each of its terms is rounded."""

Placed = tuple[list[Service], int, bool]
"""An order with its visits to sites, what it costs, and whether nothing can cost less."""


def best_unloads(
    problem: Problem, vehicle: Vehicle, order: Sequence[Service], room: Room | None = None, most: int = MOST_LOOKED_AT
) -> Placed:
    """Return the order of the same stops whose visits to sites cost least; ``order`` itself where none costs less.

    ``room`` is what sites with a bound still take beside all other routes.

    Raises
    ------
    ValueError
        When ``order`` cannot be driven.
    """
    route = route_within_rules(problem, vehicle, order)
    if route is None:
        raise ValueError(f"the order of {vehicle.id} cannot be driven")
    stops = [s for s in order if isinstance(s, Stop)]
    search = _Search(problem, vehicle, stops, dict(room or {}), most, list(order), route.cost)
    same = route_prices(problem, vehicle, route)
    search.go(sum(same.get(name, 0) for name in ("fixed", "compactness", "moves")))
    return search.best, search.cost, search.looked <= most


def with_best_unloads(problem: Problem, orders: Orders, until: float | None = None) -> Orders:
    """Return orders, which keep every rule, with each route's visits to sites where they cost least beside the others.

    From the second ``until`` of the process's clock on, what is left stays as it is.
    """
    if not problem.unload_sites:
        return orders
    services, vehicles = services_of(problem), {v.id: v for v in problem.vehicles}
    fleet = {name: [services[key] for key in order] for name, order in orders}
    better = True
    while better and not (until is not None and time.monotonic() >= until):
        better = False
        for name in [*fleet]:
            if until is not None and time.monotonic() >= until:
                break
            room = room_left(problem, {other: order for other, order in fleet.items() if other != name})
            found, _, _ = best_unloads(problem, vehicles[name], fleet[name], room)
            if found != fleet[name]:
                fleet[name], better = found, True
    named = [
        (name, [("stop" if isinstance(s, Stop) else "unload", s.id) for s in order]) for name, order in fleet.items()
    ]
    evens = problem.balance_price and plan_of(problem, named).cost > plan_of(problem, orders).cost
    return orders if evens else named


@dataclass
class _Search:
    problem: Problem
    vehicle: Vehicle
    stops: Sequence[Stop]
    room: Room
    most: int
    best: list[Service]
    cost: int
    looked: int = 0

    def __post_init__(self) -> None:
        problem, vehicle, sites = self.problem, self.vehicle, self.problem.unload_sites
        m = len(self.stops)
        places = [vehicle.start, *(s.location for s in self.stops), vehicle.end, *(u.location for u in sites)]
        self.price = _prices(problem, vehicle, places)
        self.site = {u.id: m + 2 + k for k, u in enumerate(sites)}
        self.second = vehicle.cost_per_hour / 3600
        self.options: list[list[tuple[float, tuple[UnloadSite, ...]]]]
        chains = [
            chain
            for size in range(1, (len(sites) if len(sites) <= FEW_SITES else 2) + 1)
            for chain in permutations(sites, size)
        ]
        self.options = [
            [(float(self.price[k, k + 1]), ()), *sorted(((self._over(k, c), c) for c in chains), key=lambda o: o[0])]
            for k in range(m + 1)
        ]
        legs = np.array([self.price[k, k + 1] for k in range(m + 1)])
        legs[np.isinf(legs)] = 0.0
        self.onward = np.concatenate([np.cumsum(legs[::-1])[::-1], [0.0]])
        into, out = self.price[: m + 1, m + 2 :], self.price[m + 2 :, 1 : m + 2]
        visit = min((u.duration for u in sites), default=0) * self.second
        self.least = into.min(axis=1) + out.min(axis=0) - legs + visit if sites else np.full(m + 1, np.inf)
        self.known: dict[tuple[int, int], float] = {}
        self.held: dict[tuple[int, int], bool] = {}
        drops = {p.drop for p in problem.pairs}
        passing = {p.collect for p in problem.pairs}
        none = (0,) * len(problem.dimensions)
        self.brings = [none if s.id in drops else s.delivery for s in self.stops]
        self.takes = [none if s.id in passing else s.pickup for s in self.stops]
        self.reloads = any(u.reloads for u in sites)

    def go(self, same: int) -> None:
        """Go through all choices; ``same`` are the fen that every one costs."""
        if len(self.stops) <= LONGEST:
            self._gap(0, -1, [], same + self.second * sum(s.duration(self.vehicle.crew) for s in self.stops))
        else:
            self.looked = self.most + 1

    def _gap(self, k: int, since: int, order: list[Service], spent: float) -> None:
        """Choose what is visited in gap ``k``, when nothing was since gap ``since`` (-1: since the start)."""
        self.looked += 1
        if self.looked > self.most:
            return
        stops, m = self.stops, len(self.stops)
        if spent + self.onward[k] + self._needed(since, k) >= self.cost + ROUNDED:
            return
        for fen, chain in self.options[k]:
            now, last = spent + fen, k if chain else since
            if now + self.onward[k + 1] >= self.cost + ROUNDED:
                continue
            if k < m:
                if self._fits(last, k + 1):
                    self._gap(k + 1, last, [*order, *chain, stops[k]], now)
            elif self._ends(last):
                self._driven([*order, *chain])

    def _over(self, k: int, chain: Sequence[UnloadSite]) -> float:
        """What it costs at least to come from the stop before gap k over sites to the one after it."""
        nodes = [k, *(self.site[u.id] for u in chain), k + 1]
        ways = sum(float(self.price[a, b]) for a, b in pairwise(nodes))
        return ways + self.second * sum(u.duration for u in chain)

    def _driven(self, order: list[Service]) -> None:
        """Drive a whole order under all rules, and keep it where it costs less."""
        route = route_within_rules(self.problem, self.vehicle, order)
        if route is None or route.cost >= self.cost or spilt(self.problem, self.vehicle, order, self.room)[1]:
            return
        self.best, self.cost = order, route.cost

    # -- what loads demand, when every site took and gave all ----------------------------------------------------

    def _needed(self, since: int, k: int) -> float:
        """The least that visits from gap ``k`` on cost, when the last one was in gap ``since``."""
        key = since, k
        if key not in self.known:
            m = len(self.stops)
            if k > m:
                self.known[key] = 0.0 if self._ends(since) else np.inf
            else:
                fits = self._fits(since, k)
                here = self.least[k] + self._needed(k, k + 1) if fits else np.inf
                on = self._needed(since, k + 1) if fits else np.inf
                self.known[key] = float(min(here, on))
        return self.known[key]

    def _ends(self, since: int) -> bool:
        """Tell whether nothing is on board at the end that may not come home."""
        if self.vehicle.keeps_stock:
            return True
        aboard = any(self.vehicle.load) and since < 0
        return not aboard and not any(any(load) for load in self.takes[max(0, since) :])

    def _fits(self, since: int, k: int) -> bool:
        """Tell whether the vehicle holds what it has from gap ``since`` to gap ``k`` without any visit."""
        key = since, k
        if key not in self.held:
            self.held[key] = all(load <= room for load, room in self._loads(since, k))
        return self.held[key]

    def _loads(self, since: int, k: int) -> Iterator[tuple[int, int]]:
        first = max(0, since)
        bring_until = k if self.reloads else len(self.stops)
        for dims, room in bounds(self.vehicle, self.problem.dimensions):
            own = sum(self.vehicle.load[d] for d in dims) if since < 0 and self.vehicle.load else 0
            brought = [sum(load[d] for d in dims) for load in self.brings[first:bring_until]]
            aboard = own + sum(brought)
            yield aboard, room
            for j in range(first, k):
                aboard += sum(self.takes[j][d] for d in dims) - brought[j - first]
                yield aboard, room


def _prices(problem: Problem, vehicle: Vehicle, places: Sequence[int]) -> NDArray[np.float64]:
    """Fen of the ways between places, those of the cheapest hour; infinite where there is none at any."""
    metre = vehicle.cost_per_km / 1000 + vehicle.grams_per_km * problem.carbon_price / 1e6
    index = np.ix_(places, places)
    found = np.full((len(places), len(places)), np.inf)
    for ways in (problem.matrices, *(p.matrices for p in problem.periods)):
        if vehicle.profile in ways:
            matrix = ways[vehicle.profile]
            seconds, metres = matrix.durations[index], matrix.distances[index]
            fen = seconds * vehicle.cost_per_hour / 3600 + metres * metre
            found = np.minimum(found, np.where(seconds < 0, np.inf, fen))
    return found
