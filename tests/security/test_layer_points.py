"""Layers that planners send, within limits, each by number: bytes, types, archives, GeoJSON, paths, names, cells."""

import io
import json
import re
import sqlite3
import time
import zipfile

import pytest

from recycling.errors import BadRequestError
from recycling.layers import geopackage, packed, reading
from recycling.layers.found import MOST_BYTES, MOST_FEATURES, MOST_VERTICES
from recycling.layers.reading import read, read_apart
from recycling.layers.writing import written
from web.uploads import WITH_FORM

ENGLISH = {"Accept-Language": "en"}
SITE = {"name": "a", "lon": 107.5, "lat": 31.2}


@pytest.fixture
def planner(app, signed_in):
    return signed_in(app, "planner")


@pytest.fixture
def path(planner):
    """The page of layers of a new scenario."""
    page = planner.get("/plan/sites").text
    form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
    answer = planner.post("/plan/sites", data=form | {"name": "现状"})
    return answer.headers["Location"] + "/layers"


@pytest.fixture
def send(planner, path):
    """Return a function that sends a file to the page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', planner.get(path).text).group(1)

    def call(data, name="layer.geojson", **form):
        sent = {"csrf_token": token, "what": "sites", "file": (io.BytesIO(data), name), **form}
        return planner.post(path, data=sent, headers=ENGLISH)

    return call


def collection(*geometries, **properties):
    rows = [{"type": "Feature", "properties": {"name": "a"} | properties, "geometry": one} for one in geometries]
    return json.dumps({"type": "FeatureCollection", "features": rows}).encode()


POINT = {"type": "Point", "coordinates": [107.5, 31.2]}


def refused(data, code):
    with pytest.raises(BadRequestError) as told:
        read(data, "sites")
    assert told.value.faults[0].code == code


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def parts():
    with zipfile.ZipFile(io.BytesIO(written("sites", [SITE], "zip"))) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def test_point_36_a_request_beyond_the_limit_is_refused_unread(send):
    assert send(b"x" * (MOST_BYTES + WITH_FORM + 1)).status_code == 413
    answer = send(b"{" * (MOST_BYTES + 1))
    assert (answer.status_code, "more than 8 MB" in answer.text) == (422, True)


def test_point_37_what_a_file_is_decides_its_content_and_not_its_name(send):
    for name in ("layer.gpkg", "layer.exe", "../../etc/passwd"):
        assert send(collection(POINT), name).status_code == 303
    answer = send(b"MZ\x90\0" + b"\0" * 100, "layer.geojson")
    assert (answer.status_code, "layer.geojson is no GeoJSON, and nothing else" in answer.text) == (422, True)


def test_point_38_archives_are_judged_before_they_are_unpacked(monkeypatch):
    whole = parts()
    assert len(read(zipped(*whole), "sites").features) == 1
    monkeypatch.setattr(packed, "_content", lambda *_: pytest.fail("a part was unpacked"))
    refused(zipped(*whole, *((f"{n}.txt", b"x") for n in range(packed.MOST_PARTS))), "too-many-parts")
    refused(zipped(*whole, ("big.bin", b"\0" * (packed.SMALL * 4))), "too-large-inside")
    monkeypatch.setattr(packed, "MOST_UNPACKED", 1000)
    refused(zipped(*whole), "too-large-inside")
    monkeypatch.undo()
    for name in ("inner.zip", "inner.KMZ", "a/inner.tar"):
        refused(zipped(*whole, (name, b"x")), "archive-inside")
    locked = bytearray(zipped(*whole))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    refused(bytes(locked), "encrypted")


def test_point_38_a_part_that_is_more_than_it_says_is_refused():
    data = bytearray(zipped(*parts()))
    at = data.index(b"PK\x01\x02")
    size = int.from_bytes(data[at + 24 : at + 28], "little")
    data[at + 24 : at + 28] = (size - 1).to_bytes(4, "little")
    refused(bytes(data), "broken-archive")


def test_point_39_geojson_is_bounded_in_depth_features_vertices_and_range():
    deep = b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    refused(deep, "too-deep")
    assert read(collection(POINT, note="[" * 50), "sites").faults == [], "brackets in a text nest nothing"
    refused(collection(*[POINT] * (MOST_FEATURES + 1)), "too-many-features")
    ring = {"type": "Polygon", "coordinates": [[[0, 0]] * (MOST_VERTICES + 1)]}
    refused(collection(ring), "too-many-vertices")
    for coordinates in ([1e300, 0], [107.5, 91], [float(10**9), 0]):
        (fault,) = read(collection({"type": "Point", "coordinates": coordinates}), "sites").faults
        assert fault.fault.code in ("bad-coordinates", "bad-position")
    (fault,) = read(collection(POINT, note="x" * 501), "sites").faults
    assert (fault.number, fault.fault.where, fault.fault.code) == (1, "note", "too-long")


def test_point_40_no_name_in_an_archive_is_a_path(tmp_path, monkeypatch):
    whole = parts()
    for name in ("../a.shp", "/etc/a.shp", "x/../../a.shp", "..\\a.shp", "C:\\a.shp", "/vsicurl/http://a/b.shp"):
        refused(zipped(*whole, (name, b"x")), "path-outside")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = []
    monkeypatch.setattr(
        packed, "_read", lambda path, *_: names.extend(sorted(one.name for one in path.parent.iterdir()))
    )
    packed.read(zipped(*((f"folder/../folder2/{n}".replace("../", ""), c) for n, c in whole)), "sites", "")
    assert names == ["layer.dbf", "layer.shp", "layer.shx"]
    assert list(tmp_path.iterdir()) == []


def test_point_40_a_geopackage_opens_nothing_and_runs_nothing(tmp_path):
    file = geopackage._opened(written("sites", [SITE], "gpkg"))
    secret = tmp_path / "secret.db"
    sqlite3.connect(secret).execute("CREATE TABLE t (a)").connection.commit()
    for asked in (
        f"ATTACH '{secret}' AS other",
        "SELECT load_extension('x.so')",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "DELETE FROM sites",
        "PRAGMA writable_schema = ON",
    ):
        with pytest.raises(sqlite3.Error):
            file.execute(asked)
    assert file.execute("SELECT name FROM sites").fetchall() == [("a",)]


def test_point_40_a_geopackage_that_names_another_place_is_refused():
    plain = sqlite3.connect(":memory:")
    plain.deserialize(written("sites", [SITE], "gpkg"))
    plain.execute("PRAGMA writable_schema = ON")
    plain.execute(
        "UPDATE sqlite_master SET sql = 'CREATE VIRTUAL TABLE sites USING VirtualOGR(''/vsicurl/http://127.0.0.1/x'')'"
        " WHERE name = 'sites'"
    )
    plain.commit()
    with pytest.raises(BadRequestError) as told:
        read(plain.serialize(), "sites")
    assert told.value.faults[0].code in ("no-table-inside", "bad-geopackage")


def test_a_file_is_read_in_a_process_that_ends_with_its_time(monkeypatch):
    assert len(read_apart(collection(POINT), "sites", "").features) == 1
    monkeypatch.setattr(reading, "SECONDS", 0.05)
    began = time.monotonic()
    with pytest.raises(BadRequestError) as told:
        read_apart(collection(*[POINT] * 1000), "sites", "")
    assert told.value.faults[0].code == "too-hard"
    assert time.monotonic() - began < reading.LONGEST_WAIT


def test_points_41_and_42_names_of_files_and_cells_of_tables_are_harmless(planner, send, path):
    data = collection(POINT, name="=cmd()", note="@x", operator='"<script>alert(1)</script>')
    seen = planner.get(send(data).headers["Location"], headers=ENGLISH).text
    assert "<script>alert(1)" not in seen
    assert "&lt;script&gt;alert(1)" in seen
    answer = planner.get(f"{path}/sites.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    answer.headers["Content-Disposition"].encode("latin-1")
    assert "filename*=UTF-8''%E7%8E%B0%E7%8A%B6-sites.csv" in answer.headers["Content-Disposition"]
    table = written("sites", [SITE | {"name": "=cmd()", "note": "@x"}], "csv").decode("utf-8-sig")
    assert "'=cmd()" in table
    assert "'@x" in table
