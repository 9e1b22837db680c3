"""The roads that the fastest ways drive, and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.ends import Cost, Ends, along_the_road, ends, in_zone
from routing.roads.packed import unpack
from routing.roads.snap import Snapped
from routing.roads.weighting import Weighting
from routing.roads.zone import Zone, zone_of

if TYPE_CHECKING:
    from routing.roads.network import RoadNetwork

Int = NDArray[np.int32]
Steps = list[tuple[int, float, float]]
"""(edge, fraction where it is entered, fraction where it is left) one after another."""


@dataclass(frozen=True)
class Trip:
    """One fastest way.

    Attributes
    ----------
    edge
        (k,) road pieces in the order in which they are driven; none for two places at one spot.
    start, end
        (k,) fractions of each where it is entered and left; start > end when it is driven against its line.
    ms, dm
        Milliseconds and decimetres on the road, without the ways between road and positions; inf without a way.
    """

    edge: Int
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    ms: float
    dm: float

    @property
    def found(self) -> bool:
        """Whether there is a way."""
        return bool(np.isfinite(self.ms))


def trips(weighting: Weighting, snapped: Snapped, pairs: Sequence[tuple[int, int]]) -> list[Trip]:
    """Find the fastest way of each pair (i, j), by the same times as `routing.roads.matrix.matrix`.

    Raises
    ------
    InputError
        When a pair names a place that is not there.
    """
    _refuse_unknown(snapped, pairs)
    if not pairs:
        return []
    finder = _Finder(weighting, snapped)
    return [finder.find(i, j) for i, j in pairs]


def paths(weighting: Weighting, snapped: Snapped, pairs: Sequence[tuple[int, int]]) -> list[NDArray[np.float64]]:
    """Draw the fastest way of each pair (i, j).

    Returns
    -------
    For each pair points (m, 2), longitude and latitude, along the roads from i's place on the road to j's; one point
    for two places at one spot, no point (0, 2) where there is no way.

    Raises
    ------
    InputError
        When a pair names a place that is not there.
    """
    found = trips(weighting, snapped, pairs)
    return [line_of(weighting.network, snapped, pair, trip) for pair, trip in zip(pairs, found, strict=True)]


def line_of(network: RoadNetwork, snapped: Snapped, pair: tuple[int, int], trip: Trip) -> NDArray[np.float64]:
    """Draw one trip; see `paths`."""
    if not trip.found:
        return np.empty((0, 2))
    parts = [snapped.lonlat[pair[0]][None, :]]
    inner = np.flatnonzero(np.abs(trip.end - trip.start) == 1.0)
    begin, after = (int(inner[0]), int(inner[-1]) + 1) if len(inner) else (len(trip.edge), len(trip.edge))
    for k in range(begin):
        parts.append(stretch(network, int(trip.edge[k]), float(trip.start[k]), float(trip.end[k])))
    parts.append(network.shapes.chain(trip.edge[begin:after], trip.start[begin:after] > trip.end[begin:after]))
    for k in range(after, len(trip.edge)):
        parts.append(stretch(network, int(trip.edge[k]), float(trip.start[k]), float(trip.end[k])))
    parts.append(snapped.lonlat[pair[1]][None, :])
    line = np.concatenate(parts)
    fresh = np.r_[True, (np.abs(np.diff(line, axis=0)) > 1e-9).any(axis=1)]
    return line[fresh]


def stretch(network: RoadNetwork, edge: int, start: float, end: float) -> NDArray[np.float64]:
    """Give the points (p, 2) of an edge between two fractions of it, against the edge if start > end."""
    line = network.line(edge)
    low, high = min(start, end), max(start, end)
    if low > 0.0 or high < 1.0:
        step = np.hypot(*np.diff(network.plane.to(line), axis=0).T)
        along = np.r_[0.0, np.cumsum(step)] / step.sum()
        inner = line[(along > low) & (along < high)]
        cut = np.column_stack([np.interp((low, high), along, line[:, axis]) for axis in (0, 1)])
        line = np.concatenate([cut[:1], inner, cut[1:]])
    return line[::-1] if start > end else line


def _refuse_unknown(snapped: Snapped, pairs: Sequence[tuple[int, int]]) -> None:
    for i, j in pairs:
        if not (0 <= i < len(snapped) and 0 <= j < len(snapped)):
            raise InputError(
                "no-such-point",
                "There is no path from point %(i)s to point %(j)s: there are %(n)s points, counted from 0.",
                i=i,
                j=j,
                n=len(snapped),
            )


class _Finder:
    """Finds trips between places of one snapping; what all of them need is made once."""

    def __init__(self, weighting: Weighting, snapped: Snapped) -> None:
        self.weighting, self.snapped = weighting, snapped
        self.leaving, self.arriving = ends(weighting, snapped, True), ends(weighting, snapped, False)
        source, target, cost = along_the_road(weighting, snapped, snapped)
        self.along: dict[tuple[int, int], float] = {}
        for i, j, c in zip(source.tolist(), target.tolist(), cost.tolist(), strict=True):
            self.along[i, j] = min(c, self.along.get((i, j), np.inf))
        self.zones = zone_of(weighting, True), zone_of(weighting, False)
        self.inside: tuple[set[int], set[int]] = set(), set()
        if self.zones[0] is not None and self.zones[1] is not None:
            self.inside = (
                set(in_zone(weighting, snapped, self.leaving, self.zones[0]).tolist()),
                set(in_zone(weighting, snapped, self.arriving, self.zones[1]).tolist()),
            )
        self._arcs: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._began: dict[int, _Side] = {}

    def find(self, i: int, j: int) -> Trip:
        """The fastest way from place i to place j."""
        if i == j and self.snapped.ok[i]:
            return self._trip([], _NO_ARCS, [], 0.0, i, j)
        out = self._began.get(i) or _Side(self.weighting, self.leaving, i, self._zone(0, i), True)
        self._began = {i: out}  # pairs of one origin come one after another
        into = _Side(self.weighting, self.arriving, j, self._zone(1, j), False)
        best = self.along.get((i, j), np.inf)
        begin, arcs, end = [(int(self.snapped.edge[i]), FROM_PLACE, TO_PLACE)] if best < np.inf else [], _NO_ARCS, []
        inner, row = out.meets_inside(into)
        if inner < best:
            best, begin, end = inner, out.steps_to(int(into.own[0][row])), into.own_steps(row)
        if len(out.node) and len(into.node):
            cost, found, seed, entry = self._search(out, into)
            if cost < best:
                best, begin, arcs, end = cost, out.steps(seed), found, into.steps(entry)
        return self._trip(begin, arcs, end, best, i, j)

    def _zone(self, side: int, place: int) -> Zone | None:
        return self.zones[side] if place in self.inside[side] else None

    def _trip(self, begin: Steps, arcs: Int, end: Steps, packed: float, i: int, j: int) -> Trip:
        """Join the parts, with the places' own fractions where their roads are driven in part."""
        slot = self.weighting.network.graph.slot[arcs]
        outer = [np.array([step[k] for step in part]) for part in (begin, end) for k in range(3)]
        edge = np.concatenate([outer[0], slot >> 1, outer[3]]).astype(np.int32)
        start = np.concatenate([outer[1], slot & 1, outer[4]]).astype(np.float64)
        stop = np.concatenate([outer[2], 1 - (slot & 1), outer[5]]).astype(np.float64)
        start[start == FROM_PLACE] = self.snapped.fraction[i]
        stop[stop == TO_PLACE] = self.snapped.fraction[j]
        driven = start != stop
        ms, dm = unpack(np.array(packed))
        return Trip(edge[driven], start[driven], stop[driven], float(ms), float(dm))

    def _search(self, out: _Side, into: _Side) -> tuple[float, Int, int, int]:
        if self.weighting.network.hierarchy is None:
            return _by_dijkstra(self.weighting, out, into)
        return self._by_hierarchy(out, into)

    def _by_hierarchy(self, out: _Side, into: _Side) -> tuple[float, Int, int, int]:
        """Cost, arcs of the search graph, and the rows of the ends used; the two upward searches meet at the top."""
        from routing.roads import kernels

        hierarchy = self.weighting.hierarchy
        up, down = self.weighting.weights
        tree = hierarchy.first, hierarchy.head, hierarchy.parent
        if out.risen is None:
            out.risen = kernels.rise(*tree, up, hierarchy.rank[out.node], out.cost)
        there, reached, before = out.risen
        back, reached_back, before_back = kernels.rise(*tree, down, hierarchy.rank[into.node], into.cost)
        _, a, b = np.intersect1d(there, back, assume_unique=True, return_indices=True)
        if not len(a):
            return np.inf, _NO_ARCS, -1, -1
        total = reached[a] + reached_back[b]
        k = int(np.argmin(total))
        if not np.isfinite(total[k]):
            return np.inf, _NO_ARCS, -1, -1
        ahead, seed = _climbed(hierarchy.tail, there, before, int(a[k]))
        after, entry = _climbed(hierarchy.tail, back, before_back, int(b[k]))
        arcs = np.array(ahead[::-1] + after, np.int32)
        rising = np.arange(len(arcs)) < len(ahead)
        lowest = kernels.unpack_arcs(
            arcs,
            rising,
            up,
            down,
            hierarchy.first,
            hierarchy.head,
            hierarchy.tail,
            hierarchy.lower_first,
            hierarchy.lower,
        )
        return float(total[k]), self._network_arcs(lowest), seed, entry

    def _network_arcs(self, lowest: Int) -> Int:
        """The search graph's arc for each lowest arc of the hierarchy: the lightest that lies on it."""
        hierarchy = self.weighting.hierarchy
        if self._arcs is None:
            code = 2 * hierarchy.place.astype(np.int64) + ~hierarchy.rising
            order = np.lexsort((self.weighting.arc, code))
            self._arcs = code[order], order
        codes, order = self._arcs
        found: Int = order[np.searchsorted(codes, lowest)].astype(np.int32)
        return found


