"""The hierarchy against scipy's Dijkstra on the same weights: exactly the same, on real roads and on bare arcs."""

import numpy as np
import pytest
import shapely

from routing.roads.changes import ClassSpeeds, Closure, Where
from routing.roads.dijkstra import packed_costs
from routing.roads.matrix import matrix, question
from routing.roads.network import RoadNetwork
from routing.roads.osm import import_extract
from routing.roads.packed import UNIT, pack, unpack
from routing.roads.profile import VehicleProfile
from routing.roads.snap import snap
from routing.roads.trips import trips


@pytest.fixture(scope="module")
def county(extracts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    import_extract(extracts / "andorra-2025-01-19.osm.pbf", "andorra", folder)
    return RoadNetwork.from_layer(folder / "andorra.gpkg")


def places(weighting, count, seed):
    network, rng = weighting.network, np.random.default_rng(seed)
    edge = rng.choice(np.flatnonzero(weighting.usable), count)
    point = shapely.line_interpolate_point(network.geometry[edge], rng.random(count), normalized=True)
    return snap(weighting, shapely.get_coordinates(point) + rng.normal(0, 3e-4, (count, 2)))


@pytest.mark.parametrize(
    "how",
    [
        (None, ()),
        (VehicleProfile("truck", height=3.2, weight=7.5, hgv=True), ()),
        (None, (Closure("works", Where(edges=(100, 2000, 3000))), ClassSpeeds("peak", (("primary", 0.3),)))),
    ],
)
def test_ten_thousand_pairs_equal_scipy(county, how):
    weighting = county.weighting(*how)
    snapped = places(weighting, 101, 3)
    found = matrix(weighting, snapped)
    assert snapped.ok.sum() > 95
    plain = packed_costs(weighting, question(weighting, snapped, snapped), 101, 101)
    np.fill_diagonal(plain, 0)
    ms, dm = unpack(plain)
    access = np.where(snapped.ok, snapped.access, 0.0)
    off = np.rint(access * 360)
    reached = np.isfinite(plain)
    expected = np.where(reached, np.ceil((ms + off[:, None] + off) / 1000), -1)
    np.fill_diagonal(expected, 0)
    assert (found.durations == expected).all()
    metres = np.where(reached, np.rint((dm + np.rint(access * 10)[:, None] + np.rint(access * 10)) / 10), -1)
    np.fill_diagonal(metres, 0)
    assert (found.distances == metres).all()
    assert found.durations.size >= 10_000


@pytest.mark.parametrize(("sources", "targets"), [(7, 60), (60, 7), (1, 1), (9, 8), (8, 1)])
def test_whichever_side_is_shorter(county, sources, targets):
    """The shorter side is swept, on the reversed network if need be; the answer is the same."""
    weighting = county.weighting()
    snapped, part = places(weighting, 60, 5), places(weighting, 60, 6)
    whole = matrix(weighting, snapped, part)
    some = matrix(weighting, _first(snapped, sources), _first(part, targets))
    assert (some.durations == whole.durations[:sources, :targets]).all()
    assert (some.distances == whole.distances[:sources, :targets]).all()


def _first(snapped, n):
    values = {name: getattr(snapped, name)[:n] for name in ("edge", "fraction", "access", "lonlat", "ok")}
    return type(snapped)(**values, problems=[p for p in snapped.problems if p[0] < n])


def test_threads_change_nothing(county):
    weighting = county.weighting()
    snapped = places(weighting, 150, 8)
    one, many = (matrix(weighting, snapped, cores=cores) for cores in (1, 4))
    assert (one.durations == many.durations).all()
    assert (one.distances == many.distances).all()


def test_bare_arcs():
    """A triangle of arcs, one pair of which is a road both ways of equal length, one of two lengths."""
    tail, head = [0, 1, 1, 2, 2, 0, 0, 0], [1, 0, 2, 1, 0, 2, 0, 1]
    seconds = [10, 20, 10, 10, 5, 50, 1, 99]
    metres = [100, 100, 100, 120, 100, 100, 1, 90]
    network = RoadNetwork.from_arcs(tail, head, seconds, metres, [[0, 0], [0.001, 0], [0.001, 0.001]], "triangle")
    weighting = network.weighting()
    found = matrix(weighting, snap(weighting, network.junction_lonlat))
    assert found.durations.tolist() == [[0, 10, 20], [15, 0, 10], [5, 10, 0]]
    assert found.distances.tolist() == [[0, 100, 200], [200, 0, 100], [100, 120, 0]]


def test_packed_weights_are_exact():
    ms, dm = np.array([0, 1, 2**27 - 1, -1]), np.array([0, 2**26 - 1, 5, 7])
    packed = pack(ms, dm)
    assert packed[3] == np.inf
    assert [int(x) for x in packed[:3]] == [int(a) * 2**26 + int(b) for a, b in zip(ms[:3], dm[:3], strict=True)]
    back = unpack(packed)
    assert back[0][:3].tolist() == ms[:3].tolist()
    assert back[1][:3].tolist() == dm[:3].tolist()
    assert np.isinf(back[0][3])
    assert np.isinf(back[1][3])
    assert UNIT == 2.0**26


def test_the_hierarchy_answers_and_not_plain_search(county, monkeypatch):
    """The tests above would pass as well if Dijkstra answered everywhere; here it may not be called."""

    def forbidden(*args, **how):
        raise AssertionError("plain search")

    monkeypatch.setattr("scipy.sparse.csgraph.dijkstra", forbidden)
    weighting = county.weighting()
    snapped = places(weighting, 20, 9)
    assert county.hierarchy is not None
    assert (matrix(weighting, snapped).durations > 0).sum() > 300
    assert all(trip.found for trip in trips(weighting, snapped, [(0, 1), (1, 2)]))
    with pytest.raises(AssertionError, match="plain search"):
        packed_costs(weighting, question(weighting, snapped, snapped), 20, 20)


def test_a_change_weighs_anew_and_builds_nothing(county, monkeypatch):
    """A closure uses the hierarchy that is there; building one again is an error here."""

    def forbidden(*args):
        raise AssertionError("built anew")

    assert county.hierarchy is not None
    monkeypatch.setattr("routing.roads.hierarchy.build", forbidden)
    weighting = county.weighting(None, (Closure("works", Where(edges=(7,))),))
    assert (matrix(weighting, places(weighting, 20, 9)).durations > 0).sum() > 300
