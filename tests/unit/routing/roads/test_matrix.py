"""Travel times by hand on tiny roads, and against an independent search on real ones."""

import heapq
import math

import numpy as np
import pytest
import shapely
from pyproj import Geod

from routing.errors import InputError
from routing.roads.layer import read_layer
from routing.roads.matrix import matrix, paths
from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.osm import import_extract, read_extract
from routing.roads.snap import snap

GEOD = Geod(ellps="WGS84")
TEN = {"highway": "residential", "maxspeed": "36"}  # 10 m/s
EAST, NORTH = 111.3195, 110.5743  # metres of a grid step


def network_of(path):
    return RoadNetwork.from_edges(read_extract(path)[0])


def times(network, points, **how):
    snapped = snap(network, points, profile=how.get("profile"))
    assert snapped.ok.all()
    return matrix(network, snapped, **how)


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
    snapped = snap(network, [[0.002, 0], [0.001, 0]])
    snapped.edge[0], snapped.fraction[0] = row, share
    assert matrix(network, snapped).distances.tolist() == [[0, round(EAST)], [round(EAST), 0]]


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
    snapped = snap(network, [[0.0015, 0], [0.0025, 0], [0.0028, 0], [9, 9]])
    found = matrix(network, snapped, VehicleProfile("tall", height=3))
    for table in (found.durations, found.distances):
        assert table[1, 2] > 0
        assert table[[0, 1, 0, 3, 1], [1, 0, 3, 1, 3]].tolist() == [-1] * 5
        assert np.diag(table).tolist() == [0, 0, 0, 0]
    assert paths(network, snapped, [(0, 1), (3, 1), (1, 3)], VehicleProfile("tall", height=3))[0].shape == (0, 2)


def test_no_points(write_osm):
    network = network_of(write_osm(([1, 2], TEN)))
    assert matrix(network, snap(network, [])).durations.shape == (0, 0)
    assert paths(network, snap(network, []), []) == []


def test_progress(write_osm):
    network = network_of(write_osm(([1, 2], TEN)))
    seen = []
    matrix(network, snap(network, [[0.001, 0], [0.002, 0]]), progress=lambda *step: seen.append(step))
    assert seen[-1] == ("matrix", 1.0)


def test_blocks_do_not_change_the_answer(city, monkeypatch):
    network, snapped = city
    whole = matrix(network, snapped)
    monkeypatch.setattr("routing.roads.matrix._BLOCK", 20_000)
    parts = matrix(network, snapped)
    assert (whole.durations == parts.durations).all()
    assert (whole.distances == parts.distances).all()


def test_path_of_a_bend(write_osm):
    network = network_of(write_osm(([1, 2, 12], TEN)))
    line = paths(network, snap(network, [[0.0015, 0], [0.002, 0.0005]]), [(0, 1), (1, 0), (0, 0)])
    assert line[0] == pytest.approx(np.array([[0.0015, 0], [0.002, 0], [0.002, 0.0005]]), abs=1e-9)
    assert line[1] == pytest.approx(line[0][::-1], abs=1e-9)
    assert len(line[2]) == 1


def test_path_to_a_point_that_is_not_there(write_osm):
    network = network_of(write_osm(([1, 2], TEN)))
    with pytest.raises(InputError) as caught:
        paths(network, snap(network, [[0.001, 0]]), [(0, 1)])
    assert caught.value.code == "no-such-point"


# against an independent search


