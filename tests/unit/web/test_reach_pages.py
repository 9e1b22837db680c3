"""The page of reach: asked, shown of all hours and of some, refused beside its fields, taken away as files."""

import json
import re

import pytest
from made_timetables import of_the_town
from sqlalchemy import func, select

from recycling.models import ReachStudy

BASE = "/plan/reach"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def planner(app, signed_in):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "planner")


@pytest.fixture
def calling(sqlite_record, settings, now):
    of_the_town(sqlite_record, settings, now)
    return sqlite_record


@pytest.fixture
def ask(planner, calling):
    """Return a function that asks from the form, changed where the test says."""

    def send(**changes):
        form = {"table": "DEP-01/1", "metres": "500", "minutes": "15", "calls": "2", "further": "3"}
        form |= {"convenient": "08:00-10:00", "key": "reach-form-1"} | changes
        return planner.post(BASE, data=form, headers=ENGLISH)

    return send


def kept(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(ReachStudy))


def test_it_is_asked_kept_and_shown(ask, planner, calling):
    assert "no calls, stations alone" in planner.get(BASE, headers=ENGLISH).text
    answer = ask()
    assert answer.status_code == 303
    page = planner.get(answer.headers["Location"], headers=ENGLISH).text
    assert re.search(r"<strong>66\.7</strong> <span>%</span>", page), "4,000 of 6,000 have a call on Monday morning"
    assert "Worst town: 示例县 示例镇" in page
    assert "Proven: no other choice of so many points reaches more." in page
    assert "its calls at a convenient hour, or more often" in page, "A-002 is called at, at 11:00 and 14:00"
    assert page.count('class="pin pin-reach-good"') + page.count('"className": "pin pin-reach-good"') == 2
    assert 'href="/plan/sites"' in page
    assert ask().headers["Location"] == answer.headers["Location"]
    assert kept(calling) == 1
    assert "66.7 % within 500 m at a convenient hour" in planner.get(BASE, headers=ENGLISH).text


def test_the_hours_are_shown_one_by_one(ask, planner):
    where = ask(convenient="08:00-10:00, 13:00-15:00").headers["Location"]
    every = planner.get(where, headers=ENGLISH).text
    assert "call near at a convenient hour · 100.0 %" in every
    late = planner.get(f"{where}?when=1", headers=ENGLISH).text
    assert "Communities with a call near, 13:00–15:00" in late
    assert late.count("not in these hours</td>") + late.count("not in these hours<br>") == 2
    assert planner.get(f"{where}?when=7", headers=ENGLISH).text.count("Communities with a call near") == 0


def test_stations_alone_have_no_hours(ask, planner):
    page = planner.get(ask(table="DEP-01/0").headers["Location"], headers=ENGLISH).text
    assert "stations alone" in page
    assert re.search(r"<strong>0\.0</strong> <span>%</span></dd>", page)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"table": "DEP-01"}, "table", "Choose a timetable"),
        ({"metres": "far"}, "metres", "is not a whole number"),
        ({"metres": "6000"}, "metres", "from 100 to 5,000"),
        ({"further": "99"}, "further", "from 0 to 50"),
        ({"convenient": "morning"}, "convenient", "Write one to 6 spans"),
    ],
)
def test_what_cannot_be_asked_stands_beside_its_field(ask, calling, change, field, words):
    answer = ask(**change)
    assert answer.status_code == 422
    assert re.search(f'id="fault-{field}">[^<]*{words}', answer.text)
    assert kept(calling) == 0


def test_an_unknown_version_and_an_answer_that_is_gone(ask, planner):
    gone = ask(table="DEP-01/9")
    assert (gone.status_code, "has no timetable version 9" in gone.text) == (404, True)
    assert planner.get(f"{BASE}/00000000-0000-0000-0000-000000000000").status_code == 404


def test_files(ask, planner):
    where = ask().headers["Location"]
    table = planner.get(f"{where}/reach.csv")
    assert table.headers["Content-Disposition"].startswith('attachment; filename="DEP-01-reach.csv"')
    assert len(table.data.decode("utf-8-sig").splitlines()) == 4
    layer = json.loads(planner.get(f"{where}/reach.geojson").data)
    assert layer["asked"]["convenient"] == ["08:00-10:00"]
    assert layer["figures"]["good"] == 4000
    assert planner.get(f"{where}/reach.pdf").status_code == 404


def test_the_sites_and_the_timetable_lead_there(planner, calling, signed_in, app):
    assert f'href="{BASE}"' in planner.get("/plan/sites", headers=ENGLISH).text
    assert f"{BASE}?table=DEP-01/2" in planner.get("/dispatch/DEP-01/timetable", headers=ENGLISH).text
    desk = signed_in(app, "dispatcher", ["DEP-01"])
    assert BASE not in desk.get("/dispatch/DEP-01/timetable", headers=ENGLISH).text
