"""Layers as files: what is read of each format, and each wrong file told with its remedy."""

import io
import json
import sqlite3
import zipfile
from contextlib import suppress

import numpy as np
import pyogrio.raw
import pytest
import shapely

from recycling.errors import BadRequestError
from recycling.layers.datum import in_wgs84, word_of
from recycling.layers.reading import read
from recycling.layers.writing import FORMS, written
from routing.roads.crs import from_wgs84

SITE = {
    "code": "P1", "ref": "=A1", "name": "城北", "name_en": "-North", "kind": "own", "open": "yes", "size": "small",
    "operator": "示例", "ownership": "rented", "rent_yuan": 180000.5, "run_yuan": 0.1, "land": "buildable",
    "land_m2": 2600.0, "materials": "paper=1500; metal=600", "hours": "07:30-19:00", "feeds": "market",
    "note": "备注" * 40, "lon": 107.473801, "lat": 31.206299,
}  # fmt: skip
OTHER = {"code": "CEN-01", "name": "x", "kind": "standing", "open": "no", "size": "standing", "lon": 107.1, "lat": 31.2}


def collection(*geometries, **more):
    features = [{"type": "Feature", "properties": {"name": "a"}, "geometry": one} for one in geometries]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def point(*coordinates):
    return {"type": "Point", "coordinates": list(coordinates)}


def packed(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed_package(*statements, data=None):
    file = sqlite3.connect(":memory:")
    file.deserialize(data or written("sites", [SITE], "gpkg"))
    for statement in statements:
        file.execute(statement)
    file.commit()
    return file.serialize()


def refused(data, crs="", what="sites"):
    with pytest.raises(BadRequestError) as told:
        read(data, what, crs)
    (fault,) = told.value.faults
    return fault.code


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read_again_in_every_format(form):
    found = read(written("sites", [SITE, OTHER], form), "sites")
    assert (found.faults, found.unread, found.crs) == ([], [], "wgs84")
    first, second = ({name: cell for name, cell in one.cells.items() if cell} for one in found.features)
    assert first == {name: str(int(v) if v == 2600 else v) for name, v in SITE.items() if name not in ("lon", "lat")}
    assert second["code"] == "CEN-01"
    assert [(one.lon, one.lat) for one in found.features] == [(107.473801, 31.206299), (107.1, 31.2)]


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_declared_chinese_coordinates_are_brought_to_wgs_84(crs):
    lon, lat = from_wgs84([(107.4738, 31.2062)], crs)[0]
    assert abs(lon - 107.4738) > 0.002
    (found,) = read(collection(point(lon, lat)), "sites", crs).features
    assert (found.lon, found.lat) == pytest.approx((107.4738, 31.2062), abs=2e-6)
    (found,) = read(f"name,lon,lat,crs\na,{lon},{lat},{crs}\n".encode(), "sites").features
    assert (found.lon, found.lat) == pytest.approx((107.4738, 31.2062), abs=2e-6)


def test_metres_of_a_stated_projection_become_degrees():
    # CGCS2000 / 3-degree Gauss-Kruger, central meridian 108: on it the easting is 500 km and the longitude 108.
    (found,) = read(b"name,x,y\na,500000,3454000\n", "sites", word_of("4545")).features
    assert found.lon == pytest.approx(108.0, abs=1e-6)
    assert found.lat == pytest.approx(31.207, abs=0.01)
    old = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4545"}}
    again = read(collection(point(500000, 3454000), crs={"type": "name", **old}), "sites")
    assert (again.features[0].lon, again.crs) == (found.lon, "EPSG:4545")


def test_a_shapefile_in_a_projection_and_in_chinese_letters_of_old_is_read(tmp_path):
    names = np.array(["达州城北"], dtype=object)
    shape = np.array([shapely.to_wkb(shapely.Point(500000, 3454000))], dtype=object)
    pyogrio.raw.write(
        tmp_path / "地块.shp", shape, [names], ["name"], driver="ESRI Shapefile", geometry_type="Point",
        crs="EPSG:4545", encoding="GB18030",
    )  # fmt: skip
    parts = {f"图层/{one.name}": one.read_bytes() for one in tmp_path.iterdir() if one.suffix != ".cpg"}
    found = read(packed(parts), "sites")
    assert found.features[0].cells["name"] == "达州城北"
    assert (round(found.features[0].lon, 6), found.crs) == (108.0, "EPSG:4545")
    declared = read(packed(parts), "sites", "EPSG:4545")
    assert declared.features == found.features


def test_of_an_area_a_point_inside_counts():
    ring = [[107.0, 31.0], [107.2, 31.0], [107.2, 31.1], [107.0, 31.1], [107.0, 31.0]]
    found = read(collection({"type": "Polygon", "coordinates": [ring]}), "sites")
    assert (found.areas, found.faults) == (1, [])
    assert shapely.Polygon(ring).contains(shapely.Point(found.features[0].lon, found.features[0].lat))


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "no-geometry"),
        ({"type": "LineString", "coordinates": [[107, 31], [108, 31]]}, "wrong-geometry"),
        ({"type": "GeometryCollection", "geometries": []}, "wrong-geometry"),
        ({"type": "MultiPoint", "coordinates": [[107, 31], [108, 31]]}, "many-points"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "bad-area"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "bad-coordinates"),
        ({"type": "Point", "coordinates": ["107", "31"]}, "bad-coordinates"),
        ({"type": "Point", "coordinates": [True, 31]}, "bad-coordinates"),
        ({"type": "Point", "coordinates": []}, "bad-coordinates"),
        ({"type": "Point"}, "bad-coordinates"),
        ({"type": ["Point"]}, "wrong-geometry"),
        (point(31.2, 107.5), "bad-position"),
        (point(500000, 3454000), "bad-position"),
    ],
)
def test_a_wrong_geometry_is_told_by_its_feature(geometry, code):
    found = read(collection(point(107, 31), geometry, point(107.1, 31)), "sites")
    assert [(one.number, one.fault.code) for one in found.faults] == [(2, code)]
    assert [one.number for one in found.features] == [1, 3]