@pytest.fixture(scope="module")
def city(extracts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    import_extract(extracts / "monaco.osm.pbf", "monaco", folder)
    network = RoadNetwork.from_layer(folder / "monaco.gpkg")
    network.path = folder / "monaco.gpkg"
    rng = np.random.default_rng(7)
    on = rng.choice(np.flatnonzero(network.usable), 80)
    place = shapely.line_interpolate_point(network.geometry[on], rng.random(80), normalized=True)
    return network, snap(network, shapely.get_coordinates(place) + rng.normal(0, 2e-4, (80, 2)))


def search(table, snapped, i, j, one_way=True):
    """Dijkstra over the rows of the layer, from the ends of i's road to the ends of j's."""
    columns = ("u", "v", "length", "kmh_fwd", "kmh_bwd")  # table.length would be degrees, from geopandas
    rows = list(zip(*(table[name] for name in columns), strict=True))
    if not one_way:
        rows = [(*rest, max(speeds), max(speeds)) for *rest, speeds in ((*r[:3], r[3:]) for r in rows)]
    arcs = {}
    for u, v, length, forward, backward in rows:
        if forward:
            arcs.setdefault(u, []).append((v, length * 3.6 / forward, length))
        if backward:
            arcs.setdefault(v, []).append((u, length * 3.6 / backward, length))

    def seconds(part, length, kmh):
        if part * length < 0.01:  # at a junction: the junction itself
            return 0.0
        return part * length * 3.6 / kmh if kmh else math.inf

    u, v, length, forward, backward, share = *rows[snapped.edge[i]], snapped.fraction[i]
    heap = [
        (seconds(share, length, backward), share * length, u),
        (seconds(1 - share, length, forward), (1 - share) * length, v),
    ]
    best = math.inf, math.inf
    x, y, length2, forward2, backward2, share2 = *rows[snapped.edge[j]], snapped.fraction[j]
    if snapped.edge[i] == snapped.edge[j]:
        part = share2 - share
        best = seconds(abs(part), length, forward if part >= 0 else backward), abs(part) * length
    heapq.heapify(heap)
    done = set()
    while heap:
        t, m, node = heapq.heappop(heap)
        if node in done or t == math.inf:
            continue
        done.add(node)
        if node == x:
            best = min(best, (t + seconds(share2, length2, forward2), m + share2 * length2))
        if node == y:
            best = min(best, (t + seconds(1 - share2, length2, backward2), m + (1 - share2) * length2))
        for head, more, further in arcs.get(node, ()):
            heapq.heappush(heap, (t + more, m + further, head))
    off = snapped.access[i] + snapped.access[j]
    return math.ceil(best[0] + off * 3.6 / 10 - 1e-6), round(best[1] + off)


def pairs(n, count):
    rng = np.random.default_rng(11)
    return [(int(i), int(j)) for i, j in rng.integers(0, n, (count, 2)) if i != j]


def test_equals_an_independent_search(city):
    network, snapped = city
    assert snapped.ok.all()
    found, table = matrix(network, snapped), read_layer(network.path)
    wanted = pairs(len(snapped), 60)
    expected = [search(table, snapped, i, j) for i, j in wanted]
    assert [(found.durations[pair], found.distances[pair]) for pair in wanted] == expected


def test_control_the_search_sees_one_ways(city):
    """Without one-ways the same search disagrees: the test above would see them ignored."""
    network, snapped = city
    found, table = matrix(network, snapped), read_layer(network.path)
    wanted = pairs(len(snapped), 20)
    assert [found.durations[pair] for pair in wanted] != [
        search(table, snapped, i, j, one_way=False)[0] for i, j in wanted
    ]


def test_paths_are_as_long_as_the_matrix_says(city):
    network, snapped = city
    found = matrix(network, snapped)
    wanted = pairs(len(snapped), 200)
    for (i, j), line in zip(wanted, paths(network, snapped, wanted), strict=True):
        assert line[0] == pytest.approx(snapped.lonlat[i], abs=1e-9)
        assert line[-1] == pytest.approx(snapped.lonlat[j], abs=1e-9)
        assert metres(line) == pytest.approx(
            found.distances[i, j] - snapped.access[i] - snapped.access[j], rel=0.01, abs=1.0
        )


def test_triangle_inequality_on_the_road(city):
    """No detour over a third point is faster; a second of rounding and its way in and out aside."""
    network, snapped = city
    found = matrix(network, snapped).durations.astype(np.int64)
    for k in range(0, len(found), 9):
        assert (found <= found[:, [k]] + found[[k], :] + 1).all()
