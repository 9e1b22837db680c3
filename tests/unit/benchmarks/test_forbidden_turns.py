"""The check of forbidden turns is itself checked by hand."""

import numpy as np
import pytest
from toy import FILES

from benchmarks.arcs import Arcs
from benchmarks.dimacs import files_of, read
from benchmarks.peers.scipy import graph_of, table
from benchmarks.turns import TurnNetwork, forbid

ENDS = [(0, 1), (1, 2), (1, 3), (3, 1), (3, 2), (2, 4)]
"""0 -> 1 -> 2 -> 4 and a way round by 3."""


def network(turns=(), local=()):
    tail, head = np.array(ENDS, np.int32).T
    arcs = Arcs(tail, head, np.full(len(ENDS), 1.0), np.full(len(ENDS), 10.0), np.zeros((5, 2)))
    marked = np.zeros(len(ENDS), bool)
    marked[list(local)] = True
    return TurnNetwork(arcs, np.array(turns, np.int64).reshape(-1, 2), marked)


def ms(found, a, b):
    return int(found.fastest(np.array([a]), np.array([b]))[0, 0])


def test_without_any_the_same_as_dijkstra(toy):
    arcs = read(files_of(toy() / FILES[0]))
    nodes = np.arange(arcs.nodes)
    free = TurnNetwork(arcs, np.empty((0, 2), np.int64), np.zeros(len(arcs.tail), bool))
    np.testing.assert_array_equal(free.fastest(nodes, nodes), table(graph_of(arcs), nodes, nodes))


def test_a_forbidden_turn_leads_round():
    assert ms(network(), 0, 2) == 2000
    assert ms(network([(0, 1)]), 0, 2) == 3000, "by 3"
    assert ms(network([(0, 1), (0, 2)]), 0, 2) == -1
    assert ms(network([(0, 1)]), 1, 2) == 1000, "who begins there does not turn"


def test_turning_back_is_a_way_round():
    assert ms(network([(0, 1), (2, 4)]), 0, 2) == 4000, "to 3, back to 1, on to 2"


def test_local_roads_only_at_the_ends():
    assert ms(network(local=[1]), 0, 2) == 2000, "ends there"
    assert ms(network(local=[1]), 0, 4) == 4000, "through it is not allowed: by 3"
    assert ms(network(local=[1, 4]), 0, 4) == -1
    assert ms(network(local=[0, 5]), 0, 4) == 3000, "begins on one, ends on another"


def test_random_turns(toy):
    arcs = read(files_of(toy() / FILES[0]))
    found = forbid(arcs, 7, seed=1)
    first, second = found.turns.T
    assert len(found.turns) == 7
    np.testing.assert_array_equal(arcs.head[first], arcs.tail[second])
    assert (arcs.tail[first] != arcs.head[second]).all(), "never the way back"
    assert len(np.unique(arcs.head[first])) == 7
    assert found.bound(np.arange(arcs.nodes)).sum() == 7
    np.testing.assert_array_equal(found.turns, forbid(arcs, 7, seed=1).turns)
    assert len(forbid(arcs, 0, seed=1).turns) == 0
    assert len(forbid(arcs, 10_000, seed=1).turns) <= arcs.nodes


def test_written_and_read(tmp_path):
    network([(0, 1)], [2]).save(tmp_path / "turns.npz")
    again = TurnNetwork.load(tmp_path / "turns.npz")
    assert ms(again, 0, 2) == ms(network([(0, 1)], [2]), 0, 2)
    assert Arcs.load(tmp_path / "turns.npz").nodes == 5


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_dijkstra_from_either_side_is_the_same(toy, shape):
    arcs = read(files_of(toy() / FILES[0]))
    graph, nodes = graph_of(arcs), np.arange(arcs.nodes)
    whole = table(graph, nodes, nodes)
    rows, columns = nodes[: shape[0]], nodes[-shape[1] :]
    np.testing.assert_array_equal(table(graph, rows, columns), whole[np.ix_(rows, columns)])