_NO_ARCS = np.empty(0, np.int32)

FROM_PLACE, TO_PLACE = -1.0, -2.0
"""Stand for the fraction of the place where a trip begins or ends."""


def full_step(slot: int) -> tuple[int, float, float]:
    """A slot driven from end to end."""
    return (slot >> 1, 1.0, 0.0) if slot & 1 else (slot >> 1, 0.0, 1.0)


class _Side:
    """One place's way into the network, or out of it, with the zone around it."""

    def __init__(self, weighting: Weighting, found: Ends, place: int, zone: Zone | None, leaving: bool) -> None:
        rows = found.of(place)
        self.leaving, self.zone, self.graph = leaving, zone, weighting.network.graph
        self.own = found.node[rows], found.cost[rows], found.slot[rows]
        self.node, self.cost = self.own[0], self.own[1]
        self.reached: Cost = np.empty(0)
        self.before: Int = np.empty(0, np.int32)
        self.risen: Any = None
        if zone is not None:
            self.reached, self.before = zone.search(self.node, self.cost)
            gates = zone.gates(self.reached, self.own[0], self.own[1])
            self.node = np.concatenate([self.own[0], zone.node[gates]])
            self.cost = np.concatenate([self.own[1], self.reached[gates]])

    def meets_inside(self, into: _Side) -> tuple[float, int]:
        """The lightest way that stays in the zone, and the row of `into` where it arrives."""
        if self.zone is None or into.zone is None:
            return np.inf, -1
        at = self.zone.rows(into.own[0])
        total = np.where(at >= 0, self.reached[at] + into.own[1], np.inf)
        if not len(total):
            return np.inf, -1
        row = int(np.argmin(total))
        return float(total[row]), row

    def own_steps(self, row: int) -> Steps:
        """The part of the place's own road between it and its end of this row."""
        slot = int(self.own[2][row])
        if slot < 0:
            return []
        edge, start, end = full_step(slot)
        return [(edge, FROM_PLACE, end)] if self.leaving else [(edge, start, TO_PLACE)]

    def steps(self, row: int) -> Steps:
        """What is driven between the place and the node of a row."""
        return self.own_steps(row) if row < len(self.own[0]) else self.steps_to(int(self.node[row]))

    def steps_to(self, node: int) -> Steps:
        """What is driven in the zone between the place and a node, in the order of driving."""
        if self.zone is None:
            raise ValueError("there is no zone around this place")
        at, arcs = int(self.zone.rows(np.array([node]))[0]), []
        while self.before[at] >= 0:
            arc = int(self.before[at])
            arcs.append(full_step(int(self.graph.slot[self.zone.arc[arc]])))
            at = int(np.searchsorted(self.zone.first, arc, side="right")) - 1
        own = self.own_steps(-1 - int(self.before[at]))
        return own + arcs[::-1] if self.leaving else arcs + own


