"""What sites take on a day: the tables that keep the search within it, and another site where one would get too much.

The search knows what all sites together take on a day; where one of several gets too much, trips of that day go to
another one, and what still is too much is left out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Any, NamedTuple

import numpy as np

from routing.periodic.problem import TimetableProblem
from routing.periodic.tables import Number, Week, Whole
from routing.periodic.timetable import Round, Service, Timetable, day_problem
from routing.problem import Load, Problem
from routing.schedule import services_of
from routing.timing import route_within_rules

MOST_WAYS = 729
"""So many choices of sites for the trips of a round are looked at."""

SECONDS = 20.0
"""How long one day's choice of sites may take."""

SCALE = 100
"""Parts of a fen in which the choice counts."""

Orders = tuple[Whole, Whole, Whole, Whole]
"""Lengths and nodes of routes, patterns and hours of points."""


def site_tables(problem: TimetableProblem, node_of: Whole, nodes: int) -> dict[str, Any]:
    """Return ``gives`` (nodes, dimensions) and ``takes`` (days, dimensions) of `Week`."""
    dims = len(problem.dimensions) if any(site.capacity is not None for site in problem.unload_sites) else 0
    gives, takes = np.zeros((nodes, dims)), np.zeros((problem.days, dims))
    patterns = [pattern for point in problem.points for pattern in point.patterns]
    for pattern, node in zip(patterns, node_of if dims else (), strict=False):
        gives[node] = np.maximum(gives[node], pattern.load)
    for day in range(problem.days if dims else 0):
        for site in problem.sites_on(day):
            for d, name in enumerate(problem.dimensions):
                if site.takes is None or name in site.takes:
                    takes[day, d] += math.inf if site.capacity is None else site.capacity[d]
    return {"gives": gives, "takes": takes}


