"""Travel times and distances between places on the road, exact."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.problem import Matrix
from routing.roads.ends import Cost, Ends, along_the_road, ends, in_zone, through_zone
from routing.roads.engine import ACCESS_KMH, UNREACHABLE
from routing.roads.hierarchy import Hierarchy
from routing.roads.packed import UNIT
from routing.roads.snap import Snapped
from routing.roads.weighting import Weighting
from routing.roads.zone import zone_of

Progress = Callable[[str, float], None]
Int = NDArray[np.int32]

_PARTS = 8
"""Into how many parts each core's rows are cut, so that progress can be told and no core waits long."""


@dataclass(frozen=True)
class Directs:
    """Ways that need no search, by source: ``first`` (s + 1,), their targets and packed weights."""

    first: Int
    target: Int
    cost: Cost

    @classmethod
    def of(cls, source: NDArray[np.int64], target: NDArray[np.int64], cost: Cost, sources: int) -> Directs:
        """Sort (source, target, weight) by source."""
        order = np.argsort(source, kind="stable")
        first = np.searchsorted(source[order], np.arange(sources + 1)).astype(np.int32)
        return cls(first, target[order].astype(np.int32), cost[order])


@dataclass(frozen=True)
class Question:
    """What is asked of the search graph: where trips begin and end, and the ways that need no search."""

    leaving: Ends
    arriving: Ends
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    cost: Cost


def matrix(
    weighting: Weighting,
    sources: Snapped,
    targets: Snapped | None = None,
    cores: int | None = None,
    progress: Progress | None = None,
) -> Matrix:
    """Find the fastest ways from every source to every target, or between all sources without targets.

    Both ends' metres off the road are part of the distances, and of the durations at `ACCESS_KMH`. A source to itself
    is 0. Durations are whole seconds, rounded up. Rows and columns of places without a road are -1, and so are pairs
    without a way. Metres are those of the fastest way, of several equally fast ones the shortest. Turns cost nothing.

    Parameters
    ----------
    sources, targets
        Snapped with the same weighting.
    cores
        Threads; all that this process may use, if not given.
    progress
        Called with ``matrix`` and the share that is done.
    """
    square, targets = targets is None, sources if targets is None else targets
    shape = len(sources), len(targets)
    durations, distances = np.full(shape, UNREACHABLE, np.int32), np.full(shape, UNREACHABLE, np.int32)
    if min(shape):
        asked = question(weighting, sources, targets)
        off = _access(sources), _access(targets)
        if weighting.network.hierarchy is None:
            from routing.roads.dijkstra import fill

            fill(weighting, asked, *off, durations, distances, progress)
        else:
            _sweep(weighting, asked, *off, durations, distances, cores, progress)
    if square:
        np.fill_diagonal(durations, 0)
        np.fill_diagonal(distances, 0)
    return Matrix(durations, distances)


def unreachable(found: Matrix, sources: Snapped, targets: Snapped | None = None) -> list[tuple[int, int]]:
    """Name the pairs (source, target) without a way although both have a place on the road."""
    targets = sources if targets is None else targets
    pairs = np.argwhere((found.durations < 0) & sources.ok[:, None] & targets.ok[None, :])
    return [(int(i), int(j)) for i, j in pairs]


def question(weighting: Weighting, sources: Snapped, targets: Snapped) -> Question:
    """Find the ends of all trips, and the ways along one road or inside one zone."""
    leaving, arriving = ends(weighting, sources, True), ends(weighting, targets, False)
    i, j, cost = along_the_road(weighting, sources, targets)
    out, into = zone_of(weighting, True), zone_of(weighting, False)
    if out is None or into is None:
        return Question(leaving, arriving, i, j, cost)
    begins, stops = in_zone(weighting, sources, leaving, out), in_zone(weighting, targets, arriving, into)
    leaving, reached = through_zone(leaving, out, begins)
    inside = [(i, j, cost)]
    for target in stops.tolist():
        rows = arriving.of(target)
        at = out.rows(arriving.node[rows])
        for source in begins.tolist():
            best = np.min(reached[source][at] + arriving.cost[rows], where=at >= 0, initial=np.inf)
            if best < np.inf:
                inside.append((np.array([source]), np.array([target]), np.array([best])))
    arriving, _ = through_zone(arriving, into, stops)
    i, j, cost = (np.concatenate(parts) for parts in zip(*inside, strict=True))
    return Question(leaving, arriving, i, j, cost)


