"""The nearest few are the smallest cells of the whole matrix."""

import numpy as np
import pytest

from routing.roads import nearest as module
from routing.roads.matrix import matrix
from routing.roads.nearest import nearest
from routing.roads.network import RoadNetwork
from routing.roads.snap import snap

from .towns import random_town


@pytest.fixture(scope="module")
def places():
    network = RoadNetwork.from_edges(random_town(np.random.default_rng(2), side=12, local=0.05))
    weighting, rng = network.weighting(), np.random.default_rng(3)
    west, south, east, north = network.bbox
    return weighting, snap(
        weighting, np.column_stack([rng.uniform(west, east, 90), rng.uniform(south, north, 90)]), 25.0
    )


@pytest.mark.parametrize("k", [0, 1, 5, 89, 200])
def test_among_themselves(places, k, monkeypatch):
    weighting, snapped = places
    assert not snapped.ok.all()
    monkeypatch.setattr(module, "_CELLS", 90 * 64)
    found, whole = nearest(weighting, snapped, k), matrix(weighting, snapped)
    assert found.target.shape == (90, min(k, 89))
    for i in range(90):
        order = sorted((whole.durations[i, j], j) for j in range(90) if j != i and whole.durations[i, j] >= 0)[:k]
        assert [(d, j) for d, j in zip(found.durations[i], found.target[i], strict=True) if j >= 0] == order
        assert found.distances[i][: len(order)].tolist() == [whole.distances[i, j] for _, j in order]
        assert (found.target[i][len(order) :] == -1).all()


def test_to_others(places):
    weighting, snapped = places
    goals = snap(weighting, snapped.lonlat[snapped.ok][:7])
    found, whole = nearest(weighting, snapped, 2, goals), matrix(weighting, snapped, goals)
    best = np.sort(np.where(whole.durations < 0, 10**9, whole.durations), axis=1)[:, :2]
    assert (np.where(found.durations < 0, 10**9, found.durations) == best).all()


def test_progress(places):
    seen = []
    nearest(*places, 3, progress=lambda *step: seen.append(step))
    assert seen[-1] == ("nearest", 1.0)
