"""What is known of a site, entered by hand over the small town: kept, counted, told where it is wrong."""

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
    where = post("/plan/sites", name="现状").headers["Location"]
    lon, lat = crossing(1, 1)
    post(where, deed="put", version=1, place="城北", lon=lon, lat=lat)
    return where


FACTS = {
    "operator": "示例环保", "ownership": "rented", "rent_yuan": "180,000", "run_yuan": "20000", "tonne_yuan": "90",
    "land": "approval", "land_m2": "3600", "most-paper": "1500", "most-glass": "400", "hours": "7:30-19:00",
    "feeds": "market",
}  # fmt: skip


def test_what_is_entered_is_kept_shown_and_counted(planner, post, scenario):
    assert f'href="{scenario}/places/P1"' in planner.get(scenario).text
    page = planner.get(f"{scenario}/places/P1").text
    assert "160,000 yuan a year, 180 yuan a tonne, 800 t a year" in page
    assert post(f"{scenario}/places/P1", version=2, **FACTS).headers["Location"] == scenario
    page = planner.get(scenario).text
    assert "示例环保, rented, approval is awaited" in page
    assert "200,000 yuan a year, 90 yuan a tonne, sorts 1,900 t a year, 07:30-19:00" in page
    entries = dict(re.findall(r'name="([\w-]+)"[^>]* value="([^"]*)"', planner.get(f"{scenario}/places/P1").text))
    assert (entries["rent_yuan"], entries["most-glass"], entries["operator"]) == ("180000", "400", "示例环保")
    assert "market" in planner.get(f"{scenario}/layers/sites.csv").text
    assert post(f"{scenario}/places/CEN-01", version=3, tonnes="9").status_code == 303
    assert "sorts 9 t a year" in planner.get(scenario).text
    assert post(f"{scenario}/places/P1", version=4).status_code == 303
    assert "200,000 yuan a year" not in planner.get(scenario).text, "what is empty is not known any more"
    assert "城北" in planner.get(scenario).text


def test_land_that_may_not_be_built_on_closes_the_place(planner, post, scenario):
    assert re.search(r'id="open-P1"[^>]*checked', planner.get(scenario).text)
    post(f"{scenario}/places/P1", version=2, land="no-building")
    assert not re.search(r'id="open-P1"[^>]*checked', planner.get(scenario).text)


def test_all_that_is_wrong_is_told_each_at_its_field(planner, post, scenario):
    wrong = {"land_m2": "wide", "most-paper": "lots", "hours": "noon", "run_yuan": "5", "land": "moon"}
    answer = post(f"{scenario}/places/P1", version=2, **wrong)
    assert answer.status_code == 422
    assert set(re.findall(r'id="fault-([\w-]+)"', answer.text)) == {
        "land_m2", "materials", "hours", "ownership", "land",
    }  # fmt: skip
    assert 'value="wide"' in answer.text
    assert post(f"{scenario}/places/P1", version=9, tonnes="1").status_code == 409
    assert post(f"{scenario}/places/P9", version=2, tonnes="1").status_code == 404
    assert planner.get(f"{scenario}/places/P9").status_code == 404
