"""The judge of driven roads finds each kind of violation on tiny roads, and leaves their clean twins alone."""

import ast
import sys
from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Relation, Way

from .raw_roads import RawRoads
from .road_judge import Piece, judge
from .road_law import METRES, TONNES, Vehicle, measure

STEP = 0.001  # degrees between grid nodes on the equator: 111.2 m
ROAD = {"highway": "residential"}
TRUCK = Vehicle(height=3.5, weight=7.5, width=2.4, length=8.0, hgv=True)
VAN = Vehicle(height=2.5, weight=3.5, width=2.0, length=5.0)


@pytest.fixture
def roads(tmp_path):
    """Write ways {number: (nodes, tags)} over a grid, node 10 * row + column, and read them as the judge does."""

    def write(ways, nodes=(), relations=(), lost=()) -> RawRoads:
        path = Path(tmp_path / "tiny.osm.pbf")
        path.unlink(missing_ok=True)
        tags = dict(nodes)
        used = sorted({node for line, _ in ways.values() for node in line} - set(lost))
        with osmium.SimpleWriter(str(path)) as writer:
            for node in used:
                writer.add_node(Node(id=node, location=(node % 10 * STEP, node // 10 * STEP), tags=tags.get(node, {})))
            for number, (line, way_tags) in sorted(ways.items()):
                writer.add_way(Way(id=number, nodes=line, tags=way_tags))
            for number, (members, relation_tags) in enumerate(relations, start=1):
                full = {"type": "restriction", **relation_tags}
                writer.add_relation(Relation(id=number, members=members, tags=full))
        return RawRoads.read(path)

    return write


def kinds(raw, leg, vehicle=None):
    return [violation.kind for violation in judge(raw, leg, vehicle)]


# -- a road by itself --------------------------------------------------------------------------------------------

CLOSED, AGAINST, BIG, THROUGH = "closed to the vehicle", "against one-way", "too big", "through traffic"


@pytest.mark.parametrize(
    ("kind", "vehicle", "wrong", "clean"),
    [
        (AGAINST, None, {"oneway": "-1"}, {"oneway": "yes"}),
        (AGAINST, None, {"oneway": "reverse"}, {"oneway": "true"}),
        (AGAINST, None, {"oneway": "no", "oneway:vehicle": "-1"}, {"oneway": "-1", "oneway:vehicle": "no"}),
        (AGAINST, None, {"oneway:motor_vehicle": "-1"}, {"oneway:vehicle": "-1", "oneway:motor_vehicle": "1"}),
        (CLOSED, None, {"access": "no"}, {"access": "no", "vehicle": "yes"}),
        (CLOSED, None, {"vehicle": "private"}, {"access": "private", "vehicle": "permissive"}),
        (CLOSED, None, {"motor_vehicle": "agricultural"}, {"motor_vehicle": "designated", "vehicle": "no"}),
        (CLOSED, None, {"access": "agricultural;forestry"}, {"access": "agricultural;yes"}),
        (CLOSED, None, {"access": "permit"}, {"access": "permissive"}),
        (CLOSED, None, {"motor_vehicle:forward": "no"}, {"motor_vehicle:backward": "no"}),
        (CLOSED, None, {"vehicle": "yes", "motor_vehicle": "no"}, {"motor_vehicle": "no", "motorcar": "yes"}),
        (CLOSED, TRUCK, {"motor_vehicle": "no", "motorcar": "yes"}, {"motor_vehicle": "no", "hgv": "yes"}),
        (CLOSED, TRUCK, {"hgv": "no"}, {"motorcar": "no"}),
        (CLOSED, None, {"highway": "footway", "access": "yes"}, {"highway": "footway", "motor_vehicle": "yes"}),
        (CLOSED, None, {"highway": "pedestrian"}, {"highway": "living_street"}),
        (CLOSED, None, {"highway": "construction", "motor_vehicle": "yes"}, {"highway": "unclassified"}),
        (CLOSED, None, {"highway": "", "route": "ferry", "motor_vehicle": "no"}, {"highway": "", "route": "ferry"}),
        (BIG, TRUCK, {"maxheight": "3.4"}, {"maxheight": "3.5"}),
        (BIG, TRUCK, {"maxheight": "11'5\""}, {"maxheight": "11'6\""}),
        (BIG, TRUCK, {"maxheight:physical": "3.2 m"}, {"maxheight": "default"}),
        (BIG, TRUCK, {"maxweight": "3.5"}, {"maxweight": "7.5"}),
        (BIG, TRUCK, {"maxweight": "7000 kg"}, {"maxweight": "7500 kg"}),
        (BIG, TRUCK, {"maxweightrating:hgv": "3.5"}, {"maxaxleload": "3.5"}),
        (BIG, VAN, {"maxweight": "3.4 t"}, {"maxweight:hgv": "2"}),
        (BIG, TRUCK, {"maxwidth": "2.3"}, {"maxwidth": "2.5"}),
        (BIG, TRUCK, {"maxlength": "25 ft"}, {"maxlength": "27 ft"}),
        (BIG, TRUCK, {"maxweight:forward": "5"}, {"maxweight:backward": "5"}),
        (THROUGH, None, {"access": "destination"}, {"access": "destination", "motor_vehicle": "yes"}),
        (THROUGH, None, {"vehicle": "customers"}, {"vehicle": "permissive"}),
        (THROUGH, TRUCK, {"motor_vehicle": "delivery"}, {"motor_vehicle": "delivery", "hgv": "designated"}),
        (THROUGH, TRUCK, {"hgv": "destination"}, {"motorcar": "destination"}),
        (THROUGH, TRUCK, {"hgv": "delivery"}, {"goods": "delivery"}),
    ],
    ids=str,
)
def test_tags(roads, kind, vehicle, wrong, clean):
    leg = [Piece(1, 1, 2), Piece(2, 2, 3), Piece(3, 3, 4)]
    for more, expected in ((wrong, [kind]), (clean, [])):
        tags = {key: value for key, value in {**ROAD, **more}.items() if value}
        raw = roads({1: ([1, 2], ROAD), 2: ([2, 3], tags), 3: ([3, 4], ROAD)})
        assert kinds(raw, leg, vehicle) == expected, tags


@pytest.mark.parametrize("tags", [{"hgv": "no"}, {"hgv": "destination"}, {"maxheight": "2"}, {"maxweightrating": "3"}])
def test_no_vehicle_is_a_small_one(roads, tags):
    raw = roads({1: ([1, 2], ROAD), 2: ([2, 3], {**ROAD, **tags}), 3: ([3, 4], ROAD)})
    assert kinds(raw, [Piece(1, 1, 2), Piece(2, 2, 3), Piece(3, 3, 4)]) == []


@pytest.mark.parametrize(
    ("text", "units", "found"),
    [
        ("3.5", METRES, 3.5),
        ("3,5 m", METRES, 3.5),
        ("11'6\"", METRES, 3.5052),
        ("11 ft 6 in", METRES, 3.5052),
        ("350 cm", METRES, 3.5),
        ("7.5;3.5", TONNES, 3.5),
        ("10000 lbs", TONNES, 4.5359237),
        ("5 st", TONNES, 4.5359237),
        ("none", METRES, None),
        ("below_default", METRES, None),
        ("12 elephants", TONNES, None),
        ("", METRES, None),
    ],
)
def test_measure(text, units, found):
    assert measure(text, units) == (found if found is None else pytest.approx(found))


def test_destination_roads_begin_and_end_a_leg(roads):
    local = {**ROAD, "access": "destination"}
    ways = {n: ([n, n + 1], local if n in (1, 2, 5) else ROAD) for n in range(1, 7)}
    raw = roads(ways)
    leg = [Piece(n, n, n + 1) for n in range(1, 7)]
    assert kinds(raw, leg[:5]) == []
    assert [(v.kind, v.piece) for v in judge(raw, leg)] == [(THROUGH, 4)]
    assert kinds(raw, leg[:2]) == []


# -- where a piece lies on its way -------------------------------------------------------------------------------


def test_way_and_nodes(roads):
    raw = roads({1: ([1, 2, 3], ROAD), 2: ([3, 4], ROAD), 3: ([1, 2], {"building": "yes"})})
    assert kinds(raw, [Piece(1, 1, 3), Piece(2, 3, 4)]) == []
    assert kinds(raw, [Piece(9, 1, 3)]) == ["no such way"]
    assert kinds(raw, [Piece(3, 1, 2)]) == ["no such way"]
    assert kinds(raw, [Piece(1, 1, 4)]) == ["not on the way"]
    assert kinds(raw, [Piece(1, 1, 1)]) == ["not on the way"]
    assert kinds(raw, [Piece(1, 1, 3, metres=222.6)]) == []
    assert kinds(raw, [Piece(1, 1, 3, metres=200)]) == ["not on the way"]


def test_pieces_join(roads):
    raw = roads({1: ([1, 2, 3], ROAD), 2: ([3, 4], ROAD), 3: ([2, 12], ROAD)})
    assert kinds(raw, [Piece(1, 1, 3), Piece(3, 2, 12)]) == ["not joined"]
    assert kinds(raw, [Piece(1, 1, 2), Piece(3, 2, 12)]) == []
    assert kinds(raw, [Piece(1, 1, 3, ends_midway=True), Piece(2, 3, 4)]) == ["not joined"]
    assert kinds(raw, [Piece(1, 1, 3), Piece(2, 3, 4, starts_midway=True)]) == ["not joined"]
    assert kinds(raw, [Piece(1, 1, 3, starts_midway=True), Piece(2, 3, 4, ends_midway=True)]) == []


@pytest.mark.parametrize("length", [False, True])
@pytest.mark.parametrize(
    ("tags", "faults"),
    [({"junction": "roundabout"}, [AGAINST]), ({"junction": "circular"}, [AGAINST]), ({}, [])],
    ids=["roundabout", "circular", "no junction"],
)
def test_loops(roads, length, tags, faults):
    """A square of three by three nodes with roads at two of its corners, drawn from a third one."""
    square = [2, 3, 13, 23, 22, 21, 11, 1, 2]
    raw = roads({1: (square, {**ROAD, **tags}), 2: ([3, 4], ROAD), 3: ([11, 12], ROAD)})

    def piece(start, end, steps):
        return Piece(1, start, end, metres=steps * 111.2 if length else float("nan"))

    assert kinds(raw, [piece(3, 11, 5)]) == kinds(raw, [piece(11, 3, 3)]) == []
    if length:
        assert kinds(raw, [piece(11, 3, 5)]) == kinds(raw, [piece(3, 11, 3)]) == faults
    assert kinds(raw, [piece(3, 2, 1)]) == faults
    assert kinds(raw, [piece(3, 3, 8)]) == []


def test_oneway_is_implied(roads):
    for tags, faults in (
        ({"highway": "motorway"}, [AGAINST]),
        ({"highway": "motorway", "oneway": "no"}, []),
        ({"highway": "motorway_link"}, []),
        ({**ROAD, "junction": "roundabout"}, [AGAINST]),
        ({**ROAD, "junction": "roundabout", "oneway": "no"}, []),
    ):
        assert kinds(roads({1: ([1, 2], tags)}), [Piece(1, 2, 1)]) == faults, tags


def test_two_nodes_at_one_spot_are_one(tmp_path):
    """Where a way steps from a node to another at the very same place, either names the junction."""
    path = tmp_path / "same.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for node, column in ((1, 1), (2, 2), (3, 2), (4, 3)):
            writer.add_node(Node(id=node, location=(column * STEP, 0)))
        writer.add_way(Way(id=1, nodes=[1, 2, 3], tags=ROAD))
        writer.add_way(Way(id=2, nodes=[2, 4], tags=ROAD))
    raw = RawRoads.read(path)
    assert kinds(raw, [Piece(1, 1, 3), Piece(2, 3, 4)]) == kinds(raw, [Piece(1, 1, 2), Piece(2, 2, 4)]) == []


# -- barriers ----------------------------------------------------------------------------------------------------

BARRIER = "through a barrier"


@pytest.mark.parametrize(
    ("vehicle", "wrong", "clean"),
    [
        (None, {"barrier": "bollard"}, {"barrier": "bollard", "motor_vehicle": "yes"}),
        (None, {"barrier": "bollard", "motorcar": "no"}, {"barrier": "bollard", "access": "yes"}),
        (None, {"barrier": "block"}, {"barrier": "border_control"}),
        (None, {"barrier": "jersey_barrier"}, {"barrier": "toll_booth"}),
        (None, {"barrier": "cycle_barrier", "bicycle": "yes"}, {"barrier": "cattle_grid"}),
        (None, {"barrier": "gate", "access": "private"}, {"barrier": "gate"}),
        (None, {"barrier": "lift_gate", "motor_vehicle": "no"}, {"barrier": "lift_gate", "access": "destination"}),
        (None, {"barrier": "gate", "locked": "yes"}, {"barrier": "gate", "locked": "yes", "motor_vehicle": "yes"}),
        (TRUCK, {"barrier": "height_restrictor", "maxheight": "2.2"}, {"barrier": "height_restrictor"}),
        (TRUCK, {"barrier": "gate", "hgv": "no"}, {"barrier": "gate", "access": "no", "hgv": "yes"}),
    ],
    ids=str,
)
def test_barriers(roads, vehicle, wrong, clean):
    ways = {1: ([1, 2, 3], ROAD), 2: ([3, 4], ROAD)}
    for node in (2, 3):  # inside a piece, and between two
        leg = [Piece(1, 1, 3), Piece(2, 3, 4)]
        assert [(v.kind, v.node) for v in judge(roads(ways, {node: wrong}), leg, vehicle)] == [(BARRIER, node)]
        assert kinds(roads(ways, {node: clean}), leg, vehicle) == []


def test_barrier_may_lie_beyond_the_part_that_is_driven(roads):
    raw = roads({1: ([1, 2, 3], ROAD), 2: ([3, 4], ROAD)}, {2: {"barrier": "bollard"}})
    assert kinds(raw, [Piece(1, 1, 3, starts_midway=True), Piece(2, 3, 4)]) == []


def test_turning_round_at_a_barrier(roads):
    raw = roads({1: ([1, 2, 3], ROAD), 2: ([3, 4], ROAD)}, {3: {"barrier": "bollard"}})
    assert kinds(raw, [Piece(1, 1, 3), Piece(1, 3, 1)]) == []
    assert kinds(raw, [Piece(1, 1, 3), Piece(2, 3, 4)]) == [BARRIER]


def test_cut_ends(roads):
    """A cut road has an end of no node on each side of the barrier; one may stop there, and not go on."""
    raw = roads({1: ([1, 2, 3, 4], {**ROAD, "oneway": "yes"}), 2: ([4, 5], ROAD)}, {3: {"barrier": "bollard"}})
    assert kinds(raw, [Piece(1, 1, -1, metres=222.6)]) == []
    assert kinds(raw, [Piece(1, -2, 4, metres=111.3), Piece(2, 4, 5)]) == []
    assert kinds(raw, [Piece(1, -1, 1)]) == kinds(raw, [Piece(1, 4, 0)]) == [AGAINST]
    assert kinds(raw, [Piece(1, 1, -1), Piece(1, -1, 1)]) == [AGAINST]  # turns round before the barrier
    assert kinds(raw, [Piece(1, 1, -1), Piece(1, -1, 4)]) == [BARRIER]
    assert kinds(raw, [Piece(1, 1, -1), Piece(1, -2, 4)]) == ["not joined"]
    assert kinds(raw, [Piece(2, 4, -1)]) == ["not on the way"]


# -- turns -------------------------------------------------------------------------------------------------------

TURN = "forbidden turn"
# 1 runs 11-12 into a crossing with 2 (12-13 ahead), 3 (12-2 to the right), 4 (12-22 to the left); 5 turns left again.
CROSSING = {
    1: ([11, 12], ROAD),
    2: ([12, 13], ROAD),
    3: ([12, 2], ROAD),
    4: ([12, 22], ROAD),
    5: ([22, 21], ROAD),
    6: ([22, 23], ROAD),
}
LEFT, AHEAD, BACK = ([Piece(1, 11, 12), Piece(*other)] for other in ((4, 12, 22), (2, 12, 13), (1, 12, 11)))
ROUND = [Piece(1, 11, 12), Piece(4, 12, 22), Piece(5, 22, 21)]
FURTHER = [Piece(1, 11, 12), Piece(4, 12, 22), Piece(6, 22, 23)]


def turn(first, via, *last, **tags):
    kind = "n" if via in (12, 22) else "w"
    members = [("w", first, "from"), (kind, via, "via"), *(("w", way, "to") for way in last)]
    return members, {key.replace("__", ":"): value for key, value in tags.items()}


@pytest.mark.parametrize(
    ("vehicle", "relation", "wrong", "clean"),
    [
        (None, turn(1, 12, 4, restriction="no_left_turn"), LEFT, AHEAD),
        (None, turn(1, 12, 1, restriction="no_u_turn"), BACK, AHEAD),
        (None, turn(1, 12, 2, restriction="only_straight_on"), LEFT, AHEAD),
        (None, turn(1, 12, 2, restriction="only_straight_on"), BACK, AHEAD),
        (None, turn(1, 12, 2, 4, restriction="no_exit"), LEFT, BACK),
        (TRUCK, turn(1, 12, 4, restriction__hgv="no_left_turn"), LEFT, AHEAD),
        (None, turn(1, 12, 4, restriction__conditional="no_left_turn @ (Mo-Fr 07:00-09:00)"), LEFT, AHEAD),
        (TRUCK, turn(1, 12, 4, restriction="no_left_turn", **{"except": "psv;motorcar"}), LEFT, AHEAD),
        (None, turn(1, 4, 5, restriction="no_u_turn"), ROUND, FURTHER),
        (None, turn(1, 4, 5, restriction="no_u_turn"), ROUND, ROUND[1:]),
        (None, turn(1, 4, 5, restriction="only_left_turn"), FURTHER, ROUND),
        (None, turn(1, 4, 5, restriction="only_left_turn"), FURTHER, AHEAD),
        (None, turn(1, 4, 5, restriction="only_left_turn"), FURTHER, FURTHER[:2]),
    ],
    ids=str,
)
def test_turns(roads, vehicle, relation, wrong, clean):
    raw = roads(CROSSING, relations=[relation])
    assert kinds(raw, wrong, vehicle) == [TURN]
    assert kinds(raw, clean, vehicle) == []
    assert kinds(roads(CROSSING), wrong, vehicle) == []


@pytest.mark.parametrize(
    ("vehicle", "relation"),
    [
        (None, turn(1, 12, 4, restriction__hgv="no_left_turn")),
        (TRUCK, turn(1, 12, 4, restriction__bicycle="no_left_turn")),
        (TRUCK, turn(1, 12, 4, restriction="no_left_turn", **{"except": "hgv"})),
        (None, turn(1, 12, 4, restriction="no_left_turn", **{"except": "psv; motor_vehicle"})),
        (None, turn(1, 12, 99, restriction="only_straight_on")),
        (None, turn(99, 12, 4, restriction="no_left_turn")),
        (None, turn(1, 99, 4, restriction="no_left_turn")),
        (None, turn(1, 22, 4, restriction="no_left_turn")),
        (None, turn(4, 12, 1, restriction="no_right_turn")),
        (None, ([("w", 1, "from"), ("w", 4, "to")], {"restriction": "no_left_turn"})),
    ],
    ids=str,
)
def test_restrictions_that_do_not_hold(roads, vehicle, relation):
    assert kinds(roads(CROSSING, relations=[relation]), LEFT, vehicle) == []


def test_only_turn_into_a_road_for_buses_binds_buses(roads):
    ways = {**CROSSING, 2: ([12, 13], {**ROAD, "motor_vehicle": "no", "bus": "yes"})}
    relation = turn(1, 12, 2, restriction="only_straight_on")
    assert kinds(roads(ways, relations=[relation]), LEFT) == []
    assert kinds(roads(CROSSING, relations=[relation]), LEFT) == [TURN]


def test_u_turn_on_a_road_that_goes_on(roads):
    """From a road into itself: no turning back, and driving on is not meant."""
    ways = {1: ([11, 12, 13], ROAD), 2: ([12, 22], ROAD)}
    raw = roads(ways, relations=[turn(1, 12, 1, restriction="no_u_turn")])
    assert kinds(raw, [Piece(1, 11, 12), Piece(1, 12, 11)]) == [TURN]
    assert kinds(raw, [Piece(1, 11, 12), Piece(1, 12, 13)]) == kinds(raw, [Piece(1, 11, 13)]) == []


def test_turn_inside_a_piece(roads):
    """A piece that runs on through the node where one must turn off."""
    ways = {1: ([11, 12, 13], ROAD), 2: ([12, 22], ROAD)}
    raw = roads(ways, relations=[turn(1, 12, 2, restriction="only_left_turn")])
    assert kinds(raw, [Piece(1, 11, 13)]) == [TURN]
    assert kinds(raw, [Piece(1, 11, 13, ends_midway=True)]) == []
    assert kinds(raw, [Piece(1, 11, 12), Piece(2, 12, 22)]) == []


def test_name_tells_the_part_of_a_road_that_goes_on(roads):
    """Where the road that is turned into crosses, only one of its parts lies to the left."""
    ways = {1: ([11, 12], ROAD), 2: ([2, 12, 22], ROAD)}
    raw = roads(ways, relations=[turn(1, 12, 2, restriction="no_left_turn")])
    assert kinds(raw, [Piece(1, 11, 12), Piece(2, 12, 22)]) == [TURN]
    assert kinds(raw, [Piece(1, 11, 12), Piece(2, 12, 2)]) == []


def test_several_only_turns_allow_each(roads):
    relations = [turn(1, 12, 2, restriction="only_straight_on"), turn(1, 12, 4, restriction="only_left_turn")]
    raw = roads(CROSSING, relations=relations)
    assert kinds(raw, AHEAD) == kinds(raw, LEFT) == []
    assert kinds(raw, [Piece(1, 11, 12), Piece(3, 12, 2)]) == [TURN, TURN]


def test_turning_round_on_the_via_way_leaves_a_restriction(roads):
    """Whoever turns round on the via way, and again, no longer comes from the first one."""
    ways = {1: ([1, 2], ROAD), 2: ([2, 3, 4], ROAD), 3: ([4, 5], ROAD)}
    raw = roads(ways, relations=[([("w", 1, "from"), ("w", 2, "via"), ("w", 3, "to")], {"restriction": "no_entry"})])
    leg = [Piece(1, 1, 2), Piece(2, 2, 3), Piece(2, 3, 4), Piece(3, 4, 5)]
    assert kinds(raw, leg) == [TURN]
    assert kinds(raw, [*leg[:2], Piece(2, 3, 2), *leg[1:]]) == []


def test_judge_shares_no_code_with_what_it_judges():
    for name in ("raw_roads", "road_law", "turn_law", "road_judge"):
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        modules = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level]
        modules += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert {m.partition(".")[0] for m in modules} <= {*sys.stdlib_module_names, "osmium"}
