"""OR-Tools' routing library on one made-up day: `routing.solve.ortools`, one process a core, the best plan counts.

Each process begins with the library's own first plan, made in another way; nothing of our engine is in its plans.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.days import everyday_day
from benchmarks.measuring import Job, work
from benchmarks.racing import at_once
from routing.solve import load
from routing.solve.ortools import search
from routing.solve.ortools.searching import FIRST_PLANS


def plan_of(task: dict[str, Any], seed: int) -> tuple[float, int, str, str]:
    """Return the seconds, without loading the loops that mend plans, the cost, the plan as JSON and how it began."""
    problem = everyday_day(task["stops"], task["day"])
    load()
    began = time.perf_counter()
    way = 1 + seed - task["seed"] * task["cores"]
    plan = search(problem, task["seconds"], way, own_first_plan=True)
    took = time.perf_counter() - began
    first = FIRST_PLANS[(way - 1) % len(FIRST_PLANS)].lower().replace("_", " ")
    return took, plan.cost, plan.to_json(), f"after {first}"


def main(job: Job) -> None:
    """Do the job."""
    job.used("ortools")
    found = at_once(plan_of, job)
    _, _, plan, note = min(found, key=lambda one: one[1])
    job.tell("search", max(one[0] for one in found), None, note, plan=plan)


if __name__ == "__main__":
    work(main)
