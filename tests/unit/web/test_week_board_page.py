"""The week board's page: calls by vehicle and hour, a move worked out and kept, in both languages."""

import re
from datetime import timedelta

import pytest
from made_timetables import draft, in_force
from sqlalchemy import select

from recycling.models import Timetable
from recycling.timetable.finding import find_roads

CALLS = [("A-001", 0, 540, "T-BOX"), ("A-002", 0, 660, "T-BOX"), ("A-003", 0, 570, "T-VAN")]
BOARD = "/dispatch/DEP-01/timetable/1/board"
ENGLISH = {"Accept-Language": "en"}
MOVE = {"community": "A-001", "day": "0", "to_day": "2", "hour": "10:00", "plate": "T-VAN", "edits": "0"}


@pytest.fixture
def calling(sqlite_record, settings, fleet, now):
    with sqlite_record.write() as session:
        in_force(session, settings, CALLS, settings.clock.today(now) + timedelta(days=1), now)
        draft(session, CALLS, now, 2)
    find_roads(sqlite_record, settings, fleet, "DEP-01", 1, now)
    return sqlite_record


@pytest.fixture
def desk(app, signed_in, calling):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "dispatcher", ["DEP-01"])


def plain(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_calls_stand_in_their_vehicles_row_at_their_hour(desk):
    page = desk.get(BOARD, headers=ENGLISH).text
    cell = page[page.index('data-plate="T-BOX" data-hour="09:00" colspan="2"') :]
    assert cell.index('data-community="A-001"') < cell.index("</td>")
    assert page.count('class="call"') == 3
    assert page.count('class="table-frame board"') == 7
    assert page.count('class="table-frame board"') - page.count(" hidden>\n<table") == 1, "one day is seen at a time"
    assert "becomes a new draft" in page


def test_what_a_move_comes_to_is_said_as_a_part_of_the_page(desk):
    good = desk.get(f"{BOARD}/move", query_string=MOVE, headers=ENGLISH).text
    assert "data-can-be-kept" in good
    assert re.search(r"This can be driven\. \+¥\s[\d.]+ a week", plain(good))
    bad = desk.get(
        f"{BOARD}/move", query_string=MOVE | {"to_day": "0", "hour": "11:00", "plate": "T-BOX"}, headers=ENGLISH
    )
    assert bad.status_code == 200
    assert "data-can-be-kept" not in bad.text
    assert re.search(r"T-BOX would come to 社区A-00\d \d+ min after 11:00", plain(bad.text))
    assert (
        "11:00"
        in desk.get(f"{BOARD}/move", query_string=MOVE | {"to_day": "0", "hour": "11:00", "plate": "T-BOX"}).text
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"community": "A-999"}, "not among those"),
        ({"to_day": "8"}, "may be on: Mon"),
        ({"to_day": "x"}, "Choose a day"),
        ({"hour": "ten"}, "Write the hour"),
        ({"hour": "03:00"}, "Calls begin at"),
        ({"plate": "<b>"}, "no vehicle &lt;b&gt;"),
    ],
)
def test_what_is_wrong_is_said(desk, wrong, said):
    answer = desk.get(f"{BOARD}/move", query_string=MOVE | wrong, headers=ENGLISH)
    assert answer.status_code in (409, 422)
    assert said in answer.text
    page = desk.post(BOARD, data=MOVE | wrong | {"deed": "keep"}, headers=ENGLISH)
    assert page.status_code == answer.status_code
    assert said in page.text
    assert "<h1>" in page.text


def test_without_a_script_a_move_is_worked_out_on_the_page(desk):
    page = desk.post(BOARD, data=MOVE | {"deed": "try"}, headers=ENGLISH).text
    assert "This can be driven" in page
    assert '<option value="2" selected>Wed</option>' in page
    assert '<option value="T-VAN" selected>' in page


def test_a_kept_move_becomes_a_draft_and_its_board_opens(desk, calling):
    answer = desk.post(BOARD, data=MOVE | {"deed": "keep"}, headers=ENGLISH)
    assert answer.status_code == 303
    assert answer.location == "/dispatch/DEP-01/timetable/3/board?day=2&kept=A-001"
    page = desk.get(answer.location, headers=ENGLISH).text
    assert "社区A-001 was moved; version 3 has it." in page
    assert "is in this draft" in page
    with calling.read() as session:
        states = dict(
            session.execute(select(Timetable.version, Timetable.state).where(Timetable.depot_code == "DEP-01")).all()
        )
    assert states == {1: "published", 2: "draft", 3: "draft"}
    late = desk.post(
        answer.location.partition("?")[0], data=MOVE | {"day": "2", "to_day": "4", "deed": "keep", "edits": "0"}
    )
    assert late.status_code == 409


def test_without_kept_ways_the_board_is_shown_and_the_command_named(desk):
    page = desk.get(BOARD.replace("/1/", "/2/"), headers=ENGLISH).text
    assert "recycling timetable roads DEP-01 2" in page
    assert 'id="move"' not in page
    assert page.count('class="call"') == 3
    assert desk.get(BOARD.replace("/1/", "/9/")).status_code == 404


def test_who_may_only_look_moves_nothing(app, signed_in, calling):
    app.config["WTF_CSRF_ENABLED"] = False
    planner = signed_in(app, "planner")
    page = planner.get(BOARD, headers=ENGLISH)
    if page.status_code == 200:
        assert 'id="move"' not in page.text
    assert planner.post(BOARD, data=MOVE | {"deed": "keep"}).status_code == 403