def _climbed(tail: Int, nodes: Int, before: Int, row: int) -> tuple[list[int], int]:
    """Arcs from a node down to the seed that began, and that seed."""
    arcs = []
    while before[row] >= 0:
        arc = int(before[row])
        arcs.append(arc)
        row = int(np.searchsorted(nodes, tail[arc]))
    return arcs, -1 - int(before[row])


def _by_dijkstra(weighting: Weighting, out: _Side, into: _Side) -> tuple[float, Int, int, int]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    graph = weighting.network.graph
    open_ = np.flatnonzero(np.isfinite(weighting.arc))
    order = open_[np.lexsort((weighting.arc[open_], graph.head[open_], graph.tail[open_]))]
    tail, head = graph.tail[order], graph.head[order]
    lightest = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]
    order, tail, head = order[lightest], tail[lightest], head[lightest]
    n = graph.nodes
    rows = np.argsort(out.cost, kind="stable")
    seeds, first_row = np.unique(out.node[rows], return_index=True)
    weight = np.concatenate([weighting.arc[order], out.cost[rows[first_row]]])
    first = np.append(np.searchsorted(tail, np.arange(n + 1)), len(weight))
    whole = csr_array((weight, np.concatenate([head, seeds]), first), shape=(n + 1, n + 1))
    reached, before = dijkstra(whole, indices=n, return_predecessors=True)
    total = reached[into.node] + into.cost
    entry = int(np.argmin(total))
    if not np.isfinite(total[entry]):
        return np.inf, _NO_ARCS, -1, -1
    arcs, node = [], int(into.node[entry])
    while before[node] != n:
        at = np.searchsorted(tail, before[node])
        at += np.searchsorted(head[at : np.searchsorted(tail, before[node], side="right")], node)
        arcs.append(int(order[at]))
        node = int(before[node])
    return (
        float(total[entry]),
        np.array(arcs[::-1], np.int32),
        int(rows[first_row[np.searchsorted(seeds, node)]]),
        entry,
    )
