"""Capacitated location stated plainly for HiGHS: one row a site for its capacity, none that ties a way to it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, hstack, kron

from benchmarks.instances.orlib_cfl import instances
from benchmarks.measuring import Job, work
from routing.siting.problem import SitingProblem


def plain_model(problem: SitingProblem, seconds: float) -> Any:
    """Let HiGHS solve: columns are sites, then the share of each point (slowest) at each site."""
    sizes = [candidate.sizes[0] for candidate in problem.candidates]
    points, sites = problem.costs.shape
    tonnes = np.array([point.tonnes[0] for point in problem.points])
    cost = np.concatenate([[size.fixed for size in sizes], (problem.costs * tonnes[:, None]).ravel()])
    rooms = np.array([size.capacity[0] for size in sizes])
    serve = hstack([coo_array((points, sites)), kron(eye_array(points), np.ones((1, sites)))])
    hold = hstack([-eye_array(sites) * rooms, kron(tonnes[None], eye_array(sites))])
    return milp(
        cost,
        integrality=np.arange(len(cost)) < sites,
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(serve.tocsr(), 1, 1), LinearConstraint(hold.tocsr(), -np.inf, 0)],
        options={"time_limit": seconds, "mip_rel_gap": 1e-9},
    )


def main(job: Job) -> None:
    """Do the job."""
    located = next(one for one in instances(Path(job.task["path"])) if one.name == job.task["name"])
    began = time.perf_counter()
    solved = plain_model(located.problem, job.task["seconds"])
    seconds = time.perf_counter() - began
    value = None if solved.x is None else float(solved.fun)
    job.used("scipy")
    bound = solved.mip_dual_bound
    job.tell("search", seconds, None, "" if solved.status == 0 else "time ended it", value=value, bound=bound)


if __name__ == "__main__":
    work(main)
