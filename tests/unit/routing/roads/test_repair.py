"""Layers from elsewhere: each mend with its count, each refusal with its row."""

import numpy as np
import pandas
import pytest
import shapely
from pyproj import Geod

from routing.errors import InputError
from routing.roads.layer import COLUMNS, checked, read_layer
from routing.roads.osm import read_extract
from routing.roads.turn_rules import TurnRule

ROAD = {"highway": "residential"}


@pytest.fixture
def edges(write_osm):
    """Edges 0: 1-2, 1: 2-3, 2: 2-12, 3: 3-4, each a thousandth of a degree long."""
    return read_extract(write_osm(([1, 2, 3], ROAD), ([2, 12], ROAD), ([3, 4], ROAD)))[0]


def refused(edges, code, *words):
    with pytest.raises(InputError) as caught:
        checked(edges, "bureau.gpkg")
    assert caught.value.code == code
    for word in ("bureau.gpkg", *words):
        assert word in str(caught.value)


def mended(edges, **counts):
    found = checked(edges, "bureau.gpkg")
    assert found.attrs["repaired"] == counts
    assert list(found.columns) == [*COLUMNS, "geometry"]
    assert {name: str(kind) for name, kind in found.dtypes.items() if name != "geometry"} == COLUMNS
    assert found["edge_id"].tolist() == list(range(len(found)))
    assert found.index.equals(pandas.RangeIndex(len(found)))
    assert found.crs.to_epsg() == 4326
    assert (found.geometry.geom_type == "LineString").all()
    assert (found["length"] > 0).all()
    return found


def put(edges, row, geometry):
    """Set one geometry, whatever it is."""
    lines = edges.geometry.to_numpy().copy()
    lines[row] = geometry
    return edges.set_geometry(lines, crs=edges.crs)


def test_a_good_layer_is_left_alone(edges):
    """Control: nothing to mend, nothing counted, nothing changed."""
    found = mended(edges)
    assert found.equals(edges)
    assert "renumbered" not in found.attrs


def test_the_table_given_stays_as_it_was(edges):
    wrong = put(edges.assign(length=-1.0, kmh_fwd=20.4), 0, shapely.MultiLineString([edges.geometry[0]]))
    before = wrong.copy()
    checked(wrong, "o")
    assert wrong.equals(before)
    assert wrong.geometry.geom_type.tolist() == before.geometry.geom_type.tolist()


# Where it is


@pytest.mark.parametrize("epsg", [3857, 4490, 32631, 4547])
def test_another_system_is_brought_to_wgs84(edges, epsg):
    if epsg == 4547:  # China's CGCS2000 in a zone of 3 degrees: the roads have to be there
        edges = edges.set_geometry(edges.geometry.translate(114, 30).to_numpy(), crs=4326)
        edges["length"] = [Geod(ellps="WGS84").geometry_length(line) for line in edges.geometry]
    found = mended(edges.to_crs(epsg), reprojected=4)
    assert found.geometry.geom_equals_exact(edges.geometry, 1e-7).all()


def test_a_system_of_its_own_axes_is_wgs84(edges):
    mended(edges.set_crs("OGC:CRS84", allow_override=True))


def test_no_system_but_degrees(edges):
    found = mended(edges.set_crs(None, allow_override=True), **{"no-crs": 4})
    assert found.geometry.geom_equals(edges.geometry).all()


def test_no_system_and_metres(edges):
    metric = edges.to_crs(3857).set_crs(None, allow_override=True)
    metric = metric.set_geometry(metric.geometry.translate(5000, 5000).to_numpy())
    refused(metric, "layer-crs", "EPSG:4326")


def test_some_rows_in_degrees_and_some_not(edges):
    mixed = put(edges, 2, shapely.LineString([(500000, 0), (500100, 0)]))
    refused(mixed.set_crs(None, allow_override=True), "layer-value", "row 3", "geometry", "degrees")
    refused(mixed, "layer-value", "row 3", "geometry", "degrees")


