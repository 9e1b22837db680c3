"""p-median on roads: random places along random roads, or random junctions of a network of the DIMACS Challenge."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import dimacs
from benchmarks.instances.location import Location
from routing.errors import InputError


def people_of(random: np.random.Generator, places: int) -> NDArray[np.float64]:
    """Draw the people of places: few have many, none has none."""
    return np.round(random.lognormal(6.5, 0.9, places)) + 1


def random_roads(places: int, candidates: int, count: int, seed: int) -> Location:
    """Return places of which some are candidates.

    Places are joined to their nearest neighbours by roads of three speeds; a tree joins what that leaves apart.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

    random = np.random.default_rng(seed)
    at = random.random((places, 2)) * 100_000
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    near = np.argsort(away, axis=1)[:, 1:4]
    tree = minimum_spanning_tree(away).tocoo()
    one = np.concatenate([np.repeat(np.arange(places), near.shape[1]), tree.row])
    other = np.concatenate([near.ravel(), tree.col])
    speed = random.choice([8.0, 14.0, 22.0], len(one), p=[0.5, 0.35, 0.15])
    taken = away[one, other] * 1.25 / speed
    _, first = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1, return_index=True)
    graph = coo_array((taken[first], (one[first], other[first])), shape=(places, places)).tocsr()
    chosen = random.choice(places, candidates, replace=False)
    seconds = np.round(dijkstra(graph, directed=False, indices=chosen).T)
    return Location("road-like", _named(places, candidates, count), seconds, people_of(random, places), count=count)


def on_network(path: Path, places: int, candidates: int, count: int, seed: int, cores: int) -> Location:
    """Return random junctions of a network, some of them candidates; ``matrix_seconds`` is what their ways took.

    Parameters
    ----------
    path
        One of a network's three files.

    Raises
    ------
    InputError
        For another kind of file, or more places than junctions.
    """
    from routing.roads.matrix import matrix
    from routing.roads.network import RoadNetwork
    from routing.roads.snap import snap

    files = dimacs.files_of(path)
    if files is None:
        raise InputError(
            "not-a-network", "%(file)s is no network of DIMACS. Give a file -t.NAME.gr or -t.NAME.gr.gz.", file=path
        )
    arcs = dimacs.read(files)
    network = RoadNetwork.from_arcs(arcs.tail, arcs.head, arcs.ms / 1000, arcs.metres, arcs.lonlat, files.name, [])
    weighting = network.weighting()
    _ = weighting.weights  # made when first asked for
    junctions = network.junction_lonlat
    if places > len(junctions):
        raise InputError(
            "too-many-places",
            "%(file)s has %(have)s junctions. Ask for at most so many places.",
            file=path,
            have=len(junctions),
        )
    random = np.random.default_rng(seed)
    drawn = random.choice(len(junctions), places, replace=False)
    chosen = random.choice(drawn, candidates, replace=False)
    begin, end = snap(weighting, junctions[drawn]), snap(weighting, junctions[chosen])
    began = time.perf_counter()
    seconds = matrix(weighting, begin, end, cores=cores).durations
    took = time.perf_counter() - began
    reached = (seconds >= 0).all(axis=1)
    people = people_of(random, places)
    name = f"{files.name} {_named(int(reached.sum()), candidates, count)}"
    return Location(
        "road-network", name, seconds[reached].astype(float), people[reached], count=count, matrix_seconds=took
    )


def _named(places: int, candidates: int, count: int) -> str:
    return f"{places} x {candidates}, p {count}"
