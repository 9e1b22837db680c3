"""Exact small cases: what an extract's ways become."""

import subprocess
import sys
from itertools import groupby

import pytest
import shapely
from pyproj import Geod

from routing.errors import InputError
from routing.roads.facts import NOTICE, describe
from routing.roads.layer import COLUMNS, layer_facts, read_layer
from routing.roads.osm import import_extract, read_extract

ROAD = {"highway": "residential"}


def ends(edges):
    return sorted(tuple(sorted(pair)) for pair in zip(edges["u"], edges["v"], strict=True))


def test_one_way_is_one_edge_with_geodesic_length(write_osm):
    edges, report = read_extract(write_osm(([1, 2, 3], {**ROAD, "name": "示例路", "ref": "X1", "name:zh": "另名"})))
    assert list(edges.columns) == [*COLUMNS, "geometry"]
    assert {name: str(kind) for name, kind in edges.dtypes.items() if name != "geometry"} == COLUMNS
    assert ends(edges) == [(1, 3)]
    row = edges.iloc[0]
    assert (row["name"], row["ref"], row["status"], row["way_id"]) == ("示例路", "X1", "real", 1)
    assert (row["kmh_fwd"], row["kmh_bwd"]) == (25, 25)
    assert row["length"] == pytest.approx(Geod(ellps="WGS84").inv(0.001, 0, 0.003, 0)[2], abs=1e-6)
    assert edges[["hgv", "access", "maxheight"]].isna().all(axis=None)
    assert edges.crs.to_epsg() == 4326
    assert (report.ways_read, report.ways_kept, report.edges, report.junctions) == (1, 1, 1, 2)
    assert (report.named, report.one_ways, report.small_parts_edges) == (1, 0, 0)
    assert report.km_by_class == {"residential": pytest.approx(0.223, abs=1e-3)}


def test_name_has_no_fallback_and_stays_null(write_osm):
    edges, _ = read_extract(write_osm(([1, 2], {**ROAD, "name:zh": "示例路"})))
    assert edges["name"].isna().all()


def test_split_at_shared_node_only(write_osm):
    edges, _ = read_extract(write_osm(([1, 2, 3], ROAD), ([2, 12, 22], ROAD)))
    assert ends(edges) == [(1, 2), (2, 3), (2, 22)]


def test_no_split_where_only_a_footway_crosses(write_osm):
    edges, report = read_extract(write_osm(([1, 2, 3], ROAD), ([2, 12], {"highway": "footway"})))
    assert ends(edges) == [(1, 3)]
    assert report.skipped == {"not-for-motor-vehicles": 1}


def test_split_where_a_way_crosses_itself(write_osm):
    edges, _ = read_extract(write_osm(([1, 2, 3, 13, 12, 2], ROAD)))
    assert (1, 2) in ends(edges)
    assert (edges["u"] != edges["v"]).all()
    assert edges["length"].sum() == pytest.approx(5 * 111, rel=0.01)


def test_loop_is_cut_in_two(write_osm):
    edges, _ = read_extract(write_osm(([1, 2, 12, 11, 1], ROAD)))
    assert len(edges) == 2
    assert ends(edges)[0] == ends(edges)[1]
    assert (edges["u"] != edges["v"]).all()


def test_there_and_back_on_the_same_nodes_is_one_road(write_osm):
    edges, report = read_extract(write_osm(([1, 2, 1], ROAD)))
    assert ends(edges) == [(1, 2)]
    assert report.skipped == {}


def test_a_road_drawn_twice_is_one_road(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2, 3], {**ROAD, "name": "示例路"}),
            ([3, 2, 1], ROAD),
            ([1, 2, 3], {**ROAD, "maxspeed": "20"}),
            ([1, 2, 3], {**ROAD, "hgv": "no"}),
            ([1, 2, 3], {**ROAD, "oneway": "yes"}),
            ([3, 2, 1], {**ROAD, "oneway": "-1"}),
        )
    )
    assert edges["way_id"].value_counts().to_dict() == {1: 2, 3: 2, 4: 2, 5: 2}  # each cut at node 2
    assert edges["name"].dropna().tolist() == ["示例路"] * 2
    assert report.skipped == {"twice": 2}
    assert report.ways_read == report.ways_kept + 2


