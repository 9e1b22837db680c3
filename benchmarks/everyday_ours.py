"""Our engine on one made-up day, with or without one of its rules, by the public door `routing.solve.solve`."""

from __future__ import annotations

import time

import routing.solve.ruin.search  # noqa: F401  (loops are loaded before the clock starts)
from benchmarks.days import everyday_day
from benchmarks.days.rules import without
from benchmarks.measuring import Job, work
from routing.solve import solve


def main(job: Job) -> None:
    """Do the job; the plan is judged by whoever asked for it."""
    job.used("numpy", "numba", "scipy", "ortools")
    problem = without(everyday_day(job.task["stops"], job.task["day"]), job.task["without"])
    began = time.perf_counter()
    plan = solve(problem, seconds=job.task["seconds"], cores=job.cores, seed=job.task["seed"])
    job.tell("search", time.perf_counter() - began, None, "; ".join(plan.notes), plan=plan.to_json())


if __name__ == "__main__":
    work(main)
