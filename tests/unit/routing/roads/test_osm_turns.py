"""Turn restrictions: from relations between ways to moves over road pieces."""

from itertools import pairwise

import pytest

from routing.roads.layer import read_layer
from routing.roads.osm import import_extract, read_extract
from routing.roads.osm.relation import Saying, read_restriction

ROAD = {"highway": "residential"}
ONE = {**ROAD, "oneway": "yes"}
CROSS = [([1, 2], ROAD), ([2, 3], ROAD), ([12, 2], ROAD)]  # ways 1 and 2 in a line, way 3 from the north
NO_LEFT = {"restriction": "no_left_turn"}


def members(start, via, end):
    """A node as via is (n, id), ways are plain numbers."""

    def listed(ways):
        return [ways] if isinstance(ways, (int, tuple)) else ways

    return [
        (*(way if isinstance(way, tuple) else ("w", way)), role)
        for role, ways in (("from", start), ("via", via), ("to", end))
        for way in listed(ways)
    ]


def rules_of(edges):
    """Rules as (kind, junctions driven through): readable, and independent of edge ids and their direction."""
    found = []
    for rule in edges.attrs["rules"]:
        ends = [edges.loc[edge, ["u", "v"]].tolist()[:: 1 if along else -1] for edge, along in rule.moves]
        assert all(a[1] == b[0] for a, b in pairwise(ends))
        found.append((rule.kind, [ends[0][0], *(end for _, end in ends)]))
    return found


def read(write_osm, ways, *relations, **more):
    return read_extract(write_osm(*ways, relations=relations, **more))


def test_over_a_node(write_osm):
    edges, report = read(write_osm, CROSS, (NO_LEFT, members(1, ("n", 2), 3)))
    assert rules_of(edges) == [("no_left_turn", [1, 2, 12])]
    assert (report.restrictions_read, report.restrictions_kept, report.restrictions_skipped) == (1, 1, {})
    assert edges.attrs["rules"][0].relation == 1


def test_the_pieces_at_the_junction_are_meant(write_osm):
    ways = [([0, 1, 2], ROAD), ([2, 12, 22], ROAD), ([1, 11], ROAD), ([12, 13], ROAD), ([2, 3], ROAD)]
    edges, _ = read(write_osm, ways, (NO_LEFT, members(1, ("n", 2), 2)))
    assert rules_of(edges) == [("no_left_turn", [1, 2, 12])]


def test_only(write_osm):
    edges, _ = read(write_osm, CROSS, ({"restriction": "only_straight_on"}, members(1, ("n", 2), 2)))
    assert rules_of(edges) == [("only_straight_on", [1, 2, 3])]
    assert edges.attrs["rules"][0].only


@pytest.mark.parametrize("word", ["no_u_turn", "no_left_turn"])
def test_from_a_way_to_itself_is_a_u_turn(write_osm, word):
    edges, _ = read(write_osm, CROSS, ({"restriction": word}, members(1, ("n", 2), 1)))
    assert rules_of(edges) == [("no_u_turn", [1, 2, 1])]


def test_u_turn_on_a_way_that_runs_on_is_forbidden_from_both_sides(write_osm):
    edges, _ = read(
        write_osm, [([1, 2, 3], ROAD), ([2, 12], ROAD)], ({"restriction": "no_u_turn"}, members(1, ("n", 2), 1))
    )
    assert rules_of(edges) == [("no_u_turn", [1, 2, 1]), ("no_u_turn", [3, 2, 3])]


@pytest.mark.parametrize(
    ("start", "end", "word"), [(1, 2, "no_left_turn"), (2, 1, "only_right_turn"), (1, 1, "no_straight_on")]
)
def test_a_way_that_runs_on_is_unclear(write_osm, start, end, word):
    edges, report = read(
        write_osm, [([1, 2, 3], ROAD), ([2, 12], ROAD)], ({"restriction": word}, members(start, ("n", 2), end))
    )
    assert rules_of(edges) == []
    assert report.restrictions_skipped == {"unclear": 1}