def access_ms_dm(metres: NDArray[np.float64]) -> tuple[Cost, Cost]:
    """Milliseconds and decimetres between road and position."""
    return np.rint(metres * 3600 / ACCESS_KMH), np.rint(metres * 10)


def _access(snapped: Snapped) -> tuple[Cost, Cost]:
    return access_ms_dm(np.where(snapped.ok, snapped.access, 0.0))


def _sweep(
    weighting: Weighting,
    asked: Question,
    source_off: tuple[Cost, Cost],
    target_off: tuple[Cost, Cost],
    durations: Int,
    distances: Int,
    cores: int | None,
    progress: Progress | None,
) -> None:
    """Answer by the hierarchy. The shorter side takes the part of the sources, on the reversed network if need be."""
    from routing.roads import kernels

    hierarchy = weighting.hierarchy
    up, down = weighting.weights
    source, target = asked.leaving, asked.arriving
    i, j = asked.source, asked.target
    turned = len(target.first) < len(source.first)
    if turned:
        up, down, source, target, i, j = down, up, target, source, j, i
        source_off, target_off = target_off, source_off
    n = len(source.first) - 1
    directs = Directs.of(i, j, asked.cost, n)
    wanted, wanted_first, wanted_head, wanted_cost, entry = _needed(hierarchy, down, hierarchy.rank[target.node])
    seed = hierarchy.rank[source.node]
    order = _near_together(source.first, seed)
    cores = max(1, min(cores or _own_cores(), -(-n // kernels.LANES)))
    step = max(1, -(-n // (cores * (_PARTS if cores > 1 or progress else 1) * kernels.LANES))) * kernels.LANES

    def part(begin: int) -> int:
        end = min(begin + step, n)
        kernels.sweep(
            hierarchy.first, hierarchy.head, hierarchy.parent, up,
            source.first, seed, source.cost,
            wanted, wanted_first, wanted_head, wanted_cost,
            target.first, entry, target.cost,
            directs.first, directs.target, directs.cost,
            *source_off, *target_off,
            order, begin, end, UNIT, np.empty((len(wanted), kernels.LANES)), durations, distances, turned,
        )  # fmt: skip
        return end - begin

    done = 0
    with ThreadPoolExecutor(cores) as pool:
        for finished in as_completed([pool.submit(part, begin) for begin in range(0, n, step)]):
            done += finished.result()
            if progress is not None:
                progress("matrix", done / n)


def _own_cores() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _needed(hierarchy: Hierarchy, down: Cost, entries: Int) -> tuple[Int, Int, Int, Cost, Int]:
    """Nodes above the entries, the arcs between them, and the entries as rows of those nodes."""
    from routing.roads import kernels

    n = len(hierarchy.parent)
    wanted = kernels.ancestors(hierarchy.parent, entries, np.zeros(n, bool))
    place = np.full(n, -1, np.int32)
    place[wanted] = np.arange(len(wanted))
    size = hierarchy.first[wanted + 1] - hierarchy.first[wanted]
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int32)
    arc = np.repeat(hierarchy.first[wanted] - first[:-1], size) + np.arange(first[-1])
    open_ = np.isfinite(down[arc])
    kept = np.concatenate([[0], np.cumsum(open_)])[first].astype(np.int32)
    arc = arc[open_]
    return wanted, kept, place[hierarchy.head[arc]], down[arc], place[entries]


def _near_together(first: Int, seed: Int) -> Int:
    """Order sources so that neighbours in the elimination tree share a sweep; those without a seed come last."""
    lowest = np.full(len(first) - 1, np.iinfo(np.int32).max)
    has = np.flatnonzero(np.diff(first))
    lowest[has] = np.minimum.reduceat(seed, first[has]) if len(has) else lowest[has]
    order: Int = np.argsort(lowest, kind="stable").astype(np.int32)
    return order
