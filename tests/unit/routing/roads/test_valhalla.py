"""Answers of Valhalla, recorded and served over real HTTP, and answers that are wrong."""

import json
import math
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from routing.errors import InputError
from routing.roads.profile import VehicleProfile
from routing.roads.valhalla import ValhallaEngine, decoded

from .recorded import scenes
from .recorded.replay import recording, replayed
from .recorded.server import answering

GEOD = Geod(ellps="WGS84")
A, B = [7.419, 43.73], [7.425, 43.738]
JETTY = 4


@pytest.fixture(scope="module")
def url():
    with replayed("valhalla") as url:
        yield url


@pytest.fixture
def saying():
    """Make an engine whose server answers each path with its JSON document, and keep the questions."""
    with ExitStack() as stack:

        def make(status=200, asked=None, **documents):
            def answer(_, path, question):
                if asked is not None:
                    asked.append((path, json.loads(question)))
                document = documents[path.strip("/")]
                document = document(json.loads(question)) if callable(document) else document
                refused = isinstance(document, dict) and "error_code" in document
                return 400 if refused else status, "application/json", json.dumps(document).encode()

            return ValhallaEngine(stack.enter_context(answering(answer)))

        yield make


def recorded(path, **wanted):
    for asked, known in recording("valhalla")["answers"].items():
        _, where, question = asked.split(" ", 2)
        said = json.loads(question)
        if where == path and all(said.get(name) == value for name, value in wanted.items()):
            yield said, known["answer"]


def test_recording_says_what_made_it():
    made = recording("valhalla")
    assert "valhalla_service 3" in made["made_with"]
    assert "ODbL" in made["data"]


def test_table_is_the_answer_with_access_and_rounded(url):
    """Each cell anew in plain Python; one second more where Valhalla has cut a time to whole seconds."""
    found, _ = scenes.tables(ValhallaEngine(url))
    places = next(answer for said, answer in recorded("/locate", costing="auto") if len(said["locations"]) == 7)
    off = [
        min(GEOD.inv(*place, edge["correlated_lon"], edge["correlated_lat"])[2] for edge in answer["edges"])
        for place, answer in zip(scenes.PLACES, places, strict=True)
    ]
    raw = next(answer for said, answer in recorded("/sources_to_targets", costing="auto") if len(said["sources"]) == 6)
    cells = raw["sources_to_targets"]
    looked = 0
    for i in range(6):
        for j in range(6):
            if i == j:
                continue
            if cells["durations"][i][j] is None:
                looked += 1
                continue
            access = off[i] + off[j]
            assert found.durations[i, j] == math.ceil(cells["durations"][i][j] + 1 + access * 0.36)
            assert found.distances[i, j] == round(cells["distances"][i][j] * 1000 + access)
    assert looked == 5
    assert found.durations.dtype == found.distances.dtype == np.int32


def test_what_the_matrix_does_not_find_is_asked_for_as_a_way(url):
    """Nulls in the row of the jetty, though Valhalla's own route service finds each of the five ways."""
    found, _ = scenes.tables(ValhallaEngine(url))
    assert (found.durations[JETTY, :6] > 0).sum() == 5
    _, way = next(
        (said, answer)
        for said, answer in recorded("/route")
        if (said["locations"][0]["lon"], said["locations"][1]["lon"]) == (7.429241, 7.419)
    )
    assert found.durations[JETTY, 0] > way["trip"]["summary"]["time"]
    believed, _ = scenes.tables(ValhallaEngine(url, second_looks=0))
    assert (believed.durations[JETTY, :6] == [-1, -1, -1, -1, 0, -1]).all()


def test_far_from_the_road_is_told(url):
    found, other = scenes.tables(ValhallaEngine(url))
    assert found.source_problems == found.target_problems == [(scenes.SEA, "no-road-within", pytest.approx(767.8))]
    assert (found.durations[scenes.SEA, :6] == -1).all()
    assert (found.distances[:6, scenes.SEA] == -1).all()
    assert not found.durations.diagonal().any()
    assert list(other.source_problems) == []
    assert other.target_problems[0][0] == 3
    assert (other.durations[:, :3] == found.durations[:3, 3:6]).all()
    assert (other.durations[:, 3] == -1).all()


