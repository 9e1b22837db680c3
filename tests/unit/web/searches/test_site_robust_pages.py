"""The pages of one choice for good and bad years: asked, followed, read, taken away, opened."""

import json
import re
from datetime import timedelta

import pytest
from made_choices import ROBUST, ROBUST_ASKED
from sqlalchemy import select

from recycling.models import Scenario, SiteSearch


@pytest.fixture
def search(sqlite_record, key, now):
    """Return a function that writes a search as it may stand, and gives its path."""

    def write(asked=ROBUST_ASKED, **fields):
        with sqlite_record.write() as session:
            row = SiteSearch(
                scenario_id=key, kind="robust", asked=asked, asked_by="", asked_at=now,
                **{"lease_until": now + timedelta(1)} | fields,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return f"/plan/sites/searches/{row.id}"

    return write


def entries(page):
    """The entries of the form as a browser would send them."""
    found = re.findall(r'<input class="form-control[^"]*"(?: id="[^"]+")? name="([^"]+)"[^>]* value="([^"]*)"', page)
    return dict(found)


def test_the_form_proposes_scenarios_that_can_be_sent_as_they_are(planner, post, key, begun, sqlite_record):
    page = planner.get(f"/plan/sites/{key}/robust").text
    sent = entries(page)
    assert (sent["name-1"], sent["weight-2"], sent["percent-4"], sent["name-5"]) == ("a fifth less", "50", "160", "")
    for where in (f"/plan/sites/{key}", f"/plan/sites/{key}/search", f"/plan/sites/{key}/tiers"):
        assert f"/plan/sites/{key}/robust" in planner.get(where).text
    answer = post(f"/plan/sites/{key}/robust", model="cost", by="town", **sent)
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert (begun, row.kind, len(row.asked["demands"])) == ([row.id], "robust", 4)
    page = planner.get(answer.headers["Location"]).text
    assert "Sites for all scenarios of demand are being searched" in page
    assert f"{answer.headers['Location']}/progress" in page
    again = post(f"/plan/sites/{key}/robust", model="cost", by="town", **sent)
    assert (again.status_code, "Another search is under way" in again.text) == (409, True)
    assert "One choice for good and bad years: a fifth less" in planner.get(f"/plan/sites/{key}/search").text


def test_all_that_the_form_takes_is_asked_and_can_be_changed(planner, post, key, sqlite_record):
    form = {
        "name-2": "歉年", "weight-2": "4", "percent-2": "80 %", "own-2": "",
        "name-7": "丰年", "weight-7": "1,000", "percent-7": "130", "own-7": "废纸=150，rural：80，glas=90",
        "model": "cost", "count": "3", "budget": "1,500,000", "elsewhere": "900", "by": "community", "towns": "12",
        "seconds": "9", "keep": "on",
    }  # fmt: skip
    assert post(f"/plan/sites/{key}/robust", **form).status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert row.asked == {
        "demands": [
            {"name": "歉年", "weight": 4.0, "percent": 80.0, "own": {}},
            {"name": "丰年", "weight": 1000.0, "percent": 130.0, "own": {"paper": 150.0, "rural": 80.0, "glass": 90.0}},
        ],
        "model": "cost", "count": 3, "budget": 1_500_000.0, "elsewhere": 900.0, "keep": True, "by": "community",
        "towns": 12, "seconds": 9,
    }  # fmt: skip
    page = planner.get(f"/plan/sites/{key}/robust?again={row.id}").text
    sent = entries(page)
    assert (sent["name-2"], sent["weight-2"], sent["budget"], sent["elsewhere"]) == ("丰年", "1000", "1500000", "900")
    assert sent["own-2"] == "Paper and cardboard=150, rural=80, Glass=90"
    assert (re.search(r'name="keep" checked', page) is None, 'value="community" selected' in page) == (False, True)
    assert "a fifth less" not in sent.values()
    assert planner.get(f"/plan/sites/{key}/robust?again=nothing").status_code == 200


def test_names_of_materials_with_spaces_come_back_as_they_went(planner, post, key, search, sqlite_record):
    asked = ROBUST_ASKED | {"demands": [ROBUST_ASKED["demands"][1]]}
    path = search(asked, state="stopped", lease_until=None)
    sent = entries(planner.get(f"/plan/sites/{key}/robust?again={path[-36:]}").text)
    assert post(f"/plan/sites/{key}/robust", model="cost", **sent).status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch).where(SiteSearch.state == "queued")).one()
    assert row.asked["demands"][0]["own"] == {"paper": 150.0}


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"weight-1": "0"}, "weight-1", "above 0"),
        ({"percent-1": "much"}, "percent-1", "from 0 to 1000"),
        ({"own-1": "gold=5"}, "own-1", "gold is not among what can differ: urban, rural, Paper"),
        ({"own-1": "paper"}, "own-1", "percent from 0 to 1000"),
        ({"model": "p-median"}, "count", "needs the number of sites"),
        ({"seconds": "9000"}, "seconds", "from 1 to 600"),
        ({"elsewhere": "x"}, "elsewhere", "Write yuan a tonne"),
        ({"name-3": "a", "weight-3": "1", "percent-3": "1"}, "name-2", "Give each its own"),
    ],
)
def test_what_cannot_be_asked_stands_beside_its_field(post, key, begun, form, field, words):
    demand = {"name-1": "a", "weight-1": "1", "percent-1": "100"}
    answer = post(f"/plan/sites/{key}/robust", **demand | form)
    assert answer.status_code == 422
    assert re.search(f'id="fault-{field}">[^<]*{words}', answer.text)
    assert begun == []
    assert "<details >" not in answer.text, "what is wrong may stand in any of them"