def brought(week: Week, orders: Orders) -> Number:
    """Return what the visits of a timetable bring on each day (days, dimensions)."""
    lengths, nodes, _, _ = orders
    found = np.zeros(week.takes.shape)
    for route, length in enumerate(lengths):
        found[route // week.vehicles] += week.gives[nodes[route, 1 : length + 1]].sum(axis=0)
    return found


def thinned(week: Week, orders: Orders) -> Orders:
    """Return a timetable without the points that bring more on a day than all sites take.

    Those are left out first that bring most for what it costs to leave them out: the largest, where all cost the same.
    """
    lengths, nodes, patterns, hours = (table.copy() for table in orders)
    while (over := brought(week, (lengths, nodes, patterns, hours)) - week.takes > 1e-6).any():
        day, d = (int(k) for k in np.argwhere(over)[0])
        routes = range(day * week.vehicles, (day + 1) * week.vehicles)
        there = [int(x) for route in routes for x in nodes[route, 1 : lengths[route] + 1]]
        out = int(week.point[max(there, key=lambda x: float(week.gives[x, d] / max(1.0, week.out[week.point[x]])))])
        patterns[out] = -1
        for route, length in enumerate(lengths):
            kept = [x for x in nodes[route, 1 : length + 1] if week.point[x] != out]
            nodes[route, 1 : len(kept) + 1] = kept
            lengths[route] = len(kept)
    return lengths, nodes, patterns, hours


def sites_choose(problem: TimetableProblem) -> bool:
    """Tell whether one of several sites may get too much although all together do not."""
    return len(problem.unload_sites) > 1 and any(site.capacity is not None for site in problem.unload_sites)


class _Way(NamedTuple):
    """A round with other sites: its services, fen more than before, and what each site gets."""

    services: tuple[Service, ...]
    more: float
    gets: Mapping[str, Sequence[int]]


def within_sites(problem: TimetableProblem, timetable: Timetable) -> Timetable:
    """Return the timetable with trips sent to other sites where one would get too much.

    The cheapest choice for the rounds as they are cut into trips. Points are left out one by one where there is none.
    """
    for day in range(problem.days):
        while over := _over(problem, timetable, day):
            rounds = [one for one in timetable.rounds if one.day == day]
            asked = day_problem(problem, timetable, day)
            ways = [_ways(problem, asked, timetable, one) for one in rounds]
            picked, spilt = _pick(problem, day, ways)
            if not spilt:
                chosen = {(day, one.vehicle): way[k].services for one, way, k in zip(rounds, ways, picked, strict=True)}
                more = sum(way[k].more for way, k in zip(ways, picked, strict=True))
                timetable = replace(
                    timetable,
                    rounds=tuple(
                        replace(one, services=chosen.get((one.day, one.vehicle), one.services))
                        for one in timetable.rounds
                    ),
                    cost=round(timetable.cost + more),
                )
                break
            timetable = _without(problem, timetable, _least_missed(problem, timetable, day, over))
    return timetable


def _over(problem: TimetableProblem, timetable: Timetable, day: int) -> dict[str, int]:
    """Return the sites that get too much on a day, and units too much in the dimension in which it is most."""
    gets: dict[str, list[int]] = defaultdict(lambda: [0] * len(problem.dimensions))
    for one in timetable.rounds:
        if one.day == day:
            for site, load in _gets(problem, timetable, one.services).items():
                gets[site] = [a + b for a, b in zip(gets[site], load, strict=True)]
    found = {}
    for place in problem.sites_on(day):
        if place.capacity is not None and place.id in gets:
            most = max(a - b for a, b in zip(gets[place.id], place.capacity, strict=True))
            if most > 0:
                found[place.id] = most
    return found


def _gets(problem: TimetableProblem, timetable: Timetable, services: Sequence[Service]) -> dict[str, list[int]]:
    """Return what a round brings to each site."""
    loads = _loads(problem, timetable)
    gets: dict[str, list[int]] = {}
    aboard = [0] * len(problem.dimensions)
    for kind, key in services:
        if kind == "call":
            aboard = [a + b for a, b in zip(aboard, loads[key], strict=True)]
            continue
        site = next(one for one in problem.unload_sites if one.id == key)
        left = [
            units if site.takes is None or name in site.takes else 0
            for name, units in zip(problem.dimensions, aboard, strict=True)
        ]
        gets[key] = [a + b for a, b in zip(gets.get(key, [0] * len(left)), left, strict=True)]
        aboard = [a - b for a, b in zip(aboard, left, strict=True)]
    return gets


def _loads(problem: TimetableProblem, timetable: Timetable) -> dict[str, Load]:
    chosen = timetable.chosen
    return {p.id: p.patterns[chosen[p.id][0]].load for p in problem.points if p.id in chosen}


def _ways(problem: TimetableProblem, asked: Problem, timetable: Timetable, one: Round) -> list[_Way]:
    """Return the round as it is, and with each choice of other sites that can be driven."""
    vehicle = next(v for v in problem.vehicles if v.id == one.vehicle)
    services = services_of(asked)
    unloads = [k for k, (kind, _) in enumerate(one.services) if kind == "unload"]
    names = [site.id for site in problem.unload_sites]
    own = tuple(one.services[k][1] for k in unloads)

    def fen(order: Sequence[Service]) -> float | None:
        stops = [services["stop" if kind == "call" else "unload", key] for kind, key in order]
        route = route_within_rules(asked, vehicle, stops)
        if route is None:
            return None
        return route.distance * vehicle.cost_per_km / 1000 + route.driving * vehicle.cost_per_hour / 3600

    now = fen(one.services) or 0.0
    found = [_Way(one.services, 0.0, _gets(problem, timetable, one.services))]
    for sites in islice(product(names, repeat=len(unloads)), MOST_WAYS):
        if sites == own:
            continue
        order = list(one.services)
        for k, site in zip(unloads, sites, strict=True):
            order[k] = ("unload", site)
        costs = fen(order)
        if costs is not None:
            found.append(_Way(tuple(order), costs - now, _gets(problem, timetable, order)))
    return found


def _pick(problem: TimetableProblem, day: int, ways: Sequence[Sequence[_Way]]) -> tuple[list[int], bool]:
    """Return which way each round takes, the cheapest of those with which sites get least too much, and if they do."""
    from ortools.sat.python import cp_model  # loads slowly, and is seldom asked

    model: Any = cp_model.CpModel()
    takes = [[model.NewBoolVar("") for _ in options] for options in ways]
    for row in takes:
        model.AddExactlyOne(row)
    spilt = []
    for site in problem.sites_on(day):
        for d in range(len(problem.dimensions) if site.capacity is not None else 0):
            terms = [
                (way.gets.get(site.id, [0] * (d + 1))[d], var)
                for options, row in zip(ways, takes, strict=True)
                for way, var in zip(options, row, strict=True)
            ]
            room = (site.capacity or ())[d]
            if sum(units for units, _ in terms) > room:
                over = model.NewIntVar(0, sum(units for units, _ in terms), "")
                model.Add(sum(units * var for units, var in terms) <= room + over)
                spilt.append(over)
    fen = [
        (round(SCALE * way.more), var)
        for options, row in zip(ways, takes, strict=True)
        for way, var in zip(options, row, strict=True)
    ]
    dear = 1 + sum(abs(more) for more, _ in fen)
    model.Minimize(sum(more * var for more, var in fen) + dear * sum(spilt))
    solver: Any = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = SECONDS
    solver.Solve(model)
    picked = [next(k for k, var in enumerate(row) if solver.BooleanValue(var)) for row in takes]
    return picked, any(solver.Value(over) for over in spilt)


def _least_missed(problem: TimetableProblem, timetable: Timetable, day: int, over: Mapping[str, int]) -> str:
    """Return whom to leave out of those whose goods go to a site with too much.

    The one that costs least of those that are enough, the smallest of equals; if none is, the one that brings most for
    what it costs.
    """
    loads = _loads(problem, timetable)
    price = {point.id: max(1, problem.missing(point)) for point in problem.points}
    there: list[str] = []
    for one in timetable.rounds:
        trip: list[str] = []
        for kind, key in one.services if one.day == day else ():
            trip.append(key)
            if kind == "unload":
                there += trip[:-1] if key in over else []
                trip = []
    enough = [name for name in there if max(loads[name]) >= max(over.values())]
    if enough:
        return min(enough, key=lambda name: (price[name], max(loads[name])))
    return max(there, key=lambda name: max(loads[name]) / price[name])


def _without(problem: TimetableProblem, timetable: Timetable, out: str) -> Timetable:
    """Return the timetable without a point, unloadings that find nothing on board taken out as well."""
    point = next(p for p in problem.points if p.id == out)
    pattern, hour = timetable.chosen[out]
    mine = sorted((one.day, one.vehicle) for one in timetable.rounds if ("call", out) in one.services)
    cost = problem.missing(point) - point.patterns[pattern].price - len(mine) * point.hours[hour].price
    cost -= problem.other_vehicle * sum(vehicle != mine[0][1] for _, vehicle in mine)
    who = [problem.driver(day, vehicle) for day, vehicle in mine]
    cost -= problem.other_driver * sum(one != who[0] for one in who)
    fen: float = cost
    rounds = []
    for one in timetable.rounds:
        if ("call", out) not in one.services:
            rounds.append(one)
            continue
        shorter = _emptied(replace(one, services=tuple(s for s in one.services if s != ("call", out))))
        fen += _price(problem, shorter) - _price(problem, one)
        if shorter.services:
            rounds.append(shorter)
    chosen = {key: choice for key, choice in timetable.chosen.items() if key != out}
    return replace(timetable, chosen=chosen, rounds=tuple(rounds), cost=round(timetable.cost + fen))


def _emptied(one: Round) -> Round:
    services: list[Service] = []
    for service in one.services:
        if service[0] == "call" or (services and services[-1][0] == "call"):
            services.append(service)
    return replace(one, services=tuple(services))


def _price(problem: TimetableProblem, one: Round) -> float:
    """Return what a round costs, in fen; nothing for one without services."""
    if not one.services:
        return 0.0
    vehicle = next(v for v in problem.vehicles if v.id == one.vehicle)
    matrix = problem.matrices[vehicle.profile]
    at = {("call", p.id): p.location for p in problem.points}
    at |= {("unload", site.id): site.location for site in problem.unload_sites}
    places = [vehicle.start, *(at[service] for service in one.services), vehicle.end]
    legs = (places[:-1], places[1:])
    metres, seconds = int(matrix.distances[legs].sum()), int(matrix.durations[legs].sum())
    return vehicle.fixed_cost + metres * vehicle.cost_per_km / 1000 + seconds * vehicle.cost_per_hour / 3600