def test_one_ways(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2], {**ROAD, "oneway": "yes"}),
            ([2, 3], {**ROAD, "oneway": "-1"}),
            ([3, 13, 14, 4, 3], {**ROAD, "junction": "roundabout"}),
            ([4, 5], {"highway": "motorway"}),
        )
    )
    forward = dict(zip(edges["way_id"], edges["kmh_fwd"], strict=True))
    backward = dict(zip(edges["way_id"], edges["kmh_bwd"], strict=True))
    assert forward == {1: 25, 2: 0, 3: 25, 4: 80}
    assert backward == {1: 0, 2: 25, 3: 0, 4: 0}
    assert (report.one_ways, report.reversed_one_ways) == (4, 1)
    assert (edges["way_id"] == 3).sum() == 2  # between the nodes 3 and 4 where other roads leave


def test_limits_access_and_counts(write_osm):
    edges, report = read_extract(
        write_osm(
            ([1, 2], {**ROAD, "maxheight": "12'6\"", "maxweight": "7500 kg", "maxspeed": "30", "hgv": "no"}),
            ([2, 3], {**ROAD, "access": "destination", "maxwidth": "2.3 m", "maxlength": "default"}),
            ([3, 4], {**ROAD, "access": "no", "motor_vehicle": "yes"}),
            ([4, 5], {**ROAD, "access": "private"}),
            ([5, 15, 14, 5], {"highway": "service", "area": "yes"}),
            ([5, 6], {**ROAD, "maxheight:physical": "2.9", "maxweightrating": "3.5"}),
            ([6, 7], {**ROAD, "maxheight": "4", "maxheight:physical": "4.2", "maxweight": "none"}),
        )
    )
    first, second, third = (edges.iloc[i] for i in range(3))
    assert (first["maxheight"], first["maxweight"], first["hgv"]) == (pytest.approx(3.81), 7.5, "no")
    assert (second["access"], second["maxwidth"]) == ("destination", 2.3)
    assert edges["maxlength"].isna().all()
    assert third["access"] == "yes"
    physical, signed = (edges[edges["way_id"] == way].iloc[0] for way in (6, 7))
    assert (physical["maxheight"], physical["maxweight"]) == (2.9, 3.5)
    assert signed["maxheight"] == 4.0
    assert (report.with_speed_limit, report.with_truck_limits) == (1, 4)
    assert report.skipped == {"area": 1, "not-for-motor-vehicles": 1}


def test_two_nodes_at_one_place_become_one_junction(tmp_path):
    import osmium
    from osmium.osm.mutable import Node, Way

    path = tmp_path / "twins.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for node, lon in ((1, 0.0), (2, 0.001), (3, 0.001), (4, 0.002)):
            writer.add_node(Node(id=node, location=(lon, 0.0)))
        writer.add_way(Way(id=1, nodes=[1, 2, 3, 4], tags=ROAD))
        writer.add_way(Way(id=2, nodes=[2, 3], tags=ROAD))
        writer.add_way(Way(id=3, nodes=[4, 3], tags=ROAD))
    edges, report = read_extract(path)
    assert ends(edges) == [(1, 2), (2, 4)]
    assert (edges["length"] > 0).all()
    assert report.skipped == {"no-places": 1, "twice": 1}


def test_gap_where_a_node_is_lost(write_osm):
    edges, _ = read_extract(write_osm(([1, 2, 3, 4, 5, 6], ROAD), lost=(3,)))
    assert ends(edges) == [(1, 2), (4, 6)]


def test_way_without_places_is_counted(write_osm):
    _, report = read_extract(write_osm(([1, 2], ROAD), ([5, 6], ROAD), lost=(5,)))
    assert report.skipped == {"no-places": 1}


def test_small_part_is_kept_and_told(write_osm):
    edges, report = read_extract(write_osm(([1, 2], ROAD), ([2, 3], ROAD), ([21, 22], ROAD)))
    assert len(edges) == 3
    assert report.small_parts_edges == 1
    assert report.small_parts_km == pytest.approx(0.111, abs=1e-3)


def test_area_keeps_edges_that_touch_it(write_osm):
    path = write_osm(([1, 2, 3], ROAD), ([4, 3], ROAD), ([13, 2], ROAD), ([51, 52], ROAD))
    edges, report = read_extract(path, shapely.box(0.0025, -0.001, 0.01, 0.002))
    assert ends(edges) == [(2, 3), (2, 13), (3, 4)]
    assert report.skipped == {"outside-area": 1}
    assert (report.ways_read, report.ways_kept) == (4, 3)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.gz", "a.osm.bz2", "a.pbf"])
def test_formats_by_content_not_by_name(write_osm, name):
    path = write_osm(([1, 2], ROAD), name=name)
    assert len(read_extract(path)[0]) == 1
    renamed = path.rename(path.with_name("download"))
    assert len(read_extract(renamed)[0]) == 1


