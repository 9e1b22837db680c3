"""The network as one vehicle finds it under some changes: what may be driven, how long it takes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.changes import RIM_METRES, Change, ClassSpeeds, Closure, DrivingBan, SlowZone
from routing.roads.packed import UNIT
from routing.roads.profile import VehicleProfile
from routing.roads.selection import share_of

if TYPE_CHECKING:
    from routing.roads.hierarchy import Hierarchy, Weights
    from routing.roads.network import RoadNetwork

FERRY_WAIT = 600_000
"""Milliseconds before a ferry leaves. Own judgement, without a measured source: half of a 20-minute interval."""


class Weighting:
    """Travel times of a vehicle on a network; made by `RoadNetwork.weighting`.

    Attributes
    ----------
    network, profile, changes
        What it was made of.
    ms
        (2 e,) milliseconds for each slot, inf where it may not be driven.
    dm
        (e,) decimetres.
    through
        (e,) True where only trips that begin or end there may drive.
    usable
        (e,) True where the vehicle comes to from everywhere, and from there to everywhere, with all changes aside, and
        that no change closes.
    arc
        (a,) packed weight of each arc of the search graph, inf on roads that are not for through traffic.
    inner
        (a,) the same on those roads only.
    """

    def __init__(self, network: RoadNetwork, profile: VehicleProfile | None, changes: tuple[Change, ...] = ()) -> None:
        from routing.roads.network import HGV_LOCAL, LOCAL

        self.network, self.profile, self.changes = network, profile, changes
        self.dm: NDArray[np.float64] = np.rint(network.metres * 10)
        factor, closed, through = self._changed()
        flags = LOCAL | (HGV_LOCAL if profile is not None and profile.hgv else 0)
        self.through: NDArray[np.bool_] = through | ((network.flags & flags) != 0)
        closed = closed | ~network.allowed_for(profile)
        self.ms: NDArray[np.float64] = self._times(factor, closed)
        weight = self.ms[network.graph.slot] * UNIT + self.dm[network.graph.edge]
        weight[self._turned_away()] = np.inf
        inside = self.through[network.graph.edge]
        self.arc: NDArray[np.float64] = np.where(inside, np.inf, weight)
        self.inner: NDArray[np.float64] = np.where(inside, weight, np.inf) if inside.any() else np.empty(0)
        driven = np.isfinite(self.ms)
        open_ = driven[0::2] | driven[1::2]
        self.usable: NDArray[np.bool_] = network.weighting(profile).usable & open_ if changes else self._usable()

    @property
    def hierarchy(self) -> Hierarchy:
        """The network's hierarchy, where it has one."""
        if self.network.hierarchy is None:
            raise RuntimeError("this network has no hierarchy; search it with routing.roads.dijkstra")
        return self.network.hierarchy

    @cached_property
    def weights(self) -> Weights:
        """The hierarchy's weights (up, down)."""
        return self.hierarchy.customise(self.arc)

    def _times(self, factor: NDArray[np.float64] | None, closed: NDArray[np.bool_]) -> NDArray[np.float64]:
        from routing.roads.network import FERRY

        ms = self.network.seconds * 1000
        if factor is not None:
            ms *= np.repeat(factor, 2)
        ferry = np.flatnonzero(self.network.flags & FERRY)
        for side in (0, 1):
            ms[2 * ferry + side] += FERRY_WAIT
        ms = np.rint(ms)
        ms[np.repeat(closed, 2)] = np.inf
        return ms

    def _changed(self) -> tuple[NDArray[np.float64] | None, NDArray[np.bool_], NDArray[np.bool_]]:
        """How many times as long each edge takes, which are closed, which are closed to through traffic."""
        n = len(self.network.u)
        factor, closed, through = np.ones(n), np.zeros(n, bool), np.zeros(n, bool)
        for change in self.changes:
            if isinstance(change, ClassSpeeds):
                classes = dict(change.factors)
                by_class = np.array([1 / _positive(change, classes.get(name, 1.0)) for name in self.network.classes])
                factor *= by_class[self.network.highway]
            elif isinstance(change, SlowZone):
                share = self._share(change)
                factor *= 1 + share * (1 / _positive(change, change.factor) - 1)
            elif isinstance(change, Closure):
                closed |= self._share(change) > 0
            elif change.through:
                through |= self._inside(change)
            else:
                closed |= self._inside(change)
        slower = any(isinstance(change, ClassSpeeds | SlowZone) for change in self.changes)
        return factor if slower else None, closed, through

    def _inside(self, ban: DrivingBan) -> NDArray[np.bool_]:
        share, metres = self._share(ban), self.network.metres
        inside: NDArray[np.bool_] = share * metres >= np.minimum(RIM_METRES, metres / 2)
        return inside

    def _share(self, change: Closure | SlowZone | DrivingBan) -> NDArray[np.float64]:
        try:
            return share_of(self.network, change.where)
        except InputError as error:
            named = {**error.values, "rule": change.name}
            raise InputError(error.code, "'%(rule)s': " + error.template, **named) from error

    def _turned_away(self) -> NDArray[np.bool_]:
        """Arcs (a,) that a turn restriction forbids to this vehicle."""
        network = self.network
        held = [rule.holds_for(self.profile) for rule in network.rules]
        holds = np.array([any(held[rule] for rule in rules) for rules in network.graph.bans] + [False])
        forbidden: NDArray[np.bool_] = holds[network.graph.ban]
        return forbidden

    def _usable(self) -> NDArray[np.bool_]:
        graph = self.network.graph
        n, usable = graph.nodes, np.zeros(len(self.network.u), bool)
        arcs = np.flatnonzero(np.isfinite(self.arc))
        if len(arcs):
            part = _parts(graph.tail[arcs], graph.head[arcs], n)
            core = part == np.bincount(part).argmax()
            usable[graph.edge[arcs[core[graph.tail[arcs]] & core[graph.head[arcs]]]]] = True
            if len(self.inner):  # places that are entered from the core and left to it
                arcs = np.flatnonzero(np.isfinite(self.inner))
                node = np.where(core, 0, np.arange(1, n + 1))
                part = _parts(node[graph.tail[arcs]], node[graph.head[arcs]], n + 1)
                core = (part == part[0])[node]
                usable[graph.edge[arcs[core[graph.tail[arcs]] & core[graph.head[arcs]]]]] = True
        if not usable.any():
            raise InputError(
                "no-usable-roads",
                "No road of %(layer)s can be used%(vehicle)s. Check the layer's speeds and limits.",
                layer=self.network.facts.name,
                vehicle=f" by {self.profile.name}" if self.profile else "",
            )
        return usable


def _parts(tail: NDArray[np.int32], head: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Number the strongly connected part of each node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(n, n))
    part: NDArray[np.int32] = connected_components(graph, directed=True, connection="strong")[1]
    return part


def _positive(change: ClassSpeeds | SlowZone, factor: float) -> float:
    if not 0 < factor < np.inf:
        raise InputError(
            "bad-factor",
            "'%(name)s' has the speed factor %(factor)s. Give a number above 0; close the road if nobody may drive.",
            name=change.name,
            factor=factor,
        )
    return factor
