"""The OR-Tools routing library as an engine: the whole day stated as one constraint model.

How a day is put into the model
-------------------------------
* Every stop is an optional node whose penalty is its prize.
* Unload sites appear as optional copies, a few for each vehicle that could need them. At a copy the collected
  load falls to zero: the dimension "total on board" may drop there by any amount that leaves what is still to be
  delivered, which a second dimension counts down.
* Breaks slow the library's own first plan down and spoil it, so the search runs twice: a third of the time without
  them, then, from that plan mended by `routing.solve.finish`, under every rule.
* A route that has collected something unloads once more on its way home. This last unload is folded into the arc
  to the end node (travel to the best site, unloading, travel home), so that the search need not discover it; the
  plan names it as a visit again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from routing.plan import Plan
from routing.problem import Matrix, Problem, UnloadSite, Vehicle
from routing.solve import Progress
from routing.solve.finish import complete

COST_SCALE = 100
"""The model counts hundredths of a fen, so that a metre is not rounded away."""

UNLOADS_PER_VEHICLE = 2
"""Unloads on the way that the model offers to each vehicle on average, besides the one on the way home."""

FAR = 10**7
"""Seconds or metres that stand for "no way" inside the model; longer than any shift, so never driven."""

RELAXED_SHARE = 1 / 3
"""Share of the time that goes into the search without breaks."""


@dataclass(frozen=True)
class Order:
    """Which vehicle serves what in which order: ids of stops and sites, the last unload not among them."""

    vehicle: Vehicle
    services: tuple[tuple[str, str], ...]


def search(
    problem: Problem, seconds: float, seed: int, progress: Progress | None = None, own_first_plan: bool = True
) -> Plan:
    """Search for about `seconds`, finishing included, and return the best plan: never dearer than by insertion."""
    began = time.monotonic()
    has_breaks = any(v.pauses for v in problem.vehicles)
    share = RELAXED_SHARE if has_breaks else 1.0
    relaxed = replace(problem, vehicles=tuple(replace(v, pauses=()) for v in problem.vehicles))
    first = solve_orders(relaxed, seconds * share, seed, _part(progress, 0.0, share))
    best = min(complete(problem, []), complete(problem, _named(first or [])), key=lambda plan: plan.cost)
    if has_breaks:
        left = max(seconds / 2, seconds - (time.monotonic() - began))
        second = solve_orders(problem, left, seed, _part(progress, share, 1.0), _orders_of(problem, best))
        if second is not None:
            best = min(best, complete(problem, _named(second)), key=lambda plan: plan.cost)
    return replace(best, engine="ortools", seconds=round(time.monotonic() - began, 3))


def _part(progress: Progress | None, begin: float, end: float) -> Progress | None:
    if progress is None:
        return None
    return lambda share, cost: progress(begin + share * (end - begin), cost)


def _named(orders: Sequence[Order]) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    return [(order.vehicle.id, order.services) for order in orders]


def _orders_of(problem: Problem, plan: Plan) -> list[Order]:
    """The plan's orders as the model knows them: the unload on the way home belongs to the last arc."""
    vehicles = {v.id: v for v in problem.vehicles}
    orders = []
    for route in plan.routes:
        services = [(v.kind, v.id) for v in route.visits]
        if services and services[-1][0] == "unload":
            services.pop()
        if services:
            orders.append(Order(vehicles[route.vehicle], tuple(services)))
    return orders


def solve_orders(
    problem: Problem,
    seconds: float,
    seed: int,
    progress: Progress | None = None,
    start: Sequence[Order] | None = None,
) -> list[Order] | None:
    """Search for `seconds` and return the order of services of each used vehicle, or None when none was found.

    `start` is a plan to improve on; without one the library builds its own.
    """
    return _Model(problem, seed, start or ()).solve(seconds, progress, start)


