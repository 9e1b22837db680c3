"""Every wrong file gets its sentence and leaves nothing behind."""

import json
import zlib

import pytest

from routing.errors import InputError
from routing.roads.osm import import_extract

ROAD = {"highway": "residential"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + zlib.compress(b"\x00" * 500)
HTML = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>gone</body></html>"


def refused(path, folder, code, area=None):
    with pytest.raises(InputError) as caught:
        import_extract(path, "town", folder, area)
    assert caught.value.code == code
    assert (area.name if area is not None and "area-" in code else path.name) in str(caught.value)
    assert not folder.exists()
    return str(caught.value)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "layers"


def test_missing(tmp_path, folder):
    refused(tmp_path / "sichuan.osm.pbf", folder, "osm-missing")


def test_folder_instead_of_file(tmp_path, folder):
    refused(tmp_path, folder, "osm-missing")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.osm.pbf", "osm-empty"),
        (PNG, "a.osm.pbf", "not-osm"),
        (PNG, "a.png", "not-osm"),
        (b"just a note\n", "a.txt", "not-osm"),
        (b"just a note\n", "a.osm.pbf", "not-osm"),
        (HTML, "a.osm.pbf", "not-osm"),
        (HTML, "a.osm", "not-osm"),
        (b"<?xml version='1.0'?><gpx></gpx>", "a.osm", "not-osm"),
        (b"PK\x03\x04" + b"\x00" * 100, "a.osm.pbf", "not-osm"),
        (b"\x1f\x8b" + b"\x00" * 100, "a.osm.gz", "osm-damaged"),
        (b"BZh9" + b"\x00" * 100, "a.osm.bz2", "osm-damaged"),
        (b"<osm version='0.6'><node id='1' lat='0'", "a.osm", "osm-damaged"),
        (b"<osm version='0.6'></osm>", "a.osm", "no-roads"),
    ],
)
def test_not_osm(tmp_path, folder, content, name, code):
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, folder, code)


def test_web_page_is_called_a_web_page(tmp_path, folder):
    path = tmp_path / "sichuan-latest.osm.pbf"
    path.write_bytes(HTML)
    assert "web page" in refused(path, folder, "not-osm")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9, 0.9999])
def test_cut_in_the_middle(extracts, tmp_path, folder, share):
    whole = (extracts / "monaco.osm.pbf").read_bytes()
    path = tmp_path / "monaco.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "Download it again" in refused(path, folder, "osm-damaged")


def test_damaged_inside(extracts, tmp_path, folder):
    content = bytearray((extracts / "monaco.osm.pbf").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
    path = tmp_path / "monaco.osm.pbf"
    path.write_bytes(content)
    refused(path, folder, "osm-damaged")


def test_cut_file_leaves_the_old_layer(extracts, tmp_path):
    path = tmp_path / "monaco.osm.pbf"
    whole = (extracts / "monaco.osm.pbf").read_bytes()
    path.write_bytes(whole)
    import_extract(path, "town", tmp_path / "layers")
    before = {file.name: file.read_bytes() for file in (tmp_path / "layers").iterdir()}
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        import_extract(path, "town", tmp_path / "layers")
    assert {file.name: file.read_bytes() for file in (tmp_path / "layers").iterdir()} == before


def test_no_drivable_roads(write_osm, folder):
    refused(write_osm(([1, 2], {"highway": "footway"}), ([2, 3], {"building": "yes"})), folder, "no-roads")


def test_no_places(write_osm, folder):
    refused(write_osm(([1, 2], ROAD), lost=(1, 2)), folder, "no-roads")


POINT = {"type": "Point", "coordinates": [0, 0]}
AWAY = {"type": "Polygon", "coordinates": [[[5, 5], [6, 5], [6, 6], [5, 5]]]}
METRES = {"type": "Polygon", "coordinates": [[[500000, 0], [600000, 0], [600000, 9], [500000, 0]]]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("not json", "area-not-geojson"),
        ("[1, 2]", "area-not-geojson"),
        ('{"type": "Topology"}', "area-not-geojson"),
        ('{"type": "FeatureCollection"}', "area-not-geojson"),
        ('{"type": "Polygon", "coordinates": "round"}', "area-not-geojson"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "area-not-geojson"),
        ('{"type": "FeatureCollection", "features": []}', "area-not-polygon"),
        (json.dumps({"type": "Feature", "properties": {}, "geometry": None}), "area-not-polygon"),
        (json.dumps({"type": "Feature", "properties": {}, "geometry": POINT}), "area-not-polygon"),
        (json.dumps(METRES), "area-not-degrees"),
        (json.dumps(AWAY), "no-roads-in-area"),
    ],
)
def test_wrong_area(write_osm, tmp_path, folder, content, code):
    area = tmp_path / "dazhou.geojson"
    area.write_text(content, encoding="utf-8")
    refused(write_osm(([1, 2], ROAD)), folder, code, area)


def test_area_file_missing_or_binary(write_osm, tmp_path, folder):
    path = write_osm(([1, 2], ROAD))
    refused(path, folder, "area-missing", tmp_path / "none.geojson")
    area = tmp_path / "area.geojson"
    area.write_bytes(PNG)
    refused(path, folder, "area-not-geojson", area)


def test_area_of_two_features_and_a_bow_tie(write_osm, tmp_path):
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [0.01, 0.01], [0.01, 0], [0, 0.01], [0, 0]]]}
    shapes = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in (AWAY, bow, POINT)]
    area = tmp_path / "two.geojson"
    area.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), encoding="utf-8")
    facts, _ = import_extract(write_osm(([1, 2, 11], ROAD)), "town", tmp_path / "layers", area)
    assert facts.edges == 1
