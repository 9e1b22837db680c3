"""pyroutingkit: customizable contraction hierarchies of RoutingKit (KIT), node to node, times only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroutingkit import INF_WEIGHT, CCHMetric, CCHTopology

from benchmarks.arcs import Arcs
from benchmarks.cases import then
from benchmarks.measuring import Job, work


def topology_of(arcs: Arcs, folder: str) -> None:
    """Order the nodes and save the hierarchy."""
    Path(folder).mkdir(exist_ok=True)
    topology = CCHTopology()
    lat, lon = arcs.lonlat[:, 1].astype(np.float32), arcs.lonlat[:, 0].astype(np.float32)
    topology.build(arcs.tail.astype(np.uint32), arcs.head.astype(np.uint32), lat, lon, arcs.nodes)
    topology.save(folder)


def loaded(folder: str) -> Any:
    """Open what `topology_of` saved."""
    topology = CCHTopology()
    topology.load(folder)
    return topology


def weighed(topology: Any, ms: NDArray[np.uint32], cores: int) -> Any:
    """Give all arcs their weights."""
    metric = CCHMetric(topology)
    metric.customize(ms, cores if cores > 1 else 0)
    return metric


def table(metric: Any, sources: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.int32]:
    """Search milliseconds (sources, targets), -1 where there is no way."""
    found = metric.distances_many_to_many(sources.astype(np.uint32), targets.astype(np.uint32))
    found = np.asarray(found).reshape(len(sources), len(targets))
    return np.where(found < INF_WEIGHT, found, -1).astype(np.int32)


def main(job: Job) -> None:
    """Do the job."""
    job.used("pyroutingkit")
    arcs, folder = job.arcs, str(job.folder / "topology")
    ms = arcs.ms.astype(np.uint32)
    job.measure("prepare", lambda: topology_of(arcs, folder))
    topology = job.measure("open", lambda: loaded(folder), "without weights")
    metric = job.measure("customise", lambda: weighed(topology, ms, job.cores))
    for case in job.cases("matrix"):
        job.measure(case.name, lambda c=case: table(metric, c.sources, c.targets), answers=np.asarray)
    for case in job.cases("closure"):
        closed = case.closed.astype(np.uint32)
        shut, free = np.full(len(closed), INF_WEIGHT, np.uint32), ms[closed]
        other = weighed(topology, ms, job.cores)

        def reopen(metric: Any = other, closed: Any = closed, free: Any = free) -> None:
            metric.update_weights(closed, free)

        job.measure(case.name, lambda m=other, c=closed, s=shut: m.update_weights(c, s), before=reopen)
        job.measure(then(case), lambda c=case, m=other: table(m, c.sources, c.targets), answers=np.asarray)


if __name__ == "__main__":
    work(main)