def test_a_one_way_that_runs_on_is_clear(write_osm):
    ways = [([1, 2, 3], ONE), ([2, 12], ROAD)]
    edges, _ = read(write_osm, ways, (NO_LEFT, members(1, ("n", 2), 2)), (NO_LEFT, members(2, ("n", 2), 1)))
    assert rules_of(edges) == [("no_left_turn", [1, 2, 12]), ("no_left_turn", [12, 2, 3])]


def test_no_entry_and_no_exit_make_a_rule_for_each_pair(write_osm):
    edges, report = read(
        write_osm,
        CROSS,
        ({"restriction": "no_entry"}, members([1, 2], ("n", 2), 3)),
        ({"restriction": "no_exit"}, members(3, ("n", 2), [1, 2])),
    )
    assert rules_of(edges) == [
        ("no_entry", [1, 2, 12]),
        ("no_entry", [3, 2, 12]),
        ("no_exit", [12, 2, 1]),
        ("no_exit", [12, 2, 3]),
    ]
    assert report.restrictions_kept == 2


def test_only_from_two_roads_is_two_rules_and_to_two_roads_is_unclear(write_osm):
    edges, report = read(
        write_osm,
        CROSS,
        ({"restriction": "only_left_turn"}, members([1, 2], ("n", 2), 3)),
        ({"restriction": "only_left_turn"}, members(3, ("n", 2), [1, 2])),
    )
    assert rules_of(edges) == [("only_left_turn", [1, 2, 12]), ("only_left_turn", [3, 2, 12])]
    assert report.restrictions_skipped == {"unclear": 1}


LONG = [
    ([1, 2], ROAD),
    ([2, 3, 4], ROAD),
    ([4, 5], ROAD),
    ([5, 15], ROAD),
    ([3, 13], ROAD),
    ([2, 12], ROAD),
    ([5, 6], ROAD),
]


@pytest.mark.parametrize("via", [[2, 3], [3, 2]])
def test_over_ways_in_any_order(write_osm, via):
    edges, report = read(write_osm, LONG, ({"restriction": "no_u_turn"}, members(1, via, 4)))
    assert rules_of(edges) == [("no_u_turn", [1, 2, 3, 4, 5, 15])]
    assert report.restrictions_kept == 1


def test_over_a_way_driven_against_its_nodes(write_osm):
    edges, _ = read(write_osm, LONG, ({"restriction": "no_left_turn"}, members(3, 2, 6)))
    assert rules_of(edges) == [("no_left_turn", [5, 4, 3, 2, 12])]


def test_over_a_part_of_a_roundabout(write_osm):
    ring = ([2, 3, 13, 12, 2], {**ROAD, "junction": "roundabout"})
    ways = [([1, 2], ROAD), ring, ([13, 23], ROAD), ([12, 22], ROAD), ([3, 4], ROAD)]
    edges, _ = read(write_osm, ways, ({"restriction": "no_straight_on"}, members(1, 2, 3)))
    assert rules_of(edges) == [("no_straight_on", [1, 2, 3, 13, 23])]


def test_where_the_via_way_is_touched_twice_its_ends_are_meant(write_osm):
    # way 1 crosses way 2 at node 2 and goes on to end at its end, node 4
    ways = [([12, 2, 14, 4], ROAD), ([1, 2, 3, 4], ROAD), ([4, 5], ROAD), ([1, 11], ROAD)]
    edges, report = read(write_osm, ways, (NO_LEFT, members(1, 2, 4)))
    assert report.restrictions_skipped == {}
    assert rules_of(edges) == [("no_left_turn", [2, 4, 2, 1, 11])]


def test_barrier_at_the_via_leaves_nothing_to_forbid(write_osm):
    _, report = read(write_osm, CROSS, (NO_LEFT, members(1, ("n", 2), 3)), nodes={2: {"barrier": "block"}})
    assert report.restrictions_skipped == {"not-joined": 1}


