"""Travel times by hand on tiny roads, and against an independent search on real ones."""

import math

import numpy as np
import pytest
import shapely
from pyproj import Geod

from routing.errors import InputError
from routing.roads.layer import read_layer
from routing.roads.matrix import matrix, unreachable
from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.osm import import_extract, read_extract
from routing.roads.snap import snap
from routing.roads.trips import paths, trips

from .slow_search import slow_search

GEOD = Geod(ellps="WGS84")
TEN = {"highway": "residential", "maxspeed": "36"}  # 10 m/s
EAST, NORTH = 111.3195, 110.5743  # metres of a grid step


def network_of(path):
    return RoadNetwork.from_edges(read_extract(path)[0])


def times(network, points, profile=None):
    weighting = network.weighting(profile)
    snapped = snap(weighting, points)
    assert snapped.ok.all()
    return matrix(weighting, snapped)


def metres(line):
    return sum(GEOD.inv(*line[:-1].T, *line[1:].T)[2]) if len(line) > 1 else 0.0


def test_straight_road(write_osm):
    """From 1/4 to 3/4 of 222.6 m: 111.3 m at 10 m/s is 11.13 s, said as 12."""
    found = times(network_of(write_osm(([1, 2, 3], TEN))), [[0.0015, 0], [0.0025, 0]])
    assert found.durations.tolist() == [[0, 12], [12, 0]]
    assert found.distances.tolist() == [[0, 111], [111, 0]]
    assert found.durations.dtype == found.distances.dtype == np.int32


def test_access_counts_at_walking_pace(write_osm):
    """50 m off the road at one end: 50 m more, and 50 m at 10 km/h is 18 s more than 11.13 s."""
    found = times(network_of(write_osm(([1, 2, 3], TEN))), [[0.0015, 50 / NORTH / 1000], [0.0025, 0]])
    assert found.durations[0, 1] == math.ceil(11.132 + 18)
    assert found.distances[0, 1] == 161
    assert found.durations[0, 0] == found.distances[0, 0] == 0


def test_same_place_twice(write_osm):
    found = times(network_of(write_osm(([1, 2], TEN))), [[0.0015, 0], [0.0015, 0]])
    assert found.durations.tolist() == [[0, 0], [0, 0]]


def test_one_way_street_backwards_goes_around(write_osm):
    """A one-way street of one step, closed to a square by a two-way road of three."""
    network = network_of(write_osm(([1, 2], {**TEN, "oneway": "yes"}), ([2, 12, 11, 1], TEN)))
    found = times(network, [[0.0012, 0], [0.0018, 0]])
    around = 0.4 * EAST + EAST + 2 * NORTH
    assert found.distances[0, 1] == round(0.6 * EAST)
    assert found.durations[0, 1] == math.ceil(0.06 * EAST)
    assert found.distances[1, 0] == round(around)
    assert found.durations[1, 0] == math.ceil(around / 10)


def test_reversed_one_way_street(write_osm):
    network = network_of(write_osm(([1, 2], {**TEN, "oneway": "-1"}), ([2, 12, 11, 1], TEN)))
    found = times(network, [[0.0012, 0], [0.0018, 0]])
    assert found.distances[1, 0] == round(0.6 * EAST)
    assert found.distances[0, 1] == round(0.4 * EAST + EAST + 2 * NORTH)


def test_roundabout_is_driven_one_way(write_osm):
    ring = ([2, 3, 13, 12, 2], {**TEN, "junction": "roundabout"})
    network = network_of(write_osm(ring, ([1, 2], TEN), ([3, 4], TEN)))
    found = times(network, [[0.0015, 0], [0.0035, 0]])
    assert found.distances[0, 1] == round(2 * EAST)
    assert found.distances[1, 0] == round(2 * EAST + 2 * NORTH)


@pytest.mark.parametrize(("row", "share"), [(0, 0.0), (1, 1.0)])
def test_point_at_a_junction_is_the_junction(write_osm, row, share):
    """Snapped to the start (or end) of a one-way street, it reaches all roads of that junction at once."""
    streets = [([2, 3], {**TEN, "oneway": "yes"}), ([13, 2], {**TEN, "oneway": "yes"})]
    network = network_of(write_osm(*streets, ([3, 13], TEN), ([1, 2], TEN)))
    weighting = network.weighting()
    snapped = snap(weighting, [[0.002, 0], [0.001, 0]])
    snapped.edge[0], snapped.fraction[0] = row, share
    assert matrix(weighting, snapped).distances.tolist() == [[0, round(EAST)], [round(EAST), 0]]


