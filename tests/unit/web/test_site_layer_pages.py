"""The page of layers over the small town: a file read, told of, taken, taken away again."""

import io
import json
import re

import pytest
from town_streets import crossing

from recycling.layers.reading import read
from recycling.layers.writing import FORMS
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services


@pytest.fixture
def app(sqlite_record, settings, catalogue, fleet, at_now, home):
    return create_app(Services(sqlite_record, settings, catalogue, fleet, ways=WaysDesk(apart=False)))


@pytest.fixture
def planner(app, signed_in):
    client = signed_in(app, "planner")
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def post(planner):
    def send(path, **form):
        page = planner.get("/plan/sites").text
        form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page)) | form
        return planner.post(path, data=form)

    return send


@pytest.fixture
def scenario(post):
    return post("/plan/sites", name="现状").headers["Location"]


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Reading in a process of its own has its own test (tests/security/test_layer_points.py)."""
    from recycling.layers.datum import word_of

    monkeypatch.setattr(
        "web.site_layers.read_apart", lambda data, what, crs, name: read(data, what, word_of(crs), name)
    )


def layer(*rows):
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [*map(float, at)]}}
        for at, row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def file(data, name="a.geojson"):
    return io.BytesIO(data), name


def test_the_page_explains_every_column_and_gives_templates_that_can_be_read(planner, scenario):
    page = planner.get(f"{scenario}/layers").text
    for words in ("Layers in and out", "GeoPackage", "年租金元 / rent_yuan", "每周kg / kg_week", "GCJ-02"):
        assert words in page
    for what in ("sites", "points"):
        for ending in ("csv", "xlsx"):
            answer = planner.get(f"{scenario}/layers/template-{what}.{ending}")
            found = read(answer.data, what)
            assert (len(found.features), found.faults, found.unread) == (3 if what == "sites" else 2, [], [])
    assert planner.get(f"{scenario}/layers/template-roads.csv").status_code == 404
    assert planner.get(f"{scenario}/layers/sites.exe").status_code == 404
    assert planner.get(f"{scenario}/layers/roads.csv").status_code == 404


def test_sites_are_seen_before_they_are_taken(planner, post, scenario):
    rows = ((crossing(1, 1), {"name": "城北", "ownership": "rented", "rent_yuan": 5, "colour": "x"}),)
    answer = post(f"{scenario}/layers", what="sites", file=file(layer(*rows, ((100.0, 20.0), {"name": "远"}))))
    assert answer.status_code == 303
    where = answer.headers["Location"]
    page = planner.get(where).text
    for words in (
        "2 places were read, in wgs84",
        "1 new sites",
        "colour",
        "1 place lies outside",
        "远",
        "places of your own",
    ):
        assert words in page
    assert "A road leads to every place inside the area" in page
    answer = post(where, version=1, deed="take")
    assert (answer.status_code, "1 places lie outside the area" in answer.text) == (422, True)
    answer = post(where, version=1, deed="take", leave="on")
    assert (answer.status_code, answer.headers["Location"]) == (303, scenario)
    page = planner.get(scenario).text
    assert "城北" in page
    assert "rented, 5 yuan a year" in page
    sent = planner.get(f"{scenario}/scenario.geojson").json["features"]
    assert next(one["properties"]["facts"] for one in sent if one["properties"]["code"] == "P1") == {
        "ownership": "rented",
        "rent_yuan": 5,
    }
    assert planner.get(where).status_code == 404
    assert post(where, version=2, deed="take").status_code == 404


def test_a_layer_is_forgotten_and_one_is_not_taken_over_a_change(planner, post, scenario):
    sent = post(f"{scenario}/layers", what="sites", file=file(layer((crossing(1, 1), {"name": "a"}))))
    lon, lat = crossing(3, 3)
    post(scenario, deed="put", version=1, place="b", lon=lon, lat=lat)
    answer = post(sent.headers["Location"], version=1, deed="take")
    assert (answer.status_code, "changed meanwhile" in answer.text) == (409, True)
    assert post(sent.headers["Location"], version=2, deed="forget").headers["Location"] == f"{scenario}/layers"
    assert planner.get(sent.headers["Location"]).status_code == 404


def test_what_is_wrong_is_listed_by_feature_or_line_and_given_as_a_file(post, scenario, planner):
    rows = layer((crossing(1, 1), {"name": "a"}), (crossing(1, 1), {"name": "b", "land": "<b>swamp</b>"}))
    answer = post(f"{scenario}/layers", what="sites", file=file(rows))
    assert answer.status_code == 422
    for words in (
        "1 thing is to be mended; nothing was taken",
        "Feature",
        "is not one of the choices",
        'download="result.csv"',
    ):
        assert words in answer.text
    assert "<b>swamp" not in answer.text
    answer = post(f"{scenario}/layers", what="sites", file=file(b"name,lon,lat\na,1,2\n", "a.csv"), crs="")
    assert "Line" in answer.text
    assert "Say what its coordinates are in" in answer.text
    answer = post(f"{scenario}/layers", what="sites", file=file(b"name,lon,lat\na,1,2\n"), crs="other", code="mars")
    assert (answer.status_code, "The coordinate system mars is not known" in answer.text) == (422, True)
    answer = post(f"{scenario}/layers", what="sites")
    assert (answer.status_code, "The file is empty" in answer.text) == (422, True)
    planner.set_cookie("language", "zh_CN")
    answer = post(f"{scenario}/layers", what="sites", file=file(rows))
    assert "有 1 处要改正" in answer.text


def test_points_are_counted_drawn_and_dropped(planner, post, scenario):
    rows = layer((crossing(2, 2), {"name": "投放点", "kg_week": 700, "kind": "waste-point"}))
    sent = post(f"{scenario}/layers", what="points", beside="no", file=file(rows))
    page = planner.get(sent.headers["Location"]).text
    assert "municipal waste points: 1" in page
    assert "counted instead of the communities" in page
    assert post(sent.headers["Location"], version=1, deed="take").status_code == 303
    data = json.loads(re.search(r'data-part="map">(.*?)</script>', planner.get(scenario).text).group(1))
    assert data["of"] == [1]
    key = scenario.rpartition("/")[2]
    assert len(planner.get(f"/plan/sites/points.json?scenario={key}").json["lonlat"]) == 1
    assert len(planner.get("/plan/sites/points.json").json["lonlat"]) == 4
    page = planner.get(f"{scenario}/layers").text
    assert "counts 1 points of its own instead of the communities" in page
    other = post("/plan/sites", name="b").headers["Location"].rpartition("/")[2]
    answer = planner.get(f"/plan/sites/compare?a={key}&b={other}")
    assert (answer.status_code, "counts points of its own" in answer.text) == (422, True)
    assert post(f"{scenario}/layers/drop", version=1).status_code == 409
    assert post(f"{scenario}/layers/drop", version=2).status_code == 303
    assert "points of its own" not in planner.get(f"{scenario}/layers").text


@pytest.mark.parametrize("what", ["sites", "points"])
def test_layers_go_out_in_every_format(planner, scenario, what):
    for form, kind in FORMS.items():
        answer = planner.get(f"{scenario}/layers/{what}.{form}")
        assert answer.mimetype == kind
        found = read(answer.data, what)
        assert (len(found.features), found.faults) == (2 if what == "sites" else 4, [])
