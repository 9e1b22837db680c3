"""The crew's switch that lets residents see the truck, and what its phone sends."""

import re
from datetime import timedelta

import pytest
import time_machine
from made_timetables import of_the_town
from sqlalchemy import select

from recycling import audit
from recycling.models import TruckPosition
from recycling.whereabouts import CONSENT, STEP, snapped

ENGLISH = {"Accept-Language": "en"}
TRUCK = "/crew/T-BOX/2026-03-09"
PLACE = {"lon": "107.480123", "lat": "31.207321"}


@pytest.fixture
def monday(sqlite_record, settings, now):
    """09:30 on a Monday, in the middle of the truck's call at A-001."""
    of_the_town(sqlite_record, settings, now)
    with time_machine.travel(now + timedelta(days=4, hours=23, minutes=30), tick=False) as clock:
        yield clock


@pytest.fixture
def moment(now):
    return now + timedelta(days=4, hours=23, minutes=30)


@pytest.fixture
def crew(app, signed_in, monday, moment):
    return signed_in(app, "driver", ["DEP-01"], at=moment)


def token(client, path=TRUCK):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text).group(1)


def switch(client, deed, consent=CONSENT, path=TRUCK):
    form = {"csrf_token": token(client), "consent": consent, "deed": deed}
    return client.post(f"{path}/live", data=form, headers=ENGLISH)


def send(client, path=TRUCK, **place):
    headers = {"X-CSRFToken": token(client), "Accept": "application/json", **ENGLISH}
    return client.post(f"{path}/live/place", data=place or PLACE, headers=headers)


def row(database):
    with database.read() as session:
        return session.scalar(select(TruckPosition))


def test_the_switch_says_what_is_shown_to_whom_and_until_when(crew):
    page = crew.get(TRUCK, headers=ENGLISH).text
    assert 'role="switch" aria-checked="false"' in page
    assert "Everybody then sees, today from 08:40 to 12:20 or until you switch it off, in which square of 100 m" in page
    assert f'name="consent" value="{CONSENT}"' in page
    assert "live_place.js" not in page, "nothing is asked of the phone before"


def test_switched_on_the_phone_sends_and_switched_off_it_is_forgotten(sqlite_record, crew, client):
    assert switch(crew, "on").status_code == 303
    page = crew.get(TRUCK, headers=ENGLISH).text
    assert 'role="switch" aria-checked="true"' in page
    assert f'data-url="{TRUCK}/live/place"' in page
    assert f'data-every="20" data-step="{STEP}"' in page
    assert 'data-left="10200"' in page  # seconds until 12:20
    answer = send(crew)
    assert (answer.status_code, answer.json) == (200, {"hour": "09:30"})
    assert len(client.get("/calls/trucks.json").json["trucks"]) == 1
    assert switch(crew, "off").status_code == 303
    assert row(sqlite_record) is None
    assert client.get("/calls/trucks.json").json["trucks"] == []
    with sqlite_record.read() as session:
        events = audit.events(session, "truck", "T-BOX")
    assert [(e.action, e.actor_id) for e in events] == [
        ("truck.shown", str(crew.account)), ("truck.hidden", str(crew.account)),
    ]  # fmt: skip
    assert events[0].after == {"day": "2026-03-09", "consent": CONSENT}


def test_only_the_square_is_kept(sqlite_record, crew):
    switch(crew, "on")
    send(crew)
    kept, cell = row(sqlite_record), snapped(107.480123, 31.207321)
    assert (kept.grid_row, kept.grid_column) == (cell.row, cell.column)


def test_the_phone_goes_on_sending_while_goods_are_taken_in(crew):
    for path in ("hand-in", "unload", "book"):
        assert "live_place.js" not in crew.get(f"{TRUCK}/{path}").text
    switch(crew, "on")
    for path in ("hand-in", "unload", "book"):
        assert "live_place.js" in crew.get(f"{TRUCK}/{path}").text


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        ({"lon": "109.5", "lat": "31.2"}, 422, "far outside the area"),
        ({"lon": "here", "lat": "31.2"}, 422, "gave no position"),
        ({"lon": "nan", "lat": "31.2"}, 422, "gave no position"),
        ({"lat": "31.2"}, 422, "gave no position"),
    ],
)
def test_what_is_refused_says_why_and_the_phone_tries_again(sqlite_record, crew, place, status, said):
    switch(crew, "on")
    answer = send(crew, **place)
    assert answer.status_code == status
    assert said in answer.json["why"]
    assert answer.json["ended"] is False
    assert row(sqlite_record).seen_at is None