def test_metres_follow_the_fastest_path_not_the_shortest(write_osm):
    slow = {"highway": "residential", "maxspeed": "5"}
    network = network_of(write_osm(([1, 2], slow), ([2, 12, 11, 1], TEN)))
    found = times(network, [[0.001, 0], [0.002, 0]])
    assert found.distances[0, 1] == round(EAST + 2 * NORTH)
    assert found.durations[0, 1] == math.ceil((EAST + 2 * NORTH) / 10)


@pytest.mark.parametrize(("speed", "length"), [("5", EAST + 2 * NORTH), ("30", EAST)])
def test_of_parallel_roads_the_faster_counts(write_osm, speed, length):
    """Two edges with the same ends, the shorter one slow or fast; the points lie on other roads."""
    network = network_of(
        write_osm(([1, 2], {**TEN, "maxspeed": speed}), ([2, 12, 11, 1], TEN), ([0, 1], TEN), ([2, 3], TEN))
    )
    found = times(network, [[0.0005, 0], [0.0025, 0]])
    assert found.distances[0, 1] == found.distances[1, 0] == round(EAST + length)


def test_loop_road(write_osm):
    network = network_of(write_osm(([1, 2], TEN), ([2, 3, 13, 12, 2], TEN)))
    found = times(network, [[0.0015, 0], [0.003, 0.0005]])
    assert found.distances[0, 1] == round(1.5 * EAST + 0.5 * NORTH)


def test_vehicle_goes_around_a_low_bridge(write_osm):
    network = network_of(write_osm(([1, 2], {**TEN, "maxheight": "2.5"}), ([2, 12, 11, 1], TEN)))
    points = [[0.001, 0], [0.002, 0]]
    assert times(network, points, profile=VehicleProfile("low", height=2.4)).distances[0, 1] == round(EAST)
    assert times(network, points, profile=VehicleProfile("tall", height=2.6)).distances[0, 1] == round(EAST + 2 * NORTH)


def test_no_way_is_minus_one(write_osm):
    """Snapped without the vehicle, a point on a road closed to it cannot be reached; nor one without a road."""
    network = network_of(write_osm(([1, 2], {**TEN, "maxheight": "2.5"}), ([2, 3], TEN)))
    snapped = snap(network.weighting(), [[0.0015, 0], [0.0025, 0], [0.0028, 0], [9, 9]])
    tall = network.weighting(VehicleProfile("tall", height=3))
    found = matrix(tall, snapped)
    assert unreachable(found, snapped) == [(0, 1), (0, 2), (1, 0), (2, 0)]
    for table in (found.durations, found.distances):
        assert table[1, 2] > 0
        assert table[[0, 1, 0, 3, 1], [1, 0, 3, 1, 3]].tolist() == [-1] * 5
        assert np.diag(table).tolist() == [0, 0, 0, 0]
    assert {line.shape for line in paths(tall, snapped, [(0, 1), (3, 1), (1, 3)])} == {(0, 2)}


def test_no_points(write_osm):
    weighting = network_of(write_osm(([1, 2], TEN))).weighting()
    assert matrix(weighting, snap(weighting, [])).durations.shape == (0, 0)
    assert paths(weighting, snap(weighting, []), []) == []


def test_progress(write_osm):
    weighting = network_of(write_osm(([1, 2], TEN))).weighting()
    seen = []
    matrix(weighting, snap(weighting, [[0.001, 0], [0.002, 0]]), progress=lambda *step: seen.append(step))
    assert seen[-1] == ("matrix", 1.0)


def test_blocks_do_not_change_the_answer(city, monkeypatch):
    weighting, snapped = city
    whole = matrix(weighting, snapped, cores=1)
    monkeypatch.setattr("routing.roads.matrix._PARTS", 3)
    parts = matrix(weighting, snapped, cores=2)
    assert (whole.durations == parts.durations).all()
    assert (whole.distances == parts.distances).all()


def test_path_of_a_bend(write_osm):
    weighting = network_of(write_osm(([1, 2, 12], TEN))).weighting()
    line = paths(weighting, snap(weighting, [[0.0015, 0], [0.002, 0.0005]]), [(0, 1), (1, 0), (0, 0)])
    assert line[0] == pytest.approx(np.array([[0.0015, 0], [0.002, 0], [0.002, 0.0005]]), abs=1e-9)
    assert line[1] == pytest.approx(line[0][::-1], abs=1e-9)
    assert len(line[2]) == 1


def test_path_to_a_point_that_is_not_there(write_osm):
    weighting = network_of(write_osm(([1, 2], TEN))).weighting()
    with pytest.raises(InputError) as caught:
        paths(weighting, snap(weighting, [[0.001, 0]]), [(0, 1)])
    assert caught.value.code == "no-such-point"


# against an independent search


