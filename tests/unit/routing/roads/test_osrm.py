"""Answers of OSRM, recorded and served over real HTTP, and answers that are wrong."""

import json
import math
from contextlib import ExitStack

import numpy as np
import pytest
from pyproj import Geod

from routing.errors import InputError
from routing.roads.osrm import OsrmEngine
from routing.roads.profile import VehicleProfile

from .recorded import scenes
from .recorded.replay import recording, replayed
from .recorded.server import answering

GEOD = Geod(ellps="WGS84")
A, B = [7.419, 43.73], [7.425, 43.738]


@pytest.fixture(scope="module")
def url():
    with replayed("osrm") as url:
        yield url


@pytest.fixture
def saying():
    """Make an engine whose server answers everything with one JSON document."""
    with ExitStack() as stack:

        def make(document, status=200, **how):
            body = json.dumps(document).encode()
            return OsrmEngine(stack.enter_context(answering(lambda *_: (status, "application/json", body))), **how)

        yield make


def one_question_for_all():
    """The recorded table of all places in one question."""
    answers = recording("osrm")["answers"]
    return next(known["answer"] for asked, known in answers.items() if "destinations=7;8;9;10;11;12;13" in asked)


def test_recording_says_what_made_it():
    made = recording("osrm")
    assert "osrm-routed v" in made["made_with"]
    assert "ODbL" in made["data"]


def test_table_is_the_answer_with_access_and_rounded(url):
    """Each cell anew in plain Python: seconds along the road plus both ends at 10 km/h, rounded up."""
    found, _ = scenes.tables(OsrmEngine(url))
    raw = one_question_for_all()
    n = len(scenes.PLACES)
    for i in range(n):
        for j in range(n):
            if scenes.SEA in (i, j) and i != j:
                assert found.durations[i, j] == found.distances[i, j] == -1
            elif i != j:
                off = raw["sources"][i]["distance"] + raw["destinations"][j]["distance"]
                assert found.durations[i, j] == math.ceil(raw["durations"][i][j] + off * 0.36)
                assert found.distances[i, j] == round(raw["distances"][i][j] + off)
    assert found.durations.dtype == found.distances.dtype == np.int32


def test_one_cell_by_hand(url):
    """300.8 s and 2711.5 m along the road; 44.0 m off it at one end, 13.8 m at the other: 20.8 s more."""
    found, _ = scenes.tables(OsrmEngine(url))
    assert found.durations[0, 1] == 322
    assert found.distances[0, 1] == 2769


def test_to_itself_is_nothing_only_without_targets(url):
    found, other = scenes.tables(OsrmEngine(url))
    assert not found.durations.diagonal().any()
    assert not found.distances.diagonal().any()
    assert other.durations.shape == (3, 4)
    assert (other.durations[:, :3] == found.durations[:3, 3:6]).all()
    assert (other.durations[:, 3] == -1).all()


def test_far_from_the_road_is_told(url):
    found, other = scenes.tables(OsrmEngine(url))
    assert found.source_problems == found.target_problems == [(scenes.SEA, "no-road-within", pytest.approx(767.9))]
    assert list(other.source_problems) == []
    assert other.target_problems[0][0] == 3
    assert scenes.tables(OsrmEngine(url, max_distance=1000))[0].durations.min() == 0


def test_blocks_make_the_same_table(url):
    steps = []
    whole, part = scenes.tables(OsrmEngine(url))
    for one, other in zip(
        (whole, part), scenes.tables(OsrmEngine(url, block=3), progress=lambda *step: steps.append(step)), strict=True
    ):
        assert (one.durations == other.durations).all()
        assert (one.distances == other.distances).all()
        assert one.source_problems == other.source_problems
    assert len(steps) == 9 + 2
    assert {word for word, _ in steps} == {"matrix"}
    shares = [share for _, share in steps[:9]]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_legs(url):
    there, back, spot, sea = scenes.legs(OsrmEngine(url))
    found, _ = scenes.tables(OsrmEngine(url))
    assert (there.duration, there.distance) == (found.durations[0, 1], found.distances[0, 1])
    assert (back.duration, back.distance) == (found.durations[1, 0], found.distances[1, 0])
    for leg, start, end in ((there, 0, 1), (back, 1, 0)):
        along = sum(GEOD.inv(*leg.lonlat[:-1].T, *leg.lonlat[1:].T)[2])
        ends = GEOD.inv(*leg.lonlat[[0, -1]].T, *scenes.PLACES[[start, end]].T)[2]
        assert along + sum(ends) == pytest.approx(leg.distance, rel=0.005)
        assert max(ends) < 50
    assert spot.distance == 28  # twice the 13.8 m between door and road
    assert (sea.duration, sea.distance, sea.lonlat.shape) == (-1, -1, (0, 2))


def test_nothing_asked():
    engine = OsrmEngine("http://127.0.0.1:1")
    assert engine.table([]).durations.shape == (0, 0)
    assert engine.legs([]) == []


def test_a_server_for_each_vehicle(url):
    engine = OsrmEngine({"7.6 m": url, "": "http://127.0.0.1:1"}, attempts=1)
    assert scenes.tables(engine, profile=scenes.TRUCK)[0].durations[0, 1] == 322
    with pytest.raises(InputError, match="cannot be reached"):
        engine.table([A, B])
    with pytest.raises(InputError, match=r"No OSRM server is named for the vehicle 'van', only for '7\.6 m', ''"):
        engine.table([A, B], profile=VehicleProfile("van"))


def table_of(**other):
    document = {
        "code": "Ok",
        "durations": [[0, 60.0], [61.2, 0]],
        "distances": [[0, 500.0], [510.6, 0]],
        "sources": [{"distance": 0.0}, {"distance": 0.0}],
        "destinations": [{"distance": 0.0}, {"distance": 0.0}],
    }
    return {**document, **other}


