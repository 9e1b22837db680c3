"""Our network behind the interface that routing servers answer too."""

import numpy as np
import pytest

from routing.errors import InputError
from routing.roads.changes import Closure, Where
from routing.roads.engine import Table
from routing.roads.network import RoadNetwork
from routing.roads.osrm import OsrmEngine
from routing.roads.own_engine import OwnEngine, RoadServer, server_engine
from routing.roads.profile import VehicleProfile
from routing.roads.valhalla import ValhallaEngine

from .towns import METRE, table

PLACES = {0: (0, 0), 1: (100, 0), 2: (200, 0), 3: (100, 100)}
STREETS = [(0, 1, 36, 36), (1, 2, 36, 36), (1, 3, 36, 36, {"maxheight": 2.5})]
HOMES = np.array([(50, 10), (150, 0), (100, 60)]) * METRE


@pytest.fixture(scope="module")
def network():
    return RoadNetwork.from_edges(table(STREETS, PLACES))


def test_table(network):
    found = OwnEngine(network).table(HOMES)
    assert isinstance(found, Table)
    assert found.durations.tolist() == [[0, 14, 15], [14, 0, 11], [15, 11, 0]]
    assert found.distances.tolist() == [[0, 110, 120], [110, 0, 110], [120, 110, 0]]
    assert list(found.source_problems) == list(found.target_problems) == []


def test_table_to_other_places(network):
    found = OwnEngine(network).table(HOMES[:1], [*HOMES, (1.0, 1.0)])
    assert found.distances.tolist() == [[20, 110, 120, -1]]
    assert [index for index, _, _ in found.target_problems] == [3]


def test_legs_agree_with_the_table(network):
    engine = OwnEngine(network)
    pairs = [(HOMES[i], HOMES[j]) for i in range(3) for j in range(3) if i != j]
    legs, found = engine.legs(pairs), engine.table(HOMES)
    told = iter(legs)
    for i in range(3):
        for j in range(3):
            if i != j:
                leg = next(told)
                assert (leg.duration, leg.distance) == (found.durations[i, j], found.distances[i, j])
                assert len(leg.lonlat) >= 2
    assert engine.legs([]) == []


def test_a_leg_without_a_way(network):
    (leg,) = OwnEngine(network).legs([(HOMES[0], (1.0, 1.0))])
    assert (leg.duration, leg.distance, leg.lonlat.shape) == (-1, -1, (0, 2))


def test_vehicle_and_changes(network):
    tall = VehicleProfile("tall", height=3)
    engine = OwnEngine(network, lambda profile: (Closure("works", Where(edges=(1,))),) if profile else (), 30)
    assert (engine.table(HOMES).durations >= 0).all()
    found = engine.table(HOMES, profile=tall)
    assert [index for index, _, _ in found.source_problems] == [1, 2]


@pytest.mark.parametrize(("kind", "engine"), [("osrm", OsrmEngine), ("valhalla", ValhallaEngine)])
def test_a_server_by_configuration(kind, engine):
    assert isinstance(server_engine(RoadServer(kind, "http://localhost:1"), 300, ()), engine)


def test_a_server_does_not_know_closures():
    with pytest.raises(InputError) as caught:
        server_engine(RoadServer("osrm", "http://localhost:1"), 300, (Closure("bridge works", Where(edges=(1,))),))
    assert caught.value.code == "server-without-changes"
    assert "bridge works" in str(caught.value)