@pytest.fixture(scope="module")
def city_layer(extracts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    import_extract(extracts / "monaco.osm.pbf", "monaco", folder)
    return folder / "monaco.gpkg"


@pytest.fixture(scope="module")
def city(city_layer):
    network = RoadNetwork.from_layer(city_layer)
    rng = np.random.default_rng(7)
    on = rng.choice(np.flatnonzero(network.usable), 80)
    place = shapely.line_interpolate_point(network.geometry[on], rng.random(80), normalized=True)
    weighting = network.weighting()
    return weighting, snap(weighting, shapely.get_coordinates(place) + rng.normal(0, 2e-4, (80, 2)))


def pairs(n, count):
    rng = np.random.default_rng(11)
    return [(int(i), int(j)) for i, j in rng.integers(0, n, (count, 2)) if i != j]


def row(found, i):
    return list(zip(found.durations[i].tolist(), found.distances[i].tolist(), strict=True))


def test_equals_an_independent_search(city, city_layer):
    weighting, snapped = city
    assert snapped.ok.all()
    assert weighting.network.rules
    assert weighting.through.any()
    found, table = matrix(weighting, snapped), read_layer(city_layer)
    for i in range(0, 80, 4):
        expected = slow_search(table, snapped, i)
        assert row(found, i) == expected


@pytest.mark.parametrize("blind", ["one_way", "turns", "zones"])
def test_control_the_search_sees(city, city_layer, blind):
    """Blind to one-ways, turn restrictions or destination roads, the same search disagrees."""
    weighting, snapped = city
    found, table = matrix(weighting, snapped), read_layer(city_layer)
    assert any(row(found, i) != slow_search(table, snapped, i, **{blind: False}) for i in range(0, 80, 4))


@pytest.mark.parametrize("profile", [None, VehicleProfile("truck", height=3.2, weight=4.4, hgv=True)])
def test_without_a_hierarchy_the_same(city, profile, monkeypatch):
    """Plain Dijkstra gives the same numbers, and ways of the same length."""
    network, points = city[0].network, city[1]
    weighting = network.weighting(profile)
    snapped = snap(weighting, points.lonlat)
    found, wanted = matrix(weighting, snapped), pairs(len(snapped), 60)
    driven = trips(weighting, snapped, wanted)
    monkeypatch.setitem(vars(network), "hierarchy", None)
    plain = matrix(weighting, snapped)
    assert (plain.durations == found.durations).all()
    assert (plain.distances == found.distances).all()
    for a, b in zip(driven, trips(weighting, snapped, wanted), strict=True):
        assert (a.ms, a.dm) == (b.ms, b.dm)


def test_trips_are_the_roads_of_the_matrix(city):
    """Each trip's roads join, and their own times and lengths sum to what the matrix says of the pair."""
    weighting, snapped = city
    found, wanted = matrix(weighting, snapped), pairs(len(snapped), 200)
    network = weighting.network
    for (i, j), trip in zip(wanted, trips(weighting, snapped, wanted), strict=True):
        off = snapped.access[[i, j]]
        assert math.ceil((trip.ms + np.rint(off * 360).sum()) / 1000) == found.durations[i, j]
        assert abs((trip.dm / 10 + off.sum()) - found.distances[i, j]) <= 0.6
        share = np.abs(trip.end - trip.start)
        against = trip.start > trip.end
        assert (share * network.metres[trip.edge]).sum() == pytest.approx(trip.dm / 10, abs=0.05 * len(share) + 0.1)
        assert (share * weighting.ms[2 * trip.edge + against]).sum() == pytest.approx(trip.ms, abs=1.0 * len(share))
        ends = np.where(against, network.u[trip.edge], network.v[trip.edge])
        starts = np.where(against, network.v[trip.edge], network.u[trip.edge])
        assert (ends[:-1] == starts[1:]).all()


def test_paths_are_as_long_as_the_matrix_says(city):
    weighting, snapped = city
    found = matrix(weighting, snapped)
    wanted = pairs(len(snapped), 200)
    for (i, j), line in zip(wanted, paths(weighting, snapped, wanted), strict=True):
        assert line[0] == pytest.approx(snapped.lonlat[i], abs=1e-9)
        assert line[-1] == pytest.approx(snapped.lonlat[j], abs=1e-9)
        assert metres(line) == pytest.approx(
            found.distances[i, j] - snapped.access[i] - snapped.access[j], rel=0.01, abs=1.0
        )


def test_triangle_inequality_on_the_road(city):
    """No detour over a third point is faster; a second of rounding and its way in and out aside."""
    weighting, snapped = city
    found = matrix(weighting, snapped).durations.astype(np.int64)
    for k in range(0, len(found), 9):
        assert (found <= found[:, [k]] + found[[k], :] + 1).all()
