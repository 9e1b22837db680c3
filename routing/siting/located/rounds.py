"""Sampled days of trucks that collect and unload at open sites, and what their routes cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from routing.plan import Plan, Route
from routing.problem import Matrix, Problem, Stop, UnloadSite, Vehicle

LONGEST = 600.0
"""Seconds for a day's routes at most, whatever the iterations."""

TRIES = 3
"""How often sites are given more room where stops are left out."""

PROFILE = "truck"
"""The one profile of the vehicles and matrices of a sampled day."""


Room = frozenset[tuple[str, int | None]]
"""Open sites, and the kilograms that each takes of a depot's day; None for no bound."""


@dataclass(frozen=True, eq=False)
class RoundDay:
    """What trucks of a depot have to do on a sampled day, whatever sites are open.

    Attributes
    ----------
    depot, day
        Whose day, and the number of the day, which is the same one for all depots.
    stops
        Where is collected; kilograms are the first dimension.
    points
        The siting problem's point that each stop is of.
    sites
        Every candidate as a place to unload, by its id.
    matrix
        Ways between all locations that these name.
    share
        By what a day's cost is multiplied, so that the sum over a depot's days is that of a year.
    lot
        Kilograms to whose multiples what a site takes of the day is rounded up: a part of a truck's load.
    """

    depot: str
    day: int
    dimensions: tuple[str, ...]
    stops: tuple[Stop, ...]
    points: tuple[str, ...]
    vehicles: tuple[Vehicle, ...]
    sites: Mapping[str, UnloadSite]
    matrix: Matrix = field(repr=False)
    share: float = 1.0
    lot: int = 1

    @property
    def kg(self) -> int:
        """What is collected on the day."""
        return sum(stop.pickup[0] for stop in self.stops)

    def problem(self, room: Room) -> Problem:
        """Return the day with these sites to unload at, and with no other locations than it needs."""
        most = [sum(stop.pickup[d] for stop in self.stops) for d in range(len(self.dimensions))]
        sites = [
            replace(self.sites[site], capacity=None if kg is None else (kg, *most[1:])) for site, kg in sorted(room)
        ]
        used = [*(s.location for s in self.stops), *(s.location for s in sites)]
        used += [end for vehicle in self.vehicles for end in (vehicle.start, vehicle.end)]
        places = sorted(set(used))
        number = {place: n for n, place in enumerate(places)}
        rows = np.ix_(places, places)
        return Problem(
            dimensions=self.dimensions,
            stops=tuple(replace(s, location=number[s.location]) for s in self.stops),
            vehicles=tuple(replace(v, start=number[v.start], end=number[v.end]) for v in self.vehicles),
            unload_sites=tuple(replace(s, location=number[s.location]) for s in sites),
            matrices={PROFILE: Matrix(self.matrix.durations[rows], self.matrix.distances[rows])},
        )


@dataclass(frozen=True)
class Trip:
    """A trip of a route that ends at a site: its stops, and its share of what the route costs, in fen."""

    site: str
    stops: tuple[str, ...]
    money: float


@dataclass(frozen=True)
class Driven:
    """What a day's routes cost in fen, how many stops are left out, trucks, metres, and the trips to each site."""

    cost: int
    left_out: int
    trucks: int
    metres: int
    trips: tuple[Trip, ...]


def drive(problem: Problem, iterations: int, seed: int, lot: int = 0) -> Driven:
    """Plan a day's rounds; the same problem, iterations and seed give the same routes. For a worker's process.

    Where stops are left out, every site that takes only so much takes a ``lot`` of kilograms more, `TRIES` times at
    most: loads do not come as they would fit, and a day is not to be lost for that.
    """
    from routing.solve import solve

    plan = solve(problem, seconds=LONGEST, seed=seed, iterations=iterations)
    for _ in range(TRIES):
        if not plan.unserved or not lot or all(site.capacity is None for site in problem.unload_sites):
            break
        problem = problem.changed(unload_sites=tuple(_roomier(site, lot) for site in problem.unload_sites))
        plan = solve(problem, seconds=LONGEST, seed=seed, iterations=iterations)
    return driven(plan)


def _roomier(site: UnloadSite, lot: int) -> UnloadSite:
    if site.capacity is None:
        return site
    return replace(site, capacity=(site.capacity[0] + lot, *site.capacity[1:]))


def driven(plan: Plan) -> Driven:
    """Return what a plan of rounds costs."""
    return Driven(
        cost=plan.cost,
        left_out=len(plan.unserved),
        trucks=len(plan.routes),
        metres=sum(route.distance for route in plan.routes),
        trips=tuple(trip for route in plan.routes for trip in _trips(route)),
    )


def _trips(route: Route) -> Iterator[Trip]:
    """Divide a route at its unloads, and its cost by the time that each part takes; the way home is of the last one."""
    parts: list[tuple[str, tuple[str, ...], int]] = []
    stops: list[str] = []
    begun = route.start
    for visit in route.visits:
        if visit.kind == "stop":
            stops.append(visit.id)
            continue
        parts.append((visit.id, tuple(stops), visit.end - begun))
        stops, begun = [], visit.end
    if not parts:
        return
    site, inside, took = parts[-1]
    parts[-1] = (site, (*inside, *stops), took + route.end - begun)
    whole = max(1, sum(took for _, _, took in parts))
    for site, inside, took in parts:
        yield Trip(site, inside, route.cost * took / whole)
