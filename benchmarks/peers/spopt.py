"""spopt's p-median on one instance, in the solver that PuLP has: HiGHS where highspy is there, else CBC."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import Job, Memory, work


def main(job: Job) -> None:
    """Do the job; building the model is counted, as whoever uses it waits for that too."""
    import pulp
    from spopt.locate import PMedian

    with np.load(Path(job.task["path"])) as kept:
        seconds, people, count = kept["ways"], kept["weight"], int(kept["count"])
    job.used("spopt", "pulp", "numpy")
    limit = job.task["seconds"]
    fast = "HiGHS" in pulp.listSolvers(onlyAvailable=True)
    solver: Any = pulp.HiGHS(msg=False, timeLimit=limit) if fast else pulp.PULP_CBC_CMD(msg=False, timeLimit=limit)
    memory, began = Memory(), time.perf_counter()
    model = PMedian.from_cost_matrix(seconds, people, p_facilities=count)
    model = model.solve(solver, results=False)
    took = time.perf_counter() - began
    opened = [j for j, one in enumerate(model.fac_vars) if (one.value() or 0) > 0.5]
    value = float((seconds[:, opened].min(axis=1) * people).sum()) if opened else None
    proven = model.problem.sol_status == pulp.LpSolutionOptimal and took < limit
    note = "HiGHS" if fast else "CBC"
    job.tell("search", took, memory.peak_mb(), note if proven else f"{note}; time ended it", value=value,
             bound=value if proven else None)  # fmt: skip


if __name__ == "__main__":
    work(main)
