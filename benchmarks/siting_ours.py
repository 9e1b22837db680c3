"""Our siting on one instance; the answer is judged in the same process, by the judge that shares no code with it."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.instances.orlib_cfl import instances
from benchmarks.measuring import Job, work
from routing.siting.check import check_siting
from routing.siting.optimise import optimise
from routing.siting.problem import Aim


def main(job: Job) -> None:
    """Do the job; what loading the loops takes is not counted."""
    job.used("numpy", "numba", "scipy")
    problem = next(one for one in instances(Path(job.task["path"])) if one.name == job.task["name"]).problem
    optimise(problem, Aim("cost"), 0.01)
    began = time.perf_counter()
    answer = optimise(problem, Aim("cost"), job.task["seconds"])
    seconds = time.perf_counter() - began
    faults = [str(fault) for fault in check_siting(problem, answer)]
    job.tell("search", seconds, None, "; ".join(faults[:3]), value=answer.value, bound=answer.bound, faults=len(faults))


if __name__ == "__main__":
    work(main)
