"""OR-Tools' routing library on one made-up day: `routing.solve.ortools`, one process a core, the best plan counts.

The first process begins with the library's own first plan, the second with ours by insertion, and so on in turn.
"""

from __future__ import annotations

import time
from typing import Any

import routing.solve.ruin.search  # noqa: F401  (loops that mend plans are loaded before the clock starts)
from benchmarks.days import everyday_day
from benchmarks.measuring import Job, work
from benchmarks.racing import at_once
from routing.solve.ortools import search


def plan_of(task: dict[str, Any], seed: int) -> tuple[float, int, str, str]:
    """Return the seconds, the cost, the plan as JSON and how it began."""
    problem = everyday_day(task["stops"], task["day"])
    began = time.perf_counter()
    own = (seed - task["seed"] * task["cores"]) % 2 == 0
    plan = search(problem, task["seconds"], seed, own_first_plan=own)
    took = time.perf_counter() - began
    return took, plan.cost, plan.to_json(), f"from {'its own first plan' if own else 'our plan by insertion'}"


def main(job: Job) -> None:
    """Do the job."""
    job.used("ortools")
    found = at_once(plan_of, job)
    _, _, plan, note = min(found, key=lambda one: one[1])
    job.tell("search", max(one[0] for one in found), None, note, plan=plan)


if __name__ == "__main__":
    work(main)
