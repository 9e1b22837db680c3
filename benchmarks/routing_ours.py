"""Our engine on one instance, by the public door `routing.solve.solve`."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.instances.finding import load
from benchmarks.measuring import Job, work
from routing.solve import solve


def main(job: Job) -> None:
    """Do the job; the plan is judged by whoever asked for it."""
    job.used("numpy", "numba", "scipy", "ortools")
    problem = load(Path(job.task["path"]), job.task["rounding"]).problem
    began = time.perf_counter()
    plan = solve(problem, seconds=job.task["seconds"], cores=job.cores, seed=job.task["seed"])
    job.tell("search", time.perf_counter() - began, None, "; ".join(plan.notes), plan=plan.to_json())


if __name__ == "__main__":
    work(main)
