import numpy as np
import pytest

from routing.errors import InputError
from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.osm import read_extract
from routing.roads.snap import snap

ROAD = {"highway": "residential"}
METRE = 1 / 110574.3  # degrees of latitude at the equator


@pytest.fixture
def network(write_osm):
    """A street of 222 m on the equator, one of 111 m northwards from its middle, and a small part far north."""
    return RoadNetwork.from_edges(
        read_extract(
            write_osm(([1, 2, 3], ROAD), ([2, 12], {**ROAD, "maxheight": "2.5"}), ([3, 13], ROAD), ([61, 62], ROAD))
        )[0]
    )


def test_place_on_the_road(network):
    snapped = snap(network, [[0.00125, -20 * METRE]])
    assert snapped.ok.all()
    assert snapped.access[0] == pytest.approx(20, abs=0.01)
    assert snapped.lonlat[0] == pytest.approx([0.00125, 0], abs=1e-9)
    assert {network.junction[network.u[snapped.edge[0]]], network.junction[network.v[snapped.edge[0]]]} == {1, 2}
    assert snapped.fraction[0] == pytest.approx(0.25, abs=1e-6)
    assert snapped.problems == []


def test_beyond_the_end(network):
    snapped = snap(network, [[0.0005, 0.0]])
    assert snapped.fraction[0] == 0.0
    assert snapped.access[0] == pytest.approx(55.66, abs=0.01)


def test_too_far(network):
    west = 0.001 - 301 / 111319.5
    inside = 0.0038
    snapped = snap(network, [[west, 0.0], [0.001, inside], [0.001, 0.0], [50.0, 31.0]])
    assert snapped.ok.tolist() == [False, False, True, False]
    assert [(i, word) for i, word, _ in snapped.problems] == [
        (0, "outside-area"),
        (1, "no-road-within"),
        (3, "outside-area"),
    ]
    assert snapped.problems[0][2] == pytest.approx(301, abs=0.1)
    assert snapped.edge.tolist()[:2] == [-1, -1]
    assert np.isnan(snapped.fraction[[0, 1, 3]]).all()
    assert snap(network, [[west, 0.0]], max_distance=302).ok.all()


def test_small_part_is_not_used(network):
    assert network.left_out_km == pytest.approx(0.111, abs=1e-3)
    assert snap(network, [[0.0015, 0.006]]).problems[0][1] == "no-road-within"


def test_vehicle_gets_a_road_it_may_use(network):
    point = [[0.002, 0.0009]]
    tall = VehicleProfile("tall", height=3.0)
    assert network.facts.edges == 5
    assert snap(network, point).access[0] == pytest.approx(0, abs=0.01)
    assert snap(network, point, profile=tall).access[0] > 90
    assert snap(network, point, profile=VehicleProfile("low", height=2.5)).access[0] == pytest.approx(0, abs=0.01)


def test_nothing_to_snap(network):
    assert len(snap(network, [])) == 0


@pytest.mark.parametrize(
    "bad", [[[31.2, 107.5]], [[0, float("nan")]], [[0, float("inf")]], [0.0, 1.0], [[1, 2, 3]], [["a", "b"]]]
)
def test_positions_that_are_none(network, bad):
    with pytest.raises(InputError) as caught:
        snap(network, bad)
    assert caught.value.code == "bad-positions"


def test_bad_position_is_numbered(network):
    with pytest.raises(InputError, match="Position 2"):
        snap(network, [[0, 0], [31.2, 107.5]])
