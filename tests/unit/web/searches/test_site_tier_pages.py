"""The pages of stations and centres together, and of fronts: asked, followed, read, taken away, opened."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from made_tiers import FRONT, TIERS
from sqlalchemy import select

from recycling.models import Scenario, SiteSearch


@pytest.fixture
def search(sqlite_record, key, now):
    """Return a function that writes a search as it may stand, and gives its path."""

    def write(kind="tiers", **fields):
        about = {"model": "cost"} if kind == "sites" else {"best": "cost"}
        against = {"against": "worst-town"} if kind == "front" else {}
        with sqlite_record.write() as session:
            row = SiteSearch(
                scenario_id=key, kind=kind, asked=about | against, asked_by="",
                asked_at=now, **{"lease_until": now + timedelta(1)} | fields,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return f"/plan/sites/searches/{row.id}"

    return write


def test_the_form_has_defaults_that_can_be_sent_as_they_are(planner, post, key, begun, sqlite_record):
    page = planner.get(f"/plan/sites/{key}/tiers").text
    sent = dict(re.findall(r'<input class="form-control[^"]*" id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', page))
    assert {"points", "seconds", "years", "growth", "stations", "centres", "budgets", "reach"} <= set(sent)
    assert "Empty: 15, as in the scenario." in page
    assert f"/plan/sites/{key}/tiers" in planner.get(f"/plan/sites/{key}").text
    assert f"/plan/sites/{key}/tiers" in planner.get(f"/plan/sites/{key}/search").text
    answer = post(f"/plan/sites/{key}/tiers", best="cost", against="", by="town", **sent)
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert (begun, row.kind) == ([row.id], "tiers")
    assert (row.asked["stations"], row.asked["years"], row.asked["budgets"], row.asked["keep"]) == (60, 1, [], False)
    page = planner.get(answer.headers["Location"]).text
    assert "Stations and centres are being searched" in page
    assert f"{answer.headers['Location']}/progress" in page


def test_all_that_the_form_takes_is_asked_and_can_be_changed(planner, post, key, sqlite_record):
    answer = post(
        f"/plan/sites/{key}/tiers", best="within", against="cost", points="5", by="community", stations="12",
        centres="4", most_stations="9", most_centres="2", keep="on", years="3", growth="-2.5",
        budgets="300,000 200000，1500.5", carried="on", within="25", most_yuan="1,500,000", most_carbon="12.5",
        reach="60.5", town_minutes="30", seconds="9",
    )  # fmt: skip
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert row.kind == "front"
    assert row.asked == {
        "best": "within", "against": "cost", "points": 5, "by": "community", "stations": 12, "centres": 4,
        "most_stations": 9, "most_centres": 2, "keep": True, "years": 3, "growth": -2.5,
        "budgets": [300_000.0, 200_000.0, 1500.5], "carried": True, "within": 25, "most_yuan": 1_500_000.0,
        "most_carbon": 12.5, "reach": 60.5, "town_minutes": 30.0, "seconds": 9,
    }  # fmt: skip
    page = planner.get(f"/plan/sites/{key}/tiers?again={row.id}").text
    for name, value in (("budgets", "300000, 200000, 1500.5"), ("growth", "-2.5"), ("most_yuan", "1500000")):
        assert re.search(rf'name="{name}"[^>]* value="{re.escape(value)}"', page)
    assert re.search(r'name="keep" checked', page)
    assert planner.get(f"/plan/sites/{key}/tiers?again=nothing").status_code == 200
    again = post(f"/plan/sites/{key}/tiers", best="cost")
    assert (again.status_code, "Another search is under way" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"best": "beauty"}, "best", "Choose one of these"),
        ({"best": "cost", "against": "cost"}, "against", "costs itself nothing"),
        ({"stations": "0"}, "stations", "from 1 to 400"),
        ({"years": "many"}, "years", "from 1 to 15"),
        ({"reach": "101"}, "reach", "Write a number from 0 to 100"),
        ({"budgets": "much"}, "budgets", "one sum for each year"),
        ({"most_yuan": "x"}, "most_yuan", "such as 1500000"),
    ],
)
def test_what_cannot_be_asked_stands_beside_its_field(post, key, begun, form, field, words):
    answer = post(f"/plan/sites/{key}/tiers", **form)
    assert answer.status_code == 422
    assert re.search(f'id="fault-{field}">[^<]*{words}', answer.text)
    assert begun == []
    assert "<details >" not in answer.text, "what is wrong may stand in any of them"


def test_an_answer_is_told_by_year_with_its_bound(planner, search):
    path = search(state="done", answer=TIERS)
    page = planner.get(path).text
    for words in (
        "450,123 yuan", "Stations open in 2028: 1, centres: 2.", "better by 2.25 % at most (bound: 440,000 yuan)",
        "No road leads to 远村", "12.3", "69.2 %", "no way", "−55,000 yuan", "Town station", "opens", "closes",
        "2028: what flows where", "66 t come in 2028 from 6,500 people",
    ):  # fmt: skip
        assert words in page, words
    first = planner.get(f"{path}?year=2027").text
    assert "2027: what flows where" in first
    assert "120 %" in first
    for words in ("Paper and cardboard", "Glass"):
        assert words in first
    data = json.loads(re.search(r'id="tier-data">(.*?)</script>', first).group(1))
    assert [(one["tier"], one["number"]) for one in data["sites"]] == [(0, "S2"), (1, "C1"), (1, "C2"), (2, "M1")]
    assert [0, 107.45, 31.19, 107.46, 31.2, 60.0] in data["lines"]


def test_towns_as_points_say_what_their_communities_have(planner, search):
    page = planner.get(search(state="done", answer=TIERS)).text
    for words in ("4,321 people within reach; 8.8 minutes", "5.4 minutes in the mean", "better than 432,100 yuan"):
        assert words in page, words
    front = planner.get(search("front", state="done", answer=FRONT)).text
    assert "better by 1,234 yuan, or by 0.6 minutes, at most" in front
    older = {name: part for name, part in TIERS.items() if "by_community" not in name}
    assert "different ways" not in planner.get(search(state="done", answer=older)).text


def test_a_proven_answer_says_so(planner, search):
    assert "Proven: no other choice" in planner.get(search(state="done", answer=TIERS | {"proven": True})).text
    page = planner.get(search(state="done", answer=TIERS | {"bound": None, "gap": None})).text
    assert "before it could say" in page


def test_a_front_is_a_chart_and_a_table(planner, search):
    page = planner.get(search("front", state="done", answer=FRONT)).text
    for words in (
        "Cost a year against Worst-served town", "4 points.", "Complete", 'class="front"', "450,123", "10.0",
        "the first aim is proven", "590,000", "not proven, 1.67 % better at most",
        "no way", "Open the centres of point 3 as a scenario",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<circle") == 3
    assert 'class="band"' not in page
    page = planner.get(search("front", state="done", answer=FRONT | {"complete": False, "unknown": 0.0123})).text
    for words in ("better than the next point by 1.23 % at most", 'class="band"', "what lies below cannot be"):
        assert words in page, words


def test_a_front_of_earlier_days_is_shown_without_what_it_does_not_know(planner, search):
    rows = [{name: value for name, value in row.items() if name != "gap"} for row in FRONT["rows"]]
    older = {name: value for name, value in FRONT.items() if name != "unknown"} | {"complete": False, "rows": rows}
    page = planner.get(search("front", state="done", answer=older)).text
    assert "Between two points there may be more. Ask for more" in page
    assert "not proven" in page
    assert planner.get(f"{search('front', state='done', answer=older)}/answer.csv").status_code == 200


@pytest.mark.parametrize(
    ("kind", "form", "head"),
    [
        ("tiers", "csv", "year,tier,site"),
        ("tiers", "flows.csv", "year,tier,source"),
        ("tiers", "json", '{"notice"'),
        ("tiers", "geojson", '{"type": "FeatureCollection"'),
        ("front", "csv", "point,cost,carbon"),
        ("front", "json", '{"notice"'),
    ],
)
def test_answers_are_taken_away(planner, search, kind, form, head):
    path = search(kind, state="done", answer=TIERS if kind == "tiers" else FRONT)
    answer = planner.get(f"{path}/answer.{form}")
    assert answer.status_code == 200
    assert answer.data.decode("utf-8-sig").startswith(head)
    assert f"{kind}-" in answer.headers["Content-Disposition"]


def test_files_that_there_are_not(planner, search):
    assert planner.get(f"{search()}/answer.csv").status_code == 409
    assert planner.get(f"{search(state='done', answer=TIERS)}/answer.xlsx").status_code == 404
    assert planner.get(f"{search('front', state='done', answer=FRONT)}/answer.geojson").status_code == 404
    sites = search("sites", state="done")
    assert planner.get(f"{sites}/answer.csv").status_code == 404


def test_centres_are_opened_as_a_scenario_by_one_click(planner, post, search, sqlite_record):
    front = search("front", state="done", answer=FRONT)
    answer = post(f"{front}/open", point="2")
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        made = session.scalar(select(Scenario).where(Scenario.name == "cost / worst-town 2 · 现状"))
        assert {row.code for row in made.sites if row.is_open} == {"CEN-01", "A-001"}
    assert answer.headers["Location"].endswith(str(made.id))
    assert post(f"{front}/open", point="2").headers["Location"] == answer.headers["Location"]
    assert post(f"{front}/open", point="9").status_code == 404
    assert post(f"{search(state='done', answer=TIERS)}/open").status_code == 303
    assert post(f"{search()}/open").status_code == 409


@pytest.mark.parametrize("kind", ["tiers", "front"])
def test_a_scenario_opened_from_an_answer_tells_what_its_whole_chain_costs(planner, post, search, sqlite_record, kind):
    path = search(kind, state="done", answer=TIERS if kind == "tiers" else FRONT)
    made = post(f"{path}/open", point="2").headers["Location"]
    page = planner.get(made).text
    for words in (
        "point 2 of a front" if kind == "front" else "an answer for stations and centres", path, "450,123",
        "not counted",
        "ways straight from communities to the open centres", "By stations",
    ):  # fmt: skip
        assert words in page, words
    assert "Centres were opened or closed since" not in page
    with sqlite_record.write() as session:
        scenario = session.get(Scenario, uuid.UUID(made.rsplit("/", 1)[-1]))
        scenario.sites[0].is_open = not scenario.sites[0].is_open
    assert "Centres were opened or closed since" in planner.get(made).text


def test_other_scenarios_tell_of_no_chain(planner, key):
    assert "ways straight from communities" not in planner.get(f"/plan/sites/{key}").text


FAULTS = [
    {"template": "No choice of sites keeps all rules together. Each of these changes alone would do:", "values": {}},
    {"template": "%(value)s yuan a year instead of %(limit)s", "values": {"value": "12,000", "limit": "10"}},
    {
        "template": "room for %(tonnes)s t more (%(places)s)",
        "values": {
            "tonnes": "3.0",
            "places": [
                {
                    "template": "%(tonnes)s t of %(material)s at %(site)s",
                    "values": {"tonnes": "3.0", "material": {"materials": ["paper", "rare"]},
                               "site": [{"zh": "一站", "en": "Station one"}]},
                }
            ],
        },
    },
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("alone would do:", "<li>12,000 yuan a year instead of 10</li>", "Paper and cardboard, rare at Station"),
        ),
        ("zh_CN", ("下列任何一项改动即可", "<li>每年 12,000 元，而不是 10 元</li>", "一站：废纸")),
    ],
)
def test_why_nothing_was_found_is_told_in_the_pages_language(planner, search, language, words):
    planner.set_cookie("language", language)
    for kind in ("tiers", "sites"):
        page = planner.get(search(kind, state="failed", error="No choice of sites", faults=FAULTS)).text
        for one in words:
            assert one in page
        assert "No choice of sites" not in page or language == "en"


def test_searches_of_all_kinds_stand_in_one_list(planner, search, key):
    paths = [search(), search("front"), search("sites")]
    page = planner.get(f"/plan/sites/{key}/search").text
    for words in (*paths, "Stations and centres: Cost a year", "Cost a year against Worst-served town"):
        assert words in page


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(post, key, begun):
    answer = post(f"/plan/sites/{key}/tiers", best="cost", against="cost", stations="0", most_yuan="x")
    assert set(re.findall(r'id="fault-([\w-]+)"', answer.text)) == {"against", "stations", "most_yuan"}
    assert begun == []
