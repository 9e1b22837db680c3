"""Our p-median on one instance; the answer is judged in the same process, by the judge that shares no code with it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.measuring import Job, work
from routing.siting.check import check_siting
from routing.siting.optimise import optimise
from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem


def read(path: Path) -> SitingProblem:
    """Read what `benchmarks.median` has written."""
    with np.load(path) as kept:
        seconds, people = kept["seconds"], kept["people"]
    return SitingProblem(
        tuple(DemandPoint(str(i), float(heads)) for i, heads in enumerate(people)),
        tuple(Candidate(str(j)) for j in range(seconds.shape[1])),
        seconds,
        seconds.astype(float),
    )


def main(job: Job) -> None:
    """Do the job; what loading the loops takes is not counted."""
    job.used("numpy", "numba", "scipy")
    problem, aim = read(Path(job.task["path"])), Aim("p-median", job.task["count"])
    optimise(problem, aim, 0.01)
    began = time.perf_counter()
    answer = optimise(problem, aim, job.task["seconds"])
    seconds = time.perf_counter() - began
    faults = [str(fault) for fault in check_siting(problem, answer)]
    job.tell("search", seconds, None, "; ".join(faults[:3]), value=answer.value, bound=answer.bound, faults=len(faults))


if __name__ == "__main__":
    work(main)
