"""Barriers and limits on single nodes."""

import numpy as np
import pytest

from routing.roads.osm import read_extract
from routing.roads.osm.barriers import stops_a_truck

ROAD = {"highway": "residential"}


def between(edges, a, b):
    """Whether one can drive from junction a to junction b, whatever the edges in between."""
    reached, front = set(), [a]
    while front:
        here = front.pop()
        reached.add(here)
        ahead = {*edges.loc[(edges["u"] == here) & (edges["kmh_fwd"] > 0), "v"]}
        ahead |= {*edges.loc[(edges["v"] == here) & (edges["kmh_bwd"] > 0), "u"]}
        front.extend(ahead - reached)
    return b in reached


@pytest.mark.parametrize(
    "barrier",
    [
        "bollard",
        "block",
        "jersey_barrier",
        "log",
        "debris",
        "cycle_barrier",
        "motorcycle_barrier",
        "planter",
        "stile",
        "turnstile",
        "chain",
        "rope",
        "fence",
        "full-height_turnstile",
        "kissing_gate",
        "sump_buster",
        "bus_trap",
        "yes",
        "word_of_the_future",
    ],
)
def test_stop(barrier):
    assert stops_a_truck({"barrier": barrier})
    assert stops_a_truck({"barrier": barrier, "access": "yes"})
    assert not stops_a_truck({"barrier": barrier, "motor_vehicle": "yes"})


@pytest.mark.parametrize(
    "barrier",
    ["cattle_grid", "toll_booth", "border_control", "entrance", "height_restrictor", "kerb", "bump_gate", "speed_bump"],
)
def test_let_through(barrier):
    assert not stops_a_truck({"barrier": barrier})
    assert stops_a_truck({"barrier": barrier, "motor_vehicle": "no"})


@pytest.mark.parametrize("barrier", ["gate", "lift_gate", "swing_gate", "sliding_gate"])
@pytest.mark.parametrize(
    ("tags", "stops"),
    [
        ({}, False),
        ({"access": "yes"}, False),
        ({"access": "destination"}, False),
        ({"access": "customers"}, False),
        ({"access": "no"}, True),
        ({"access": "private"}, True),
        ({"motor_vehicle": "private"}, True),
        ({"access": "yes", "motor_vehicle": "no"}, True),
        ({"access": "private", "motor_vehicle": "destination"}, False),
        ({"access": "no", "vehicle": "permissive"}, False),
        ({"locked": "yes"}, True),
        ({"locked": "yes", "access": "permissive"}, False),
        ({"locked": "no"}, False),
    ],
)
def test_gates(barrier, tags, stops):
    assert stops_a_truck({"barrier": barrier, **tags}) is stops


@pytest.mark.parametrize(("barrier", "through"), [("bollard", False), ("gate", True)])
def test_in_the_middle_of_a_way(write_osm, barrier, through):
    edges, report = read_extract(write_osm(([1, 2, 3], ROAD), nodes={2: {"barrier": barrier}}))
    assert between(edges, 1, 3) is through
    assert len(edges) == (1 if through else 2)
    counts = report.barriers_cut, report.barriers_passed
    assert counts == (({}, {"gate": 1}) if through else ({"bollard": 1}, {}))


def test_both_sides_end_at_the_barrier(write_osm):
    path = write_osm(([1, 2, 3], ROAD), nodes={2: {"barrier": "block"}})
    edges, _ = read_extract(path)
    assert edges[["u", "v"]].to_numpy().tolist() == [[1, -1], [-2, 3]]
    assert [line.coords[i][0] for line, i in zip(edges.geometry, (-1, 0), strict=True)] == [0.002, 0.002]
    again, _ = read_extract(path)
    assert again[["u", "v"]].equals(edges[["u", "v"]])


def test_between_two_ways_and_on_a_crossing(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2], ROAD),
            ([2, 3, 4], ROAD),
            ([13, 3], ROAD),
            nodes={2: {"barrier": "gate", "access": "no"}, 3: {"barrier": "bollard"}},
        )
    )
    assert len(edges) == 4
    assert len({*edges["u"], *edges["v"]}) == 8  # all four are apart
    assert (edges[["u", "v"]] < 0).sum().sum() == 5
    assert report.barriers_cut == {"bollard": 1, "gate": 1}
    assert report.junctions == 8


def test_at_the_end_of_a_road_or_beside_it_nothing_is_cut(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2], ROAD), ([2, 3], {"highway": "footway"}), nodes={2: {"barrier": "bollard"}, 55: {"barrier": "gate"}}
        )
    )
    assert edges[["u", "v"]].to_numpy().tolist() == [[1, 2]]
    assert (report.barriers_cut, report.barriers_passed) == ({}, {})


def test_on_a_ring(write_osm):
    edges, _ = read_extract(write_osm(([1, 2, 12, 11, 1], ROAD), nodes={1: {"barrier": "bollard"}}))
    assert (edges["u"] != edges["v"]).all()
    assert edges["length"].sum() == pytest.approx(444, rel=0.01)
    assert len({*edges["u"], *edges["v"]}) == len(edges) + 1  # open: it can be driven up to the bollard only


def test_new_ids_lie_below_the_files_own(write_osm):
    """Files from an editor have negative ids of their own."""
    edges, _ = read_extract(
        write_osm(([1, 2, 3], ROAD), ([3, 4, 5], ROAD), nodes={2: {"barrier": "log"}, 4: {"barrier": "log"}})
    )
    assert sorted(edges.loc[edges["u"] < 0, "u"].tolist() + edges.loc[edges["v"] < 0, "v"].tolist()) == [-4, -3, -2, -1]


def test_node_limits_bind_the_pieces_that_touch(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2, 3], {**ROAD, "maxheight": "3.5"}),
            ([3, 4], ROAD),
            ([4, 5], ROAD),
            nodes={
                2: {"barrier": "height_restrictor", "maxheight": "2.1", "maxweight": "3.5"},
                4: {"maxwidth": "2", "maxheight": "4"},
                44: {"maxheight": "1.9"},
            },
        )
    )
    rows = edges.set_index("way_id")
    assert rows["maxheight"].tolist() == [2.1, 4.0, 4.0]
    assert rows.loc[1, ["maxweight", "maxwidth"]].to_numpy(float) == pytest.approx([3.5, np.nan], nan_ok=True)
    assert rows["maxwidth"].tolist() == pytest.approx([np.nan, 2.0, 2.0], nan_ok=True)
    assert report.node_limits == 2


def test_a_lower_limit_of_the_way_stays(write_osm):
    edges, _ = read_extract(
        write_osm(([1, 2, 3], {**ROAD, "maxheight": "2"}), ([2, 12], ROAD), nodes={2: {"maxheight": "2.5"}})
    )
    assert edges["maxheight"].tolist() == [2.0, 2.0, 2.5]


def test_without_tags_the_road_is_whole(write_osm):
    """Control: the same road without its bollard is one piece without a limit."""
    edges, report = read_extract(write_osm(([1, 2, 3], ROAD), nodes={2: {"highway": "crossing"}}))
    assert len(edges) == 1
    assert edges["maxheight"].isna().all()
    assert report.node_limits == 0
