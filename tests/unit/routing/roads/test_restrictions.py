"""The table of turn rules in a layer."""

import copy
import shutil
import sqlite3
from contextlib import closing

import pytest

from routing.errors import InputError
from routing.roads import restrictions
from routing.roads.facts import describe
from routing.roads.layer import checked, read_layer, write_layer
from routing.roads.osm import read_extract
from routing.roads.turn_rules import TurnRule

ROAD = {"highway": "residential"}
RULES = [
    TurnRule(11, "no_left_turn", ((0, True), (2, False))),
    TurnRule(12, "only_straight_on", ((0, True), (1, True)), frozenset({"psv", "bicycle"}), "hgv", "Mo-Fr 07:00-09:00"),
    TurnRule(13, "no_u_turn", ((1, False), (0, False), (3, True))),
]


@pytest.fixture
def edges(write_osm):
    """Edges 0: 1-2, 1: 2-3, 2: 12-2, 3: 1-11."""
    return read_extract(write_osm(([1, 2], ROAD), ([2, 3], ROAD), ([12, 2], ROAD), ([1, 11], ROAD)))[0]


@pytest.fixture
def layer(edges, tmp_path):
    path = tmp_path / "town.gpkg"
    write_layer(edges, path, describe(edges, name="town"), RULES)
    return path


def change(layer, sql, *values):
    with closing(sqlite3.connect(layer)) as database, database:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            database.create_function(name, 1, lambda _: 0)  # the triggers of the spatial index name them
        database.execute(sql, values)


def refused(call, code, *words):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    for word in words:
        assert word in str(caught.value)


def test_round_trip(edges, layer):
    found = read_layer(layer)
    assert found.attrs["rules"] == RULES
    assert restrictions.read_rules(layer, found) == RULES
    assert edges.attrs["rules"] == []  # the argument is the layer's, not the edges'


def test_text_of_the_moves(layer):
    with closing(sqlite3.connect(layer)) as database:
        found = database.execute("SELECT * FROM restrictions").fetchall()
    assert found[0] == (0, 11, "no_left_turn", "+0 -2", None, None, None)
    assert found[1] == (1, 12, "only_straight_on", "+0 +1", "bicycle;psv", "hgv", "Mo-Fr 07:00-09:00")


def test_rules_that_the_edges_carry_are_written(edges, tmp_path):
    edges.attrs["rules"] = RULES[:1]
    path = tmp_path / "o.gpkg"
    write_layer(edges, path, describe(edges, name="o"))
    assert read_layer(path).attrs["rules"] == RULES[:1]


def test_older_layer_has_none(edges, tmp_path):
    path = tmp_path / "old.gpkg"
    edges.to_file(path, layer="edges", driver="GPKG")
    assert restrictions.read_rules(path, edges) == []
    assert read_layer(path).attrs["rules"] == []


def test_other_programs_see_a_table(layer):
    import pyogrio

    table = pyogrio.read_dataframe(layer, layer="restrictions")
    assert table["moves"].tolist() == ["+0 -2", "+0 +1", "-1 -0 +3"]
    assert pyogrio.list_layers(layer).tolist() == [["edges", "LineString"], ["restrictions", None]]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("moves", "+0 -9", ("row 2", "edge 9", "not in 'edges'")),
        ("moves", "+0 +3", ("row 2", "edge 0", "edge 3", "do not join")),
        ("moves", "-0 +1", ("row 2", "do not join")),
        ("moves", "+0", ("row 2", "+12 -15")),
        ("moves", "0 1", ("row 2", "+12 -15")),
        ("moves", "", ("row 2", "+12 -15")),
        ("moves", "+0 +" + "9" * 30, ("row 2", "+12 -15")),
        ("kind", "left", ("row 2", "kind")),
        ("relation", "x", ("row 2", "relation")),
        ("relation", None, ("row 2", "relation")),
    ],
)
def test_rows_that_cannot_be(layer, column, value, words):
    change(layer, f"UPDATE restrictions SET {column} = ? WHERE restriction_id = 1", value)
    refused(lambda: read_layer(layer), "layer-restriction", "town.gpkg", *words)


def test_missing_columns(layer):
    change(layer, "ALTER TABLE restrictions DROP COLUMN binds")
    refused(lambda: read_layer(layer), "layer-columns", "restrictions", "binds")


def test_table_that_cannot_be_read(edges, tmp_path):
    path = tmp_path / "o.gpkg"
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    refused(lambda: restrictions.read_rules(path, edges), "layer-not-geopackage", "o.gpkg", "restrictions")


def test_wrong_rules_are_not_written(edges, layer):
    before = layer.read_bytes()
    wrong = [TurnRule(1, "no_left_turn", ((0, True), (7, True)))]
    refused(lambda: write_layer(edges, layer, describe(edges, name="town"), wrong), "layer-restriction", "edge 7")
    assert layer.read_bytes() == before


def test_failure_in_the_table_leaves_the_old_layer(edges, layer, monkeypatch):
    """Edges and rules are one step: no layer has new edges and old rules, or half of them."""
    before = layer.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restrictions, "rows", full)
    with pytest.raises(OSError, match="No space"):
        write_layer(edges, layer, describe(edges, name="town"), RULES)
    assert layer.read_bytes() == before
    assert [path.name for path in layer.parent.glob(".*")] == []


def test_ids_are_renumbered_with_the_edges(edges, layer, tmp_path):
    """Rows numbered from 101 in steps of ten: both tables say the same afterwards."""
    wide = tmp_path / "wide.gpkg"
    shutil.copy(layer, wide)
    change(wide, "UPDATE edges SET edge_id = 101 + 10 * edge_id")
    change(wide, "UPDATE restrictions SET moves = '+101 -121' WHERE restriction_id = 0")
    change(wide, "UPDATE restrictions SET moves = '+101 +111' WHERE restriction_id = 1")
    change(wide, "UPDATE restrictions SET moves = '-111 -101 +131' WHERE restriction_id = 2")
    found = read_layer(wide)
    assert found.attrs["rules"] == RULES
    assert found.attrs["repaired"] == {"renumbered": 4}
    assert checked(found, "wide").attrs["rules"] == RULES  # once is enough
    change(wide, "UPDATE restrictions SET moves = '+0 -2' WHERE restriction_id = 0")
    refused(lambda: read_layer(wide), "layer-restriction", "edge 0", "not in 'edges'")


def test_rules_in_memory_are_renumbered_too(edges):
    edges["edge_id"] += 5
    edges.attrs["rules"] = [TurnRule(1, "no_left_turn", ((5, True), (7, False)))]
    assert checked(edges, "o").attrs["rules"] == [TurnRule(1, "no_left_turn", ((0, True), (2, False)))]


def test_copies_of_a_table_share_their_rules(edges):
    """Pandas copies attrs with each column it hands out; five thousand rules must not be made anew each time."""
    rule = TurnRule(1, "no_left_turn", ((0, True), (2, False)))
    assert copy.deepcopy([rule])[0] is rule
