"""The pages of a search for better sites: asked, followed, stopped, and what is said of each end."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.models import SiteSearch


@pytest.fixture
def search(sqlite_record, key, now):
    """Return a function that writes a search as it may stand, and gives its path."""

    def write(model="p-median", **fields):
        with sqlite_record.write() as session:
            asked = {"model": model, "count": 2}
            row = SiteSearch(
                scenario_id=key, asked=asked, asked_by="", asked_at=now, **{"lease_until": now + timedelta(1)} | fields
            )
            session.add(row)
            session.flush()
            return f"/plan/sites/searches/{row.id}"

    return write


def test_a_search_is_asked_and_followed(planner, post, key, begun, sqlite_record):
    answer = post(
        f"/plan/sites/{key}/search", model="cost", count="", budget="500000", towns="20", seconds="9", keep="on"
    )
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert begun == [row.id]
    assert row.asked == {
        "model": "cost", "count": None, "budget": 500000.0, "keep": True, "rest": False, "towns": 20, "seconds": 9,
    }  # fmt: skip
    page = planner.get(answer.headers["Location"]).text
    assert "The sites are being searched" in page
    assert planner.get(f"{answer.headers['Location']}/progress").json == {"state": "running", "progress": 0.0}
    post(f"{answer.headers['Location']}/stop")
    page = planner.get(answer.headers["Location"]).text
    assert "ending with the best so far" in page
    assert "Stop with the best so far" not in page
    again = post(f"/plan/sites/{key}/search", model="cost")
    assert (again.status_code, "Another search is under way" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"model": "p-median", "count": ""}, "count", "needs the number of sites"),
        ({"model": "p-median", "count": "0"}, "count", "from 1 to 200"),
        ({"model": "cost", "budget": "much"}, "budget", "Write the budget"),
        ({"model": "cost", "seconds": "9000"}, "seconds", "from 1 to 600"),
        ({"model": "guess"}, "model", "Choose what is searched for"),
    ],
)
def test_what_cannot_be_asked_stands_beside_its_field(post, key, begun, form, field, words):
    answer = post(f"/plan/sites/{key}/search", **form)
    assert answer.status_code == 422
    assert re.search(f'id="fault-{field}">[^<]*{words}', answer.text)
    assert begun == []


ANSWER = {
    "value": 100 * 6500.0, "bound": 90 * 6500.0, "gap": 0.1, "proven": False, "people": 6500.0, "candidates": 3,
    "opened": [["STA-01", "示例STA-01"]],
    "second": {"value": 110 * 6500.0, "proven": True, "opened": [["A-001", "镇"]], "closed": [], "worse": 0.1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        (
            "p-median",
            {},
            ("1.67 minutes in the mean", "better by 10.00 % at most (bound: 1.50 minutes", "10.000 % worse"),
        ),
        ("p-median", {"proven": True}, ("Proven: no choice among the 3 candidates",)),
        ("p-median", {"bound": None, "gap": None}, ("before it could say how much better",)),
        ("p-median", {"second": None}, ("None was found",)),
        ("p-centre", {"value": 600.0, "bound": 540.0}, ("10.0 minutes for the farthest community",)),
        ("cover", {"value": 6000.0}, ("6,000 people within reach",)),
        ("set-cover", {"value": 3.0}, ("3 sites",)),
        ("cost", {"value": 123_456_00.0}, ("123,456 yuan a year",)),
    ],
)
def test_what_was_found_is_said_in_the_units_of_its_model(planner, search, key, model, change, words):
    path = search(model, state="done", answer=ANSWER | change, made_id=key)
    page = planner.get(path).text
    for one in (*words, "Open the scenario 现状", "示例STA-01"):
        assert one in page
    assert planner.get(f"{path}/progress").json["state"] == "done"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "stopped"}, "stopped before it had found anything"),
        ({"state": "failed", "error": "9 sites cannot be chosen"}, "9 sites cannot be chosen"),
        ({"state": "running", "lease_until": None}, "lost when its server ended"),
    ],
)
def test_a_search_that_came_to_nothing_says_why_and_can_be_begun_again(planner, search, key, fields, words):
    page = planner.get(search(**fields)).text
    assert words in page
    assert f"/plan/sites/{key}/search" in page
    assert "p-median 2" in planner.get(f"/plan/sites/{key}/search").text


def test_what_is_out_of_reach_is_named_and_the_rest_reached_by_a_button(planner, post, search, key, sqlite_record):
    far = {"zh": "远村", "en": "Far"}
    sentence = (
        "No candidate is within %(minutes)s minutes of %(count)s places: %(places)s. Allow more minutes, or give"
        " candidates nearer to them."
    )
    values = {"minutes": 15.0, "count": 1, "places": [far]}
    faults = [{"template": sentence, "values": values, "code": "out-of-reach"}]
    page = planner.get(search("set-cover", state="failed", error="No candidate", faults=faults)).text
    assert "within 15.0 minutes of 1 places: Far." in page
    form = page[page.index(f'action="/plan/sites/{key}/search"') :]
    sent = dict(re.findall(r'name="(model|count|towns|seconds)" value="([^"]*)"', form))
    assert "Leave these out and reach all others" in form
    assert post(f"/plan/sites/{key}/search", rest="on", **sent).status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch).where(SiteSearch.state == "queued")).one()
    assert (row.asked["model"], row.asked["rest"], row.asked["count"]) == ("set-cover", True, 2)


def test_who_is_left_out_is_told_with_the_answer(planner, search, key):
    answer = ANSWER | {"value": 3.0, "far": [["A-009", "远村"]], "far_people": 1234.0}
    page = planner.get(search("set-cover", state="done", answer=answer, made_id=key)).text
    assert "within reach of 1 communities with 1,234 people: they are left out" in page
    assert "远村" in page


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(post, key, begun):
    answer = post(f"/plan/sites/{key}/search", model="p-median", count="", seconds="9000", budget="much")
    assert set(re.findall(r'id="fault-([\w-]+)"', answer.text)) == {"count", "seconds", "budget"}
    assert begun == []