def test_wrong_rows_of_a_table_are_told_by_line():
    table = "名称,经度,纬度,坐标系\na,107,31,wgs84\nb,x,31,wgs84\nc,107,31,\nd,107,31,mars\ne,107,95,gcj02\n"
    found = read(table.encode("gb18030"), "sites")
    assert [(one.number, one.fault.code) for one in found.faults] == [
        (3, "no-position"),
        (4, "crs-missing"),
        (5, "unknown-crs"),
        (6, "bad-position"),
    ]


BAD = {
    "empty": (b"  ", "empty"),
    "no table": (b"\0\1\2", "no-table"),
    "a table without a place": (b"name,note\na,b\n", "missing-columns"),
    "a table without rows": (b"name,lon,lat\n", "empty"),
    "a column twice": ("name,名称,lon,lat\na,b,1,2\n".encode(), "columns-twice"),
    "not json": (b'{"type": "FeatureCollection", ', "bad-json"),
    "not a number": (b'{"type": "FeatureCollection", "features": [], "a": NaN}', "bad-json"),
    "one feature": (json.dumps({"type": "Feature", "geometry": point(1, 2)}).encode(), "no-collection"),
    "a list": (b"[1, 2]", "no-collection"),
    "no features": (collection(), "empty"),
    "no name": (b'{"type": "FeatureCollection", "features": [{"type": "Feature"}]}', "missing-columns"),
    "an unknown system": (
        collection(point(1, 2), crs={"type": "name", "properties": {"name": "mars"}}), "unknown-crs",
    ),
    "a database of something else": (b"SQLite format 3\0" + b"x" * 200, "bad-geopackage"),
    "an empty archive": (packed({"readme.txt": "x"}), "shapefiles"),
    "half a shapefile": (packed({"a.shp": b"x", "a.dbf": b"x"}), "part-missing"),
    "two shapefiles": (packed({"a.shp": b"x", "b.shp": b"x"}), "shapefiles"),
    "no shapefile": (packed({"a.shp": b"x" * 100, "a.shx": b"x", "a.dbf": b"x" * 40}), "broken-archive"),
    "a torn archive": (written("sites", [SITE], "zip")[:-40], "broken-archive"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_file_is_told(name):
    data, code = BAD[name]
    assert refused(data) == code


def test_a_shapefile_without_its_system_asks_for_it():
    parts = parts_of(written("sites", [SITE], "zip"))
    bare = packed({name: content for name, content in parts.items() if not name.endswith(".prj")})
    assert refused(bare) == "no-crs"
    assert len(read(bare, "sites", "gcj02").features) == 1
    assert refused(packed(parts | {"sites.prj": b"nonsense"})) == "unreadable-crs"


def test_a_number_that_is_half_broken_is_no_smaller_number():
    parts = parts_of(written("sites", [SITE], "zip"))
    assert b"180000.5" in parts["sites.dbf"]
    assert (
        refused(packed(parts | {"sites.dbf": parts["sites.dbf"].replace(b"180000.5", b"18****.5")})) == "broken-number"
    )


def test_files_broken_anywhere_are_refused_or_read_and_never_more():
    whole = {form: written("sites", [SITE, OTHER], form) for form in FORMS}
    parts = parts_of(whole["zip"])
    random = np.random.default_rng(5)
    for form, data in [*whole.items(), *((name, content) for name, content in parts.items())] * 12:
        broken = bytearray(data)
        for at in random.integers(0, len(broken), 3):
            broken[at : at + 1] = bytes(random.integers(0, 256, random.integers(0, 3), dtype=np.uint8))
        sent = packed(parts | {form: bytes(broken)}) if form in parts else bytes(broken)
        with suppress(BadRequestError):  # refused is as good as read
            assert len(read(sent, "sites", "gcj02").features) <= 50


def test_a_geopackage_of_several_layers_or_of_a_view_is_told():
    more = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('b', 'features', 'b')"
    assert refused(changed_package(more)) == "several-layers"
    view = ("ALTER TABLE sites RENAME TO hidden", "CREATE VIEW sites AS SELECT * FROM hidden")
    named = "UPDATE gpkg_contents SET table_name = 'sites'"
    assert refused(changed_package("PRAGMA foreign_keys = OFF", *view, named)) == "no-table-inside"


def test_systems_are_known_by_the_words_that_people_write():
    assert [word_of(text) for text in ("", " GCJ-02 ", "BD09", "4326", "epsg:4490", "CGCS2000")] == [
        "", "gcj02", "bd09", "wgs84", "EPSG:4490", "EPSG:4490",
    ]  # fmt: skip
    for text in ("mars", "EPSG:99999", "EPSG:5773", "+proj=longlat", "/vsicurl/http://a"):
        with pytest.raises(BadRequestError, match="is not known"):
            word_of(text)
    assert np.isnan(in_wgs84(np.array([[np.inf, 0.0]]), "EPSG:4545")).all()