def test_without_any_scenario_of_demand_it_says_so(post, key):
    answer = post(f"/plan/sites/{key}/robust", model="cost")
    assert (answer.status_code, "at least one scenario of demand" in answer.text) == (422, True)


def test_both_choices_are_told_with_price_and_proof(planner, search):
    path = search(state="done", answer=ROBUST)
    page = planner.get(path).text
    for words in (
        "Robustness costs 16,000 yuan a year in the mean of the scenarios (2.94 %)", "from 60,000 to 40,000",
        "544,000 yuan a year · <strong>Proven", "no choice has less than 38,000 yuan a year", "at most 3 sites",
        "at most 500,000 yuan a year for new sites", "No road leads to 远村", "no room", "Best for 歉年 alone",
        "The best for 丰年 alone is not proven: it may cost 10,000 less", "Least worst regret, in the scenario 丰年",
        "Paper and cardboard=150", "120 %", "demonstration", "Station one",
    ):  # fmt: skip
        assert words in page, words
    data = json.loads(re.search(r'id="tier-data">(.*?)</script>', page).group(1))
    assert [(one["number"], one["tier"]) for one in data["sites"]] == [("C1", 3), ("C2", 3), ("C3", 1)]
    assert data["lines"] == [[0, 107.45, 31.19, 107.46, 31.2, 90.0]]


def test_another_choice_is_drawn_where_it_is_asked_for(planner, search):
    path = search(state="done", answer=ROBUST)
    page = planner.get(f"{path}?choice=1").text
    assert "Best for 歉年 alone, in the scenario 歉年" in page
    assert "90 %" in page
    assert "Least worst regret, in the scenario" in planner.get(f"{path}?choice=99").text
    assert "Least worst regret, in the scenario" in planner.get(f"{path}?choice=x").text


def test_where_one_choice_is_both_robustness_costs_nothing(planner, search):
    same = ROBUST | {"least_worst_regret": ROBUST["least_expected_cost"] | {"bound": None, "proven": False}}
    page = planner.get(search(state="done", answer=same)).text
    assert "Robustness costs nothing" in page
    assert "before it could say how much better" in page


def test_hours_of_driving_are_called_so(planner, search):
    page = planner.get(search(state="done", answer=ROBUST | {"unit": "person-hours"})).text
    assert "544,000 hours of driving" in page


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("csv", "choice,歉年,丰年,regret: 歉年"),
        ("sites.csv", "choice,site,name"),
        ("json", '{"notice"'),
        ("geojson", '{"type": "FeatureCollection"'),
    ],
)
def test_answers_are_taken_away(planner, search, form, head):
    path = search(state="done", answer=ROBUST)
    answer = planner.get(f"{path}/answer.{form}")
    assert answer.status_code == 200
    assert answer.data.decode("utf-8-sig").startswith(head)
    assert planner.get(f"{path}/answer.flows.csv").status_code == 404
    assert planner.get(f"{search()}/answer.csv").status_code == 409


def test_a_choice_is_opened_as_a_scenario_by_one_click(post, search, sqlite_record):
    path = search(state="done", answer=ROBUST)
    answer = post(f"{path}/open", point="3")
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        made = session.scalar(select(Scenario).where(Scenario.name == "robust, cost 3 3 · 现状"))
        assert {row.code: row.size for row in made.sites if row.is_open} == {"CEN-01": "standing", "A-001": "large"}
    assert answer.headers["Location"].endswith(str(made.id))
    assert post(f"{path}/open", point="3").headers["Location"] == answer.headers["Location"]
    for point in ("0", "5", "", "x"):
        assert post(f"{path}/open", point=point).status_code == 404
    assert post(f"{search()}/open", point="1").status_code == 409


def test_what_came_to_nothing_says_why_and_can_be_asked_otherwise(planner, search, key):
    sentence = "In the scenario %(scenario)s: 9 sites cannot be chosen"
    faults = [{"template": sentence, "values": {"scenario": "山洪"}}]
    path = search(state="failed", error="In the scenario 山洪: no", faults=faults)
    page = planner.get(path).text
    assert "In the scenario 山洪: 9 sites cannot be chosen" in page
    assert f"/plan/sites/{key}/robust?again={path[-36:]}" in page
    assert "stopped before it had found anything" in planner.get(search(state="stopped")).text
    assert "lost when its server ended" in planner.get(search(state="running", lease_until=None)).text


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(post, key, begun):
    demands = {"name-1": "a", "weight-1": "0", "percent-1": "100", "own-1": "gold=5"}
    demands |= {"name-2": "a", "weight-2": "1", "percent-2": "much"}
    answer = post(f"/plan/sites/{key}/robust", model="p-median", seconds="9000", elsewhere="x", **demands)
    found = set(re.findall(r'id="fault-([\w-]+)"', answer.text))
    assert found >= {"weight-1", "own-1", "name-2", "percent-2", "count", "seconds", "elsewhere"}
    assert begun == []
