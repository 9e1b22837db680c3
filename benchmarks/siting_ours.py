"""Our siting on one instance; the answer is judged in the same process, by the judge that shares no code with it."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.instances.location import load
from benchmarks.measuring import Job, Memory, work
from routing.siting.check import check_siting
from routing.siting.loading import load as load_loops
from routing.siting.optimise import optimise


def main(job: Job) -> None:
    """Do the job; what loading the loops takes is not counted."""
    job.used("numpy", "numba", "scipy")
    location = load(Path(job.task["path"]))
    load_loops()
    memory, began = Memory(), time.perf_counter()
    problem = location.problem
    answer = optimise(problem, location.aim, job.task["seconds"])
    seconds, peak = time.perf_counter() - began, memory.peak_mb()
    faults = [str(fault) for fault in check_siting(problem, answer)]
    note = "; ".join(faults[:3])
    job.tell("search", seconds, peak, note, value=answer.value, bound=answer.bound, faults=len(faults))


if __name__ == "__main__":
    work(main)