def test_beyond_the_edge_of_its_system(edges):
    refused(put(edges.to_crs(32631), 1, shapely.LineString([(1e30, 0), (1e30, 1)])), "layer-value", "row 2", "system")


def test_across_the_180th_meridian(edges):
    refused(put(edges, 1, shapely.LineString([(179.999, 0), (-179.999, 0)])), "layer-value", "row 2", "180th meridian")
    near = put(edges, 1, shapely.LineString([(179.998, 0), (179.999, 0)]))
    mended(near)


# What its shape is


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        shapely.LineString(),
        shapely.MultiLineString(),
        "LINESTRING (nan nan, nan nan)",
        "LINESTRING (0.001 0, nan nan, 0.002 0)",
    ],
)
def test_a_row_without_a_place_goes(edges, nothing):
    nothing = shapely.from_wkt(nothing) if isinstance(nothing, str) else nothing
    found = mended(put(edges, 1, nothing), empty=1, renumbered=2)
    assert found["v"].tolist() == [2, 12, 4]


def test_a_row_without_extent_goes(edges):
    found = mended(put(edges, 3, shapely.LineString([(0.003, 0), (0.003, 0)])), **{"zero-length": 1})
    assert len(found) == 3


def test_nothing_left(edges):
    refused(put(edges.iloc[:1], 0, None), "layer-empty", "no road with a line")


def test_repeated_points_stay(edges):
    mended(put(edges, 0, shapely.LineString([(0.001, 0), (0.001, 0), (0.002, 0), (0.002, 0)])))


@pytest.mark.parametrize(
    "parts",
    [[[(0.001, 0), (0.002, 0)]], [[(0.001, 0), (0.0015, 0)], [(0.0015, 0), (0.002, 0)]]],
)
def test_lines_in_parts_that_join(edges, parts):
    found = mended(put(edges, 0, shapely.MultiLineString(parts)), multiline=1)
    assert found.geometry[0].coords[0] == (0.001, 0)
    assert found.geometry[0].coords[-1] == (0.002, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        shapely.MultiLineString([[(0.001, 0), (0.0014, 0)], [(0.0016, 0), (0.002, 0)]]),
        shapely.MultiLineString([[(0.0015, 0), (0.001, 0)], [(0.0015, 0), (0.002, 0)]]),  # against each other
        shapely.Point(0, 0),
        shapely.box(0, 0, 0.001, 0.001),
        shapely.GeometryCollection([shapely.LineString([(0.001, 0), (0.002, 0)])]),
    ],
)
def test_shapes_that_are_no_line(edges, wrong):
    refused(put(edges, 1, wrong), "layer-value", "row 2", "geometry", "is not one line")


def test_heights_are_left_away(edges):
    found = mended(put(edges, 0, shapely.LineString([(0.001, 0, 300), (0.002, 0, 310)])), flattened=1)
    assert not found.has_z.any()


# What its columns say


@pytest.mark.parametrize("length", [np.nan, 0.0, -111.3, 40.0, 250.0, np.inf, "unknown"])
def test_a_length_that_cannot_be_is_measured(edges, length):
    edges["length"] = edges["length"].astype(object)
    edges.loc[2, "length"] = length
    found = mended(edges, length=1)
    assert found["length"][2] == pytest.approx(Geod(ellps="WGS84").inv(0.002, 0, 0.002, 0.001)[2])


def test_without_lengths_all_are_measured(edges):
    found = mended(edges.drop(columns="length"), length=4)
    assert found["length"].to_numpy() == pytest.approx(edges["length"].to_numpy())


@pytest.mark.parametrize("length", [70.0, 200.0])
def test_a_length_of_its_own_stays(edges, length):
    """A road that winds more than its line, or was measured along a slope."""
    edges.loc[2, "length"] = length
    assert mended(edges)["length"][2] == length


