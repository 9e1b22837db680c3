"""What routes and plans cost, term by term, each rounded to the nearest fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

import numpy as np

from routing.plan import Route, Unserved
from routing.problem import Problem, Stop, TimeWindow, Vehicle


def route_prices(problem: Problem, vehicle: Vehicle, route: Route) -> dict[str, int]:
    """Return the fen of each term of a route's cost; terms that are 0 are left out. ``route.cost`` is not read."""
    stops = _stops(problem)
    return prices_of(problem, vehicle, route, [stops[v.id] for v in route.visits if v.kind == "stop"])


def prices_of(problem: Problem, vehicle: Vehicle, route: Route, served: Sequence[Stop]) -> dict[str, int]:
    """Return what `route_prices` does, given the stops that the route serves in their order."""
    begins = (v.start for v in route.visits if v.kind == "stop")
    over = max(0, route.end - vehicle.shift.end)
    prices = {
        "fixed": vehicle.fixed_cost,
        "distance": _rounded(route.distance * vehicle.cost_per_km, 1000),
        "hours": _rounded((route.end - route.start) * vehicle.cost_per_hour, 3600),
        "overtime": _rounded(over * vehicle.overtime_per_hour, 3600),
        "carbon": _rounded(route.distance * vehicle.grams_per_km * problem.carbon_price, 1_000_000),
        "wishes": sum(_wish(s, begin) for s, begin in zip(served, begins, strict=True)),
        "compactness": _compactness(problem, vehicle, served),
        "moves": sum(s.stays_price for s in served if s.stays not in ("", vehicle.id)),
    }
    return {name: fen for name, fen in prices.items() if fen}


def plan_prices(problem: Problem, routes: Sequence[Route], unserved: Sequence[Unserved]) -> dict[str, int]:
    """Return the fen of each term of a plan's cost; terms that are 0 are left out."""
    vehicles = {v.id: v for v in problem.vehicles}
    prices: dict[str, int] = {}
    for route in routes:
        for name, fen in route_prices(problem, vehicles[route.vehicle], route).items():
            prices[name] = prices.get(name, 0) + fen
    lasts = [r.end - r.start for r in routes]
    above = sum(max(0, len(lasts) * one - sum(lasts)) for one in lasts)
    prices["balance"] = _rounded(above * problem.balance_price, 3600 * max(1, len(lasts)))
    prices["prizes"] = prizes_lost(problem, [u.stop for u in unserved])
    return {name: fen for name, fen in prices.items() if fen}


def prizes_lost(problem: Problem, left_out: Sequence[str]) -> int:
    """Return the fen lost by leaving out these stops; the largest of a group once."""
    stops = _stops(problem)
    groups: dict[str, int] = {}
    alone = 0
    for name in left_out:
        stop = stops[name]
        if stop.group:
            groups[stop.group] = max(stop.prize, groups.get(stop.group, 0))
        else:
            alone += stop.prize
    return alone + sum(groups.values())


_KNOWN: WeakKeyDictionary[Problem, Mapping[str, Stop]] = WeakKeyDictionary()
"""Stops of problems by their ids, which thousands of routes are priced with."""


def _stops(problem: Problem) -> Mapping[str, Stop]:
    found = _KNOWN.get(problem)
    if found is None:
        found = _KNOWN[problem] = {s.id: s for s in problem.stops}
    return found


def _rounded(value: int, by: int) -> int:
    return (2 * value + by) // (2 * by)


def _wish(stop: Stop, start: int) -> int:
    if not stop.wishes:
        return 0
    return _rounded(min(off(w, start) for w in stop.wishes) * stop.wish_price, 3600)


def off(window: TimeWindow, second: int) -> int:
    """Return by how many seconds a moment lies outside a window."""
    return max(0, window.start - second, second - window.end)


def _compactness(problem: Problem, vehicle: Vehicle, stops: Sequence[Stop]) -> int:
    if not problem.compactness_price or len(stops) < 2:
        return 0
    places = [s.location for s in stops]
    ways = np.maximum(0, problem.matrices[vehicle.profile].distances[np.ix_(places, places)]).astype(np.int64)
    np.fill_diagonal(ways, 0)
    return _rounded(int(ways.sum(axis=1).min()) * problem.compactness_price, 1000)
