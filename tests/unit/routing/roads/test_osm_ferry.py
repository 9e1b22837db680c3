"""Ferries: which take a truck, and how fast."""

import pytest

from routing.errors import InputError
from routing.roads.osm import read_extract
from routing.roads.osm.ferry import hours, takes_trucks

ROAD = {"highway": "residential"}
FERRY = {"route": "ferry"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:20", 1 / 3),
        ("00:20:00", 1 / 3),
        ("1:30", 1.5),
        ("00:00:36", 0.01),
        ("20", 1 / 3),
        ("20 min", 1 / 3),
        ("PT20M", 1 / 3),
        ("pt1h30m", 1.5),
        ("P1DT1H", 25),
        ("0:00", None),
        ("P", None),
        ("PT", None),
        ("half an hour", None),
        ("", None),
        (None, None),
    ],
)
def test_hours(text, expected):
    assert hours(text) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("tags", "takes"),
    [
        ({"motor_vehicle": "yes"}, True),
        ({"vehicle": "permissive"}, True),
        ({"motorcar": "yes"}, True),
        ({"hgv": "designated"}, True),
        ({"access": "yes"}, True),
        ({"access": "no", "motor_vehicle": "destination"}, True),
        ({}, False),
        ({"foot": "yes"}, False),
        ({"foot": "yes", "bicycle": "yes", "motor_vehicle": "no"}, False),
        ({"access": "private"}, False),
        ({"access": "yes", "motor_vehicle": "private"}, False),
        ({"motor_vehicle": "yes", "hgv": "no"}, False),
        ({"vehicle": "yes", "motorcar": "no"}, False),
    ],
)
def test_takes_trucks(tags, takes):
    assert takes_trucks(tags) is takes


def test_ferries_become_edges_with_their_speed(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2], ROAD),
            ([2, 3, 4], {**FERRY, "motor_vehicle": "yes", "name": "示例渡口", "maxweight": "10"}),
            ([4, 5], ROAD),
            ([5, 6], {**FERRY, "access": "yes", "duration": "0:02"}),  # 111 m in 2 minutes: 3.3 km/h
            ([6, 7], {**FERRY, "access": "yes", "duration": "9:00"}),
            ([7, 8], {**FERRY, "access": "yes", "duration": "00:00:01", "oneway": "yes"}),
            ([8, 9], {**FERRY, "foot": "yes"}),
            ([8, 9], {"route": "bus"}),
        )
    )
    ferries = edges[edges["highway"] == "ferry"].set_index("way_id")
    assert ferries["kmh_fwd"].to_dict() == {2: 10, 4: 3, 5: 1, 6: 100}
    assert ferries["kmh_bwd"].to_dict() == {2: 10, 4: 3, 5: 1, 6: 0}
    assert (ferries.loc[2, "name"], ferries.loc[2, "maxweight"]) == ("示例渡口", 10.0)
    assert (report.ferries, report.ferries_left_out) == (4, 1)
    assert report.ways_read == report.ways_kept == 6
    assert report.small_parts_edges == 1  # the ferry that never comes back


def test_speed_counts_the_whole_line_when_it_is_cut(write_osm):
    edges, _ = read_extract(
        write_osm(([1, 2, 3], {**FERRY, "access": "yes", "duration": "0:02"}), ([2, 12], {**FERRY, "access": "yes"}))
    )
    assert edges.loc[edges["way_id"] == 1, "kmh_fwd"].tolist() == [7, 7]  # 223 m in 2 minutes


def test_a_file_with_a_footmens_ferry_only_has_no_roads(write_osm):
    with pytest.raises(InputError) as caught:
        read_extract(write_osm(([1, 2], {**FERRY, "foot": "yes"})))
    assert caught.value.code == "no-roads"
