"""Many variants of a scenario by its pages: asked, followed, shown as a table, taken away."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling import network
from recycling.accounts.actors import system
from recycling.models import SiteSearch
from recycling.road_changes import ClosureRule, close
from recycling.sites import searching
from recycling.sites.editing import choose_sites
from recycling.sites.scenarios import make, the_scenario
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services


@pytest.fixture
def desk(home):
    return WaysDesk(apart=False)


@pytest.fixture
def begun(monkeypatch):
    """Keys of searches that would have been begun."""
    keys = []
    monkeypatch.setattr("recycling.sites.searching.start", lambda *values: keys.append(values[4]))
    return keys


@pytest.fixture
def planner(sqlite_record, settings, catalogue, fleet, at_now, home, signed_in, begun, desk):
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, ways=desk))
    client = signed_in(app, "planner")
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def key(sqlite_record, settings, fleet, now, home):
    with sqlite_record.write() as session:
        rule = ClosureRule(name="桥梁施工", edges=tuple(range(100, 108)), last="2026-03-01")
        close(network.the_area(session).roads, rule)
        made = make(session, settings, fleet, "现状", None, system("test"), now)
        choose_sites(session, made, made.version, {"CEN-01", "STA-01"}, {}, system("test"), now)
        return made.id


@pytest.fixture
def post(planner):
    def send(path, **form):
        page = planner.get("/plan/sites").text
        form["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return planner.post(path, data=form)

    return send


@pytest.fixture
def worked(sqlite_record, settings, fleet, desk, begun):
    """Return a function that works off what was begun last."""

    def work():
        searching.work(sqlite_record, settings, fleet, desk, begun[-1], system("test"))
        return f"/plan/sites/searches/{begun[-1]}"

    return work


def test_the_form_offers_assumptions_and_closures(planner, key):
    page = planner.get(f"/plan/sites/{key}/sweep").text
    for words in ("Each open site out", "桥梁施工", "Driving times", 'value="80, 100, 130"', "Evaluate all variants"):
        assert words in page, words
    assert f"/plan/sites/{key}/sweep" in planner.get(f"/plan/sites/{key}").text


def test_asked_followed_worked_off_shown_and_taken_away(planner, post, key, begun, worked, sqlite_record):
    answer = post(f"/plan/sites/{key}/sweep", demand="80，130", fuel="100 120 %", each="on", cut="桥梁施工")
    assert answer.status_code == 303
    waits = planner.get(answer.location).text
    assert "The variants are being evaluated" in waits
    assert "data-run" in waits
    assert planner.get(f"{answer.location}/variants.csv").status_code == 404
    path = worked()
    assert path == answer.location
    page = planner.get(path).text
    assert "24 of 24 variants are evaluated" in page
    for words in (
        "What is brought: 130 %",
        "without Example STA-01",
        "桥梁施工 is cut",
        "fuel among it: 120 %",
        "demonstration",
    ):
        assert words in page, words
    rows = list(csv.DictReader(io.StringIO(planner.get(f"{path}/variants.csv").data.decode("utf-8-sig"))))
    assert len(rows) == 2 * 2 * 3 * 2
    assert {row["roads"] for row in rows} == {"演示 / demonstration"}
    assert {row["cut"] for row in rows} == {"", "桥梁施工"}
    assert planner.get(f"{path}/progress").json == {"state": "done", "progress": 1.0}
    for listed in (f"/plan/sites/{key}/sweep", f"/plan/sites/{key}/search"):
        assert "1 closure" in planner.get(listed).text
    assert planner.get(f"{path}/answer.csv").status_code == 404


def test_stopped_before_there_was_any_it_says_so(planner, post, key, worked, sqlite_record):
    answer = post(f"/plan/sites/{key}/sweep", demand="100")
    assert post(f"{answer.location}/stop").status_code == 303
    path = worked()
    with sqlite_record.read() as session:
        assert session.scalars(select(SiteSearch.state)).one() == "stopped"
    assert "stopped before it had found anything" in planner.get(path).text


def test_lines_without_figures_say_why(planner, key, sqlite_record, now):
    none = dict.fromkeys(("yuan", "minutes", "fullest", "unreached", "yuan_low", "yuan_high", "over_full"))
    same = {f"{code}_percent": 100 for code in ("demand", "fuel", "wages", "land", "sorting", "load", "roads")}
    rows = [none | same | {"closed": "", "cut": "", "note": note} for note in ("stopped", "lost 3 workers")]
    with sqlite_record.write() as session:
        made = SiteSearch(
            scenario_id=the_scenario(session, key).id, kind="sweep", asked={"demand": [100]}, asked_by="",
            asked_at=now, lease_until=now + timedelta(1), state="done",
            answer={"scenario": "现状", "count": 2, "done": 0, "rows": rows},
        )  # fmt: skip
        session.add(made)
        session.flush()
        path = f"/plan/sites/searches/{made.id}"
    page = planner.get(path).text
    assert "it was stopped before" in page
    assert "its workers died again and again" in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"demand": "much"}, "Write percents as whole numbers with commas"),
        ({"demand": "0"}, "Write percents as whole numbers from 1 to 1000"),
        ({"fuel": "1,2,x"}, "Write percents as whole numbers with commas"),
        ({"cut": "no such"}, "There is no such closure"),
        ({"demand": ",".join(str(k) for k in range(1, 40))}, "Write up to 20 percents"),
    ],
)
def test_what_is_wrong_is_told_and_stays_written(planner, post, key, begun, form, sentence):
    answer = post(f"/plan/sites/{key}/sweep", **form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert begun == []
    name, value = next(iter(form.items()))
    assert value in answer.text or name == "cut"


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(post, key, begun):
    many = ", ".join(str(number) for number in range(50, 80))
    answer = post(f"/plan/sites/{key}/sweep", demand="80, much", fuel="0", wages=many, land="90")
    assert answer.status_code == 422
    assert set(re.findall(r'id="fault-([\w-]+)"', answer.text)) == {"demand", "fuel", "wages"}
    assert re.search(r'id="fault-wages">[^<]*up to 20 percents', answer.text)
    assert begun == []
