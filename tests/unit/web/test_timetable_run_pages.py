"""The button that makes a timetable: asked for, shown with how far it is, stopped, and what came of it."""

import re

import pytest
from made_timetables import of_the_town
from sqlalchemy import select, update

from recycling.models import Community, TimetableRun

BASE = "/dispatch/DEP-01/timetable"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def desk(app, signed_in):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "dispatcher", ["DEP-01"])


@pytest.fixture
def asks(desk):
    """Return a function that presses the button."""

    def press(seconds="60"):
        return desk.post(f"{BASE}/make", data={"seconds": seconds}, headers=ENGLISH)

    return press


def run_of(database):
    with database.read() as session:
        return session.scalar(select(TimetableRun))


def becomes(database, **values):
    with database.write() as session:
        session.execute(update(TimetableRun).values(**values))


def shown(desk):
    return desk.get(BASE, headers=ENGLISH).text


def test_the_button_asks_and_the_page_shows_how_far_it_is(sqlite_record, desk, asks):
    assert "Make a timetable" in shown(desk)
    answer = asks()
    assert (answer.status_code, answer.location) == (303, BASE)
    run = run_of(sqlite_record)
    page = shown(desk)
    assert f'data-run="{BASE}/runs/{run.id}"' in page
    assert "It waits for its turn." in page
    assert "Make a timetable" not in page, "one at a time"
    assert "progress.js" in page
    asks()
    with sqlite_record.read() as session:
        assert len(session.scalars(select(TimetableRun)).all()) == 1


def test_what_it_says_while_it_works(sqlite_record, desk, asks):
    asks()
    path = f"{BASE}/runs/{run_of(sqlite_record).id}"
    becomes(sqlite_record, state="running", fence=1)
    assert "Roads are being read" in desk.get(path, headers=ENGLISH).json["note"]
    becomes(sqlite_record, progress=0.421, fen_a_week=123_400)
    assert desk.get(path, headers=ENGLISH).json == {
        "state": "running", "progress": 0.421, "note": "Best so far ¥\N{NO-BREAK SPACE}1,234.00 a week",
    }  # fmt: skip
    becomes(sqlite_record, left_out=3, people_left_out=4_200)
    said = desk.get(path, headers=ENGLISH).json["note"]
    assert said.endswith(" a week; without a call: 4,200 people in 3 communities")


def test_it_is_stopped_from_the_page(sqlite_record, desk, asks):
    asks()
    becomes(sqlite_record, state="running", fence=1)
    path = f"{BASE}/runs/{run_of(sqlite_record).id}"
    assert desk.post(f"{path}/stop").status_code == 303
    assert run_of(sqlite_record).stop_asked
    page = shown(desk)
    assert "the best so far is kept" in page
    assert "Stop, keep the best" not in page
    becomes(sqlite_record, state="done")
    assert "ended before there was a timetable" in shown(desk)


def test_a_draft_that_was_made_is_led_to(sqlite_record, settings, desk, asks, now):
    of_the_town(sqlite_record, settings, now)
    asks()
    becomes(sqlite_record, state="done", version=2, finished_at=now)
    page = shown(desk)
    assert re.search(r'Made on Wed 4 Mar, 10:00: <a href="/dispatch/DEP-01/timetable\?version=2">Version 2</a>', page)
    assert "Make a timetable" in page


def test_a_failure_says_why(sqlite_record, desk, asks):
    asks()
    becomes(sqlite_record, state="failed", error_code="memory", error="<b>too much")
    page = shown(desk)
    assert "could not be made; nothing was changed" in page
    assert "<code>memory</code> &lt;b&gt;too much" in page


@pytest.mark.parametrize("seconds", ["", "61", "many"])
def test_a_time_that_is_not_offered_is_refused(sqlite_record, asks, seconds):
    answer = asks(seconds)
    assert answer.status_code == 422
    assert "Choose from the list" in answer.text
    assert run_of(sqlite_record) is None


