"""The planner's pages over the small town: every change by form post, told at once; compared, exported, printed."""

import csv
import io
import json
import re

import numpy as np
import pytest
from sqlalchemy import select
from town_streets import crossing

from recycling.models import Scenario
from recycling.sites.scenarios import the_scenario
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services


@pytest.fixture
def app(sqlite_record, settings, catalogue, fleet, at_now, home):
    return create_app(Services(sqlite_record, settings, catalogue, fleet, ways=WaysDesk(apart=False)))


@pytest.fixture
def planner(app, signed_in):
    """A client of a planner that reads English; `post` sends a form with its token."""
    client = signed_in(app, "planner")
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def post(planner):
    def send(path, part=False, **form):
        page = planner.get("/plan/sites").text
        form["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form.setdefault("key", re.search(r'name="key" value="([^"]+)"', page).group(1))
        return planner.post(path, data=form, headers={"X-Part": "1"} if part else {})

    return send


@pytest.fixture
def path(post, planner):
    """The page of a new scenario."""
    answer = post("/plan/sites", name="现状")
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.fixture
def read(sqlite_record):
    def scenario():
        with sqlite_record.read() as session:
            return the_scenario(session, session.scalars(select(Scenario.id).order_by(Scenario.made_at)).first())

    return scenario


def data(answer):
    return json.loads(re.search(r'data-part="map">(.*?)</script>', answer.text).group(1))


def lon_lat(column, row):
    lon, lat = crossing(column, row)
    return {"lon": str(lon), "lat": str(lat)}


def test_the_list_is_empty_at_first_and_names_what_is_wrong(planner, post):
    assert "No scenario yet" in planner.get("/plan/sites").text
    answer = post("/plan/sites", name=" ")
    assert (answer.status_code, "Give the scenario a name" in answer.text) == (422, True)
    answer = post("/plan/sites", name="x", depot="DEP-99")
    assert (answer.status_code, "There is no depot DEP-99" in answer.text) == (404, True)


def test_a_scenario_shows_figures_sites_towns_and_the_notice(planner, path):
    page = planner.get(path)
    for words in ("As it stands", "Example CEN-01", "示例县 示例镇", "demonstration", "no difference", "By site"):
        assert words in page.text
    drawn = data(page)
    assert [(s["code"], s["open"], s["number"]) for s in drawn["sites"]] == [("CEN-01", True, 1), ("STA-01", False, 0)]
    assert drawn["of"] == [1, 1, 1, 1]
    points = planner.get("/plan/sites/points.json")
    assert points.json["names"][0] == "示例县 示例镇 社区A-001"
    assert len(points.json["lonlat"]) == 4
    again = planner.get("/plan/sites/points.json", headers={"If-None-Match": points.headers["ETag"]})
    assert again.status_code == 304


def test_sites_are_opened_and_closed_by_form(planner, post, path, read):
    answer = post(path, deed="sites", version=1, open=["CEN-01", "STA-01"])
    assert answer.status_code == 303
    answer = post(path, part=True, deed="sites", version=2, **{"open": "STA-01", "size-STA-01": "large"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert [(s["code"], s["open"]) for s in data(answer)["sites"]] == [("CEN-01", False), ("STA-01", True)]
    assert 'data-part="version">3<' in answer.text
    assert [(r.code, r.is_open, r.size) for r in read().sites] == [
        ("CEN-01", False, "standing"),
        ("STA-01", True, "large"),
    ]


def test_a_place_is_put_moved_and_taken_away(post, path, read):
    answer = post(path, part=True, deed="put", version=1, place="<b>北</b>", **lon_lat(1, 1))
    assert answer.status_code == 200
    assert "<b>北</b>" not in answer.text
    assert data(answer)["sites"][-1]["name"] == "<b>北</b>"
    assert data(answer)["of"][0] == 2
    answer = post(path, part=True, deed="move", version=2, site="P1", **lon_lat(8, 7))
    assert data(answer)["of"] == [1, 1, 1, 2]
    post(path, deed="sites", version=3, away="P1")
    answer = post(path, part=True, deed="sites", version=4, elsewhere="CEN-01")
    assert [(s["code"], s["open"]) for s in data(answer)["sites"]][::2] == [("CEN-01", False), ("P1", True)]
    post(path, deed="sites", version=5, away="P1")
    assert [r.code for r in read().sites] == ["CEN-01", "STA-01"]


def test_a_community_becomes_a_site(post, path, read):
    assert post(path, deed="community", version=1, community="社区A-002 · 示例镇").status_code == 303
    assert read().sites[-1].code == "A-002"
    answer = post(path, deed="community", version=2, community="nowhere")
    assert (answer.status_code, "We do not know this community" in answer.text) == (422, True)
    answer = post(path, deed="community", version=2, community="")
    assert (answer.status_code, "We do not know this community" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"deed": "put", "lon": "x", "lat": "31"}, 422, "Write longitude and latitude"),
        ({"deed": "put", "lon": "nan", "lat": "31"}, 422, "outside the area"),
        ({"deed": "put", "lon": "1", "lat": "1"}, 422, "outside the area"),
        ({"deed": "put", **lon_lat(-3, -3)}, 422, "leads here within 300 metres"),
        ({"deed": "move", "site": "P9", **lon_lat(1, 1)}, 404, "There is no site P9"),
        ({"deed": "sites", "open": "x"}, 404, "There is no site x"),
        ({"deed": "assume", "reach_minutes": "many"}, 422, "is not a whole number"),
        ({"deed": "assume", "reach_minutes": "15", "demand_percent": "0", "vehicle": "box"}, 422, "from 1 to 1000"),
        ({"deed": "assume", "reach_minutes": "15", "demand_percent": "1", "vehicle": "x"}, 422, "no vehicle type x"),
        ({"deed": "rename", "name": ""}, 422, "Give the scenario a name"),
        ({"deed": "dance"}, 422, "does not know what to do"),
    ],
)
@pytest.mark.parametrize("part", [False, True])
def test_what_is_wrong_is_said_and_nothing_is_changed(post, path, read, form, status, words, part):
    answer = post(path, part=part, version=1, **form)
    assert answer.status_code == status
    assert words in answer.text
    assert ("<h1>" in answer.text) is not part
    assert data(answer)["sites"][0]["code"] == "CEN-01"
    assert (read().version, len(read().sites)) == (1, 2)


def test_an_old_version_is_refused(post, path, read):
    post(path, deed="sites", version=1, open=["CEN-01", "STA-01"])
    answer = post(path, part=True, deed="sites", version=1, open=[])
    assert (answer.status_code, "was changed meanwhile" in answer.text) == (409, True)
    assert 'data-part="version">2<' in answer.text
    assert all(row.is_open for row in read().sites)


def test_assumed_renamed_copied_deleted(planner, post, path, read):
    post(path, deed="assume", version=1, reach_minutes="1", demand_percent="200", vehicle="van")
    assert read().assumed["demand_percent"] == 200
    post(path, deed="rename", version=2, name="北区")
    copy = post(path, deed="copy", version=3).headers["Location"]
    assert "北区 (2)" in planner.get(copy).text
    assert post(copy, deed="delete", version=1).headers["Location"] == "/plan/sites"
    assert planner.get(copy).status_code == 404


def test_a_form_that_is_sent_twice_makes_one_scenario_and_one_copy(planner, post, path, sqlite_record):
    first = post("/plan/sites", name="北区", key="form-north-1")
    assert post("/plan/sites", name="北区", key="form-north-1").headers["Location"] == first.headers["Location"]
    key = re.search(r'name="deed" value="copy"><input type="hidden" name="key" value="([^"]+)"', planner.get(path).text)
    copies = [post(path, deed="copy", version=1, key=key.group(1)).headers["Location"] for _ in range(2)]
    assert copies[0] == copies[1] != path
    again = re.search(
        r'name="deed" value="copy"><input type="hidden" name="key" value="([^"]+)"', planner.get(path).text
    )
    assert post(path, deed="copy", version=1, key=again.group(1)).headers["Location"] not in (*copies, path)
    with sqlite_record.read() as session:
        names = set(session.scalars(select(Scenario.name)))
    assert names == {"现状", "北区", "现状 (2)", "现状 (3)"}


def test_a_copy_after_a_change_is_another_one(post, path):
    before = post(path, deed="copy", version=1, key="form-back-1").headers["Location"]
    post(path, deed="sites", version=1, open=["CEN-01", "STA-01"])
    assert post(path, deed="copy", version=2, key="form-back-1").headers["Location"] != before


@pytest.mark.parametrize(("where", "form"), [("/plan/sites", {"name": "x"}), ("", {"deed": "copy", "version": 1})])
def test_a_form_without_its_key_is_refused_with_a_remedy(post, path, where, form, sqlite_record):
    answer = post(where or path, key="", **form)
    assert (answer.status_code, "Load the page again" in answer.text) == (422, True)
    with sqlite_record.read() as session:
        assert session.scalars(select(Scenario.name)).all() == ["现状"]


def test_figures_come_later_where_ways_are_not_known_yet(app, planner, path, monkeypatch):
    known = WaysDesk.ways
    monkeypatch.setattr(WaysDesk, "ways", lambda self, asked, places, wait=0.0: {})
    page = planner.get(path)
    assert "are being found" in page.text
    assert f'data-waiting="{path}/figures"' in page.text
    assert data(page)["of"] == []
    for ending in ("/scenario.csv", "/report"):
        assert planner.get(path + ending).status_code == 503
    monkeypatch.setattr(WaysDesk, "ways", known)
    assert "Cost a year" in planner.get(f"{path}/figures").text


def test_two_are_compared(planner, post, path):
    assert "Two scenarios are needed" in planner.get("/plan/sites/compare").text
    copy = post(path, deed="copy", version=1).headers["Location"]
    post(copy, deed="sites", version=1, open="STA-01")
    a, b = path.rpartition("/")[2], copy.rpartition("/")[2]
    page = planner.get(f"/plan/sites/compare?a={a}&b={b}")
    assert page.status_code == 200
    assert page.text.count('class="map-data"') == 2
    assert "▼ −240,000" in page.text
    assert "Towns that win with the second" in page.text
    assert "assume different things" not in page.text
    assert planner.get(f"/plan/sites/compare?b={a}").status_code == 200
    assert planner.get("/plan/sites/compare?a=x").status_code == 422
    same = planner.get(f"/plan/sites/compare?a={a}&b={a}").text
    assert same.count("no difference") >= 17
    post(copy, deed="assume", version=2, reach_minutes="20", demand_percent="100", vehicle="box")
    assert "assume different things (reach_minutes)" in planner.get(f"/plan/sites/compare?a={a}&b={b}").text


def test_exports_say_who_gets_where_and_what_the_roads_are(planner, post, path):
    post(path, deed="sites", version=1, open=["CEN-01", "STA-01"])
    answer = planner.get(f"{path}/scenario.geojson")
    assert answer.mimetype == "application/geo+json"
    found = answer.json
    assert found["notice"] == {"zh": "演示", "en": "demonstration"}
    assert [f["properties"]["kind"] for f in found["features"]] == ["site"] * 2 + ["community"] * 4
    assert found["features"][2]["properties"]["site"] == "STA-01"
    assert found["figures"]["open"] == 2
    rows = list(csv.DictReader(io.StringIO(planner.get(f"{path}/scenario.csv").data.decode("utf-8-sig"))))
    assert [(r["community"], r["site"]) for r in rows][:2] == [("A-001", "STA-01"), ("A-002", "CEN-01")]
    assert {r["roads"] for r in rows} == {"演示 / demonstration"}
    assert planner.get(f"{path}/scenario.docx").status_code == 404


def test_the_report_holds_map_figures_assumptions_and_notice(planner, post, path):
    post(path, deed="put", version=1, **lon_lat(1, 1))
    page = planner.get(f"{path}/report").text
    drawn, tornado = re.findall(r"<figure>.*?</figure>", page, re.S)
    assert drawn.count("<text ") == 2
    assert (tornado.count("<text "), tornado.count("<rect ")) == (7, 14)
    assert "nan" not in (drawn + tornado).lower()
    for words in (
        "演示 / demonstration", "Minutes of reach", "Cost a year", "The 1 towns that have it farthest", "20 % less",
        "Land, building and staff of sites", "The weeks before a holiday", "it may be chance",
    ):  # fmt: skip
        assert words in page


def test_without_an_open_site_every_page_still_stands(planner, post, path):
    post(path, deed="sites", version=1)
    for ending in ("", "/figures", "/report", "/scenario.csv", "/scenario.geojson", "/search"):
        assert planner.get(path + ending).status_code == 200, ending
    page = planner.get(path).text
    for words in (
        "have no way to any open site",
        "No site is open",
        "The cheapest single change that mends it all: open",
    ):
        assert words in page, words


def test_what_a_scenario_lacks_is_told_with_what_mends_it(planner, path, sqlite_record):
    assert "This scenario lacks something" not in planner.get(path).text
    with sqlite_record.write() as session:
        scenario = the_scenario(session, session.scalars(select(Scenario.id)).one())
        scenario.assumed = scenario.assumed | {"capacities": dict.fromkeys(scenario.assumed["capacities"], 0.5)}
    page = planner.get(path).text
    assert "This scenario lacks something" in page
    assert re.search(r"gets [\d,.]+ t a year more than it can sort", page)
    assert "helps most" in page or "mends it all" in page


def test_an_own_place_of_the_depot_alone(planner, post):
    path = post("/plan/sites", name="二号", depot="DEP-02").headers["Location"]
    drawn = data(planner.get(path))
    assert drawn["of"] == [0, 0, 0, 1]
    assert np.array(drawn["minutes"])[:3].tolist() == [-1, -1, -1]