def test_a_refusal_is_in_the_driver_s_language(crew):
    switch(crew, "on")
    headers = {"X-CSRFToken": token(crew), "Accept-Language": "zh"}
    answer = crew.post(f"{TRUCK}/live/place", data={"lon": "109.5", "lat": "31.2"}, headers=headers)
    assert "服务区域" in answer.json["why"]


def test_what_has_ended_tells_the_phone_to_stop(crew, monday):
    answer = send(crew)
    assert (answer.status_code, answer.json["ended"]) == (409, True)
    switch(crew, "on")
    monday.shift(timedelta(hours=3))
    page = crew.get(TRUCK).text
    assert 'role="switch"' not in page
    assert "live_place.js" not in page
    answer = crew.post(
        f"{TRUCK}/live/place", data=PLACE, headers={"X-CSRFToken": token(crew, f"{TRUCK}/hand-in"), **ENGLISH}
    )
    assert (answer.status_code, answer.json["ended"]) == (410, True)


def test_too_often_is_refused_and_goes_on(crew, monday):
    switch(crew, "on")
    assert send(crew).status_code == 200
    answer = send(crew)
    assert (answer.status_code, answer.json["ended"]) == (429, False)
    monday.shift(timedelta(seconds=20))
    assert send(crew).status_code == 200


def test_another_sentence_has_to_be_read_first(sqlite_record, crew):
    answer = switch(crew, "on", consent="2020-01")
    assert answer.status_code == 409
    assert "Read it again" in answer.text
    assert row(sqlite_record) is None


def test_another_crew_member_s_phone_takes_over(app, signed_in, crew, moment):
    switch(crew, "on")
    other = signed_in(app, "driver", ["DEP-01"], at=moment)
    page = other.get(TRUCK, headers=ENGLISH).text
    assert 'aria-checked="false"' in page
    assert "Another phone shows this truck now." in page
    assert "Show it no more" in page
    assert switch(other, "on").status_code == 303
    answer = send(crew)
    assert (answer.status_code, answer.json["ended"]) == (409, True)
    assert send(other).status_code == 200


def test_a_dispatcher_may_end_it(app, sqlite_record, signed_in, crew, moment):
    switch(crew, "on")
    lead = signed_in(app, "dispatcher", ["DEP-01"], at=moment)
    assert switch(lead, "off").status_code == 303
    assert row(sqlite_record) is None
    with sqlite_record.read() as session:
        assert audit.events(session, "truck", "T-BOX")[-1].actor_id == str(lead.account)


def test_a_crew_of_another_depot_neither_switches_nor_sends(app, sqlite_record, signed_in, crew, moment):
    switch(crew, "on")
    other = signed_in(app, "driver", ["DEP-02"], at=moment)
    hidden = token(other, "/crew")
    for path, form in (("live", {"deed": "off"}), ("live", {"deed": "on", "consent": CONSENT}), ("live/place", PLACE)):
        assert other.post(f"{TRUCK}/{path}", data={"csrf_token": hidden, **form}).status_code == 403
    assert (row(sqlite_record).shared_by, row(sqlite_record).seen_at) == (str(crew.account), None)


def test_a_truck_without_calls_today_has_no_switch(app, signed_in, crew, sqlite_record, monday, moment):
    lead = signed_in(app, "dispatcher", at=moment)
    assert 'role="switch"' not in lead.get("/crew/T-BOX/2026-03-16").text, "nor has another day"
    monday.shift(timedelta(days=1))
    again = signed_in(app, "driver", ["DEP-01"], at=moment + timedelta(days=1))
    assert 'role="switch"' not in again.get("/crew/T-BOX/2026-03-10").text


def test_no_place_is_in_the_log_even_where_something_breaks(app, crew, monkeypatch, capsys):
    switch(crew, "on")
    app.testing = False
    hidden = token(crew)
    monkeypatch.setattr("recycling.network.near", lambda *_: 1 / 0)
    capsys.readouterr()
    answer = crew.post(f"{TRUCK}/live/place", data=PLACE, headers={"X-CSRFToken": hidden})
    assert answer.status_code == 500
    said = capsys.readouterr()
    assert "request failed" in said.err
    for secret in ("107.48", "31.207"):
        assert secret not in said.out + said.err
