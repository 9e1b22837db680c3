"""The pages of sites and rounds together: asked, followed, read, taken away, opened."""

import json
import re
from datetime import timedelta

import pytest
from made_choices import LOCATED, SMALL
from sqlalchemy import select

from recycling.models import Scenario, SiteSearch


@pytest.fixture
def search(sqlite_record, key, now):
    """Return a function that writes a search as it may stand, and gives its path."""

    def write(asked=None, **fields):
        with sqlite_record.write() as session:
            row = SiteSearch(
                scenario_id=key, kind="located", asked=asked or {}, asked_by="", asked_at=now,
                **{"lease_until": now + timedelta(1)} | fields,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return f"/plan/sites/searches/{row.id}"

    return write


def test_the_form_has_defaults_that_can_be_sent_as_they_are(planner, post, key, begun, sqlite_record):
    page = planner.get(f"/plan/sites/{key}/located").text
    sent = dict(re.findall(r'<input class="form-control[^"]*" id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', page))
    assert set(sent) == {
        "count", "budget", "days", "answers", "turns", "seconds", "iterations", "seed", "towns",
    }  # fmt: skip
    for where in (f"/plan/sites/{key}", f"/plan/sites/{key}/robust"):
        assert f"/plan/sites/{key}/located" in planner.get(where).text
    answer = post(f"/plan/sites/{key}/located", by="town", **sent)
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert (begun, row.kind, row.asked["iterations"], row.asked["count"]) == ([row.id], "located", 10_000, None)
    page = planner.get(answer.headers["Location"]).text
    assert "Choices of sites are being driven" in page
    assert "Stop with what is driven so far" in page
    post(f"{answer.headers['Location']}/stop")
    with sqlite_record.read() as session:
        assert session.scalars(select(SiteSearch.stop_asked)).one()


def test_all_that_the_form_takes_is_asked_and_can_be_changed(planner, post, key, sqlite_record):
    form = {
        "count": "3", "budget": "1,500,000", "keep": "on", "by": "community", "towns": "12", "answers": "2",
        "turns": "3", "days": "4", "iterations": "500", "seed": "7", "seconds": "9",
    }  # fmt: skip
    assert post(f"/plan/sites/{key}/located", **form).status_code == 303
    with sqlite_record.read() as session:
        row = session.scalars(select(SiteSearch)).one()
    assert row.asked == {
        "count": 3, "budget": 1_500_000.0, "keep": True, "by": "community", "towns": 12, "answers": 2, "turns": 3,
        "days": 4, "iterations": 500, "seed": 7, "seconds": 9,
    }  # fmt: skip
    page = planner.get(f"/plan/sites/{key}/located?again={row.id}").text
    for name, value in (("budget", "1500000"), ("days", "4"), ("seed", "7")):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page)
    assert re.search(r'name="keep" checked', page)
    assert "at most 3 sites" in planner.get(f"/plan/sites/{key}/search").text


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"days": "1"}, "days", "from 2 to 60"),
        ({"answers": "many"}, "answers", "from 1 to 50"),
        ({"budget": "much"}, "budget", "Write the budget"),
        ({"by": "house"}, "by", "Choose one of these"),
    ],
)
def test_what_cannot_be_asked_stands_beside_its_field(post, key, begun, form, field, words):
    answer = post(f"/plan/sites/{key}/located", **form)
    assert answer.status_code == 422
    assert re.search(f'id="fault-{field}">[^<]*{words}', answer.text)
    assert begun == []
    assert "<details >" not in answer.text, "what is wrong may stand in any of them"


def test_choices_are_told_by_what_they_cost_with_their_rounds(planner, search):
    page = planner.get(search(state="done", answer=LOCATED)).text
    for words in (
        "700,000 yuan a year with its rounds", "the model&#39;s first choice costs 20,000 yuan a year more",
        "more than the noise", "estimated below 706,000 yuan, with an error of 900", "No road leads to 远村",
        "By these rounds Centre one would get more", "without Town centre", "the same sites in other sizes", "150 %",
        "Trucks on 6 days", "270,000", "1.25", "Open choice 2 as a scenario", "demonstration",
    ):  # fmt: skip
        assert words in page, words
    data = json.loads(re.search(r'id="tier-data">(.*?)</script>', page).group(1))
    assert [(one["number"], one["tier"]) for one in data["sites"]] == [("C1", 1), ("C2", 1)]
    assert len(data["lines"]) == 2


def test_another_choice_is_drawn_where_it_is_asked_for(planner, search):
    page = planner.get(f"{search(state='done', answer=LOCATED)}?choice=2").text
    data = json.loads(re.search(r'id="tier-data">(.*?)</script>', page).group(1))
    assert [(one["number"], one["tier"]) for one in data["sites"]] == [("C1", 3), ("C2", 1)]
    assert "<h2>Choice 2</h2>" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ended": "every"}, "Every choice of sites was driven. Differences up to 5,000 yuan"),
        ({"ended": "turns"}, "The turns are over. A choice that was not driven may cost 706,000 yuan by estimate"),
        ({"ended": "stopped", "floor": None}, "It was stopped. Differences up to 5,000 yuan may be chance."),
        ({"changed_by_routing": False}, "Rounds confirm the model"),
        ({"noise": 50_000.0}, "within the noise: either choice is as good"),
        ({"model_first": {"STA-01": "small"}}, "first choice, which was not driven"),
        (
            {"answers": LOCATED["answers"][:1], "drawn": LOCATED["drawn"][:1], "noise": 0.0},
            "Only one choice was driven",
        ),
    ],
)
def test_how_it_ended_and_whether_rounds_changed_the_choice_is_told(planner, search, change, words):
    assert words in planner.get(search(state="done", answer=LOCATED | change)).text


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("csv", "rank,with_rounds,model"),
        ("sites.csv", "rank,site,name"),
        ("json", '{"notice"'),
        ("geojson", '{"type": "FeatureCollection"'),
    ],
)
def test_answers_are_taken_away(planner, search, form, head):
    answer = planner.get(f"{search(state='done', answer=LOCATED)}/answer.{form}")
    assert answer.status_code == 200
    assert answer.data.decode("utf-8-sig").startswith(head)


def test_a_choice_is_opened_as_a_scenario_by_one_click(post, search, sqlite_record):
    path = search({"count": 2}, state="done", answer=LOCATED)
    answer = post(f"{path}/open", point="2")
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        made = session.scalar(select(Scenario).where(Scenario.name == "sites + rounds 2 2 · 现状"))
        assert {row.code: row.size for row in made.sites if row.is_open} == SMALL
    assert post(f"{path}/open", point="4").status_code == 404


def test_what_came_to_nothing_can_be_asked_otherwise(planner, search, key):
    path = search(state="stopped")
    page = planner.get(path).text
    assert "stopped before it had found anything" in page
    assert f"/plan/sites/{key}/located?again={path[-36:]}" in page