def test_null_is_unreachable(saying):
    found = saying(table_of(durations=[[0, None], [61.2, 0]], distances=[[0, None], [510.6, 0]])).table([A, B])
    assert found.durations.tolist() == [[0, -1], [62, 0]]
    assert found.distances.tolist() == [[0, -1], [511, 0]]


def test_a_distance_below_0_is_asked_for_again():
    """As osrm-routed 26.10 answers for two doors in Monaco: -0.1 m and 0 s in the table, 27.6 m and 4 s as a way."""
    table = table_of(durations=[[0, 0], [4.0, 0]], distances=[[0, -0.1], [27.6, 0]])
    asked = []

    def answer(_, path, __):
        asked.append(path)
        return 200, "application/json", json.dumps(way(4, 27.6) if path.startswith("/route") else table).encode()

    with answering(answer) as url:
        found = OsrmEngine(url).table([A, B])
        assert found.durations.tolist() == [[0, 6], [4, 0]]  # the way lies 1 and 2 m off the doors
        assert found.distances.tolist() == [[0, 31], [28, 0]]
        assert len(asked) == 2
        believed = OsrmEngine(url, second_looks=0).table([A, B])
        assert believed.distances.tolist() == [[0, 0], [28, 0]]
        assert len(asked) == 3


def test_a_distance_below_0_without_a_way_is_0():
    table = table_of(durations=[[0, 0], [4.0, 0]], distances=[[0, -0.1], [27.6, 0]])

    def answer(_, path, __):
        document = {"code": "NoRoute", "message": ""} if path.startswith("/route") else table
        return 200, "application/json", json.dumps(document).encode()

    with answering(answer) as url:
        assert OsrmEngine(url).table([A, B]).distances.tolist() == [[0, 0], [28, 0]]


def test_whole_seconds_are_not_rounded_up_further(saying):
    assert saying(table_of()).table([A, B]).durations[0, 1] == 60


@pytest.mark.parametrize("code", ["NoSegment", "InvalidQuery", "InvalidUrl", "NoTable", "NotImplemented"])
def test_error_codes_become_sentences(saying, code):
    engine = saying({"code": code, "message": "Could not find a matching segment for coordinate 1"}, status=400)
    with pytest.raises(InputError, match=f"refuses the question: {code}, Could not find") as caught:
        engine.table([A, B])
    assert caught.value.code == "server-refuses"


def test_too_big_says_what_to_do(saying):
    with pytest.raises(InputError, match=r"smaller blocks.*--max-table-size"):
        saying({"code": "TooBig", "message": "Too many table coordinates"}, status=400).table([A, B])


def test_no_route_is_no_leg(saying):
    leg = saying({"code": "NoRoute", "message": "Impossible route between points"}, status=400).legs([[A, B]])[0]
    assert leg.duration == leg.distance == -1


@pytest.mark.parametrize(
    "document",
    [
        [],
        "Ok",
        {},
        {"code": 7},
        {"code": "Ok"},
        table_of(durations=[[0, 1.0]]),
        table_of(durations=[[0, 1.0], [1.0]]),
        table_of(durations=[[0, "1"], [1.0, 0]]),
        table_of(durations=[[0, True], [1.0, 0]]),
        table_of(durations=[[0, -1.0], [1.0, 0]]),
        table_of(distances=[[0, -1e6], [1.0, 0]]),
        table_of(durations=[[0, float("nan")], [1.0, 0]]),
        table_of(durations=[[0, float("inf")], [1.0, 0]]),
        table_of(durations=[[0, 1e300], [1.0, 0]]),
        table_of(durations=[[0, 10**400], [1.0, 0]]),
        table_of(durations=None),
        table_of(distances=[[[0, 1.0], [1.0, 0]]]),
        table_of(sources=[{"distance": 0.0}]),
        table_of(sources=[{"distance": None}, {"distance": 0.0}]),
        table_of(destinations=[{}, {}]),
        table_of(destinations=7),
    ],
)
def test_other_shapes_are_told(saying, document):
    with pytest.raises(InputError, match="does not hold what was asked for"):
        saying(document).table([A, B])


def way(seconds=60, metres=500, **other):
    best = {"duration": seconds, "distance": metres, "geometry": {"coordinates": [A, B]}}
    return {"code": "Ok", "waypoints": [{"distance": 1}, {"distance": 2}], "routes": [{**best, **other}]}


def test_a_way(saying):
    leg = saying(way()).legs([[A, B]])[0]
    assert (leg.duration, leg.distance) == (62, 503)
    assert leg.lonlat.tolist() == [A, B]


@pytest.mark.parametrize(
    "document",
    [
        {**way(), "routes": []},
        {**way(), "waypoints": [{"distance": 1}]},
        way(duration=None),
        way(geometry="gbalrAmdxcM"),
        way(geometry={"coordinates": [[7.4], [7.5]]}),
        way(geometry={"coordinates": [[7.4, 143.7]]}),
    ],
)
def test_other_shapes_of_a_way_are_told(saying, document):
    with pytest.raises(InputError, match="does not hold what was asked for"):
        saying(document).legs([[A, B]])


@pytest.mark.parametrize("pairs", [[A, B], [[A, B, A]], [["here", "there"]], [[A, [7.4, 143.0]]], [[A, [math.nan, 1]]]])
def test_wrong_pairs(pairs):
    with pytest.raises(InputError) as caught:
        OsrmEngine("http://127.0.0.1:1").legs(pairs)
    assert caught.value.code == "bad-positions"
