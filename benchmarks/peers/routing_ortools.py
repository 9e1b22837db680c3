"""OR-Tools' routing library, stated plainly: a first plan, then guided local search, one process a core.

The processes differ in how the first plan is made, as the search itself draws no random numbers. Loading again at a
depot is not stated.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.instances.finding import load
from benchmarks.instances.instance import HORIZON
from benchmarks.measuring import Job, work
from benchmarks.racing import Answer, race, refuse
from routing.problem import Problem, Stop, Vehicle

FIRST_PLANS = ("PARALLEL_CHEAPEST_INSERTION", "LOCAL_CHEAPEST_INSERTION", "PATH_CHEAPEST_ARC", "SAVINGS")
FAR = 2 * HORIZON
"""Seconds and fen of a way that there is not: longer than any day."""

SPARE = 1.2
SHARE = 3
"""Vehicles in the model: so many times what the loads need at least, and some; where clocks count, one for so many
stops if that is more."""


def fleet_of(problem: Problem) -> list[Vehicle]:
    """Leave out vehicles of a type that are hardly called for: the model is slow in them."""
    need = max(sum(stop.delivery[0] for stop in problem.stops), sum(stop.pickup[0] for stop in problem.stops))
    clocks = len(problem.stops) / SHARE if _timed(problem) else 0
    taken: Counter[str] = Counter()
    kept = []
    for vehicle in problem.vehicles:
        taken[vehicle.type] += 1
        if taken[vehicle.type] <= max(clocks, SPARE * need / max(1, vehicle.capacity[0])) + 5:
            kept.append(vehicle)
    return kept


def _timed(problem: Problem) -> bool:
    return any(stop.windows[0].end < HORIZON for stop in problem.stops) or any(
        vehicle.max_duration is not None for vehicle in problem.vehicles
    )


class Model:
    """A day as a constraint model; node k is stop k, and two nodes for each vehicle follow."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.stops, self.fleet = problem, problem.stops, fleet_of(problem)
        n, m = len(self.stops), len(self.fleet)
        self.places = [stop.location for stop in self.stops]
        self.places += [place for vehicle in self.fleet for place in (vehicle.start, vehicle.end)]
        starts = [n + 2 * k for k in range(m)]
        self.manager: Any = pywrapcp.RoutingIndexManager(n + 2 * m, m, starts, [node + 1 for node in starts])
        self.routing: Any = pywrapcp.RoutingModel(self.manager)
        self.ends = [(self.routing.Start(k), self.routing.End(k)) for k in range(m)]
        self._money()
        if _timed(problem):
            self._clock()
        self._loads()
        self._choices()
        self._backhauls()

    def index(self, node: int) -> int:
        """Give the model's index of a stop."""
        return int(self.manager.NodeToIndex(node))

    # -- arcs --------------------------------------------------------------------------------------------------

    def _table(self, whole: NDArray[np.int32]) -> NDArray[np.int64]:
        table = whole[np.ix_(self.places, self.places)].astype(np.int64)
        table[table < 0] = FAR
        return table

    def _money(self) -> None:
        known: dict[int, int] = {}
        ways = self._table(self.problem.matrices[self.fleet[0].profile].distances)
        for k, vehicle in enumerate(self.fleet):
            if vehicle.cost_per_km not in known:
                cost = (ways * vehicle.cost_per_km + 500) // 1000
                known[vehicle.cost_per_km] = self.routing.RegisterTransitMatrix(cost.tolist())
            self.routing.SetArcCostEvaluatorOfVehicle(known[vehicle.cost_per_km], k)
            self.routing.SetFixedCostOfVehicle(vehicle.fixed_cost, k)

    def _clock(self) -> None:
        table = self._table(self.problem.matrices[self.fleet[0].profile].durations)
        table[: len(self.stops)] += np.array([stop.service for stop in self.stops])[:, None]
        horizon = max(vehicle.shift.end for vehicle in self.fleet)
        evaluator = self.routing.RegisterTransitMatrix(table.tolist())
        self.routing.AddDimension(evaluator, horizon, horizon, False, "time")
        clock = self.routing.GetDimensionOrDie("time")
        for node, stop in enumerate(self.stops):
            clock.CumulVar(self.index(node)).SetRange(stop.windows[0].start, min(stop.windows[0].end, horizon))
        for k, vehicle in enumerate(self.fleet):
            for end in self.ends[k]:
                clock.CumulVar(end).SetRange(vehicle.shift.start, vehicle.shift.end)
            if vehicle.max_duration is not None:
                clock.SetSpanUpperBoundForVehicle(vehicle.max_duration, k)
            self.routing.AddVariableMaximizedByFinalizer(clock.CumulVar(self.ends[k][0]))
            self.routing.AddVariableMinimizedByFinalizer(clock.CumulVar(self.ends[k][1]))

    # -- loads -------------------------------------------------------------------------------------------------

    def _loads(self) -> None:
        brought = [stop.delivery[0] for stop in self.stops]
        taken = [stop.pickup[0] for stop in self.stops]
        if all(stop.backhaul for stop in self.stops if stop.pickup[0]):
            self._load("brought", brought, True)
            if any(taken):
                self._load("taken", taken, True)
            return
        on_board = self._load("on board", [up - down for up, down in zip(taken, brought, strict=True)], False)
        still = self._load("still to bring", [-down for down in brought], False)
        for start, _ in self.ends:
            self.routing.solver().Add(on_board.CumulVar(start) == still.CumulVar(start))

    def _load(self, name: str, change: Sequence[int], empty: bool) -> Any:
        evaluator = self.routing.RegisterUnaryTransitVector([*change, *[0] * (2 * len(self.fleet))])
        capacities = [vehicle.capacity[0] for vehicle in self.fleet]
        self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, capacities, empty, name)
        return self.routing.GetDimensionOrDie(name)

    # -- stops -------------------------------------------------------------------------------------------------

    def _choices(self) -> None:
        for node, stop in enumerate(self.stops):
            self.routing.AddDisjunction([self.index(node)], stop.prize)
            if stop.vehicles is not None:
                others = [k for k, vehicle in enumerate(self.fleet) if not stop.takes(vehicle)]
                self.routing.VehicleVar(self.index(node)).RemoveValues(others)

    def _backhauls(self) -> None:
        def indices(chosen: Any) -> list[int]:
            return [self.index(node) for node, stop in enumerate(self.stops) if chosen(stop)]

        last = indices(lambda stop: stop.backhaul)
        first = indices(lambda stop: not stop.backhaul)
        if last:
            for index in last:
                self.routing.NextVar(index).RemoveValues(first)
            for start, _ in self.ends:
                self.routing.NextVar(start).RemoveValues(last)

    # -- search ------------------------------------------------------------------------------------------------

    def solve(self, first_plan: str, seconds: float, began: float) -> Any:
        """Search until so many seconds after ``began``; None when there is no plan."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, first_plan)
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(1000 * seconds))
        self.routing.CloseModelWithParameters(parameters)
        left = max(0.1, seconds - (time.perf_counter() - began))
        parameters.time_limit.FromMilliseconds(int(1000 * left))
        return self.routing.SolveWithParameters(parameters)

    def tours(self, found: Any) -> list[tuple[int, list[int]]]:
        """Name the vehicles and what each visits."""
        tours = []
        for k, vehicle in enumerate(self.fleet):
            visits, index = [], found.Value(self.routing.NextVar(self.ends[k][0]))
            while not self.routing.IsEnd(index):
                visits.append(int(self._stop(index).id))
                index = found.Value(self.routing.NextVar(index))
            tours.append((int(vehicle.id), visits))
        return [tour for tour in tours if tour[1]]

    def _stop(self, index: int) -> Stop:
        return self.stops[self.manager.IndexToNode(index)]


def search(task: dict[str, Any], seed: int) -> Answer:
    """Search with the first plan that a seed chooses."""
    problem = load(Path(task["path"]), task["rounding"]).problem
    began = time.perf_counter()
    model = Model(problem)
    way = FIRST_PLANS[(seed - task["seed"] * task["cores"]) % len(FIRST_PLANS)]
    found = model.solve(way, task["seconds"], began)
    took = time.perf_counter() - began
    if found is None:
        return Answer(took, None, None, "no plan found")
    cut = f", fleet cut to {len(model.fleet)}" if len(model.fleet) < len(problem.vehicles) else ""
    return Answer(took, int(found.ObjectiveValue()), model.tours(found), f"after {way.lower().replace('_', ' ')}{cut}")


def main(job: Job) -> None:
    """Do the job."""
    job.used("ortools")
    if load(Path(job.task["path"]), job.task["rounding"]).problem.unload_sites:
        refuse(job, "not supported: loading again at a depot")
    else:
        race(search, job)


if __name__ == "__main__":
    work(main)
