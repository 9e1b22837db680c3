"""Our engine, in two processes: one prepares a network and saves it, one opens it and answers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.arcs import Arcs
from benchmarks.cases import Case, then
from benchmarks.measuring import Job, work
from benchmarks.turns import TurnNetwork
from routing.roads.changes import ClassSpeeds, Closure, Where
from routing.roads.matrix import matrix
from routing.roads.network import LOCAL, NO_STOPPING, RoadNetwork
from routing.roads.snap import snap
from routing.roads.trips import paths
from routing.roads.turn_rules import TurnRule
from routing.roads.weighting import Weighting


def of_arcs(job: Job, arcs: Arcs, rules: list[TurnRule]) -> RoadNetwork:
    """Build a network from bare arcs."""
    return RoadNetwork.from_arcs(
        arcs.tail, arcs.head, arcs.ms / 1000, arcs.metres, arcs.lonlat, job.task["name"], rules
    )


def rules_for(network: RoadNetwork, arcs: Arcs, turns: NDArray[np.int64]) -> list[TurnRule]:
    """Name the road pieces of turns from arc to arc."""
    slots = slots_of(network, arcs)[turns].tolist()
    return [TurnRule(i, "no_turn", tuple((s >> 1, not s & 1) for s in pair)) for i, pair in enumerate(slots)]


def of_layer(job: Job) -> RoadNetwork:
    """Build a network from a layer; for ``ours`` without turn restrictions and open to through traffic everywhere."""
    from routing.roads.layer import read_layer

    edges = read_layer(Path(job.task["layer"]))
    if job.task["engine"] == "ours":
        edges.attrs["rules"] = []
        edges["access"] = edges["hgv"] = ""
    return RoadNetwork.from_edges(edges)


def slots_of(network: RoadNetwork, arcs: Arcs) -> NDArray[np.int64]:
    """Find the road piece and direction (see `SearchGraph`) of each arc by its ends, time and length."""
    ends = np.column_stack([network.u, network.v]).astype(np.int64)
    ends = np.stack([ends, ends[:, ::-1]], axis=1).reshape(-1, 2)
    order = [
        np.lexsort((metres, seconds, head, tail))
        for tail, head, seconds, metres in (
            (*ends.T, network.seconds, np.repeat(network.metres, 2)),
            (arcs.tail, arcs.head, arcs.ms / 1000, arcs.metres),
        )
    ]
    driven = order[0][np.isfinite(network.seconds[order[0]])]
    slot = np.empty(len(arcs.tail), np.int64)
    slot[order[1]] = driven
    return slot


def arcs_of(weighting: Weighting) -> TurnNetwork:
    """Give what a weighting says as arcs, with the turns it forbids and the arcs not for through traffic."""
    network = weighting.network
    slot = np.flatnonzero(np.isfinite(weighting.ms))
    ends = np.column_stack([network.u, network.v]).astype(np.int32)
    tail, head = np.where((slot & 1)[:, None] == 0, ends[slot >> 1], ends[slot >> 1][:, ::-1]).T
    arcs = Arcs(
        np.ascontiguousarray(tail),
        np.ascontiguousarray(head),
        weighting.ms[slot] / 1000,
        network.metres[slot >> 1],
        network.junction_lonlat,
    )
    number = np.full(len(weighting.ms), -1)
    number[slot] = np.arange(len(slot))
    turns, longer = [], 0
    for rule in network.rules:
        moves = [number[2 * edge + (not along)] for edge, along in rule.moves]
        if not rule.holds_for(weighting.profile) or min(moves) < 0:
            continue
        if len(moves) > 2:
            longer += 1
        elif rule.only:
            turns += [(moves[0], k) for k in np.flatnonzero(tail == head[moves[0]]).tolist() if k != moves[1]]
        else:
            turns.append((moves[0], moves[1]))
    local = (network.flags[slot >> 1] & LOCAL) != 0
    return TurnNetwork(arcs, np.array(turns, np.int64).reshape(-1, 2), local, longer)


def may_stop(network: RoadNetwork) -> NDArray[np.int64]:
    """Find the junctions of roads at which a vehicle may stop."""
    edge = network.usable & ((network.flags & NO_STOPPING) == 0)
    nodes: NDArray[np.int64] = np.unique(np.concatenate([network.u[edge], network.v[edge]])).astype(np.int64)
    return nodes


def prepare(job: Job) -> None:
    """From arcs or a layer to a network on disk.

    A layer's arcs for the other engines go to the job's folder, and so do the junctions that are places to stop at.
    """
    if job.task["layer"] is None:
        arcs, rules = job.arcs, []
        if job.task["turns"]:
            rules = rules_for(of_arcs(job, arcs, []), arcs, TurnNetwork.load(Path(job.task["turns"])).turns)

    def build() -> RoadNetwork:
        return of_arcs(job, arcs, rules) if job.task["layer"] is None else of_layer(job)

    def saved() -> RoadNetwork:
        network = build()
        network.save(Path(job.task["network"]))
        return network

    network = job.measure("prepare", saved)
    np.save(job.folder / "stops.npy", may_stop(network))
    if job.task["layer"] is not None:
        arcs_of(network.weighting()).save(job.folder / "arcs.npz")


def answer(job: Job) -> None:
    """Open the network and answer all cases."""
    job.used("numpy", "numba", "pyroutingkit")
    network = job.measure("open", lambda: RoadNetwork.open(Path(job.task["network"])))
    weighting = ready(network)
    places = network.junction_lonlat
    anew = iter(range(1, 1000))

    def weighed() -> Weighting:
        share = 1 - next(anew) / 1000  # never the same, or it would be remembered
        return ready(network, ClassSpeeds("all", tuple((name, share) for name in network.classes)))

    def asked(case: Case, under: Weighting) -> tuple[Any, float]:
        start = time.perf_counter()
        sources = snap(under, places[case.sources])
        targets = None if case.square else snap(under, places[case.targets])
        snapped = time.perf_counter()
        return matrix(under, sources, targets, cores=job.cores), snapped - start

    def drawn(case: Case) -> int:
        snapped = snap(weighting, np.concatenate([places[case.sources], places[case.targets]]))
        n = len(case.sources)
        return sum(map(len, paths(weighting, snapped, [(i, n + i) for i in range(n)])))

    table = {"note": lambda told: f"finding roads {told[1]:.2g} s", "answers": lambda told: told[0].durations}
    for case in job.cases("matrix"):
        job.measure(case.name, lambda c=case: asked(c, weighting), **table)
    for case in job.cases("paths"):
        job.measure(case.name, lambda c=case: drawn(c), lambda n: f"{n} points")
    job.measure("customise", weighed)
    for case in job.cases("closure"):
        edges = roads_between(network, job.arcs, case.closed)

        def closed(edges: tuple[int, ...] = edges) -> Weighting:
            return ready(network, Closure(f"closed {next(anew)}", Where(edges=edges)))

        under = job.measure(case.name, closed, before=network.selections.clear)
        job.measure(then(case), lambda c=case, u=under: asked(c, u), **table)


def ready(network: RoadNetwork, *changes: Any) -> Weighting:
    """Weigh the network until the next matrix can be asked for."""
    weighting = network.weighting(None, changes)
    if network.hierarchy is not None:
        _ = weighting.weights  # made when first asked for
    return weighting


def roads_between(network: RoadNetwork, arcs: Arcs, closed: NDArray[np.int64]) -> tuple[int, ...]:
    """Find the road pieces that join the ends of arcs."""
    n = len(network.junction)
    low, high = np.minimum(network.u, network.v).astype(np.int64), np.maximum(network.u, network.v)
    a, b = arcs.tail[closed].astype(np.int64), arcs.head[closed]
    edges = np.flatnonzero(np.isin(low * n + high, np.minimum(a, b) * n + np.maximum(a, b)))
    return tuple(edges.tolist())


def main(job: Job) -> None:
    """Do the job."""
    (prepare if job.task["step"] == "prepare" else answer)(job)


if __name__ == "__main__":
    work(main)
