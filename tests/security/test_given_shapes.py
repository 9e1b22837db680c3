"""SECURITY 39: GeoJSON that others give is read within limits, and only what is a shape in degrees is taken."""

import json

import pytest

from routing import geojson
from routing.errors import InputError
from routing.geojson import read_geojson
from routing.roads.outline import area_of_text, read_area
from routing.roads.points import read_points
from routing.roads.selection import polygon

RING = [[107.4, 31.1], [107.6, 31.1], [107.6, 31.3], [107.4, 31.1]]
AREA = {"type": "Polygon", "coordinates": [RING]}


def feature(shape):
    return {"type": "Feature", "properties": {}, "geometry": shape}


def collection(*shapes):
    return json.dumps({"type": "FeatureCollection", "features": [feature(shape) for shape in shapes]})


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def refusal_of(call):
    with pytest.raises(InputError) as caught:
        call()
    assert "the file" in str(caught.value) or "area" in str(caught.value) or "points.json" in str(caught.value)
    return caught.value.code


def nested(depth):
    return '{"type": "Polygon", "coordinates": ' + "[" * depth + "]" * depth + "}"


def test_point_39_what_is_within_the_limits_is_read():
    assert read_geojson(collection(AREA), "the file")["features"][0]["geometry"] == AREA
    many = json.dumps({"type": "MultiPolygon", "coordinates": [[RING]] * 3})
    assert area_of_text(collection(AREA, json.loads(many)), "the file").area > 0
    assert read_geojson(nested(geojson.MOST_NESTED - 1), "the file")


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("MOST_BYTES", collection(AREA)),
        ("MOST_FEATURES", collection(*[point(107.5, 31.2)] * 4)),
        ("MOST_CORNERS", collection(AREA)),
    ],
)
def test_point_39_bytes_features_and_corners_are_limited(monkeypatch, limit, text):
    read_geojson(text, "the file")
    monkeypatch.setattr(geojson, limit, 3)
    assert refusal_of(lambda: read_geojson(text, "the file")) == "geojson-too-large"


@pytest.mark.parametrize("depth", [geojson.MOST_NESTED + 1, 100_000])
def test_point_39_nesting_is_limited_before_it_goes_deep(depth):
    assert refusal_of(lambda: read_geojson(nested(depth), "the file")) == "geojson-too-large"


def test_point_39_bytes_are_counted_not_signs(monkeypatch):
    text = json.dumps({"name": "达州" * 10}, ensure_ascii=False)
    monkeypatch.setattr(geojson, "MOST_BYTES", len(text))
    assert refusal_of(lambda: read_geojson(text, "the file")) == "geojson-too-large"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_point_39_a_coordinate_that_is_no_number_is_refused(number):
    text = collection(AREA).replace("107.4", number)
    assert refusal_of(lambda: area_of_text(text, "the file")) in ("area-not-geojson", "not-finite")


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ({"type": "Polygon", "coordinates": [[[500.0, 31.1], [501.0, 31.1], [501.0, 32.0], [500.0, 31.1]]]}, "degrees"),
        ({"type": "Polygon", "coordinates": [[[107.4, 31.1], [107.6, 31.1]]]}, "geojson"),
        ({"type": "LineString", "coordinates": RING}, "polygon"),
        ({"type": "Polygon", "coordinates": "everywhere"}, "geojson"),
    ],
)
def test_point_39_only_areas_in_degrees_are_taken(shape, code):
    assert refusal_of(lambda: polygon(json.dumps(shape))) == f"area-not-{code}"


def test_point_39_a_ring_that_crosses_itself_is_made_valid():
    bow = {"type": "Polygon", "coordinates": [[[107, 31], [108, 32], [108, 31], [107, 32], [107, 31]]]}
    area = polygon(json.dumps(bow))
    assert area.is_valid
    assert area.area == pytest.approx(0.5)


def test_point_39_every_door_for_files_has_the_limits(tmp_path, monkeypatch):
    points = tmp_path / "points.json"
    points.write_text(collection(*[point(107.5, 31.2)] * 4))
    assert len(read_points(points, "wgs84")[0]) == 4
    area = tmp_path / "area.json"
    area.write_text(collection(AREA, AREA, AREA, AREA))
    assert read_area(area).area > 0
    doors = (lambda: read_points(points, "wgs84"), lambda: read_area(area))
    with monkeypatch.context() as patch:
        patch.setattr(geojson, "MOST_BYTES", 3)
        patch.setattr("pathlib.Path.read_text", lambda *_, **__: pytest.fail("it has been read"))
        assert [refusal_of(call) for call in doors] == ["geojson-too-large"] * 2
    monkeypatch.setattr(geojson, "MOST_FEATURES", 3)
    for call in (*doors, lambda: polygon(area.read_text())):
        assert refusal_of(call) == "geojson-too-large"
