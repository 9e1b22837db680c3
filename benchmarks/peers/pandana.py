"""pandana: contraction hierarchies by UDST, node to node.

Weights go in as seconds; as milliseconds its set-up does not end. It keeps whole thousandths and cuts the rest off, so
half a thousandth is added to reach the same whole milliseconds. It has no way to change a weight: every change is a new
set-up. (``precompute`` is for its range queries and does nothing for shortest paths.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandana
import pandas
from numpy.typing import NDArray

from benchmarks.arcs import Arcs
from benchmarks.cases import then
from benchmarks.measuring import Job, work

_TILE = 2_000_000  # pairs in one call
_NEVER = 4_000_000  # seconds; a pair without a way gets 2**32 ms


def network_of(arcs: Arcs, closed: Any = ()) -> Any:
    """Set up the network, one directed edge an arc."""
    kept = arcs.fastest(closed)
    return pandana.Network(
        pandas.Series(arcs.lonlat[:, 0]),
        pandas.Series(arcs.lonlat[:, 1]),
        pandas.Series(arcs.tail[kept].astype(np.int64)),
        pandas.Series(arcs.head[kept].astype(np.int64)),
        pandas.DataFrame({"seconds": (arcs.ms[kept] + 0.5) / 1000}),
        twoway=False,
    )


def table(network: Any, sources: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.int32]:
    """Ask for all pairs in tiles of whole rows; milliseconds (sources, targets)."""
    out = np.empty((len(sources), len(targets)), np.int32)
    step = max(1, _TILE // len(targets))
    for at in range(0, len(sources), step):
        rows = sources[at : at + step]
        found = network.shortest_path_lengths(np.repeat(rows, len(targets)), np.tile(targets, len(rows)))
        seconds = np.asarray(found).reshape(len(rows), len(targets))
        out[at : at + step] = np.where(seconds < _NEVER, np.rint(seconds * 1000), -1)
    return out


def main(job: Job) -> None:
    """Do the job."""
    job.used("pandana")
    arcs = job.arcs
    network = job.measure("prepare", lambda: network_of(arcs))
    for case in job.cases("matrix"):
        job.measure(case.name, lambda c=case: table(network, c.sources, c.targets), answers=np.asarray)
    for case in job.cases("closure"):
        network = job.measure(case.name, lambda c=case: network_of(arcs, c.closed), "set up anew")
        job.measure(then(case), lambda c=case, n=network: table(n, c.sources, c.targets), answers=np.asarray)


if __name__ == "__main__":
    work(main)
