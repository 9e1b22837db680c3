import json
import os

import geopandas
import numpy as np
import pytest

from routing.errors import InputError
from routing.roads import layer
from routing.roads.facts import describe
from routing.roads.layer import COLUMNS, layer_facts, read_layer, status_notice, write_layer
from routing.roads.osm import read_extract

ROAD = {"highway": "residential"}


@pytest.fixture
def edges(write_osm):
    return read_extract(
        write_osm(([1, 2, 3], {**ROAD, "maxheight": "3.5"}), ([2, 12], {**ROAD, "name": "示例路"}), ([3, 4], ROAD))
    )[0]


@pytest.fixture
def written(edges, tmp_path):
    path = tmp_path / "town.gpkg"
    write_layer(edges, path, describe(edges, name="town", source="town.osm.pbf", made="2026-01-02"))
    return path


def refused(call, code, *words):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    for word in words:
        assert word in str(caught.value)


def test_round_trip(edges, written):
    found = read_layer(written)
    assert {name: str(kind) for name, kind in found.dtypes.items() if name != "geometry"} == COLUMNS
    assert found["name"].isna().tolist() == edges["name"].isna().tolist()
    assert np.isnan(found["maxheight"]).tolist() == np.isnan(edges["maxheight"]).tolist()
    assert found["length"].tolist() == edges["length"].tolist()
    assert found.geometry.geom_equals(edges.geometry).all()
    assert [str(name) for name in geopandas.list_layers(written)["name"]] == ["edges", "restrictions"]
    assert found.attrs == {"repaired": {}, "rules": []}


def test_facts_beside_the_layer(written):
    facts = layer_facts(written)
    assert (facts.source, facts.made, facts.edges, facts.junctions) == ("town.osm.pbf", "2026-01-02", 4, 5)
    stored = json.loads(written.with_suffix(".json").read_text(encoding="utf-8"))
    assert stored["km_by_class"] == facts.km_by_class
    assert stored["notice"] is None


@pytest.mark.parametrize("wrong", ["gone", "other-layer", "half", "other-keys"])
def test_facts_are_counted_when_the_file_cannot_be_believed(written, wrong):
    beside = written.with_suffix(".json")
    text = beside.read_text(encoding="utf-8")
    if wrong == "gone":
        beside.unlink()
    elif wrong == "other-layer":
        beside.write_text(json.dumps({**json.loads(text), "layer_sha256": "0"}), encoding="utf-8")
    elif wrong == "half":
        beside.write_text(text[: len(text) // 2], encoding="utf-8")
    else:
        beside.write_text('{"name": "town"}', encoding="utf-8")
    facts = layer_facts(written)
    assert (facts.name, facts.source, facts.edges) == ("town", "", 4)
    assert facts.attribution == "© OpenStreetMap contributors"
    assert facts.km == pytest.approx(sum(facts.km_by_class.values()))


def test_notice(edges, tmp_path):
    edges.loc[0, "status"] = "synthetic"
    facts = describe(edges, name="demo")
    assert facts.notice == {
        "zh": "演示路网(合成)，不可用于导航",
        "en": "demonstration roads, not for navigation",
    }
    assert facts.statuses == {"real": 3, "synthetic": 1}
    assert status_notice(["real", "schematic"]) == facts.notice
    assert status_notice(["real"]) is None
    assert status_notice([]) is None


def test_largest_part_share(write_osm):
    roads = read_extract(write_osm(([1, 2, 3, 4], ROAD), ([21, 22], ROAD), ([4, 5], {**ROAD, "oneway": "yes"})))[0]
    facts = describe(roads, name="x")
    assert facts.largest_part_share == pytest.approx(3 / 5, abs=1e-3)
    assert facts.bbox == (0.001, 0.0, 0.005, 0.002)


def test_missing(tmp_path):
    refused(lambda: read_layer(tmp_path / "none.gpkg"), "layer-missing", "none.gpkg")
    refused(lambda: layer_facts(tmp_path / "none.gpkg"), "layer-missing", "none.gpkg")


@pytest.mark.filterwarnings("ignore:GPKG")
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"SQLite format 3\0" + b"\0" * 5000, b"{}"])
def test_not_a_geopackage(tmp_path, content):
    path = tmp_path / "bad.gpkg"
    path.write_bytes(content)
    refused(lambda: read_layer(path), "layer-not-geopackage", "bad.gpkg")


