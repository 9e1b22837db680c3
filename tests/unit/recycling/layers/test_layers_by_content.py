"""Files that are called one thing and are another, and files that are no layer: told what they seem to be."""

import gzip
import io
import json
import zipfile

import pytest

from recycling.errors import BadRequestError
from recycling.exports.tables import xlsx_bytes
from recycling.layers.reading import read, read_apart
from recycling.layers.writing import FORMS, written

SITE = {"code": "P1", "name": "城北", "kind": "own", "lon": 107.4738, "lat": 31.2063}
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "a"},
                "geometry": {"type": "Point", "coordinates": [107.4, 31.2]},
            }
        ],
    }
).encode()
TABLE = "名称,经度,纬度\n城北,107.4,31.2\n".encode()


BOOK = xlsx_bytes("sites", ["name", "lon", "lat"], [["a", 107.4, 31.2]])


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def told(data, name=""):
    with pytest.raises(BadRequestError) as error:
        read(data, "sites", "wgs84", name)
    (fault,) = error.value.faults
    return fault.code, str(error.value)


WRONG = {
    "a table called GeoJSON": ("城北.geojson", TABLE, "not-as-named", "a table or other text"),
    "a table of old letters called GeoJSON": ("a.geojson", TABLE.decode().encode("gb18030"), "not-as-named", "a table"),
    "a program's data called GeoJSON": ("a.json", b"var places = {};\n", "not-as-named", "a table or other text"),
    "a table called GeoPackage": ("a.gpkg", TABLE, "not-as-named", "a table or other text"),
    "a torn GeoPackage": ("a.gpkg", b"\0\0\0" * 20, "not-as-named", "nothing else that can be read"),
    "a table called ZIP": ("a.zip", TABLE, "not-as-named", "a table or other text"),
    "KML": ("a.kml", b'<?xml version="1.0"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"/>', "no-layer", "KML"),
    "KML called GeoJSON": ("a.geojson", b"<kml><Document/></kml>", "no-layer", "KML"),
    "a track": ("a.gpx", b'<?xml version="1.0"?><gpx version="1.1"/>', "no-layer", "XML, such as GML or GPX"),
    "a page that asks to sign in": ("a.geojson", b"\n<!DOCTYPE html><title>x</title>", "no-layer", "a web page"),
    "a picture": ("map.png", b"\x89PNG\r\n\x1a\n\0\0", "no-layer", "a picture"),
    "a picture called GeoJSON": ("a.geojson", b"\xff\xd8\xff\xe0\0", "no-layer", "a picture"),
    "a report": ("a.pdf", b"%PDF-1.7\n\0", "no-layer", "a PDF"),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no-layer", "Save the table as XLSX or CSV"),
    "a shapefile unpacked": ("a.shp", b"\0\0\x27\x0a" + b"\0" * 96, "no-layer", "one part of a shapefile"),
    "another packing": ("a.geojson.gz", gzip.compress(GEOJSON), "no-layer", "packed in another way than ZIP"),
    "GeoJSON line by line": ("a.geojsons", b"\x1e" + GEOJSON, "no-layer", "as one FeatureCollection"),
    "wide letters": ("a.csv", TABLE.decode().encode("utf-16"), "no-layer", "Save it in UTF-8"),
    "an empty archive": ("a.zip", zipped(), "shapefiles", "holds 0 shapefiles"),
    "an archive of something else": ("a.zip", zipped(readme="x"), "shapefiles", "holds 0 shapefiles"),
    "torn GeoJSON": ("a.geojson", GEOJSON[:-9], "bad-json", "cannot be read"),
    "no table at all": ("a.csv", b"\0\1\2", "no-table", "neither a CSV nor an XLSX"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_file_seems_to_be_is_told_with_the_remedy(case):
    name, data, code, words = WRONG[case]
    assert told(data, name)[0] == code
    assert words in told(data, name)[1]
    if code == "not-as-named":
        assert told(data, f"/somewhere/{name}")[1].startswith(f"{name} is no ")


@pytest.mark.parametrize("form", FORMS)
def test_what_is_a_layer_is_read_as_what_it_is(form):
    data = written("sites", [SITE], form)
    others = () if form == "csv" else ("layer.geojson", "layer.gpkg", "layer.zip")
    for name in ("", "layer", "layer.csv", "layer.txt", f"LAYER.{form.upper()}", *others):
        assert [one.cells["code"] for one in read(data, "sites", "", name).features] == ["P1"]


@pytest.mark.parametrize(
    "head", ["BM,经度,纬度,名称", "<名称>,名称,经度,纬度", "BZh,名称,经度,纬度", "GIF8,名称,经度,纬度"]
)
def test_a_table_whose_head_begins_as_something_else_does_is_a_table(head):
    row = ",".join({"经度": "107.4", "纬度": "31.2"}.get(word, "x") for word in head.split(","))
    assert len(read(f"{head}\n{row}\n".encode(), "sites", "wgs84", "a.csv").features) == 1


def test_a_long_name_is_told_in_short():
    code, sentence = told(TABLE, f"{'很长的名字' * 20}.geojson")
    assert (code, "…" in sentence, ".geojson is no GeoJSON" in sentence) == ("not-as-named", True, True)
    assert len(sentence) < 260


def test_the_name_goes_with_the_file_into_the_process_that_reads_it():
    with pytest.raises(BadRequestError, match=r"北\.gpkg is no GeoPackage: inside it seems to be a table"):
        read_apart(TABLE, "sites", "", "北.gpkg")