def test_blocks_make_the_same_table(url):
    steps = []
    whole, part = scenes.tables(ValhallaEngine(url))
    for one, other in zip(
        (whole, part),
        scenes.tables(ValhallaEngine(url, block=3), progress=lambda *step: steps.append(step)),
        strict=True,
    ):
        assert (one.durations == other.durations).all()
        assert (one.distances == other.distances).all()
    assert len(steps) == 4 + 1  # six places are beside a road
    assert steps[3] == steps[4] == ("matrix", 1.0)


def test_legs(url):
    there, back, spot, sea = scenes.legs(ValhallaEngine(url))
    found, _ = scenes.tables(ValhallaEngine(url))
    for leg, start, end in ((there, 0, 1), (back, 1, 0)):
        assert 0 <= found.durations[start, end] - leg.duration <= 1
        assert abs(found.distances[start, end] - leg.distance) <= 1
        along = sum(GEOD.inv(*leg.lonlat[:-1].T, *leg.lonlat[1:].T)[2])
        ends = GEOD.inv(*leg.lonlat[[0, -1]].T, *scenes.PLACES[[start, end]].T)[2]
        assert along + sum(ends) == pytest.approx(leg.distance, rel=0.005)
        assert max(ends) < 50
    assert spot.distance == 28
    assert (sea.duration, sea.distance, sea.lonlat.shape) == (-1, -1, (0, 2))


def test_a_truck_is_another_vehicle(url):
    car, _ = scenes.tables(ValhallaEngine(url))
    truck, _ = scenes.tables(ValhallaEngine(url, second_looks=0), profile=scenes.TRUCK)
    assert truck.durations[JETTY, 0] > 0
    assert (truck.durations != car.durations).any()


def test_nothing_asked(saying):
    engine = saying()
    assert engine.table([]).durations.shape == (0, 0)
    assert engine.legs([]) == []


def located(question):
    return [
        {"edges": [{"correlated_lon": place["lon"], "correlated_lat": place["lat"]}]} for place in question["locations"]
    ]


def cells(durations, distances):
    return {"sources_to_targets": {"durations": durations, "distances": distances}}


@pytest.mark.parametrize(
    ("profile", "costing", "options"),
    [
        (None, "auto", None),
        (VehicleProfile("van", height=2.1), "auto", {"height": 2.1, "width": 0, "length": 0, "weight": 0}),
        (
            VehicleProfile("truck", height=3.2, weight=4.5, width=2.3, length=6, hgv=True, ferries=False),
            "truck",
            {"height": 3.2, "width": 2.3, "length": 6, "weight": 4.5, "axle_load": 4.5, "use_ferry": 0},
        ),
        (
            VehicleProfile("big", weight=25, hgv=True),
            "truck",
            {"height": 0, "width": 0, "length": 0, "weight": 25, "axle_load": 9.07},
        ),
    ],
)
def test_the_vehicle_goes_along_with_every_question(saying, profile, costing, options):
    asked = []
    way = {"summary": {"time": 60.0, "length": 0.5}, "shape": ""}
    engine = saying(
        asked=asked,
        locate=located,
        sources_to_targets=cells([[0, 1], [1, 0]], [[0, 0.1], [0.1, 0]]),
        route={"trip": {"legs": [way]}},
    )
    engine.table([A, B], profile=profile)
    engine.legs([[A, B]], profile=profile)
    assert [path for path, _ in asked] == ["/locate", "/sources_to_targets", "/locate", "/route"]
    for _, question in asked:
        assert question["costing"] == costing
        assert question["units"] == "kilometers"
        assert question.get("costing_options") == (options and {costing: options})


def test_no_road_at_all_is_nan(saying):
    engine = saying(
        locate=lambda question: [
            {"edges": []} if place["lon"] > 7.42 else located(question)[0] for place in question["locations"]
        ],
        sources_to_targets=cells([[0]], [[0]]),
    )
    found = engine.table([A, B])
    assert found.durations.tolist() == [[0, -1], [-1, 0]]
    ((row, word, metres),) = found.source_problems
    assert (row, word) == (1, "no-road-within")
    assert math.isnan(metres)


