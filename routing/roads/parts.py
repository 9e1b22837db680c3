"""The largest strongly connected part of a road layer: where every place can be reached and left again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def largest_part(
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    forward: NDArray[np.number],
    backward: NDArray[np.number],
) -> tuple[NDArray[np.bool_], int]:
    """Mark the edges whose ends both lie in the part with most junctions.

    Parameters
    ----------
    u, v
        (e,) junction ids.
    forward, backward
        (e,) greater than zero where the edge may be driven that way.

    Returns
    -------
    inside
        (e,) True for edges in that part that can be driven at all.
    junctions
        Number of junctions of the whole layer.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, place = np.unique(np.concatenate([u, v]), return_inverse=True)
    a, b = place[: len(u)], place[len(u) :]
    go, back = forward > 0, backward > 0
    tail, head = np.concatenate([a[go], b[back]]), np.concatenate([b[go], a[back]])
    if not len(tail):
        return np.zeros(len(u), bool), len(ids)
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(len(ids), len(ids)))
    _, part = connected_components(graph, directed=True, connection="strong")
    best = np.bincount(part).argmax()
    return (part[a] == best) & (part[b] == best) & (go | back), len(ids)
