"""A timetable problem in numbers, and timetables written into a search and read out of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from routing.bounds import bounds
from routing.periodic.problem import TimetableProblem
from routing.periodic.site_days import Orders, brought, site_tables
from routing.periodic.tables import Number, Search, Week, Whole
from routing.periodic.timetable import Round, Timetable
from routing.periodic.trips import measure
from routing.problem import Pause, Vehicle

LONGEST_ROUND = 120
"""Visits of one vehicle on one day, at most."""

NEAR = 40
"""How many neighbours a point has."""


def make_week(problem: TimetableProblem) -> Week:
    """Return the problem as the loops want it."""
    kinds = list(dict.fromkeys(_kind(vehicle) for vehicle in problem.vehicles))
    roads = [_roads(problem, kind) for kind in kinds]
    groups = _groups(problem)
    nodes, first_pattern, node_of, mask, priced = _nodes(problem, groups)
    hours = max(len(point.hours) for point in problem.points)
    wish = np.full((len(problem.points), hours), math.inf)
    earliest, latest = (np.full((len(kinds), *wish.shape), v) for v in (0.0, -1.0))
    for k, kind in enumerate(kinds):
        for p, point in enumerate(problem.points):
            for h, hour in enumerate(point.hours):
                span = kind.clock.window(hour.window.start, hour.window.end, max(x.dwell for x in point.patterns))
                if span:
                    earliest[k, p, h], latest[k, p, h] = span
                    wish[p, h] = hour.price
    location = np.array([point.location for point in problem.points])
    between = roads[0]["seconds"][np.ix_(location, location)]
    near = np.argsort(between + between.T, axis=1, kind="stable")
    near = np.array([[q for q in row if q != p][:NEAR] for p, row in enumerate(near)], dtype=np.int64)
    vehicles = problem.vehicles
    clocks = [Clock.of(vehicle) for vehicle in vehicles]
    opens = np.array([c.working(v.shift.start) for c, v in zip(clocks, vehicles, strict=True)], dtype=np.float64)
    ends = [c.working(v.shift.end + v.overtime) for c, v in zip(clocks, vehicles, strict=True)]
    longest = [math.inf if v.max_duration is None else v.max_duration for v in vehicles]
    capacity = _capacities(problem, groups)
    return Week(
        dims=len(groups),
        hours=hours,
        days=problem.days,
        vehicles=len(vehicles),
        place=np.array([location[p] for p, *_ in nodes], dtype=np.int64),
        point=np.array([p for p, *_ in nodes], dtype=np.int64),
        load=np.array([load for _, load, _, _ in nodes], dtype=np.float64).reshape(len(nodes), len(groups)),
        spread=np.array([spread for _, _, spread, _ in nodes], dtype=np.float64).reshape(len(nodes), len(groups)),
        dwell=np.array([dwell for *_, dwell in nodes], dtype=np.float64),
        **_stacked(roads),
        kind=np.array([kinds.index(_kind(v)) for v in vehicles], dtype=np.int64),
        start=np.array([v.start for v in vehicles], dtype=np.int64),
        home=np.array([v.end for v in vehicles], dtype=np.int64),
        capacity=capacity,
        opens=opens,
        until=np.minimum(ends, opens + np.array(longest, dtype=np.float64)).astype(np.float64),
        fixed=np.array([v.fixed_cost for v in vehicles], dtype=np.float64),
        largest=np.maximum(1.0, capacity.max(axis=0)),
        earliest=earliest,
        latest=latest,
        wish=wish,
        first=first_pattern,
        node=node_of,
        mask=mask,
        priced=priced,
        near=near,
        surety=float(problem.surety),
        other_vehicle=float(problem.other_vehicle),
        out=np.array([problem.missing(point) for point in problem.points], dtype=np.float64),
        unlike=len({problem.missing(point) for point in problem.points}) > 1,
        **_drivers(problem),
        **site_tables(problem, node_of, len(nodes)),
    )


class Kind(NamedTuple):
    """What vehicles share whose ways take and cost the same."""

    profile: str
    cost_per_km: int
    cost_per_hour: int
    pauses: tuple[Pause, ...]

    @property
    def clock(self) -> Clock:
        """Its hours without its breaks."""
        return Clock.after(self.pauses)


def _kind(vehicle: Vehicle) -> Kind:
    return Kind(vehicle.profile, vehicle.cost_per_km, vehicle.cost_per_hour, vehicle.pauses)


def _roads(problem: TimetableProblem, kind: Kind) -> dict[str, Any]:
    """Return the ways of a kind and by the best site, as `Week` names them, each (locations, locations)."""
    matrix, clock, sites = problem.matrices[kind.profile], kind.clock, problem.unload_sites
    seconds = matrix.durations.astype(np.float64)
    seconds[seconds < 0] = math.inf
    price = seconds * kind.cost_per_hour / 3600 + matrix.distances * kind.cost_per_km / 1000
    where = np.array([site.location for site in sites])
    lasts = np.array([float(site.duration) for site in sites])
    way = seconds[:, where][:, None, :] + seconds[where, :].T[None, :, :] + lasts
    site = np.argmin(way, axis=2).astype(np.int64)
    rows = np.arange(len(seconds))[:, None]
    return {
        "seconds": seconds,
        "price": price,
        "site": site,
        "to_site": seconds[rows, where[site]],
        "from_site": lasts[site] + seconds[where[site], rows.T],
        "by_site": price[rows, where[site]] + price[where[site], rows.T],
        "site_opens": np.array([clock.working(s.hours.start) for s in sites], dtype=np.float64)[site],
        "site_closes": np.array([clock.working(s.hours.end) for s in sites], dtype=np.float64)[site],
    }


def _stacked(roads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.stack([road[name] for road in roads]) for name in roads[0]}


class Clock:
    """Hours of a day without its breaks: a break is had at a fixed time, in the middle of its window."""

    def __init__(self, breaks: Sequence[tuple[int, int]]) -> None:
        """Take (begin, seconds) of each break."""
        self.breaks = breaks

    @classmethod
    def of(cls, vehicle: Vehicle) -> Clock:
        """Return the clock of a vehicle."""
        return cls.after(vehicle.pauses)

    @classmethod
    def after(cls, pauses: Sequence[Pause]) -> Clock:
        """Return the clock of who has these breaks."""
        return cls([((p.window.start + p.window.end) // 2, p.duration) for p in pauses])

    def working(self, second: int) -> int:
        """Return how many seconds of work have been possible since midnight."""
        return second - sum(max(0, min(lasts, second - begin)) for begin, lasts in self.breaks)

    def window(self, start: int, end: int, dwell: int) -> tuple[int, int] | None:
        """Return the window in which a visit may begin, so that no break falls into it; None when there is none."""
        for begin, lasts in self.breaks:
            if end < begin or start >= begin + lasts:
                if start < begin:
                    end = min(end, begin - dwell)
                continue
            if start + dwell <= begin:
                end = min(end, begin - dwell)
            else:
                start = max(start, begin + lasts)
        return (self.working(start), self.working(end)) if start <= end else None


def _drivers(problem: TimetableProblem) -> dict[str, Any]:
    """Return who drives (days, vehicles), as numbers, and what another driver costs; nothing if nobody knows who."""
    names = [[problem.driver(day, vehicle.id) for vehicle in problem.vehicles] for day in range(problem.days)]
    number = {name: k for k, name in enumerate(dict.fromkeys(name for row in names for name in row))}
    driver = np.array([[number[name] for name in row] for row in names], dtype=np.int64)
    return {"driver": driver, "other_driver": float(problem.other_driver) if len(number) > 1 else 0.0}


def _groups(problem: TimetableProblem) -> list[tuple[int, ...]]:
    """Return the sets of dimensions that some vehicle bounds together."""
    return sorted({tuple(sorted(dims)) for v in problem.vehicles for dims, _ in bounds(v, problem.dimensions)})


def _capacities(problem: TimetableProblem, groups: Sequence[tuple[int, ...]]) -> Number:
    room = np.full((len(problem.vehicles), len(groups)), math.inf)
    for v, vehicle in enumerate(problem.vehicles):
        for dims, most in bounds(vehicle, problem.dimensions):
            room[v, groups.index(tuple(sorted(dims)))] = most
    return room


Node = tuple[int, tuple[float, ...], tuple[float, ...], float]
"""Point, loads and their variances by groups of dimensions, seconds of a visit."""


def _nodes(
    problem: TimetableProblem, groups: Sequence[tuple[int, ...]]
) -> tuple[list[Node], Whole, Whole, Whole, Number]:
    """Return the nodes, and for patterns: the first of each point, node, days as bits, price."""
    nodes: list[Node] = []
    known: dict[Node, int] = {}
    first, node_of, mask = [0], list[int](), list[int]()
    priced: list[float] = []
    for p, point in enumerate(problem.points):
        for pattern in point.patterns:
            load = tuple(float(sum(pattern.load[d] for d in dims)) for dims in groups)
            spread = pattern.spread or (0.0,) * len(problem.dimensions)
            variance = tuple(float(sum(spread[d] ** 2 for d in dims)) for dims in groups)
            key = (p, load, variance, float(pattern.dwell))
            if key not in known:
                known[key] = len(nodes)
                nodes.append(key)
            node_of.append(known[key])
            mask.append(sum(1 << d for d in pattern.days))
            priced.append(float(pattern.price))
        first.append(len(node_of))
    tables = [np.array(rows, dtype=np.int64) for rows in (first, node_of, mask)]
    return nodes, tables[0], tables[1], tables[2], np.array(priced, dtype=np.float64)


def make_search(week: Week, seed: int) -> Search:
    """Return an empty timetable, all points left out."""
    points, routes, nodes = len(week.first) - 1, week.days * week.vehicles, len(week.node)
    nodes = len(week.place)
    most = _longest_round(week, points)
    trip = min(most, _longest_trip(week, most)) + 1
    slots = 2 * routes + 1

    def whole(*shape: int, fill: int = 0) -> Whole:
        return np.full(shape, fill, dtype=np.int64)

    def number(*shape: int) -> Number:
        return np.zeros(shape, dtype=np.float64)

    rows = most + 3
    search = Search(
        slot=np.arange(routes),
        vehicle=np.arange(slots) % week.vehicles,
        length=whole(slots),
        nodes=whole(slots, rows),
        version=whole(slots, fill=-1),
        trip=whole(slots, rows),
        at=number(slots, rows, trip),
        spent=number(slots, rows, trip),
        left=number(slots, rows),
        spent_left=number(slots, rows),
        ahead=whole(slots, rows),
        until=number(slots, rows, trip),
        rest=number(slots, rows, trip),
        sure=number(slots, rows, trip),
        due=number(slots, rows, trip),
        fresh_until=number(slots, rows),
        fresh_rest=number(slots, rows),
        fresh_sure=number(slots, rows),
        fresh_due=number(slots, rows),
        least_due=number(slots, rows),
        loads=number(slots, rows, week.dims),
        spreads=number(slots, rows, week.dims),
        ends=number(slots),
        cost=number(slots),
        pattern=whole(points, fill=-1),
        hour=whole(points),
        on=whole(points, week.days, fill=-1),
        kept_for=whole(nodes, routes, 2, fill=-2),
        kept_cost=number(nodes, routes, 2, week.hours),
        kept_at=whole(nodes, routes, 2, week.hours),
        free=np.arange(routes, slots),
        counts=np.array([slots - routes, 0]),
        brought=number(*week.takes.shape),
        touched=whole(routes),
        changed=whole(routes + 1),
        taken=whole(points + 1),
        was_pattern=whole(points),
        was_hour=whole(points),
        was_on=whole(points, week.days, fill=-1),
        given=whole(points),
        gone=whole(points),
        answer=whole(week.days, week.vehicles),
        queue=whole(points),
        key=number(points),
        nothing=number(week.dims),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64], dtype=np.uint64),
        told=np.array([1.0, 0.0, math.inf, 0.0, float(points), 0.0, 0.0]),
        best_length=whole(routes),
        best_nodes=whole(routes, rows),
        best_pattern=whole(points, fill=-1),
        best_hour=whole(points),
    )
    for slot in range(routes):
        measure(week, search, slot)
    return search


def _longest_round(week: Week, points: int) -> int:
    """Return how many visits a vehicle can have on a day."""
    day = float(np.max(week.until - week.opens))
    ways = np.sort(week.dwell)
    return max(1, min(points, LONGEST_ROUND, int(np.searchsorted(np.cumsum(ways), day, side="right"))))


def _longest_trip(week: Week, most: int) -> int:
    """Return how many of the smallest loads fit into the largest vehicle."""
    trip = most
    for k in range(week.dims):
        sums = np.cumsum(np.sort(week.load[:, k]))
        trip = min(trip, int(np.searchsorted(sums, float(np.max(week.capacity[:, k])) + 1e-9, side="right")))
    return max(1, trip)


def best_of(search: Search) -> Orders:
    """Return a copy of the best timetable that a search has met."""
    found = search.best_length, search.best_nodes, search.best_pattern, search.best_hour
    return found[0].copy(), found[1].copy(), found[2].copy(), found[3].copy()


def write(week: Week, search: Search, orders: Orders) -> None:
    """Make a timetable the one under change."""
    lengths, nodes, patterns, hours = orders
    search.pattern[:] = patterns
    search.hour[:] = hours
    search.on[:] = -1
    for route, length in enumerate(lengths):
        slot = search.slot[route]
        search.length[slot] = length
        search.nodes[slot, : nodes.shape[1]] = nodes[route]
        search.on[week.point[nodes[route, 1 : length + 1]], route // week.vehicles] = route % week.vehicles
    search.brought[:] = brought(week, orders)
    for slot in search.slot:
        measure(week, search, slot)


def read(problem: TimetableProblem, week: Week, orders: Orders, cost: float) -> Timetable:
    """Return a timetable with its unloads, each route cut into its best trips."""
    from routing.periodic.cutting import cut

    lengths, nodes, patterns, hours = orders
    chosen = {
        point.id: (int(patterns[p] - week.first[p]), int(hours[p]))
        for p, point in enumerate(problem.points)
        if patterns[p] >= 0
    }
    rounds = []
    for route, length in enumerate(lengths):
        if length:
            day, vehicle = divmod(route, week.vehicles)
            visits = [int(x) for x in nodes[route, 1 : length + 1]]
            services: list[tuple[str, str]] = []
            for x, site in zip(visits, cut(week, vehicle, visits, [int(h) for h in hours]), strict=True):
                services.append(("call", problem.points[int(week.point[x])].id))
                if site >= 0:
                    services.append(("unload", problem.unload_sites[site].id))
            rounds.append(Round(day, problem.vehicles[vehicle].id, tuple(services)))
    return Timetable(chosen, tuple(rounds), round(cost))


def written(problem: TimetableProblem, week: Week, search: Search, timetable: Timetable) -> Orders:
    """Return a timetable as a search has it; what does not belong to the problem any more is left out."""
    lengths, nodes, patterns, hours = (np.zeros_like(a) for a in best_of(search))
    patterns[:] = -1
    number = {point.id: p for p, point in enumerate(problem.points)}
    vehicles = {vehicle.id: v for v, vehicle in enumerate(problem.vehicles)}
    for key, (pattern, hour) in timetable.chosen.items():
        if key in number:
            patterns[number[key]] = week.first[number[key]] + pattern
            hours[number[key]] = hour
    for one in timetable.rounds:
        route = one.day * week.vehicles + vehicles[one.vehicle]
        for kind, key in one.services:
            if kind == "call":
                lengths[route] += 1
                nodes[route, lengths[route]] = week.node[patterns[number[key]]]
    return lengths, nodes, patterns, hours