@pytest.mark.parametrize(
    ("relation", "reason"),
    [
        ((NO_LEFT, members(1, ("n", 2), 99)), "member-missing"),
        (({"restriction": "only_left_turn"}, members(1, ("n", 2), 99)), "member-missing"),
        ((NO_LEFT, members(4, ("n", 2), 3)), "member-missing"),  # a footway
        (({"restriction": "only_left_turn"}, members(1, 98, 3)), "member-missing"),
        ((NO_LEFT, members(1, ("n", 12), 3)), "not-joined"),
        ((NO_LEFT, members(1, ("n", 77), 3)), "not-joined"),
        ((NO_LEFT, members(1, 3, 2)), "not-joined"),  # nobody turns round at the end of way 3
        ((NO_LEFT, members(5, ("n", 2), 3)), "against-one-way"),
        (({"restriction": "only_left_turn"}, members(1, ("n", 2), 6)), "against-one-way"),
        ((NO_LEFT, members([], ("n", 2), 3)), "incomplete"),
        ((NO_LEFT, members(1, [], 3)), "incomplete"),
        ((NO_LEFT, members(1, ("n", 2), [])), "incomplete"),
        ((NO_LEFT, members(("n", 1), ("n", 2), 3)), "incomplete"),
        ((NO_LEFT, members(1, [("n", 2), ("n", 12)], 3)), "unclear"),
        ((NO_LEFT, members(1, [("n", 2), 3], 3)), "unclear"),
        (({"restriction": "left_turn_discouraged"}, members(1, ("n", 2), 3)), "unknown-word"),
        (({}, members(1, ("n", 2), 3)), "unknown-word"),
        (({"restriction:conditional": "Mo-Fr 07:00-09:00"}, members(1, ("n", 2), 3)), "unknown-word"),
        (({"restriction:bus": "no_left_turn"}, members(1, ("n", 2), 3)), "other-vehicles"),
    ],
)
def test_left_out_with_its_reason(write_osm, relation, reason):
    ways = [*CROSS, ([2, 22], {"highway": "footway"}), ([2, 33], ONE), ([44, 2], ONE)]
    edges, report = read(write_osm, ways, relation)
    assert report.restrictions_skipped == {reason: 1}
    assert (report.restrictions_read, report.restrictions_kept) == (1, 0)
    assert edges.attrs["rules"] == []


def test_vehicles_and_hours(write_osm):
    relation = {
        "restriction": "no_left_turn",
        "restriction:hgv": "no_u_turn",
        "restriction:conditional": "no_right_turn @ (Mo-Fr 07:00-09:00; Sa 08:00-12:00); no_left_turn @ (Su)",
        "except": "psv; bicycle",
    }
    edges, report = read(write_osm, CROSS, (relation, members(1, ("n", 2), 3)))
    rules = [(rule.kind, rule.binds, rule.condition, rule.exempt) for rule in edges.attrs["rules"]]
    exempt = frozenset({"psv", "bicycle"})
    assert rules == [
        ("no_left_turn", "", "", exempt),
        ("no_right_turn", "", "Mo-Fr 07:00-09:00; Sa 08:00-12:00", exempt),
        ("no_u_turn", "hgv", "", exempt),
    ]
    assert (report.restrictions_kept, report.restrictions_conditional) == (1, 1)


@pytest.mark.parametrize(
    ("tags", "sayings"),
    [
        (
            {"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-19:00)"},
            [Saying("no_left_turn", "", "Mo-Fr 07:00-19:00")],
        ),
        ({"restriction:conditional": "no_left_turn @ Mo-Fr"}, [Saying("no_left_turn", "", "Mo-Fr")]),
        (
            {"restriction:hgv:conditional": "no_u_turn @ (weight>7.5); none @ (Su)"},
            [Saying("no_u_turn", "hgv", "weight>7.5")],
        ),
        (
            {"restriction": "no_u_turn", "day_on": "Mo", "day_off": "Fr", "hour_on": "7", "hour_off": "18"},
            [Saying("no_u_turn", "", "Mo Fr 7 18")],
        ),
        ({"restriction:goods": "no_entry"}, [Saying("no_entry", "goods", "")]),
    ],
)
def test_what_tags_say(tags, sayings):
    found, reason = read_restriction(7, tags, members(1, ("n", 2), 3))
    assert reason == ""
    assert list(found.sayings) == sayings