def test_what_is_lacking_is_said_at_once(sqlite_record, asks):
    with sqlite_record.write() as session:
        session.execute(update(Community).values(population=0))
    answer = asks()
    assert answer.status_code == 422
    assert "Depot DEP-01 has no communities." in answer.text
    assert run_of(sqlite_record) is None


def test_a_dispatcher_of_another_depot_sees_and_stops_nothing(app, sqlite_record, signed_in, asks):
    asks()
    path = f"runs/{run_of(sqlite_record).id}"
    other = signed_in(app, "dispatcher", ["DEP-02"])
    assert other.get(f"{BASE}/{path}").status_code == 403
    assert other.post(f"{BASE}/{path}/stop").status_code == 403
    away = BASE.replace("DEP-01", "DEP-02")
    assert other.get(f"{away}/{path}").status_code == 404
    assert other.post(f"{away}/{path}/stop").status_code == 404
    assert not run_of(sqlite_record).stop_asked


def test_who_may_only_look_has_no_button(app, sqlite_record, signed_in, asks):
    asks()
    manager = signed_in(app, "manager")
    page = manager.get(BASE, headers=ENGLISH).text
    assert "A timetable is being made" in page
    assert "Stop, keep the best" not in page
    becomes(sqlite_record, state="done")
    assert "Make a timetable" not in manager.get(BASE, headers=ENGLISH).text


def test_who_got_no_call_is_shown_with_why_and_what_would_help(sqlite_record, desk, asks, settings, now):
    of_the_town(sqlite_record, settings, now)
    asks()
    hours = {
        "kind": "hours", "points": ["A-001", "A-002"], "lacking": 1, "dimension": "", "sites": [], "vehicles": 1,
        "span": [32400, 34200], "days": 1, "there": 1,
        "remedies": [
            {"change": "vehicles", "values": {"count": 1, "type": "box", "minutes": 540}},
            {"change": "hour", "values": {}},
        ],
    }  # fmt: skip
    many = {
        "kind": "site", "points": ["A-001", "A-002", "A-003", "B-001", "X-1", "X-2", "X-3"], "lacking": 1234.0,
        "dimension": "kg", "sites": ["CEN-01"], "vehicles": 0, "span": [0, 0], "days": 5, "there": 1,
        "remedies": [{"change": "takes", "values": {"amount": 250, "dimension": "kg", "days": 5}}],
    }  # fmt: skip
    becomes(sqlite_record, state="done", version=2, left_out=2, hindrances=[hours, many], finished_at=now)
    page = shown(desk)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "2 communities got no call: why" in text
    assert "社区A-001, 社区A-002 Between 09:00 and 09:30 no vehicle can make two of their calls" in text
    assert "1 more of this vehicle: 4.2 m box truck (each is there 540 min a day)." in text
    assert "社区A-003, 社区B-001, X-1 and 2 more" in text
    assert "They bring 1.24 t more than is taken there (days: 5): Example CEN-01." in text
    assert "0.25 t more each day (days: 5) at one of these: Example CEN-01." in text
    chinese = desk.get(BASE, headers={"Accept-Language": "zh"}).text
    assert "4.2米厢式货车" in chinese
    assert "示例CEN-01" in chinese
    becomes(sqlite_record, hindrances=[])
    assert "Nothing is proven to stand in their way" in shown(desk)
    becomes(sqlite_record, left_out=0)
    assert "got no call" not in shown(desk)


def test_while_it_is_proven_the_page_says_so(sqlite_record, desk, asks):
    asks()
    path = f"{BASE}/runs/{run_of(sqlite_record).id}"
    becomes(sqlite_record, state="running", fence=1, progress=1.0, fen_a_week=1000, left_out=2)
    assert "it is being proven what stands in the way" in desk.get(path, headers=ENGLISH).json["note"]
    becomes(sqlite_record, state="done", left_out=3, fen_a_week=0)
    assert "found no place for any community" in shown(desk)