def test_import_writes_layer_and_facts(write_osm, tmp_path):
    steps = []
    facts, report = import_extract(
        write_osm(([1, 2], ROAD)), "tiny", tmp_path / "roads", progress=lambda *step: steps.append(step)
    )
    assert sorted(file.name for file in (tmp_path / "roads").iterdir()) == ["tiny.gpkg", "tiny.json"]
    layer = tmp_path / "roads" / "tiny.gpkg"
    assert layer_facts(layer) == facts
    assert (facts.name, facts.source, facts.edges, facts.notice) == ("tiny", "tiny.osm.pbf", report.edges, None)
    assert facts.attribution == "© OpenStreetMap contributors"
    assert facts.largest_part_share == 1.0
    assert len(read_layer(layer)) == 1
    assert [step for step, _ in groupby(step for step, _ in steps)] == ["read", "split", "write", "done"]
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    assert NOTICE["en"] == "demonstration roads, not for navigation"


def test_import_replaces_a_layer(write_osm, tmp_path):
    import_extract(write_osm(([1, 2], ROAD)), "tiny", tmp_path)
    facts, _ = import_extract(write_osm(([1, 2], ROAD), ([2, 3], ROAD)), "tiny", tmp_path)
    assert facts.edges == len(read_layer(tmp_path / "tiny.gpkg")) == 2


@pytest.mark.parametrize("name", ["", "Tiny", "-a", "a b", "../a", "a" * 41, "a.b", "达州", "a\n"])
def test_bad_layer_name(write_osm, tmp_path, name):
    with pytest.raises(InputError) as caught:
        import_extract(write_osm(([1, 2], ROAD)), name, tmp_path / "roads")
    assert caught.value.code == "layer-name"
    assert not (tmp_path / "roads").exists()


def test_large_files_keep_node_places_on_disk(extracts, monkeypatch):
    small, _ = read_extract(extracts / "helsinki-centre.osm.pbf")
    monkeypatch.setattr("routing.roads.osm.file.LARGE", 0)
    large, _ = read_extract(extracts / "helsinki-centre.osm.pbf")
    assert large.equals(small)


@pytest.mark.parametrize("kinds", [["flex_mem"], ["flex_mem", "sparse_mmap_array"]])
def test_nodes_in_any_order(tmp_path, monkeypatch, kinds):
    """As editors write them; on systems with and without the smaller store of places."""
    import osmium
    from osmium.osm.mutable import Node, Way

    monkeypatch.setattr(osmium.index, "map_types", lambda: kinds)
    path = tmp_path / "mixed.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for node in (7, 3, 9, 1):
            writer.add_node(Node(id=node, location=(node * 0.001, 0.0)))
        writer.add_way(Way(id=1, nodes=[1, 3, 7, 9], tags=ROAD))
    edges, _ = read_extract(path)
    assert shapely.get_coordinates(edges.geometry.to_numpy())[:, 0] == pytest.approx([0.001, 0.003, 0.007, 0.009])


def test_import_and_read_extract_agree(extracts, tmp_path):
    """Two ways to the same layer: by file, without pandas, and as a table."""
    path = extracts / "helsinki-centre.osm.pbf"
    facts, report = import_extract(path, "town", tmp_path)
    stored = read_layer(tmp_path / "town.gpkg")
    edges, same = read_extract(path)
    assert same == report
    assert stored.attrs["repaired"] == {}
    assert stored.attrs["rules"] == edges.attrs["rules"]
    assert len(edges.attrs["rules"]) == report.restrictions_kept == 39
    assert stored.drop(columns="geometry").equals(edges.drop(columns="geometry"))
    assert stored.geometry.geom_equals_exact(edges.geometry, 0).all()
    assert describe(edges, name="town").bbox == facts.bbox


def test_share_read_grows_with_the_file(extracts, monkeypatch):
    monkeypatch.setattr("routing.roads.osm.file.PAUSE", 0.0)
    steps = []
    read_extract(extracts / "andorra-2025-01-19.osm.pbf", progress=lambda *step: steps.append(step))
    shares = [share for step, share in steps if step == "read"]
    assert shares == sorted(shares)
    assert len({share for share in shares if 0 < share < 0.6}) > 2


def test_import_loads_neither_gdal_nor_pandas(extracts, tmp_path):
    """They alone are larger than all that an import of a county needs."""
    code = (
        "import sys, pathlib; from routing.roads.osm import import_extract;"
        f"import_extract(pathlib.Path({str(extracts / 'monaco.osm.pbf')!r}), 'town', pathlib.Path({str(tmp_path)!r}));"
        "print(sorted({'pandas', 'geopandas', 'pyogrio'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