@pytest.mark.parametrize("code", [170, 442])
def test_a_part_that_no_road_reaches_does_not_spoil_the_rest(saying, code):
    """Places north of 44 degrees lie on an island: the matrix is refused whenever both kinds are asked for."""
    rng = np.random.default_rng(5)
    places = np.column_stack(
        [rng.uniform(7, 8, 9).round(3), np.r_[np.full(5, 43.5), np.full(4, 44.5)][rng.permutation(9)]]
    )

    def matrix(question):
        ends = question["sources"], question["targets"]
        if len({place["lat"] > 44 for side in ends for place in side}) > 1:
            return {"error_code": code, "error": "Locations are in unconnected regions."}
        n, m = map(len, ends)
        return cells([[9] * m] * n, [[0.1] * m] * n)

    engine = saying(locate=located, sources_to_targets=matrix, route={"error_code": 442, "error": "No path"})
    north = places[:, 1] > 44
    found = engine.table(places)
    same = north[:, None] == north
    assert (found.durations[~same] == -1).all()
    assert (found.durations[same & ~np.eye(9, dtype=bool)] == 10).all()
    assert engine.legs([[places[0], places[1]]])[0].duration == -1


@pytest.mark.parametrize("code", [150, 154])
def test_limits_say_what_to_do(saying, code):
    engine = saying(locate=located, sources_to_targets={"error_code": code, "error": "Exceeded max locations: 2500"})
    with pytest.raises(InputError, match=r"2500\). Ask in smaller blocks, or raise the service_limits"):
        engine.table([A, B])


@pytest.mark.parametrize("code", [106, 125, 171, 499])
def test_errors_become_sentences(saying, code):
    engine = saying(locate={"error_code": code, "error": "No costing method found: 'rocket'"})
    with pytest.raises(InputError, match=f"refuses the question: {code}, No costing method") as caught:
        engine.table([A, B])
    assert caught.value.code == "server-refuses"


@pytest.mark.parametrize(
    "document",
    [{}, [], [{}, {}], [{"edges": 7}, {}], [{"edges": [{}]}] * 2, [{"edges": [{"correlated_lon": "x"}]}] * 2, None, 7,
     [{"edges": [{"correlated_lon": 7, "correlated_lat": 943}]}] * 2],
)  # fmt: skip
def test_other_shapes_of_places_are_told(saying, document):
    with pytest.raises(InputError, match="does not hold what was asked for"):
        saying(locate=document).table([A, B])


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"sources_to_targets": [[{"time": 1, "distance": 0.1}] * 2] * 2},
        cells([[0, 1]], [[0, 0.1], [0.1, 0]]),
        cells([[0, 1], [1, 0]], [[0, "0.1"], [0.1, 0]]),
        cells([[0, -1], [1, 0]], [[0, 0.1], [0.1, 0]]),
        cells(None, None),
    ],
)
def test_other_shapes_of_a_table_are_told(saying, document):
    with pytest.raises(InputError, match="does not hold what was asked for"):
        saying(locate=located, sources_to_targets=document).table([A, B])


@pytest.mark.parametrize(
    "leg",
    [
        {},
        {"summary": {"time": None, "length": 1}, "shape": ""},
        {"summary": {"time": 1, "length": 1}, "shape": "gbalrAmdxc"},
        {"summary": {"time": 1, "length": 1}, "shape": "gbalrAmdxcM|"},
        {"summary": {"time": 1, "length": 1}, "shape": 7},
        {"summary": {"time": 1, "length": 1}, "shape": "\x00\x00"},
        {"summary": {"time": 1, "length": 1}, "shape": "~~~~~~~~~~~~~~~~~~~~~~"},
    ],
)
def test_other_shapes_of_a_way_are_told(saying, leg):
    with pytest.raises(InputError, match="does not hold what was asked for"):
        saying(locate=located, route={"trip": {"legs": [leg]}}).legs([[A, B]])


def test_known_polyline():
    """Google's example, whose five decimals are read here as six."""
    found = decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@")
    assert found == [(-12.02, 3.85), (-12.095, 4.07), (-12.6453, 4.3252)]


def encoded(points):
    """The other direction, for the test alone."""
    text, last = "", (0, 0)
    for point in points:
        for now, before in zip(point, last, strict=True):
            step = now - before
            value = ~(step << 1) if step < 0 else step << 1
            while value >= 0x20:
                text += chr((0x20 | (value & 0x1F)) + 63)
                value >>= 5
            text += chr(value + 63)
        last = point
    return text


@given(st.lists(st.tuples(st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)), max_size=20))
def test_polylines_come_back(points):
    assert decoded(encoded(points)) == [(lon / 1e6, lat / 1e6) for lat, lon in points]
