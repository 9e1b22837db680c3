"""The board's forms with every kind of wrong input: a sentence, and nothing is written."""

import pytest
from made_plans import plan_of_day
from sqlalchemy import select

from recycling.board.desk import BoardDesk
from recycling.models import Booking, Plan, PlanEdit
from web.app import create_app
from web.services import Services


@pytest.fixture
def board(sqlite_record, settings, catalogue, fleet, booked, day, now, at_now, signed_in):
    """A dispatcher's client before a planned day of three bookings, with the paths of its board; and the record."""
    booked(sqlite_record, 3)
    plan_of_day(sqlite_record, settings, fleet, day, now)
    desk = BoardDesk(settings, fleet)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, board=desk))
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(app, "dispatcher")
    client.set_cookie("language", "en")
    yield client, f"/dispatch/DEP-01/{day}/board", sqlite_record
    desk.close()


def written(record):
    with record.read() as session:
        return len(session.scalars(select(Plan)).all()), len(session.scalars(select(PlanEdit)).all())


def a_stop(record):
    with record.read() as session:
        return f"b:{session.scalars(select(Booking.id)).first()}"


WRONG = {
    "no-kind": ({"kind": ""}, 422, "Choose what is to be done."),
    "unknown-kind": ({"kind": "teleport"}, 422, "Choose what is to be done."),
    "no-stop": ({"stop": ""}, 422, "Choose a visit or an order."),
    "script": ({"stop": "<script>alert(1)</script>"}, 422, "Choose a visit or an order."),
    "no-vehicle": ({"vehicle": ""}, 422, "Choose a vehicle."),
    "unknown-vehicle": ({"vehicle": "X'; DROP TABLE plan;--"}, 422, "The day has no vehicle"),
    "bad-place": ({"at": "-3"}, 422, "Choose a place on the route."),
    "bad-hour": ({"at": "", "hour": "25 o'clock"}, 422, "Write the hour as in 09:30."),
    "no-reason": ({"kind": "leave", "why": "   "}, 422, "Say why it is left out"),
    "long-reason": ({"kind": "leave", "why": "x" * 201}, 422, "The reason has more than 200 characters."),
    "swap-with-itself": ({"kind": "swap", "other": "T-BOX"}, 422, "Choose another vehicle"),
    "gone-version": ({"version": "77"}, 409, "Version 77 of this day is there no more."),
    "strange-version": ({"version": "one"}, 422, "This form has expired."),
    "seen-otherwise": ({"edits": "9"}, 409, "This draft was changed meanwhile."),
    "unknown-order": ({"stop": "b:00000000-0000-0000-0000-000000000000"}, 422, "This order is not on this day"),
}


def test_what_is_wrong_is_said_and_nothing_is_written(board):
    client, path, record = board
    sound = {"deed": "keep", "version": "1", "edits": "0", "kind": "move", "stop": a_stop(record), "vehicle": "T-BOX"}
    before = written(record)
    for name, (change, status, sentence) in WRONG.items():
        answer = client.get(path + "/answer", query_string={**sound, **change})
        if name != "seen-otherwise":  # only asking changes nothing, whatever was seen
            assert answer.status_code == status, (name, answer.text)
            assert sentence.replace("'", "&#39;") in answer.text, name
        assert "<script>alert" not in answer.text
        sent = client.post(path, data={**sound, **change})
        assert sent.status_code in (status, 404), (name, sent.status_code)
        assert written(record) == before, name


@pytest.mark.parametrize(
    ("deed", "status", "sentence"),
    [
        ("fly", 422, "Choose what is to be done."),
        ("publish", 404, "Draft 1 is there"),
        ("undo", 404, "Draft 1"),
    ],
)
def test_deeds_that_a_version_in_force_knows_not(board, deed, status, sentence):
    client, path, record = board
    before = written(record)
    answer = client.post(path + "/deed", data={"deed": deed, "version": "1", "edits": "0"})
    assert answer.status_code == status
    assert sentence in answer.text
    assert written(record) == before


def test_a_server_without_a_board_says_so(sqlite_record, settings, catalogue, fleet, at_now, signed_in, day):
    client = signed_in(create_app(Services(sqlite_record, settings, catalogue, fleet)), "dispatcher")
    client.set_cookie("language", "en")
    answer = client.get(f"/dispatch/DEP-01/{day}/board")
    assert answer.status_code == 503
    assert "recycling serve" in answer.text