def test_area_cuts_rules_with_their_roads(write_osm):
    import shapely

    path = write_osm(*CROSS, relations=((NO_LEFT, members(1, ("n", 2), 3)),))
    whole, _ = read_extract(path, shapely.box(-1, -1, 1, 1))
    assert rules_of(whole) == [("no_left_turn", [1, 2, 12])]
    east, report = read_extract(path, shapely.box(0.0025, -1, 1, 1))
    assert (len(east), rules_of(east), report.restrictions_skipped) == (1, [], {"member-missing": 1})


def test_area_renumbers(write_osm):
    import shapely

    ways = [([50, 51], ROAD), *CROSS]
    edges, _ = read_extract(
        write_osm(*ways, relations=((NO_LEFT, members(2, ("n", 2), 4)),)), shapely.box(0, -0.001, 1, 0.002)
    )
    assert edges["way_id"].tolist() == [2, 3, 4]
    assert rules_of(edges) == [("no_left_turn", [1, 2, 12])]


def test_restriction_on_a_road_drawn_twice(write_osm):
    """The second drawing is left away; a restriction that names it holds on the first."""
    ways = [([1, 2], ROAD), ([2, 1], ROAD), ([2, 12], ROAD)]
    edges, _ = read(
        write_osm, ways, (NO_LEFT, members(2, ("n", 2), 3)), ({"restriction": "no_u_turn"}, members(2, ("n", 2), 2))
    )
    assert edges["way_id"].tolist() == [1, 3]
    assert rules_of(edges) == [("no_left_turn", [1, 2, 12]), ("no_u_turn", [1, 2, 1])]


def test_layer_keeps_them(write_osm, tmp_path):
    path = write_osm(*CROSS, relations=((NO_LEFT, members(1, ("n", 2), 3)),))
    import_extract(path, "town", tmp_path / "roads")
    assert read_layer(tmp_path / "roads" / "town.gpkg").attrs["rules"] == read_extract(path)[0].attrs["rules"]


@pytest.mark.parametrize(
    ("file", "kept", "skipped"),
    [
        ("andorra-2025-01-19.osm.pbf", 61, {"against-one-way": 3, "incomplete": 12}),
        ("monaco.osm.pbf", 27, {}),
        ("helsinki-centre.osm.pbf", 39, {"member-missing": 6}),
        ("liechtenstein-2015-07-27.osm.pbf", 2, {"member-missing": 1}),
        ("valhalla-ny-access-restriction.osm.pbf", 34, {"member-missing": 4}),
        ("valhalla-nh-access-restriction.osm.pbf", 1, {"member-missing": 5}),
    ],
)
def test_real_extracts_by_their_raw_members(extracts, file, kept, skipped):
    """Each rule's pieces lie on the ways that the relation names, in their order, and can be driven."""
    import osmium

    edges, report = read_extract(extracts / file)
    assert (report.restrictions_kept, report.restrictions_skipped) == (kept, skipped)
    assert report.restrictions_read == kept + sum(skipped.values())
    named = {
        relation.id: [(member.role, member.ref) for member in relation.members if member.type == "w"]
        for relation in osmium.FileProcessor(str(extracts / file), osmium.osm.RELATION)
        if relation.tags.get("type") == "restriction"
    }
    rules_of(edges)
    for rule in edges.attrs["rules"]:
        roles = {role: [way for other, way in named[rule.relation] if other == role] for role in ("from", "via", "to")}
        ways = [int(edges["way_id"][edge]) for edge, _ in rule.moves]
        assert ways[0] in roles["from"]
        assert ways[-1] in roles["to"]
        assert set(ways[1:-1]) == set(roles["via"])
        assert all(edges["kmh_fwd" if along else "kmh_bwd"][edge] > 0 for edge, along in rule.moves)
