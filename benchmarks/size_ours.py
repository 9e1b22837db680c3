"""Our engine on a large day in a file, by threads, processes or a cluster, with the memory of all processes."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.measuring import Job, work
from benchmarks.tree_memory import watched
from routing.files import problem_of
from routing.solve import load, solve
from routing.solve.executors import workers


def main(job: Job) -> None:
    """Do the job; loading the engine's loops, and starting processes, is not counted."""
    job.used("numpy", "numba", "scipy", "distributed")
    task, file = job.task, Path(job.task["file"])
    with watched() as memory:
        problem = problem_of(file.read_text(), file.parent)
        load()
        with workers(task["executor"], job.cores, task["cluster"]) as hands:
            began = time.perf_counter()
            plan = solve(problem, task["seconds"], seed=task["seed"], cores=hands.cores, executor=hands.executor)
            took = time.perf_counter() - began
            memory.look()
    job.tell("search", took, memory.peak_mb(), "; ".join(plan.notes), plan=plan.to_json())


if __name__ == "__main__":
    work(main)
