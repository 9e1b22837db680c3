"""Turn restrictions: by hand on a crossing, and by chance against a search that shares nothing with the engine."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.errors import InputError
from routing.roads.matrix import matrix
from routing.roads.network import RoadNetwork
from routing.roads.profile import VehicleProfile
from routing.roads.search_graph import search_graph
from routing.roads.snap import snap
from routing.roads.trips import trips

from .slow_search import slow_search
from .towns import METRE, no, random_town, table

CROSS = {0: (0, 0), 1: (-100, 0), 2: (100, 0), 3: (0, 100), 4: (0, -150), 5: (100, 100)}
STREETS = [(1, 0, 36, 36), (0, 2, 36, 36), (0, 3, 36, 36), (0, 4, 36, 36), (2, 5, 36, 36), (5, 3, 36, 36)]
WEST, NORTH = (-50, 0), (0, 50)


def driven(rules, begin=WEST, end=NORTH, profile=None):
    """Metres between two places of the crossing, and the roads driven."""
    network = RoadNetwork.from_edges(table(STREETS, CROSS, rules))
    weighting = network.weighting(profile)
    snapped = snap(weighting, np.array([begin, end]) * METRE)
    (trip,) = trips(weighting, snapped, [(0, 1)])
    assert matrix(weighting, snapped).distances[0, 1] == (round(trip.dm / 10) if trip.found else -1)
    return round(trip.dm / 10), trip.edge.tolist()


def test_without_restrictions():
    assert driven([]) == (100, [0, 2])


def test_no_left_turn_turns_back_behind_the_junction():
    """Straight on and back: no sign forbids that."""
    assert driven([no(+0.0, +2)]) == (300, [0, 1, 1, 2])


def test_no_left_turn_goes_around():
    """Where signs forbid to turn back: left at 2, left at 5, and down the northern street."""
    rules = [no(+0.0, +2), no(+1, -1, kind="no_u_turn"), no(+3, -3, kind="no_u_turn")]
    assert driven(rules) == (400, [0, 1, 4, 5, 2])


def test_only_straight_on_forbids_all_else():
    assert driven([no(+0.0, +1, kind="only_straight_on")]) == (300, [0, 1, 1, 2])
    assert driven([no(+0.0, +1, kind="only_straight_on")], end=(0, -50)) == (300, [0, 1, 1, 3])


def test_two_only_rules_open_a_way_each():
    rules = [no(+0.0, +1, kind="only_straight_on"), no(+0.0, +2, kind="only_left_turn")]
    assert driven(rules) == (100, [0, 2])


def test_the_other_way_round_is_free():
    assert driven([no(+0.0, +2)], NORTH, WEST) == (100, [2, 0])


def test_over_a_via_way():
    """From 1 over 0-2 to 5 is forbidden, from 4 over the same street is not."""
    rules = [no(+0.0, +1, +4), no(+0.0, +2)]
    assert driven(rules, (0, -50), (100, 50)) == (200, [3, 1, 4])
    metres, roads = driven(rules, WEST, (100, 50))
    assert roads != [0, 1, 4]
    assert metres > 200


def test_no_u_turn():
    """The northern street is reached by turning back in the eastern one; when that is forbidden, neither is any use."""
    town = [(1, 0, 36, 36), (0, 2, 36, 36), (0, 3, 36, 36)]
    for rules, usable in (([], [True, True, True]), ([no(+1, -1, kind="no_u_turn")], [True, False, False])):
        network = RoadNetwork.from_edges(table(town, CROSS, [no(+0.0, +2), *rules]))
        assert network.usable.tolist() == usable


def test_a_place_behind_the_turn_is_free():
    """The restriction begins on the road before: who starts at the junction itself has not driven it."""
    assert driven([no(+0.0, +2)], (0, 0), NORTH) == (50, [2])


@pytest.mark.parametrize(
    ("how", "car", "truck"),
    [
        ({}, 300, 300),
        ({"exempt": frozenset({"hgv"})}, 300, 100),
        ({"exempt": frozenset({"bus"})}, 300, 300),
        ({"binds": "hgv"}, 100, 300),
        ({"condition": "(Mo-Fr 07:00-09:00)"}, 300, 300),
    ],
)
def test_who_is_bound(how, car, truck):
    assert driven([no(+0.0, +2, **how)])[0] == car
    assert driven([no(+0.0, +2, **how)], profile=VehicleProfile("truck", hgv=True))[0] == truck


def test_rules_that_say_nothing_are_left_out():
    """Moves that do not join, that nobody can drive, or a single one; none of them changes the graph."""
    u, v = (np.array([street[side] for street in STREETS], np.int32) for side in (0, 1))
    drivable = np.ones(12, bool)
    drivable[1] = False
    rules = [no(+0.0, +4), no(-0.0, +1), no(+1, -0.0), no(+2), no(+0.0, +9)]
    assert search_graph(u, v, 6, drivable, rules).nodes == 6
    assert search_graph(u, v, 6, drivable, [no(+0.0, +1)]).nodes == 7


def test_only_restricted_junctions_are_split():
    graph = RoadNetwork.from_edges(table(STREETS, CROSS, [no(+0.0, +2)])).graph
    assert graph.nodes == len(CROSS) + 1
    assert len(graph.tail) == 2 * len(STREETS) + 4
    assert (np.diff(graph.slot) >= 0).all()


def test_first_arc_of_a_slot_begins_at_the_junction():
    graph = RoadNetwork.from_edges(table(STREETS, CROSS, [no(+0.0, +2), no(-3.0, +2)])).graph
    assert (graph.tail[graph.first[:-1]] < len(CROSS)).all()


def test_graph_of_nothing():
    none = np.empty(0, np.int32)
    assert search_graph(none, none, 0, np.empty(0, bool)).nodes == 0


SLOW = settings(max_examples=so_many(60), deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(seed=st.integers(0, 10**9), hierarchy=st.booleans())
@example(seed=207523, hierarchy=True)  # the end of a trip is reached sooner around a zone than over its own road
def test_chance_towns_equal_a_search_step_by_step(seed, hierarchy):
    """One-ways, roads for destination traffic, restrictions over up to four moves that overlap as they like."""
    rng = np.random.default_rng(seed)
    town = random_town(rng)
    try:
        network = RoadNetwork.from_edges(town)
    except InputError:
        reject()  # a town without two places to go between
    if not hierarchy:
        vars(network)["hierarchy"] = None
    weighting = network.weighting()
    usable = np.flatnonzero(weighting.usable)
    edge = usable[rng.integers(len(usable), size=9)]
    share = np.where(rng.random(9) < 0.2, rng.integers(0, 2, 9), rng.random(9))
    place = shapely.line_interpolate_point(network.geometry[edge], share, normalized=True)
    snapped = snap(weighting, shapely.get_coordinates(place))
    found = matrix(weighting, snapped)
    for i in range(9):
        expected = slow_search(town, snapped, i)
        assert list(zip(found.durations[i].tolist(), found.distances[i].tolist(), strict=True)) == expected
    wanted = [(i, j) for i in range(9) for j in range(9) if i != j]
    for (i, j), trip in zip(wanted, trips(weighting, snapped, wanted), strict=True):
        assert trip.found == (found.durations[i, j] >= 0)
        if trip.found:
            share = np.abs(trip.end - trip.start)
            assert (share * network.metres[trip.edge]).sum() == pytest.approx(trip.dm / 10, abs=0.1 * len(share) + 0.1)
            assert abs(round(trip.dm / 10) - found.distances[i, j]) <= 1
