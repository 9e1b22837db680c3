"""The search itself: make the model, let the library look for plans, and read the best one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from routing.problem import Problem
from routing.solve import Progress
from routing.solve.ortools.choices import add_batteries, add_choices
from routing.solve.ortools.clock import add_clock
from routing.solve.ortools.loads import add_loads
from routing.solve.ortools.nodes import SCALE, Nodes, Order
from routing.solve.ortools.ways import Ways

Tell = Callable[[float, int | None], object]
FIRST_PLANS = ("PARALLEL_CHEAPEST_INSERTION", "LOCAL_CHEAPEST_INSERTION", "PATH_CHEAPEST_ARC", "SAVINGS")
"""Ways to make the library's own first plan, of which the seed chooses one: its search draws no random numbers."""
LEAST = 0.05
"""Seconds that the library gets at least, however long the model took to make."""


class Telling:
    """Tells progress in parts, and remembers whether it was told to stop."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.stopped = progress, False

    def part(self, begin: float, end: float) -> Tell:
        """Return what tells progress from one share of the whole to another."""

        def tell(share: float, cost: int | None) -> bool:
            if self.progress is not None and self.progress(begin + share * (end - begin), cost):
                self.stopped = True
            return self.stopped

        return tell


def run(
    problem: Problem, seconds: float, seed: int, tell: Tell | None, start: Sequence[Order] | None
) -> list[Order] | None:
    """Search for `seconds`, the making of the model included; see `routing.solve.ortools.solve_orders`."""
    began = time.monotonic()
    try:
        if start and problem.periods:  # what can be driven at the busiest hours can be driven at all
            nodes = _model(problem, start, True)
            found, refused = _Search(nodes, seed, tell, began, seconds).improve(start)
            if not refused:
                return found
        nodes = _model(problem, start or (), False)
        search = _Search(nodes, seed, tell, began, seconds)
        if start:
            found, refused = search.improve(start)
            if not refused:
                return found
        return search.anew()
    except _Told as told:
        raise told.error from None
    except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError):
        raise
    except Exception as error:  # what the library raises when a model has no plan at all
        raise RuntimeError(f"OR-Tools: {error}") from error


def _model(problem: Problem, start: Sequence[Order], cautious: bool) -> Nodes:
    nodes = Nodes(problem, start)
    ways = Ways(nodes, cautious)
    clock = add_clock(nodes, ways)
    add_loads(nodes)
    add_batteries(nodes, ways)
    add_choices(nodes, clock)
    return nodes


class _Told(Exception):
    """What a caller's progress raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Search:
    def __init__(self, nodes: Nodes, seed: int, tell: Tell | None, began: float, seconds: float) -> None:
        self.nodes, self.seed, self.tell, self.began, self.seconds = nodes, seed, tell, began, seconds
        self.best: int | None = None
        self.error: Exception | None = None
        nodes.routing.AddAtSolutionCallback(self._report)
        nodes.solver.ReSeed(seed)
        self.closed = False

    def _report(self) -> None:
        cost = int(self.nodes.routing.CostVar().Max()) // SCALE
        self.best = cost if self.best is None else min(cost, self.best)
        if self.tell is None:
            return
        try:
            stop = self.tell(min(1.0, (time.monotonic() - self.began) / max(self.seconds, 0.001)), self.best)
        except Exception as error:  # it must not pass through the library
            self.error, stop = error, True
        if stop:
            self.nodes.routing.CancelSearch()

    def _parameters(self) -> Any:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2

        parameters = pywrapcp.DefaultRoutingSearchParameters()
        way = FIRST_PLANS[(self.seed - 1) % len(FIRST_PLANS)]
        parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, way)
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        left = max(LEAST, self.seconds - (time.monotonic() - self.began))
        parameters.time_limit.FromMilliseconds(max(1, int(left * 1000)))
        return parameters

    def improve(self, start: Sequence[Order]) -> tuple[list[Order] | None, bool]:
        """Search from a plan; return the best and whether the model refuses that plan."""
        routing = self.nodes.routing
        self._close()
        given = routing.ReadAssignmentFromRoutes(_indices(self.nodes, start), True)
        if not given:
            return None, True
        return self._read(routing.SolveFromAssignmentWithParameters(given, self._parameters())), False

    def anew(self) -> list[Order] | None:
        """Search from the library's own first plan."""
        self._close()
        return self._read(self.nodes.routing.SolveWithParameters(self._parameters()))

    def _close(self) -> None:
        if not self.closed:
            self.nodes.routing.CloseModelWithParameters(self._parameters())
            self.closed = True

    def _read(self, found: Any) -> list[Order] | None:
        if self.error is not None:
            raise _Told(self.error)
        return None if found is None else _orders(self.nodes, found)


def _indices(nodes: Nodes, orders: Sequence[Order]) -> list[list[int]]:
    """Indices of the given orders, one list a vehicle; each visit of a site takes its next free copy."""
    stop = {s.id: index for index, s in zip(nodes.of_stop, nodes.stops, strict=True)}
    free: dict[str, list[int]] = {}
    for index, site in zip(nodes.of_copy, nodes.copies, strict=True):
        free.setdefault(site.id, []).append(index)
    by_vehicle = {o.vehicle.id: o.services for o in orders}
    return [
        [stop[name] if kind == "stop" else free[name].pop() for kind, name in by_vehicle.get(vehicle.id, ())]
        for vehicle in nodes.vehicles
    ]


def _orders(nodes: Nodes, found: Any) -> list[Order]:
    orders = []
    for vehicle, start in zip(nodes.vehicles, nodes.starts, strict=True):
        index = found.Value(nodes.routing.NextVar(start))
        services: list[tuple[str, str]] = []
        while not nodes.routing.IsEnd(index):
            node = nodes.manager.IndexToNode(index)
            if node < len(nodes.stops):
                services.append(("stop", nodes.stops[node].id))
            else:
                services.append(("unload", nodes.copies[node - len(nodes.stops)].id))
            index = found.Value(nodes.routing.NextVar(index))
        if any(kind == "stop" for kind, _ in services):
            orders.append(Order(vehicle, tuple(services)))
    return orders