@pytest.mark.parametrize("latitude", [0.0, 31.2, 60.0])
@pytest.mark.parametrize("angle", [0, 45, 90])
def test_lengths_are_judged_alike_everywhere(edges, latitude, angle):
    step = 0.001 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    line = shapely.LineString([(107.0, latitude), (107.0 + step[0], latitude + step[1])])
    true = Geod(ellps="WGS84").geometry_length(line)
    for factor, wrong in ((0.49, 1), (0.52, 0), (1.93, 0), (2.05, 1)):
        moved = put(edges, 3, line)
        moved.loc[3, "length"] = true * factor
        mended(moved, **({"length": 1} if wrong else {}))


@pytest.mark.parametrize(("kmh", "word"), [(-5, "200 km/h"), (201, "200 km/h"), (np.nan, "number"), ("fast", "number")])
def test_speeds_that_cannot_be(edges, kmh, word):
    edges["kmh_bwd"] = edges["kmh_bwd"].astype(object)
    edges.loc[2, "kmh_bwd"] = kmh
    refused(edges, "layer-value", "row 3", "kmh_bwd", word)


def test_speeds_of_whole_numbers(edges):
    edges["kmh_fwd"] = [47.4, 0.2, 0.0, 30.0]
    found = mended(edges, **{"speed-rounded": 2})
    assert found["kmh_fwd"].tolist() == [47, 1, 0, 30]


def test_closed_both_ways_is_kept_and_counted(edges):
    edges.loc[1, ["kmh_fwd", "kmh_bwd"]] = 0
    assert len(mended(edges, closed=1)) == 4


def test_limits_of_zero_are_none(edges):
    edges["maxheight"] = [0.0, -1.0, 3.5, np.nan]
    found = mended(edges, **{"no-limit": 2})
    assert found["maxheight"].tolist() == pytest.approx([np.nan, np.nan, 3.5, np.nan], nan_ok=True)


def test_limits_that_cannot_be_read(edges):
    edges["maxheight"] = [None, "", "3.5", "low"]
    refused(edges, "layer-value", "row 4", "maxheight", "is not a number")
    edges["maxheight"] = [None, "", "3.5", " "]
    assert mended(edges)["maxheight"].tolist() == pytest.approx([np.nan, np.nan, 3.5, np.nan], nan_ok=True)


def test_rows_are_named_as_in_the_file(edges):
    """Also after a row before it was dropped."""
    wrong = put(edges, 0, None)
    wrong.loc[3, "status"] = "invented"
    refused(wrong, "layer-value", "row 4", "status")


# What its ids say


def test_ids_that_do_not_count(edges):
    edges["edge_id"] = [40, 10, 30, 20]
    edges.attrs["rules"] = [TurnRule(1, "no_left_turn", ((40, True), (30, True)))]
    found = mended(edges, renumbered=4)
    assert found["v"].tolist() == [3, 4, 12, 2]
    assert found.attrs["rules"] == [TurnRule(1, "no_left_turn", ((3, True), (2, True)))]


def test_an_id_twice(edges):
    edges["edge_id"] = [0, 1, 2, 1]
    refused(edges, "layer-value", "row 4", "edge_id", "second time")


