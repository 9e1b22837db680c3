"""The pages of scenarios driven by routes: asked, followed, read, taken away, and estimates that count so."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.accounts.actors import system
from recycling.models import Scenario, SiteSearch
from recycling.sites.scenarios import copy, the_scenario

ROW = {
    "estimate": 450_000, "sites_yuan": 300_000, "ways": 150_000, "rounds": 400_000, "km_yuan": 90_000,
    "trucks_yuan": 60_000, "hours_yuan": 250_000, "yuan": 700_000, "ways_km": 30_000, "km": 45_678,
    "ways_t_co2": 9.0, "t_co2": 13.7, "trucks": 2.5, "left_out": 0, "slope": 1.2345, "slope_error": 0.05,
    "base": 214_825, "sites": [["CEN-01", ["中心", "Centre one"], 1.0, 1.0, 66.0, 50.0]], "depots": [],
}  # fmt: skip


@pytest.fixture
def other(sqlite_record, key, now):
    with sqlite_record.write() as session:
        return copy(session, the_scenario(session, key), "另一个", system("test"), now).id


@pytest.fixture
def search(sqlite_record, key, other, now):
    """Return a function that writes a search as it may stand, and gives its path."""

    def write(second=None, **fields):
        rows = [ROW | {"scenario": str(key), "name": "现状"}]
        differences = []
        if second is not None:
            rows.append(ROW | {"scenario": str(other), "name": "另一个", "slope_error": None})
            differences.append(second)
        answer = {
            "notice": {"zh": "演示", "en": "demonstration"}, "days": 6, "rows": rows, "differences": differences,
            "off_road": [["A-009", "远村"]],
        }  # fmt: skip
        asked = {"beside": [str(other)] if second else [], "days": 6, "iterations": 10_000, "seed": 1}
        with sqlite_record.write() as session:
            row = SiteSearch(
                scenario_id=key, kind="rounds", asked=asked, asked_by="", asked_at=now,
                **{"lease_until": now + timedelta(1), "state": "done", "answer": answer} | fields,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return f"/plan/sites/searches/{row.id}"

    return write


def test_rounds_are_asked_from_a_scenario_with_another_beside_it(planner, post, key, other, begun, sqlite_record):
    page = planner.get(f"/plan/sites/{key}/driven").text
    assert f'value="{other}"' in page
    assert "Drive the sampled days" in page
    assert f"/plan/sites/{key}/driven" in planner.get(f"/plan/sites/{key}").text
    answer = post(f"/plan/sites/{key}/driven", days="4", iterations="5,000", seed="", beside=str(other))
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert (begun, row.kind) == ([row.id], "rounds")
    assert row.asked == {"beside": [str(other)], "days": 4, "iterations": 5000, "seed": 1}
    assert "Sampled days are being driven" in planner.get(answer.headers["Location"]).text
    again = planner.get(f"/plan/sites/{key}/driven?again={row.id}").text
    assert re.search(rf'value="{other}" checked', again)
    assert re.search(r'name="days"[^>]* value="4"', again)
    assert "2 scenarios driven by routes: 4 days" in again


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"days": "1"}, "from 2 to 30"),
        ({"iterations": "some"}, "from 100 to 200000"),
        ({"beside": "nobody"}, "Choose up to 3 scenarios"),
        ({"beside": str(uuid.UUID(int=7))}, "There is no such scenario"),
    ],
)
def test_what_cannot_be_driven_is_told_and_what_was_entered_stays(post, key, other, begun, form, words):
    answer = post(f"/plan/sites/{key}/driven", **{"days": "9"} | form)
    assert answer.status_code in (404, 422)
    assert words in answer.text
    assert begun == []
    if "days" not in form:
        assert re.search(r'name="days"[^>]* value="9"', answer.text)


def test_routes_stand_beside_the_estimate(planner, search):
    page = planner.get(search()).text
    for words in (
        "700,000 yuan a year by routes", "the estimate says 450,000 (+250,000 by routes)", "45,678", "13.7",
        "1.23 ± 0.05", "214,825", "Centre one", "over full", "No road leads to 远村", "Count so",
    ):  # fmt: skip
        assert words in page, words


def test_differences_say_whether_they_may_be_chance(planner, search):
    chance = {"estimate": 0, "rounds": 900, "noise": 1000, "same": True}
    assert "no difference by routes (+900 yuan a year, and 1,000 may be chance)" in planner.get(search(chance)).text
    real = {"estimate": -500, "rounds": -9000, "noise": 1000, "same": False}
    page = planner.get(search(real)).text
    assert "−9,000 yuan a year by routes, more than chance (1,000); by the estimates −500" in page
    assert "not told by these trips" in page


def test_an_estimate_counts_as_its_routes_by_one_click(planner, post, search, key, sqlite_record):
    path = search()
    answer = post(f"{path}/count-so", row="1")
    assert answer.headers["Location"].endswith(f"/plan/sites/{key}")
    with sqlite_record.read() as session:
        assumed = session.get(Scenario, key).assumed
    assert (assumed["routes_share"], assumed["routes_yuan"]) == (1.2345, 214_825)
    assert "count 1.23 times, and 214,825 yuan a year besides" in planner.get(f"/plan/sites/{key}").text
    for row in ("2", "0", "x", "99999"):
        assert post(f"{path}/count-so", row=row).status_code == 404


def test_it_is_taken_away_as_a_table_and_as_data(planner, search):
    path = search()
    table = planner.get(f"{path}/answer.csv").data.decode("utf-8-sig")
    assert table.startswith("scenario,estimate,with_rounds")
    assert planner.get(f"{path}/answer.json").json["rows"][0]["km"] == 45_678


def test_one_that_was_stopped_says_so_and_can_be_asked_again(planner, search, key):
    page = planner.get(search(state="stopped", answer=None)).text
    assert "was stopped before" in page
    assert f"/plan/sites/{key}/driven?again=" in page
