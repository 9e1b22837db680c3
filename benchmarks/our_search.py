"""Our engine on one day, by the public door `routing.solve.solve`; the plan is judged by whoever asked for it."""

from __future__ import annotations

import time

from benchmarks.measuring import Job
from routing.problem import Problem
from routing.solve import load, solve


def search(job: Job, problem: Problem) -> None:
    """Search as the job says, and report the plan; loading the engine's loops is not counted."""
    job.used("numpy", "numba", "scipy", "ortools")
    load()
    began = time.perf_counter()
    plan = solve(problem, seconds=job.task["seconds"], cores=job.cores, seed=job.task["seed"])
    job.tell("search", time.perf_counter() - began, None, "; ".join(plan.notes), plan=plan.to_json())
