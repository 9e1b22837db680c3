"""How trips enter and leave the search graph at places along its roads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.roads.packed import UNIT
from routing.roads.ragged import counted
from routing.roads.snap import Snapped
from routing.roads.weighting import Weighting
from routing.roads.zone import Zone

SAME_PLACE = 0.01
"""Metres: a place nearer than this to a junction is that junction, even when its road is one-way."""

Int = NDArray[np.int32]
Cost = NDArray[np.float64]


@dataclass(frozen=True)
class Ends:
    """Nodes of the search graph at which the trips from (or to) n places begin (or end).

    Attributes
    ----------
    first
        (n + 1,) where each place's nodes begin.
    node, cost
        (k,) nodes; packed weight between place and node.
    slot
        (k,) the slot of which a part is driven between the two, -1 where the place is the node.
    """

    first: Int
    node: Int
    cost: Cost
    slot: Int

    def of(self, place: int) -> slice:
        """The rows of one place."""
        return slice(int(self.first[place]), int(self.first[place + 1]))


def part_driven(weighting: Weighting, snapped: Snapped, places: NDArray[np.int64], slot: NDArray[np.int64]) -> Cost:
    """Give the packed weight from the beginning of a slot to a place on it; whole steps, so that parts add up."""
    share = snapped.fraction[places]
    share = np.where(slot & 1, 1.0 - share, share)
    whole = weighting.ms[slot]
    with np.errstate(invalid="ignore"):
        ms = np.where(np.isfinite(whole), np.rint(share * whole), np.inf)
    dm, length = np.rint(snapped.fraction[places] * weighting.dm[slot >> 1]), weighting.dm[slot >> 1]
    cost: Cost = ms * UNIT + np.where(slot & 1, length - dm, dm)
    return cost


def whole_slot(weighting: Weighting, slot: NDArray[np.int64]) -> Cost:
    """Give the packed weight of slots."""
    cost: Cost = weighting.ms[slot] * UNIT + weighting.dm[slot >> 1]
    return cost


def ends(weighting: Weighting, snapped: Snapped, leaving: bool) -> Ends:
    """Find the ends of trips that leave n places, or that arrive there.

    A place on a road that the vehicle may not use has none.
    """
    network, graph = weighting.network, weighting.network.graph
    n = len(snapped)
    place = np.flatnonzero(snapped.ok)
    place = place[weighting.usable[snapped.edge[place]]]
    edge, share = snapped.edge[place], snapped.fraction[place]
    at_u = share * network.metres[edge] < SAME_PLACE
    at_v = (1 - share) * network.metres[edge] < SAME_PLACE
    of, node, cost, slots = [], [], [], []
    for here, junction in ((at_u, network.u), (at_v, network.v)):
        where = junction[edge[here]]
        if leaving:
            of.append(place[here])
            node.append(where)
        else:
            order, first = _nodes_by_junction(graph.junction, len(network.junction))
            size = first[where + 1] - first[where]
            of.append(np.repeat(place[here], size))
            node.append(order[np.repeat(first[where], size) + counted(size)])
        cost.append(np.zeros(len(of[-1])))
        slots.append(np.full(len(of[-1]), -1))
    driven = np.isfinite(weighting.arc)
    if len(weighting.inner):
        driven = driven | np.isfinite(weighting.inner)
    between = ~at_u & ~at_v
    for side in (0, 1):
        slot = 2 * edge[between] + side
        points = place[between]
        open_ = np.isfinite(weighting.ms[slot])
        slot, points = slot[open_], points[open_]
        before = part_driven(weighting, snapped, points, slot)
        if leaving:
            of.append(points)
            node.append(graph.head[graph.first[slot]])
            cost.append(whole_slot(weighting, slot) - before)
            slots.append(slot)
        else:
            size = graph.first[slot + 1] - graph.first[slot]
            arc = np.repeat(graph.first[slot], size) + counted(size)
            keep = driven[arc]
            of.append(np.repeat(points, size)[keep])
            node.append(graph.tail[arc[keep]])
            cost.append(np.repeat(before, size)[keep])
            slots.append(graph.slot[arc[keep]])
    all_of = np.concatenate(of)
    order = np.argsort(all_of, kind="stable")
    return Ends(
        np.searchsorted(all_of[order], np.arange(n + 1)).astype(np.int32),
        np.concatenate(node)[order].astype(np.int32),
        np.concatenate(cost)[order],
        np.concatenate(slots)[order].astype(np.int32),
    )


def through_zone(found: Ends, zone: Zone, places: NDArray[np.int64]) -> tuple[Ends, dict[int, Cost]]:
    """Carry the ends of places in a zone on to where the zone meets the network.

    Returns
    -------
    The ends, with all gates of the zone for those places to which it is the faster way; and by place what each node of
    the zone costs.
    """
    reached: dict[int, Cost] = {}
    node, cost, slot = [], [], []
    sizes = np.diff(found.first).astype(np.int64)
    inside = set(places.tolist())
    for i in range(len(sizes)):
        rows = found.of(i)
        node.append(found.node[rows])
        cost.append(found.cost[rows])
        slot.append(found.slot[rows])
        if i in inside:
            reached[i], _ = zone.search(found.node[rows], found.cost[rows])
            gates = zone.gates(reached[i], found.node[rows], found.cost[rows])
            node.append(zone.node[gates])
            cost.append(reached[i][gates])
            slot.append(np.full(len(gates), -2, np.int32))
            sizes[i] += len(gates)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return Ends(first, np.concatenate(node), np.concatenate(cost), np.concatenate(slot)), reached


def in_zone(weighting: Weighting, snapped: Snapped, found: Ends, zone: Zone) -> NDArray[np.int64]:
    """Name the places whose trips may use the zone: those on its roads, and those at its junctions."""
    place = np.repeat(np.arange(len(snapped)), np.diff(found.first))
    on = np.zeros(len(snapped), bool)
    on[place[(found.slot >= 0) & weighting.through[np.maximum(found.slot, 0) >> 1]]] = True
    on[place[(found.slot < 0) & (zone.rows(found.node) >= 0)]] = True
    inside: NDArray[np.int64] = np.flatnonzero(on)
    return inside


def along_the_road(
    weighting: Weighting, sources: Snapped, targets: Snapped
) -> tuple[NDArray[np.int64], NDArray[np.int64], Cost]:
    """Find the ways between places on one road that do not leave it: (source, target, packed weight) of each."""
    i, j = _pairs(_on(weighting, sources), _on(weighting, targets))
    none = np.empty(0, np.int64)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], Cost]] = [(none, none, np.empty(0))]
    for side in (0, 1):
        ahead = targets.fraction[j] - sources.fraction[i]
        fit = ((ahead <= 0) if side else (ahead >= 0)) & np.isfinite(weighting.ms[2 * sources.edge[i] + side])
        a, b = i[fit], j[fit]
        slot = 2 * sources.edge[a] + side
        cost = part_driven(weighting, targets, b, slot) - part_driven(weighting, sources, a, slot)
        found.append((a, b, cost))
    source, target = (np.concatenate([part[k] for part in found]) for k in (0, 1))
    return source, target, np.concatenate([part[2] for part in found])


def _on(weighting: Weighting, snapped: Snapped) -> NDArray[np.int64]:
    usable = snapped.ok.copy()
    usable[usable] = weighting.usable[snapped.edge[usable]]
    return np.where(usable, snapped.edge, -1)


def _pairs(a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows (i, j) with a[i] == b[j] >= 0."""
    order = np.argsort(b, kind="stable")
    low, high = (np.searchsorted(b[order], a, side=side) for side in ("left", "right"))
    size = np.where(a >= 0, high - low, 0)
    return np.repeat(np.arange(len(a)), size), order[np.repeat(low, size) + counted(size)]


def _nodes_by_junction(junction: Int, junctions: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(junction, kind="stable")
    return order, np.searchsorted(junction[order], np.arange(junctions + 1))
