"""How a visit goes, said on the dispatcher's page: set off, taken back, not collected."""

import re

import pytest
import time_machine
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select

from recycling.models import Booking, Message

DAY = "/dispatch/DEP-01/2026-03-05"
AT = NINE + 10 * MINUTE
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def route(sqlite_record, booked, at_now):
    """Two bookings on a route, planned to begin at 09:20 and 09:40."""
    made = booked(sqlite_record, 2)
    make_plan(sqlite_record, made[1], 1, begins=NINE + 40 * MINUTE, before=made[:1])
    with sqlite_record.write() as session:
        for booking in made:
            session.get(Booking, booking.id).state = "planned"
    with time_machine.travel(AT, tick=False):
        yield made


@pytest.fixture
def dispatcher(app, signed_in):
    return signed_in(app, "dispatcher", at=AT)


def send(client, visit, word, path=f"{DAY}/visit", page=DAY, **entries):
    hidden = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text).group(1)
    data = {"csrf_token": hidden, "booking": visit.id, "word": word, "plate": "T-BOX", **entries}
    return client.post(path, data=data, headers=ENGLISH)


def row_of(page, booking):
    return re.search(rf'data-reference="{booking.reference}".*?</tr>', page, re.S).group(0)


def messages(record, word):
    with record.read() as session:
        return session.scalars(select(Message).where(Message.change == word)).all()


def state(record, booking):
    with record.read() as session:
        found = session.get(Booking, booking.id)
        return found.state, found.reason


def test_the_crew_is_on_its_way_until_it_is_taken_back(route, dispatcher, sqlite_record):
    answer = send(dispatcher, route[1], "set_off")
    assert answer.status_code == 200
    assert f"{route[1].reference}: the crew is on its way" in answer.text
    assert "On the way" in row_of(answer.text, route[1])
    assert 'value="set_off"' not in row_of(answer.text, route[1])
    assert 'value="set_off"' in row_of(answer.text, route[0])
    assert 'value="turned_back"' in answer.text
    assert len(messages(sqlite_record, "on_the_way")) == 1
    answer = send(dispatcher, route[1], "turned_back")
    assert "taken back" in answer.text
    assert 'value="turned_back"' not in answer.text
    assert state(sqlite_record, route[1]) == ("planned", "")


def test_nobody_was_met(route, dispatcher, client, sqlite_record):
    answer = send(dispatcher, route[0], "failed", reason="absent")
    assert answer.status_code == 200
    row = row_of(answer.text, route[0])
    assert "nobody answered the door" in row
    assert 'name="reason"' not in row
    assert state(sqlite_record, route[0]) == ("failed", "absent")
    (message,) = messages(sqlite_record, "failed")
    page = client.get(message.link, headers=ENGLISH).text
    assert "We rang, and nobody answered the door." in page
    assert f"{message.link}/move" in page


@pytest.mark.parametrize(
    ("word", "entries", "status", "sentence"),
    [
        ("failed", {"reason": ""}, 422, "Choose why"),
        ("failed", {"reason": "refused"}, 422, "Choose why"),
        ("gone", {}, 422, "Say what became"),
        ("set_off", {"booking": "none"}, 404, "no such booking"),
        ("set_off", {"booking": "00000000-0000-0000-0000-000000000000"}, 404, "no such booking"),
    ],
)
def test_what_cannot_be_meant_is_said_on_the_page(route, dispatcher, sqlite_record, word, entries, status, sentence):
    answer = send(dispatcher, route[0], word, **entries)
    assert answer.status_code == status
    assert sentence in answer.text
    assert row_of(answer.text, route[0])
    assert state(sqlite_record, route[0]) == ("planned", "")


def test_nobody_is_absent_before_the_crew_has_waited(route, app, signed_in, sqlite_record):
    with time_machine.travel(route[0].promise_start + MINUTE, tick=False):
        early = signed_in(app, "dispatcher", at=route[0].promise_start + MINUTE)
        answer = send(early, route[0], "failed", reason="absent")
    assert answer.status_code == 409
    assert "Nobody counts as absent before" in answer.text
    assert state(sqlite_record, route[0]) == ("planned", "")


def test_the_buttons_stand_there_on_the_day_and_after_it_only_what_can_be_said(route, app, signed_in):
    before, after = NINE - 24 * 60 * MINUTE, NINE + 24 * 60 * MINUTE
    for at, sets_off, fails in ((before, False, False), (AT, True, True), (after, False, True)):
        with time_machine.travel(at, tick=False):
            row = row_of(signed_in(app, "dispatcher", at=at).get(DAY, headers=ENGLISH).text, route[0])
        assert ('value="set_off"' in row, 'value="failed"' in row) == (sets_off, fails), at
    assert 'value="failed"' not in signed_in(app, "manager", at=AT).get(DAY, headers=ENGLISH).text


def test_a_visit_that_failed_by_mistake_is_taken_back_where_it_stands(route, dispatcher, sqlite_record, settings):
    answer = send(dispatcher, route[0], "failed", reason="no_access")
    assert answer.text.count('value="not_failed"') == 2, "in the answer, and at the visit"
    assert 'value="not_failed"' in row_of(answer.text, route[0])
    assert 'value="not_failed"' not in row_of(answer.text, route[1])
    answer = send(dispatcher, route[0], "not_failed")
    assert "stands on its route again" in answer.text
    assert state(sqlite_record, route[0]) == ("planned", "")
    assert 'value="not_failed"' not in answer.text


def test_after_the_short_time_it_is_no_longer_offered(route, dispatcher, sqlite_record, settings, monkeypatch):
    from recycling import clock

    send(dispatcher, route[0], "failed", reason="no_access")
    later = clock.utc_now() + settings.visit.mistaking
    monkeypatch.setattr(clock, "utc_now", lambda: later)
    answer = send(dispatcher, route[0], "not_failed")
    assert answer.status_code == 409
    assert "can be taken back for 10 minutes" in answer.text
    assert 'value="not_failed"' not in answer.text