def test_a_loop_is_cut_at_its_middle(edges):
    loop = edges.iloc[[0]].assign(edge_id=4, u=2, v=2, length=200.0, kmh_bwd=0, name="示例环路")
    ring = shapely.LineString([(0.002, 0), (0.0025, 0), (0.0025, 0.0005), (0.002, 0.0005), (0.002, 0)])
    edges = pandas.concat([edges, put(loop, 0, ring)], ignore_index=True)
    edges.attrs["rules"] = [
        TurnRule(1, "no_left_turn", ((0, True), (4, True))),
        TurnRule(2, "no_right_turn", ((4, True), (1, True))),
        TurnRule(3, "no_straight_on", ((0, True), (4, True), (2, True))),
        TurnRule(4, "no_straight_on", ((0, True), (4, False), (2, True))),
    ]
    found = mended(edges, **{"self-loop": 1})
    assert found[["u", "v"]].to_numpy().tolist()[4:] == [[2, -1], [-1, 2]]
    assert found["length"].tolist()[4:] == [100.0, 100.0]
    assert found["name"].tolist()[4:] == ["示例环路"] * 2
    assert found["kmh_bwd"].tolist()[4:] == [0, 0]
    assert shapely.equals(shapely.line_merge(shapely.union_all(found.geometry.to_numpy()[4:])), ring)
    assert found.geometry[4].length == pytest.approx(ring.length / 2)
    assert [rule.moves for rule in found.attrs["rules"]] == [
        ((0, True), (4, True)),
        ((5, True), (1, True)),
        ((0, True), (4, True), (5, True), (2, True)),
        ((0, True), (5, False), (4, False), (2, True)),
    ]


def test_a_loop_whose_ends_lie_apart(edges):
    edges.loc[1, "v"] = 2
    refused(edges, "layer-value", "row 2", "v", "ends lie apart")


def twice(edges, **changes):
    """The layer with its edge 0 once more, with changes, as edge 4."""
    return pandas.concat([edges, edges.iloc[[0]].assign(edge_id=4, **changes)], ignore_index=True)


def reverse(edges):
    line = edges.geometry[0]
    return {"u": 2, "v": 1, "geometry": [line.reverse()]}


@pytest.mark.parametrize("turned", [False, True])
def test_a_repetition_goes(edges, turned):
    edges.loc[0, "kmh_bwd"] = 10
    double = twice(edges, **({**reverse(edges), "kmh_fwd": 10, "kmh_bwd": 25} if turned else {}))
    double.attrs["rules"] = [TurnRule(1, "no_left_turn", ((4, not turned), (2, True)))]
    found = mended(double, twice=1)
    assert found["edge_id"].tolist() == [0, 1, 2, 3]
    assert found.attrs["rules"] == [TurnRule(1, "no_left_turn", ((0, True), (2, True)))]


@pytest.mark.parametrize(
    "other",
    [
        {"kmh_fwd": 20},
        {"maxheight": 3.0},
        {"hgv": "no"},
        {"access": "destination"},
        {"geometry": [shapely.LineString([(0.001, 0), (0.0015, 0.0001), (0.002, 0)])]},
        {"u": 3},
    ],
)
def test_a_road_beside_another_stays(edges, other):
    assert len(mended(twice(edges, **other))) == 5


def test_a_one_way_back_is_no_repetition(edges):
    edges.loc[0, "kmh_bwd"] = 0
    assert len(mended(twice(edges, **reverse(edges)))) == 5


def test_a_rule_over_a_dropped_row_goes(edges):
    edges.attrs["rules"] = [
        TurnRule(1, "no_left_turn", ((0, True), (1, True))),
        TurnRule(2, "no_right_turn", ((0, True), (2, True))),
    ]
    found = mended(put(edges, 1, None), empty=1, renumbered=2)
    assert found.attrs["rules"] == [TurnRule(2, "no_right_turn", ((0, True), (1, True)))]


def test_a_file_from_a_bureau(edges, tmp_path):
    """Several faults at once, through a real file."""
    path = tmp_path / "bureau.gpkg"
    wrong = put(edges.drop(columns="length"), 1, shapely.MultiLineString([edges.geometry[1]]))
    wrong["edge_id"] = [7, 8, 9, 12]
    wrong.to_crs(4490).to_file(path, layer="edges", driver="GPKG")
    found = read_layer(path)
    assert found["length"].to_numpy() == pytest.approx(edges["length"].to_numpy())
    counts = found.attrs["repaired"]
    assert {word: counts[word] for word in ("reprojected", "length", "renumbered")} == {
        "reprojected": 4,
        "length": 4,
        "renumbered": 4,
    }
