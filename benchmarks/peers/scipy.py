"""scipy: plain Dijkstra from every source, over milliseconds. Exact; what the others' travel times are held against.

A wide matrix is searched from its sources, a tall one on the reversed graph from its targets.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.arcs import Arcs
from benchmarks.cases import then
from benchmarks.measuring import Job, work

_BLOCK = 8_000_000  # distances held at a time


def graph_of(arcs: Arcs, closed: Any = ()) -> Any:
    """Build the sparse matrix of the fastest arcs; those that are closed are left out."""
    ms = arcs.ms.astype(np.float64)
    kept = arcs.fastest(closed)
    return csr_array((ms[kept], (arcs.tail[kept], arcs.head[kept])), shape=(arcs.nodes, arcs.nodes))


def table(graph: Any, sources: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.int32]:
    """Search the milliseconds (sources, targets) of the fastest ways, -1 where there is none."""
    if len(targets) < len(sources):
        return table(graph.T.tocsr(), targets, sources).T
    out = np.empty((len(sources), len(targets)), np.int32)
    step = max(1, _BLOCK // graph.shape[0])
    for at in range(0, len(sources), step):
        found = dijkstra(graph, indices=sources[at : at + step])[:, targets]
        out[at : at + step] = np.where(np.isfinite(found), found, -1)
    return out


def main(job: Job) -> None:
    """Do the job."""
    job.used("scipy")
    arcs = job.arcs
    graph = job.measure("prepare", lambda: graph_of(arcs))
    for case in job.cases("matrix"):
        job.measure(case.name, lambda c=case: table(graph, c.sources, c.targets), answers=np.asarray)
    for case in job.cases("closure"):
        without = job.measure(case.name, lambda case=case: graph_of(arcs, case.closed))
        job.measure(then(case), lambda c=case, g=without: table(g, c.sources, c.targets), answers=np.asarray)


if __name__ == "__main__":
    work(main)
