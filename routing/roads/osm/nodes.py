"""What single nodes do to the roads they stand on: barriers part them, limits narrow them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routing.roads.osm.read import Barriers, NodeLimits
from routing.roads.osm.report import ImportReport
from routing.roads.osm.split import Pieces, among


def part(pieces: Pieces, barriers: Barriers, report: ImportReport) -> Pieces:
    """Give every road that ends at a closed barrier a junction of its own there.

    The roads end at the same place, so both sides can be visited, but nothing drives from one to the other. A
    barrier on the very junction of several roads parts them all, as the wiki warns mappers it does. The new
    junctions have negative ids, below every id of the file, counted down in the order of the pieces.
    """
    node = np.array([pieces.twin.get(node, node) for node in barriers.node], np.int64)
    if not len(node) or not len(pieces):
        return pieces
    cuts = np.array(barriers.cuts, bool)
    ends = np.concatenate([pieces.u, pieces.v])
    at = np.flatnonzero(among(ends, np.unique(node[cuts])))
    ids, place, arms = np.unique(ends[at], return_inverse=True, return_counts=True)
    at = at[arms[place] > 1]
    order = np.argsort(at % len(pieces) * 2 + at // len(pieces))
    ends[at[order]] = min(0, int(pieces.ref.min())) - 1 - np.arange(len(at))
    parted = set(ids[arms > 1].tolist())
    on_road = set(node[np.isin(node, pieces.ref)].tolist())
    words = list(zip(node.tolist(), cuts.tolist(), barriers.word, strict=True))
    report.barriers_cut = dict(Counter(word for node, cut, word in words if cut and node in parted))
    report.barriers_passed = dict(Counter(word for node, cut, word in words if not cut and node in on_road))
    return replace(pieces, u=ends[: len(pieces)], v=ends[len(pieces) :])


def narrow(pieces: Pieces, columns: dict[str, NDArray[np.float64]], nodes: NodeLimits, report: ImportReport) -> None:
    """Lower the limits of the pieces that touch a node with a limit, in place.

    Parameters
    ----------
    columns
        ``maxheight``, ``maxweight`` and ``maxwidth`` of the pieces, (e,) m or t, NaN where there is none.
    """
    most = {
        pieces.twin.get(node, node): nodes.most[3 * row : 3 * row + 3] for row, node in enumerate(nodes.node.tolist())
    }
    if not most or not len(pieces):
        return
    at = np.flatnonzero(among(pieces.ref, np.array(sorted(most), np.int64)))
    touched = set()
    for place, node in zip(at.tolist(), pieces.ref[at].tolist(), strict=True):
        after = int(np.searchsorted(pieces.a, place, "right"))
        for piece in range(max(after - 2, 0), after):
            if pieces.a[piece] <= place <= pieces.b[piece]:
                touched.add(node)
                for name, limit in zip(("maxheight", "maxweight", "maxwidth"), most[node], strict=True):
                    columns[name][piece] = np.fmin(columns[name][piece], limit)
    report.node_limits = len(touched)