def test_cut_geopackage(written):
    content = written.read_bytes()
    written.write_bytes(content[: len(content) // 2])
    refused(lambda: read_layer(written), "layer-not-geopackage", "town.gpkg")


def test_other_table(edges, tmp_path):
    edges.to_file(tmp_path / "o.gpkg", layer="roads", driver="GPKG")
    refused(lambda: read_layer(tmp_path / "o.gpkg"), "layer-not-geopackage", "edges")


def test_missing_columns(edges, tmp_path):
    edges.drop(columns=["kmh_fwd", "hgv"]).to_file(tmp_path / "o.gpkg", layer="edges", driver="GPKG")
    refused(lambda: read_layer(tmp_path / "o.gpkg"), "layer-columns", "kmh_fwd", "hgv")


def test_empty(edges, tmp_path):
    edges.iloc[:0].to_file(tmp_path / "o.gpkg", layer="edges", driver="GPKG")
    refused(lambda: read_layer(tmp_path / "o.gpkg"), "layer-empty", "o.gpkg")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "invented"),
        ("status", None),
        ("highway", None),
        ("kmh_fwd", -5),
        ("kmh_bwd", 999),
        ("edge_id", 0),
        ("edge_id", 1.5),
        ("u", None),
        ("u", 0.5),
        ("maxheight", "3 parsecs"),
    ],
)
def test_values_that_cannot_be(edges, tmp_path, column, value):
    edges[column] = edges[column].astype(object)
    edges.loc[2, column] = value
    edges.to_file(tmp_path / "o.gpkg", layer="edges", driver="GPKG")
    refused(lambda: read_layer(tmp_path / "o.gpkg"), "layer-value", "o.gpkg", column)


def test_row_is_named(edges):
    edges.loc[2, "kmh_fwd"] = 201
    refused(lambda: layer.checked(edges, "o.gpkg"), "layer-value", "row 3", "kmh_fwd")


def test_rows_in_any_order_come_back_in_order(edges, tmp_path):
    edges.iloc[::-1].to_file(tmp_path / "o.gpkg", layer="edges", driver="GPKG")
    assert read_layer(tmp_path / "o.gpkg")["edge_id"].tolist() == [0, 1, 2, 3]


def test_bad_edges_are_not_written(edges, written):
    before = written.read_bytes()
    edges.loc[0, "kmh_fwd"] = -1
    refused(lambda: write_layer(edges, written, describe(edges, name="town")), "layer-value")
    assert written.read_bytes() == before


def test_failed_write_leaves_the_old_layer_and_no_rest(edges, written, monkeypatch):
    before = {file.name: file.read_bytes() for file in written.parent.glob("town.*")}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_layer(edges.iloc[:2], written, describe(edges, name="town"))
    monkeypatch.undo()
    names = {file.name for file in written.parent.iterdir()} - {"tiny.osm.pbf"}
    assert {name: (written.parent / name).read_bytes() for name in names} == before


def test_death_between_layer_and_facts_is_seen(edges, written, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(layer, "write_facts", killed)
    with pytest.raises(KeyboardInterrupt):
        write_layer(edges.iloc[:2], written, describe(edges, name="town", source="new"))
    assert layer_facts(written).edges == 2  # not the 4 that town.json still tells


def test_facts_are_counted_from_mended_edges(edges, tmp_path):
    edges.loc[3, "geometry"] = None
    facts = write_layer(
        edges, tmp_path / "o.gpkg", describe(edges, name="town", source="bureau.shp", made="2026-01-02")
    )
    assert (facts.edges, facts.source, facts.made) == (3, "bureau.shp", "2026-01-02")
    assert layer_facts(tmp_path / "o.gpkg") == facts
    assert read_layer(tmp_path / "o.gpkg").attrs["repaired"] == {}


def test_checking_twice_counts_once(edges):
    edges.loc[0, ["kmh_fwd", "kmh_bwd"]] = 0
    edges.loc[1, "length"] = -1.0
    once = layer.checked(edges, "o")
    assert once.attrs["repaired"] == {"closed": 1, "length": 1}
    assert layer.checked(once, "o").attrs["repaired"] == {"closed": 1, "length": 1}