def _copies(problem: Problem, start: Sequence[Order]) -> list[UnloadSite]:
    """Unloads that the model offers: some for each site that is open on the day, and all that `start` has."""
    copies: list[UnloadSite] = []
    for site in problem.unload_sites:
        usual = max(2, -(-UNLOADS_PER_VEHICLE * len(problem.vehicles) // len(problem.unload_sites)))
        used = sum(key == ("unload", site.id) for order in start for key in order.services)
        copies += [site] * (max(usual, used) if site.hours.end >= 0 else 0)
    return copies


class _Model:
    def __init__(self, problem: Problem, seed: int, start: Sequence[Order]) -> None:
        from ortools.constraint_solver import pywrapcp

        self.problem = problem
        self.seed = seed
        self.stops = problem.stops
        self.copies = _copies(problem, start)
        ends = sorted({(v.start, "start") for v in problem.vehicles} | {(v.end, "end") for v in problem.vehicles})
        first_end = len(self.stops) + len(self.copies)
        node_of = {end: first_end + k for k, end in enumerate(ends)}
        self.places = [
            *(s.location for s in self.stops),
            *(c.location for c in self.copies),
            *(location for location, _ in ends),
        ]
        self.is_end = [False] * first_end + [kind == "end" for _, kind in ends]
        self.manager: Any = pywrapcp.RoutingIndexManager(
            len(self.places),
            len(problem.vehicles),
            [node_of[(v.start, "start")] for v in problem.vehicles],
            [node_of[(v.end, "end")] for v in problem.vehicles],
        )
        self.routing: Any = pywrapcp.RoutingModel(self.manager)
        self.horizon = max((v.shift.end for v in problem.vehicles), default=0)
        self._travel()
        self._windows()
        self._loads()
        self._breaks()
        self._choices()

    # -- travel, time and cost ---------------------------------------------------------------------------

    def _arcs(self, vehicle: Vehicle) -> tuple[Any, Any]:
        """Travel seconds with service, and metres, for each pair of nodes; the way home goes by a site."""
        import numpy as np

        matrix: Matrix = self.problem.matrices[vehicle.profile]
        places = np.asarray(self.places)
        time = matrix.durations[np.ix_(places, places)].astype(np.int64)
        way = matrix.distances[np.ix_(places, places)].astype(np.int64)
        time[time < 0] = FAR
        way[way < 0] = FAR
        n_stops = len(self.stops)
        first_end = n_stops + len(self.copies)
        time[first_end:, first_end:] = way[first_end:, first_end:] = 0  # a vehicle that stays at home
        collects = bool(self.copies) and any(any(s.pickup) for s in self.stops)
        for node in (k for k, end in enumerate(self.is_end) if end and collects):
            best = _way_home(self.problem, vehicle, places[:n_stops], int(places[node]))
            if best is not None:
                time[:n_stops, node], way[:n_stops, node] = best
        service = np.zeros(len(self.places), dtype=np.int64)
        service[:n_stops] = [s.service for s in self.stops]
        service[n_stops : n_stops + len(self.copies)] = [c.duration for c in self.copies]
        return time + service[:, None], way

    def _travel(self) -> None:
        transits: list[int] = []
        known: dict[tuple[str, int, int, int], tuple[int, int]] = {}
        for number, vehicle in enumerate(self.problem.vehicles):
            key = (vehicle.profile, vehicle.end, vehicle.cost_per_km, vehicle.shift.end)
            if key not in known:
                time, way = self._arcs(vehicle)
                cost = way * vehicle.cost_per_km * COST_SCALE // 1000
                known[key] = (
                    self.routing.RegisterTransitMatrix(time.tolist()),
                    self.routing.RegisterTransitMatrix(cost.tolist()),
                )
            time_index, cost_index = known[key]
            transits.append(time_index)
            self.routing.SetArcCostEvaluatorOfVehicle(cost_index, number)
            self.routing.SetFixedCostOfVehicle(vehicle.fixed_cost * COST_SCALE, number)
        self.routing.AddDimensionWithVehicleTransits(transits, self.horizon, self.horizon, False, "time")
        self.time: Any = self.routing.GetDimensionOrDie("time")
        for number, vehicle in enumerate(self.problem.vehicles):
            self.time.SetSpanCostCoefficientForVehicle(vehicle.cost_per_hour * COST_SCALE // 3600, number)

    def _windows(self) -> None:
        for number, vehicle in enumerate(self.problem.vehicles):
            for index in (self.routing.Start(number), self.routing.End(number)):
                self.time.CumulVar(index).SetRange(vehicle.shift.start, vehicle.shift.end)
            self.routing.AddVariableMinimizedByFinalizer(self.time.CumulVar(self.routing.End(number)))
            self.routing.AddVariableMaximizedByFinalizer(self.time.CumulVar(self.routing.Start(number)))
        for node, stop in enumerate(self.stops):
            var = self.time.CumulVar(self.manager.NodeToIndex(node))
            var.SetRange(min(stop.windows[0].start, self.horizon), max(0, min(stop.windows[-1].end, self.horizon)))
            for before, after in zip(stop.windows, stop.windows[1:], strict=False):
                var.RemoveInterval(before.end + 1, after.start - 1)
        for k, site in enumerate(self.copies):
            var = self.time.CumulVar(self.manager.NodeToIndex(len(self.stops) + k))
            var.SetRange(min(site.hours.start, self.horizon), min(site.hours.end, self.horizon))

    # -- loads -------------------------------------------------------------------------------------------

    def _loads(self) -> None:
        solver = self.routing.solver()
        n_stops = len(self.stops)
        copies = [self.manager.NodeToIndex(n_stops + k) for k in range(len(self.copies))]
        for d, name in enumerate(self.problem.dimensions):
            top = max(v.capacity[d] for v in self.problem.vehicles)
            change = [s.pickup[d] - s.delivery[d] for s in self.stops]
            rest = len(self.places) - n_stops - len(copies)
            self._load_dimension(f"total {name}", [*change, *([-top] * len(copies)), *([0] * rest)], d, top)
            total = self.routing.GetDimensionOrDie(f"total {name}")
            for index in range(self.routing.Size()):
                if index not in copies:
                    total.SlackVar(index).SetValue(0)
            if not any(s.delivery[d] for s in self.stops):
                for number in range(len(self.problem.vehicles)):
                    total.CumulVar(self.routing.Start(number)).SetValue(0)
                continue
            brought = [-s.delivery[d] for s in self.stops]
            self._load_dimension(f"new {name}", [*brought, *([0] * (len(copies) + rest))], d, 0)
            fresh = self.routing.GetDimensionOrDie(f"new {name}")
            for number in range(len(self.problem.vehicles)):
                start, end = self.routing.Start(number), self.routing.End(number)
                fresh.CumulVar(end).SetValue(0)
                solver.Add(total.CumulVar(start) == fresh.CumulVar(start))
            for index in copies:
                solver.Add(total.CumulVar(index) + total.SlackVar(index) >= fresh.CumulVar(index) + top)

    def _load_dimension(self, name: str, change: list[int], d: int, slack: int) -> None:
        transit = self.routing.RegisterUnaryTransitVector(change)
        capacities = [v.capacity[d] for v in self.problem.vehicles]
        self.routing.AddDimensionWithVehicleCapacity(transit, slack, capacities, False, name)

    # -- breaks, skills, prizes --------------------------------------------------------------------------

    def _breaks(self) -> None:
        solver = self.routing.solver()
        work = [0] * self.routing.Size()
        for index in range(self.routing.Size()):
            node = self.manager.IndexToNode(index)
            if node < len(self.stops):
                work[index] = self.stops[node].service
            elif node < len(self.stops) + len(self.copies):
                work[index] = self.copies[node - len(self.stops)].duration
        for number, vehicle in enumerate(self.problem.vehicles):
            if not vehicle.pauses:
                continue
            (rest,) = vehicle.pauses
            pause = solver.FixedDurationIntervalVar(
                rest.window.start,
                rest.window.end,
                rest.duration,
                False,
                f"pause of {vehicle.id}",
            )
            self.time.SetBreakIntervalsOfVehicle([pause], number, work)

    def _choices(self) -> None:
        for node, stop in enumerate(self.stops):
            index = self.manager.NodeToIndex(node)
            self.routing.AddDisjunction([index], stop.prize * COST_SCALE)
            never = stop.windows[0].start > self.horizon or stop.windows[-1].end < 0
            if never or (any(stop.pickup) and not self.copies):
                self.routing.ActiveVar(index).SetValue(0)
            for number, vehicle in enumerate(self.problem.vehicles):
                if not stop.skills <= vehicle.skills:
                    self.routing.VehicleVar(index).RemoveValue(number)
        for k in range(len(self.copies)):
            self.routing.AddDisjunction([self.manager.NodeToIndex(len(self.stops) + k)], 0)

    # -- search ------------------------------------------------------------------------------------------

    def solve(self, seconds: float, progress: Progress | None, start: Sequence[Order] | None) -> list[Order] | None:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2

        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
        began = time.monotonic()
        best: list[int] = []

        def report() -> None:
            cost = int(self.routing.CostVar().Max()) // COST_SCALE
            best[:] = [min([cost, *best])]
            if progress is not None:
                progress(min(1.0, (time.monotonic() - began) / max(seconds, 0.001)), best[0])

        self.routing.AddAtSolutionCallback(report)
        self.routing.solver().ReSeed(self.seed)
        if start is None:
            found = self.routing.SolveWithParameters(parameters)
        else:
            self.routing.CloseModelWithParameters(parameters)
            given = self.routing.ReadAssignmentFromRoutes(self._nodes(start), True)
            found = (
                self.routing.SolveFromAssignmentWithParameters(given, parameters)
                if given
                else self.routing.SolveWithParameters(parameters)
            )
        return None if found is None else self._read(found)

    def _nodes(self, orders: Sequence[Order]) -> list[list[int]]:
        """Indices of the given orders, one list a vehicle; each unload takes the next free copy of its site."""
        stop_node = {s.id: k for k, s in enumerate(self.stops)}
        free: dict[str, list[int]] = {}
        for k, site in enumerate(self.copies):
            free.setdefault(site.id, []).append(len(self.stops) + k)
        by_vehicle = {o.vehicle.id: o.services for o in orders}
        return [
            [
                self.manager.NodeToIndex(stop_node[name] if kind == "stop" else free[name].pop())
                for kind, name in by_vehicle.get(vehicle.id, ())
            ]
            for vehicle in self.problem.vehicles
        ]

    def _read(self, found: Any) -> list[Order]:
        orders = []
        for number, vehicle in enumerate(self.problem.vehicles):
            index = found.Value(self.routing.NextVar(self.routing.Start(number)))
            services: list[tuple[str, str]] = []
            while not self.routing.IsEnd(index):
                node = self.manager.IndexToNode(index)
                if node < len(self.stops):
                    services.append(("stop", self.stops[node].id))
                else:
                    services.append(("unload", self.copies[node - len(self.stops)].id))
                index = found.Value(self.routing.NextVar(index))
            if any(kind == "stop" for kind, _ in services):
                orders.append(Order(vehicle, tuple(services)))
        return orders


def _way_home(problem: Problem, vehicle: Vehicle, places: Any, home: int) -> tuple[Any, Any] | None:
    """Seconds and metres from each place by the quickest site to home, unloading included; None without sites."""
    import numpy as np

    sites = _open_at_the_end(problem, vehicle, home)
    if not sites:
        return None
    matrix = problem.matrices[vehicle.profile]
    times, ways = [], []
    for site in sites:
        there = matrix.durations[places, site.location].astype(np.int64)
        back = int(matrix.durations[site.location, home])
        blocked = (there < 0) | (back < 0)
        times.append(np.where(blocked, FAR, there + site.duration + back))
        ways.append(
            np.where(
                blocked,
                FAR,
                matrix.distances[places, site.location].astype(np.int64) + int(matrix.distances[site.location, home]),
            )
        )
    time, way = np.stack(times), np.stack(ways)
    quickest = time.argmin(axis=0)
    columns = np.arange(time.shape[1])
    return time[quickest, columns], way[quickest, columns]


def _open_at_the_end(problem: Problem, vehicle: Vehicle, home: int) -> Sequence[UnloadSite]:
    """Sites that are still open when the last truck of the shift would have to unload, else all of them."""
    durations = problem.matrices[vehicle.profile].durations
    late = [
        s
        for s in problem.unload_sites
        if s.hours.end + s.duration + int(durations[s.location, home]) >= vehicle.shift.end
    ]
    return late or problem.unload_sites
