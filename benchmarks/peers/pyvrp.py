"""PyVRP: iterated local search, one process a core.

It reads a VRPLIB file by its own reader with the same rounding convention; a VRPSPDTW file, which that does not know,
is handed over as numbers. Two things are done for it: a way that there is not, 2**44 in its reader, is made shorter,
because version 0.14.1 never comes back from its first local search on most SDVRPTW files otherwise; and the minutes of
VRPSPDTW become thousandths, as the costs do, because its penalty for a unit of time has an upper bound.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from benchmarks.instances.finding import SPDTW, load
from benchmarks.measuring import Job, work
from benchmarks.racing import Answer, race
from routing.problem import Problem

FAR = 10**9
TIMES = 1000


def data_of(task: dict[str, Any]) -> Any:
    """Read the instance of a task."""
    path = Path(task["path"])
    if path.suffix in SPDTW:
        return data_of_problem(load(path, task["rounding"]).problem)
    data = pyvrp.read(path, task["rounding"])
    ways = [np.minimum(matrix, FAR) for matrix in data.distance_matrices()]
    return data.replace(distance_matrices=ways, duration_matrices=ways)


def data_of_problem(problem: Problem) -> Any:
    """State a day with one depot, location 0, and vehicles that are all alike; its distances are fen."""
    vehicle = problem.vehicles[0]
    table = problem.matrices[vehicle.profile]
    clients = [
        pyvrp.Client(
            location=stop.location,
            delivery=list(stop.delivery),
            pickup=list(stop.pickup),
            service_duration=stop.service * TIMES,
            tw_early=stop.windows[0].start * TIMES,
            tw_late=stop.windows[0].end * TIMES,
        )
        for stop in problem.stops
    ]
    fleet = pyvrp.VehicleType(
        num_available=len(problem.vehicles),
        capacity=list(vehicle.capacity),
        fixed_cost=vehicle.fixed_cost,
        tw_early=vehicle.shift.start * TIMES,
        tw_late=vehicle.shift.end * TIMES,
        name=",".join(str(int(one.id) - 1) for one in problem.vehicles),
    )
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in table.distances],
        clients=clients,
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=[fleet],
        distance_matrices=[(table.distances.astype(np.int64) * vehicle.cost_per_km + 500) // 1000],
        duration_matrices=[table.durations.astype(np.int64) * TIMES],
    )


def tours_of(data: Any, solution: Any) -> list[tuple[int, list[int]]]:
    """Name the vehicles by their places in the file, which the names of the types list, and what each visits."""
    free = [list(map(int, kind.name.split(","))) for kind in data.vehicle_types()]
    found = []
    for route in solution.routes():
        inside = [activity for activity in route if activity.is_client() or activity.is_depot()][1:-1]
        visits = [(data.depot if at.is_depot() else data.client)(at.idx).location for at in inside]
        found.append((free[route.vehicle_type()].pop(0) + 1, visits))
    return found


def search(task: dict[str, Any], seed: int) -> Answer:
    """Search with one seed."""
    data = data_of(task)
    began = time.perf_counter()
    result = pyvrp.solve(data, MaxRuntime(task["seconds"]), seed=seed, collect_stats=False, display=False)
    took = time.perf_counter() - began
    cost = int(result.cost()) if result.is_feasible() else None
    note = f"{result.num_iterations} iterations" + ("" if cost is not None else ", none feasible")
    return Answer(took, cost, tours_of(data, result.best), note)


def main(job: Job) -> None:
    """Do the job."""
    job.used("pyvrp")
    race(search, job)


if __name__ == "__main__":
    work(main)
