"""Location stated plainly for HiGHS.

With room: one row a site for what it holds, none that ties a way to its site. Without (p-median): a row a way.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, hstack, kron

from benchmarks.instances.location import Location, load
from benchmarks.measuring import Job, Memory, work


def plain_model(location: Location, seconds: float) -> Any:
    """Let HiGHS solve: columns are sites, then the share of each point (slowest) at each site."""
    points, sites = location.ways.shape
    fixed = np.zeros(sites) if location.fixed is None else location.fixed
    serve = hstack([coo_array((points, sites)), kron(eye_array(points), np.ones((1, sites)))])
    rows = [LinearConstraint(serve.tocsr(), 1, 1)]
    if location.room is None:
        tied = hstack([-kron(np.ones((points, 1)), eye_array(sites)), eye_array(points * sites)])
        count = np.concatenate([np.ones(sites), np.zeros(points * sites)])
        rows += [LinearConstraint(tied.tocsr(), -np.inf, 0), LinearConstraint(count, location.count, location.count)]
    else:
        hold = hstack([-eye_array(sites) * location.room, kron(location.weight[None], eye_array(sites))])
        rows.append(LinearConstraint(hold.tocsr(), -np.inf, 0))
    cost = np.concatenate([fixed, (location.ways * location.weight[:, None]).ravel()])
    return milp(
        cost,
        integrality=np.arange(len(cost)) < sites,
        bounds=Bounds(0, 1),
        constraints=rows,
        options={"time_limit": seconds, "mip_rel_gap": 1e-9},
    )


def main(job: Job) -> None:
    """Do the job; building the model is counted, as whoever uses it waits for that too."""
    location = load(Path(job.task["path"]))
    memory, began = Memory(), time.perf_counter()
    solved = plain_model(location, job.task["seconds"])
    seconds = time.perf_counter() - began
    value = None if solved.x is None else float(solved.fun)
    job.used("scipy")
    note = "" if solved.status == 0 else "time ended it"
    job.tell("search", seconds, memory.peak_mb(), note, value=value, bound=solved.mip_dual_bound)


if __name__ == "__main__":
    work(main)
