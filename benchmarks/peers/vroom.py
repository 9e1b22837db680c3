"""VROOM by its Python binding: heuristics and local search in threads of its own.

It ends by itself, mostly long before the time is over. It knows capacities, windows, deliveries with pickups and mixed
fleets; not whole durations, optional clients, loading again, or collecting after all deliveries.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import vroom

from benchmarks.instances.finding import load
from benchmarks.measuring import Job, work
from benchmarks.racing import Answer, refuse, report
from routing.problem import Problem

EXPLORATION = 5
"""The most that it tries."""

LARGEST = 4 * 10**9
"""Its costs, even the dearest arc of every stop together, must fit 32 bits; others are divided before."""


def unknown(problem: Problem) -> str:
    """Say what the problem has that VROOM does not know, "" for nothing."""
    if problem.unload_sites:
        return "loading again at a depot"
    if any(vehicle.max_duration is not None for vehicle in problem.vehicles):
        return "a bound on the whole duration of a route"
    if any(stop.backhaul for stop in problem.stops):
        return "collecting after all deliveries"
    if not all(stop.required for stop in problem.stops):
        return "prizes of clients that may be left out"
    if any(stop.vehicles is not None for stop in problem.stops):
        return "vehicles that may serve a client"
    return ""


def divisor_of(problem: Problem) -> int:
    """Say by what costs are divided to be small enough."""
    dearest = problem.matrices[problem.vehicles[0].profile].distances.astype(np.int64)
    dearest = dearest * max(vehicle.cost_per_km for vehicle in problem.vehicles) // 1000
    bound = 2 * int(max(dearest.max(axis=0).sum(), dearest.max(axis=1).sum()))
    return 1 + max(bound, *(vehicle.fixed_cost for vehicle in problem.vehicles)) // LARGEST


def input_of(problem: Problem, divisor: int) -> Any:
    """State the problem; vehicles of one cost for a metre share a profile."""
    given = vroom.Input()
    table = problem.matrices[problem.vehicles[0].profile]
    for cost in {vehicle.cost_per_km for vehicle in problem.vehicles}:
        fen = np.rint(table.distances.astype(float) * cost / 1000 / divisor)
        given.set_durations_matrix(str(cost), table.durations.astype(np.uint32))
        given.set_costs_matrix(str(cost), fen.astype(np.uint32))
    for vehicle in problem.vehicles:
        given.add_vehicle(
            vroom.Vehicle(
                int(vehicle.id),
                start=vehicle.start,
                end=vehicle.end,
                profile=str(vehicle.cost_per_km),
                capacity=list(vehicle.capacity),
                time_window=vroom.TimeWindow(vehicle.shift.start, vehicle.shift.end),
                costs=vroom.VehicleCosts(fixed=round(vehicle.fixed_cost / divisor)),
            )
        )
    for stop in problem.stops:
        given.add_job(
            vroom.Job(
                int(stop.id),
                location=stop.location,
                default_service=stop.service,
                delivery=vroom.Amount(list(stop.delivery)),
                pickup=vroom.Amount(list(stop.pickup)),
                time_windows=[vroom.TimeWindow(window.start, window.end) for window in stop.windows],
            )
        )
    return given


def main(job: Job) -> None:
    """Do the job."""
    job.used("pyvroom")
    problem = load(Path(job.task["path"]), job.task["rounding"]).problem
    why = unknown(problem)
    if why:
        refuse(job, f"not supported: {why}")
        return
    divisor = divisor_of(problem)
    given = input_of(problem, divisor)
    began = time.perf_counter()
    found = given.solve(EXPLORATION, nb_threads=job.cores, timeout=timedelta(seconds=job.task["seconds"]))
    took = time.perf_counter() - began
    told = found.to_dict()
    tours = [
        (route["vehicle"], [step["id"] for step in route["steps"] if step["type"] == "job"]) for route in told["routes"]
    ]
    cost = told["summary"]["cost"] if divisor == 1 and not told["unassigned"] else None
    note = "ends by itself" if divisor == 1 else f"ends by itself; costs divided by {divisor}"
    report(job, Answer(took, cost, tours, note))


if __name__ == "__main__":
    work(main)
