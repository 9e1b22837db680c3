"""p-median as OR-Library keeps it: ``NODES EDGES P``, then ``I J LENGTH`` an edge; all nodes are clients and sites."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.instances.location import Location
from routing.errors import InputError

OPTIMA = "pmedopt.txt"
MOST_NODES = 5000


def read_pmed(path: Path) -> Location:
    """Read a file with the optimum that the list beside it names; where an edge stands twice, the last counts.

    Raises
    ------
    InputError
        When the file is not one of them, or its nodes do not hang together.
    """
    try:
        words = np.array(path.read_text(encoding="utf-8").split(), dtype=np.int64)
        nodes, edges, count = (int(word) for word in words[:3])
    except (ValueError, OverflowError, OSError) as error:
        raise InputError("not-pmed", "%(file)s is no file of OR-Library's p-median.", file=path) from error
    rows = words[3:]
    if len(rows) != 3 * edges or not 1 <= count <= nodes <= MOST_NODES:
        raise InputError(
            "not-pmed",
            "%(file)s has %(have)s numbers after its first three, where %(edges)s edges take %(expected)s.",
            file=path,
            have=len(rows),
            edges=edges,
            expected=3 * edges,
        )
    ends = rows.reshape(-1, 3)
    if len(ends) and not (ends[:, :2].min() >= 1 and ends[:, :2].max() <= nodes and ends[:, 2].min() >= 0):
        raise InputError("not-pmed", "%(file)s names nodes outside 1 to %(nodes)s.", file=path, nodes=nodes)
    ways = _all_ways(nodes, ends)
    if not np.isfinite(ways).all():
        raise InputError("not-pmed", "Not all nodes of %(file)s can be reached from each other.", file=path)
    optimum = read_optima(path.parent / OPTIMA).get(path.stem)
    return Location(path.absolute().parent.name, path.stem, ways, np.ones(nodes), count=count, optimum=optimum)


def _all_ways(nodes: int, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    last = {(min(i, j), max(i, j)): length for i, j, length in ends.tolist() if i != j}
    pairs = np.array(list(last), dtype=np.int64).reshape(-1, 2) - 1
    graph = coo_array((np.array(list(last.values()), dtype=float), (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
    ways: NDArray[np.float64] = dijkstra(graph.tocsr(), directed=False)
    return ways


def read_optima(path: Path) -> dict[str, float]:
    """Read lines like ``pmed1  5819``."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    told = (re.match(r"\s*(pmed\d+)\s+([\d.]+)\s*$", line) for line in lines)
    return {match[1]: float(match[2]) for match in told if match}
