"""The page of markets and dismantlers over the small town: listed, added, changed, taken away."""

import re

import pytest
from town_streets import crossing

from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services


@pytest.fixture
def planner(sqlite_record, settings, catalogue, fleet, at_now, home, signed_in):
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, ways=WaysDesk(apart=False)))
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


LON, LAT = map(str, crossing(1, 1))
NEAR = {"deed": "put", "name": "河西市场", "kind": "market", "open": "on", "lon": LON, "lat": LAT, "price-paper": "310"}
FAR = NEAR | {"name": "重庆拆解厂", "name_en": "Chongqing works", "kind": "dismantler", "lon": "106.55", "lat": "29.56"}


def test_the_markets_of_the_configuration_stand_there_until_the_first_change(planner, post, scenario):
    page = planner.get(f"{scenario}/markets").text
    assert "These are the markets of the configuration" in page
    assert "Example market (Tongchuan)" in page
    assert post(f"{scenario}/markets", version=1, **NEAR).headers["Location"] == f"{scenario}/markets"
    page = planner.get(f"{scenario}/markets").text
    assert "These are the markets of the configuration" not in page
    assert "Example market (Tongchuan)" in page
    assert "河西市场" in page
    assert "Paper and cardboard 310" in page
    for code in ("MKT-01", "MKT-02"):
        version = re.search(r'name="version" value="(\d+)"', planner.get(f"{scenario}/markets").text).group(1)
        assert post(f"{scenario}/markets", version=version, deed="away", market=code).status_code == 303
    assert "Example market (Tongchuan)" not in planner.get(f"{scenario}/markets").text
    sent = planner.get(f"{scenario}/layers/sites.csv").text
    assert "paper=310" in sent
    sent = planner.get(f"{scenario}/scenario.geojson").json["features"]
    told = [one["properties"]["facts"] for one in sent if one["properties"]["kind"] == "market"]
    assert told == [{"prices": {"paper": 310.0}}]
    assert post(f"{scenario}/markets", version=4, deed="drop").status_code == 303
    assert "Example market (Tongchuan)" in planner.get(f"{scenario}/markets").text


def test_a_far_one_is_added_with_its_way_and_changed_by_its_form(planner, post, scenario):
    costs = {"way_km": "230", "rent_yuan": "9,000", "ownership": "partner", "operator": "示例环保", "most-paper": "500"}
    prices = {"price-glass": "-20", "price-paper": "1,300"}
    assert post(f"{scenario}/markets", version=1, **FAR | costs | prices).status_code == 303
    page = planner.get(f"{scenario}/markets").text
    for words in (
        "Chongqing works",
        "dismantler",
        "230 km stated",
        "a partner&#39;s",
        "9,000 yuan a year",
        "Glass −20",
    ):
        assert words in page, words
    form = planner.get(f"{scenario}/markets?market=M1").text
    entries = dict(re.findall(r'name="([\w-]+)"[^>]* value="([^"]*)"', form.split('id="market-form"')[1]))
    assert (entries["price-paper"], entries["most-paper"], entries["way_km"]) == ("1300", "500", "230")
    assert (entries["market"], entries["lon"], entries["operator"]) == ("M1", "106.55", "示例环保")
    closed = {name: text for name, text in (FAR | costs | prices).items() if name != "open"}
    assert post(f"{scenario}/markets", version=2, market="M1", **closed).status_code == 303
    assert "· closed" in planner.get(f"{scenario}/markets").text
    drawn = re.search(r'data-part="map">(.*?)</script>', planner.get(scenario).text).group(1)
    assert '"markets":' in drawn
    assert "Chongqing" not in drawn, "what is closed is not drawn"


def test_all_that_is_wrong_is_told_each_at_its_field_and_stays_written(planner, post, scenario):
    wrong = {"name": "", "kind": "moon", "lon": "east", "price-paper": "much", "way_min": "5", "rent_yuan": "x"}
    answer = post(f"{scenario}/markets", version=1, **NEAR | wrong | {"hours": "noon"})
    assert answer.status_code == 422
    assert set(re.findall(r'id="fault-([\w-]+)"', answer.text)) == {
        "name", "kind", "position", "prices", "way_km", "rent_yuan", "hours",
    }  # fmt: skip
    assert 'value="much"' in answer.text
    assert "<details open>" in answer.text
    answer = post(f"{scenario}/markets", version=1, **FAR)
    assert (answer.status_code, "lies outside the area" in answer.text) == (422, True)
    assert re.search(r'id="fault-way_km">[^<]*Write the kilometres', answer.text)
    answer = post(f"{scenario}/markets", version=1, **NEAR | {"lon": "200"})
    assert re.search(r'id="fault-position">[^<]*in degrees', answer.text)
    assert post(f"{scenario}/markets", version=1, deed="dance").status_code == 422
    assert post(f"{scenario}/markets", version=7, **NEAR).status_code == 409
    gone = post(f"{scenario}/markets", version=1, deed="away", market="XX")
    assert (gone.status_code, "no market XX" in gone.text) == (404, True)
    gone = post(f"{scenario}/markets", version=1, market="XX", **NEAR)
    assert (gone.status_code, "no market XX" in gone.text) == (404, True)
    assert "河西市场" not in planner.get(f"{scenario}/markets").text


def test_a_scenario_that_is_not_there_has_no_markets(planner, post):
    assert planner.get("/plan/sites/6f1d3a0e-52c7-4b5e-9a55-0b6c1f6c3b7d/markets").status_code == 404
    assert post("/plan/sites/6f1d3a0e-52c7-4b5e-9a55-0b6c1f6c3b7d/markets", version=1, **NEAR).status_code == 404
