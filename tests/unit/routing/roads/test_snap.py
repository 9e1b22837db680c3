import numpy as np
import pytest
import shapely

from routing.errors import InputError
from routing.roads.network import NO_STOPPING, RoadNetwork, VehicleProfile
from routing.roads.osm import read_extract
from routing.roads.snap import WRONG_SIDE, snap

from . import towns

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
    snapped = snap(network.weighting(), [[0.00125, -20 * METRE]])
    assert snapped.ok.all()
    assert snapped.access[0] == pytest.approx(20, abs=0.01)
    assert snapped.lonlat[0] == pytest.approx([0.00125, 0], abs=1e-9)
    assert {network.junction[network.u[snapped.edge[0]]], network.junction[network.v[snapped.edge[0]]]} == {1, 2}
    assert snapped.fraction[0] == pytest.approx(0.25, abs=1e-6)
    assert snapped.problems == []


def test_beyond_the_end(network):
    snapped = snap(network.weighting(), [[0.0005, 0.0]])
    assert snapped.fraction[0] == 0.0
    assert snapped.access[0] == pytest.approx(55.66, abs=0.01)


def test_too_far(network):
    west = 0.001 - 301 / 111319.5
    inside = 0.0038
    snapped = snap(network.weighting(), [[west, 0.0], [0.001, inside], [0.001, 0.0], [50.0, 31.0]])
    assert snapped.ok.tolist() == [False, False, True, False]
    assert [(i, word) for i, word, _ in snapped.problems] == [
        (0, "outside-area"),
        (1, "no-road-within"),
        (3, "outside-area"),
    ]
    assert snapped.problems[0][2] == pytest.approx(301, abs=0.1)
    assert snapped.edge.tolist()[:2] == [-1, -1]
    assert np.isnan(snapped.fraction[[0, 1, 3]]).all()
    assert snap(network.weighting(), [[west, 0.0]], max_distance=302).ok.all()


def test_small_part_is_not_used(network):
    assert network.left_out_km == pytest.approx(0.111, abs=1e-3)
    assert snap(network.weighting(), [[0.0015, 0.006]]).problems[0][1] == "no-road-within"


def test_vehicle_gets_a_road_it_may_use(network):
    point = [[0.002, 0.0009]]
    tall = VehicleProfile("tall", height=3.0)
    assert network.facts.edges == 5
    assert snap(network.weighting(), point).access[0] == pytest.approx(0, abs=0.01)
    assert snap(network.weighting(tall), point).access[0] > 90
    assert snap(network.weighting(VehicleProfile("low", height=2.5)), point).access[0] == pytest.approx(0, abs=0.01)


def test_nothing_to_snap(network):
    assert len(snap(network.weighting(), [])) == 0


@pytest.mark.parametrize(
    "bad", [[[31.2, 107.5]], [[0, float("nan")]], [[0, float("inf")]], [0.0, 1.0], [[1, 2, 3]], [["a", "b"]]]
)
def test_positions_that_are_none(network, bad):
    with pytest.raises(InputError) as caught:
        snap(network.weighting(), bad)
    assert caught.value.code == "bad-positions"


def test_bad_position_is_numbered(network):
    with pytest.raises(InputError, match="Position 2"):
        snap(network.weighting(), [[0, 0], [31.2, 107.5]])


# an avenue of two one-way carriageways, 20 m apart: eastwards in the south, westwards in the north; China drives right
AVENUE = {0: (0, 0), 1: (200, 0), 2: (200, 20), 3: (0, 20)}


@pytest.mark.parametrize(
    ("y", "edge"),
    [
        (-6, 0),  # the southern kerb
        (26, 2),  # the northern kerb
        (-0.5, 0),
        (20.5, 2),
        (0, 0),  # on the line itself
        (20, 2),
    ],
)
def test_avenue(y, edge):
    network = RoadNetwork.from_edges(
        towns.table([(0, 1, 40, 0), (1, 2, 20, 20), (2, 3, 40, 0), (3, 0, 20, 20)], AVENUE)
    )
    assert snap(network.weighting(), [(100 * towns.METRE, y * towns.METRE)]).edge.tolist() == [edge]


@pytest.mark.parametrize(("y", "edge"), [(5, 2), (-5, 0), (3, 0), (-20, 0), (20, 2)])
@pytest.mark.parametrize("turned", [False, True])
def test_right_side_of_a_one_way(y, edge, turned):
    """A one-way street in the south, a two-way one 16 m north of it: from 5 m left of the one-way the other is chosen.

    The same when the one-way is drawn against its direction; at 3 m it is still the nearer one.
    """
    places = {0: (0, 0), 1: (200, 0), 2: (200, 16), 3: (0, 16)}
    one_way = (1, 0, 0, 40) if turned else (0, 1, 40, 0)
    network = RoadNetwork.from_edges(towns.table([one_way, (1, 2, 20, 20), (2, 3, 40, 40), (3, 0, 20, 20)], places))
    assert snap(network.weighting(), [(100 * towns.METRE, y * towns.METRE)]).edge.tolist() == [edge]


def test_no_stopping_on_a_motorway():
    places = {0: (0, 0), 1: (200, 0), 2: (200, 100), 3: (0, 100)}
    rows = [(0, 1, 80, 80, {"highway": "motorway"}), (1, 2, 20, 20), (2, 3, 40, 40), (3, 0, 20, 20)]
    weighting = RoadNetwork.from_edges(towns.table(rows, places)).weighting()
    at = [(100 * towns.METRE, 10 * towns.METRE)]
    assert snap(weighting, at).edge.tolist() == [2]
    assert snap(weighting, at, stopping=False).edge.tolist() == [0]


def test_nearest_of_all_by_force(extracts):
    """On real roads: no usable road is nearer than the one that was chosen, but for what the wrong side costs."""
    network = RoadNetwork.from_edges(read_extract(extracts / "helsinki-centre.osm.pbf")[0])
    weighting, rng = network.weighting(), np.random.default_rng(4)
    west, south, east, north = network.bbox
    points = np.column_stack([rng.uniform(west, east, 300), rng.uniform(south, north, 300)])
    snapped = snap(weighting, points)
    tree, rows = network.tree()
    stop = np.isin(rows, np.flatnonzero((network.flags & NO_STOPPING) == 0))
    flat = shapely.points(network.plane.to(points))
    nearest = np.array([shapely.distance(tree.geometries[stop], point).min() for point in flat])
    assert (snapped.ok == (nearest <= 300)).all()
    gap = snapped.access[snapped.ok] - nearest[snapped.ok]
    assert gap.min() > -0.05
    assert gap.max() < WRONG_SIDE + 0.05
    assert (gap < 0.05).mean() > 0.9
    assert (snapped.lonlat[snapped.ok] == snapped.lonlat[snapped.ok]).all()
