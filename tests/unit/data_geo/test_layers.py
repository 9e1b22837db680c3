"""The shipped demonstration layers: complete, consistent, honest about what is invented, and rebuildable."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FOLDER = Path(__file__).resolve().parents[3] / "data" / "geo"
METRIC = 32648
POINT_LAYERS = ("towns", "communities", "stations", "centres", "depots")
HONEST_WORDS = {"real", "schematic", "synthetic"}
CITY_POPULATION = 5_385_422
CORE_OFFICE_PREFIX = {"511702001", "511702002", "511702003", "511702004", "511702005", "511703001", "511703002"}
ROAD_COLUMNS = [
    "edge_id", "u", "v", "way_id", "highway", "name", "ref", "kmh_fwd", "kmh_bwd", "length",
    "maxheight", "maxweight", "maxwidth", "maxlength", "hgv", "access", "status", "geometry",
]  # fmt: skip


def read(name):
    return gpd.read_file(FOLDER / f"{name}.geojson", engine="pyogrio")


@pytest.fixture(scope="module")
def counties():
    return read("counties")


@pytest.fixture(scope="module")
def towns():
    return read("towns")


@pytest.fixture(scope="module")
def communities():
    return read("communities")


@pytest.fixture(scope="module")
def edges():
    return gpd.read_file(FOLDER / "roads.gpkg", layer="edges", engine="pyogrio")


@pytest.fixture
def manifest():
    return json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))


def test_counts(counties, towns, communities):
    assert (len(counties), len(towns), len(communities)) == (7, 200, 2283)
    assert towns["code"].is_unique
    assert communities["code"].is_unique


def test_county_populations_sum_to_the_census(counties):
    assert counties["population"].sum() == CITY_POPULATION
    by_code = counties.set_index("adcode")["population"]
    assert by_code["511702"] == 905_700
    assert by_code["511702"] + by_code["511703"] == 1_850_869
    rounded = counties.loc[counties["population_status"] == "census_rounded", "adcode"]
    assert set(rounded) == {"511702", "511703"}


def test_populations_add_up_at_every_level(counties, towns, communities):
    in_towns = communities.groupby("town_code")["population"].sum()
    assert in_towns.to_dict() == towns.set_index("code")["population"].to_dict()
    in_counties = towns.groupby("county_code")["population"].sum()
    assert in_counties.to_dict() == counties.set_index("adcode")["population"].to_dict()
    assert (communities["population"] > 0).all()


def test_published_town_populations_are_kept(towns):
    published = json.loads((FOLDER / "sources/facts.json").read_text(encoding="utf-8"))["xuanhan_towns_2020"]
    census = towns[towns["population_status"] == "census"].set_index("name")["population"]
    assert census.to_dict() == published


def test_street_offices_have_bigger_communities_than_villages(communities):
    offices = communities["town_name"].str.endswith("街道")
    urban = communities[offices & (communities["kind"] == "urban")]["population"]
    rural = communities[communities["kind"] == "rural"]["population"]
    assert urban.median() > 3 * rural.median()


def test_short_names_keep_the_real_name(communities):
    assert not communities["name"].str.contains("委员会|居委会").any()
    by_code = communities.set_index("code")["name"]
    assert by_code["511702001001"] == "二马路社区"
    assert (by_code.str.len() >= 2).all()
    assert communities.loc[communities["kind"] == "rural", "name"].str.contains("(?:村|社区)$").all()


def test_county_outlines_are_a_valid_coverage(counties):
    assert shapely.coverage_is_valid(counties.geometry.to_numpy())


@pytest.mark.parametrize("name", POINT_LAYERS)
def test_each_point_stands_in_its_county(name, counties):
    outline = counties.set_index("adcode").geometry
    layer = read(name)
    inside = [outline[code].covers(p) for code, p in zip(layer["county_code"], layer.geometry, strict=True)]
    assert layer[~np.array(inside)].empty


def test_every_feature_says_how_honest_it_is(counties, edges):
    assert set(counties["status"]) == {"real"}
    assert set(edges["status"]) == {"schematic", "synthetic"}
    for name in POINT_LAYERS:
        layer = read(name)
        column = "position_status" if name in ("towns", "communities") else "status"
        assert set(layer[column]) <= HONEST_WORDS
    assert set(read("communities")["position_status"]) == {"synthetic"}
    assert (read("towns")["position_status"] == "real").sum() == len(counties)  # the seats


def real_names():
    facts = json.loads((FOLDER / "sources/roads_streets_facts.json").read_text(encoding="utf-8"))
    names = [re.sub(r"[ (（].*", "", name) for street in facts["streets"].values() for name in street]
    names += [road["name"] for road in facts["roads"] if "name" in road]
    return set(names)


def test_no_invented_line_has_a_real_name(edges):
    names = edges["name"].dropna()
    real = real_names()
    assert "朝阳东路" in real
    assert not [n for n in set(names) if any(r in n for r in real)]
    assert names.str.fullmatch(r"示例[路街] \d{3,}").all()
    assert edges.loc[edges["status"] == "synthetic", "ref"].isna().all()
    assert set(edges["ref"].dropna()) == {"G65", "G5012", "G5515", "G210", "G318", "G347", "G542"}


def test_manifest_warns_and_its_hashes_are_those_of_the_files(manifest):
    assert manifest["notice"] == {
        "zh": "演示路网(合成)，不可用于导航",
        "en": "demonstration roads, not for navigation",
    }
    assert "审图号" in manifest["outline_note"]["zh"]
    files = {layer["file"] for layer in manifest["layers"]}
    assert files == {f"{n}.geojson" for n in ("counties", *POINT_LAYERS)} | {"roads.gpkg"}
    for layer in manifest["layers"]:
        assert layer["crs"] == "WGS84"
        assert layer["sha256"] == hashlib.sha256((FOLDER / layer["file"]).read_bytes()).hexdigest()
        assert sum(layer["counts_by_status"].values()) == layer["features"]


def test_manifest_counts_the_roads(manifest, edges):
    roads = next(layer for layer in manifest["layers"] if layer["file"] == "roads.gpkg")
    assert roads["edges"] == roads["features"] == len(edges)
    assert roads["junctions"] == np.unique(edges[["u", "v"]]).size
    assert sum(roads["km_by_class"].values()) == pytest.approx(edges["length"].sum() / 1000, abs=1)


def test_rebuilding_gives_the_same_bytes(tmp_path, manifest):
    subprocess.run([sys.executable, FOLDER / "build.py", "--out", tmp_path], check=True, timeout=300)
    rebuilt = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    shipped_with = manifest.pop("built_with")
    note = f"shipped with {shipped_with}, rebuilt with {rebuilt.pop('built_with')}"
    for layer in manifest["layers"]:
        file = layer["file"]
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes(), f"{file}: {note}"
    assert rebuilt == manifest


def test_road_columns_and_budget(edges):
    assert list(edges.columns) == ROAD_COLUMNS
    assert edges["edge_id"].tolist() == list(range(len(edges)))
    assert len(edges) < 9000
    assert (FOLDER / "roads.gpkg").stat().st_size < 2_500_000
    for column, kind in {"u": "int64", "v": "int64", "way_id": "int64", "kmh_fwd": "int32", "kmh_bwd": "int32"}.items():
        assert edges[column].dtype == kind


def test_edges_meet_exactly_at_their_junctions(edges):
    where = {}
    for u, v, line in zip(edges["u"], edges["v"], edges.geometry, strict=True):
        for junction, end in ((u, line.coords[0]), (v, line.coords[-1])):
            assert where.setdefault(junction, end) == end
    assert len(set(where.values())) == len(where)  # no two junctions on one spot


def test_lengths_are_the_geodesic_ones(edges):
    geod = Geod(ellps="WGS84")
    metres = np.array([geod.geometry_length(line) for line in edges.geometry])
    assert np.abs(edges["length"] - metres).max() < 0.01
    assert edges["length"].min() > 1


def strong_components(edges):
    f, b = (edges[c].to_numpy() > 0 for c in ("kmh_fwd", "kmh_bwd"))
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    start, end = np.concatenate([u[f], v[b]]), np.concatenate([v[f], u[b]])
    size = max(u.max(), v.max()) + 1
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    return connected_components(graph, directed=True, connection="strong")[0]


def test_every_junction_reaches_every_other_one(edges):
    assert strong_components(edges) == 1
    # Control: the count does see direction.
    assert strong_components(edges.assign(kmh_bwd=0)) > 1


def test_some_streets_are_one_way(edges):
    core = shapely.intersects(edges.to_crs(METRIC).geometry.to_numpy(), shapely.Point(736465, 3455309).buffer(4500))
    share = (edges.loc[core, "kmh_bwd"] == 0).mean()
    assert 0.05 < share < 0.15
    assert (edges["kmh_fwd"] > 0).all()


def test_limits_are_there_and_leave_all_bridges_of_class_primary_free(edges):
    assert edges["maxheight"].dropna().between(2.2, 3.0).all()
    assert edges["maxheight"].count() >= 3
    assert edges["maxweight"].count() >= 10
    assert edges.loc[edges["highway"] == "primary", "maxweight"].isna().all()


def distances(layer, edges):
    tree = shapely.STRtree(edges.to_crs(METRIC).geometry.to_numpy())
    return tree.query_nearest(layer.to_crs(METRIC).geometry.to_numpy(), return_distance=True, all_matches=False)[1]


@pytest.mark.parametrize(
    ("name", "metres"), [("communities", 250), ("stations", 60), ("centres", 60), ("depots", 60), ("towns", 250)]
)
def test_roads_reach_every_place(name, metres, edges):
    assert distances(read(name), edges).max() <= metres


def test_the_core_is_a_city(communities, manifest):
    core = manifest["city"]["core"]
    centre = gpd.GeoSeries.from_xy([core["lon"]], [core["lat"]], crs=4326).to_crs(METRIC).iloc[0]
    inner = communities[communities.to_crs(METRIC).distance(centre) < 4000].to_crs(METRIC)
    assert len(inner) >= 60
    offices = communities["town_code"].isin(CORE_OFFICE_PREFIX) & (communities["kind"] == "urban")
    assert communities[offices]["code"].isin(inner["code"]).all()
    xy = shapely.get_coordinates(inner.geometry)
    gaps = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + np.eye(len(xy)) * 1e6
    assert gaps.min() > 190


def test_sites_serve_the_core_and_every_county(counties, manifest):
    core = manifest["city"]["core"]
    centre = gpd.GeoSeries.from_xy([core["lon"]], [core["lat"]], crs=4326).to_crs(METRIC).iloc[0]
    centres = read("centres")
    near = centres[centres.to_crs(METRIC).distance(centre) < 6300]
    assert {"comprehensive", "specialised"} <= set(near["kind"])
    served = set(centres.loc[centres["kind"] == "comprehensive", "county_code"])
    assert served == set(counties["adcode"]) - {"511703"}  # the two districts share the core's centre
    assert set(read("depots")["county_code"]) == served
    assert len(read("stations")) >= 36
    for name in ("stations", "centres", "depots"):
        layer = read(name)
        assert layer["code"].is_unique
        assert layer["name"].str.startswith("示例").all()
        assert layer["unload_minutes"].between(15, 30).all()
