"""The waiting list by the interface."""

from datetime import timedelta

import pytest
import time_machine

from recycling.booking import offer_what_is_free

KEY = "a-key-of-a-program-0001"


@pytest.fixture
def waiting(call, body):
    return call("POST", "/waiting", body(day=None, window=None), KEY)


@pytest.fixture
def offered(waiting, office, sqlite_record, at_now):
    assert offer_what_is_free(office(sqlite_record), at_now)
    return waiting.json["token"]


def test_a_wish_waits_once_under_its_key(call, waiting, body, refused):
    assert waiting.status_code == 201, waiting.text
    said = waiting.json
    assert (said["state"], said["booking"], said["until"]) == ("waiting", None, None)
    assert (said["first_day"], said["last_day"]) == ("2026-03-05", "2026-03-18")
    assert call("GET", f"/waiting/{said['token']}").json == said
    assert call("POST", "/waiting", body(day=None, window=None), KEY).json == said
    assert refused(call("POST", "/waiting", body(day=None, window=None, floor=9), KEY), 409)[0] == "key-used"


def test_an_offer_is_shown_and_taken_once(call, offered):
    said = call("GET", f"/waiting/{offered}").json
    assert (said["state"], said["offered_day"]) == ("offered", "2026-03-05")
    assert said["until"] == "2026-03-04T12:00:00+08:00"
    made, again = (call("POST", f"/waiting/{offered}/accept") for _ in range(2))
    assert made.status_code == again.status_code == 201
    assert made.json == again.json
    assert (made.json["day"], made.json["window"]) == (said["offered_day"], said["offered_window"])
    after = call("GET", f"/waiting/{offered}").json
    assert (after["state"], after["booking"]) == ("booked", made.json["token"])


def test_an_offer_that_ended_is_not_taken(call, offered, refused, at_now):
    with time_machine.travel(at_now + timedelta(hours=2, minutes=1), tick=False):
        assert refused(call("POST", f"/waiting/{offered}/accept"), 409)[0] == "offer-ended"
        assert call("GET", f"/waiting/{offered}").json["state"] == "lapsed"


def test_whoever_leaves_gives_back_what_is_kept(call, offered, refused):
    assert call("DELETE", f"/waiting/{offered}").json["state"] == "withdrawn"
    assert refused(call("POST", f"/waiting/{offered}/accept"), 409)[0] == "offer-ended"


def test_a_call_back_is_asked_for(call, body):
    assert call("POST", "/waiting", body(day=None, window=None, call_back=True), KEY).json["call_back"]


def test_others_tokens_open_nothing(call, waiting, refused):
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/accept")):
        assert refused(call(method, f"/waiting/{waiting.json['token'].swapcase()}{path}"), 404)[0] == "no-waiting"


@pytest.mark.parametrize(("change", "where"), [({"phone": "x1234"}, "#/phone"), ({"last_day": "soon"}, "#/last_day")])
def test_what_is_wrong_is_told(call, body, refused, change, where):
    assert refused(call("POST", "/waiting", body(**change), KEY), 422)[1] == [where]


def test_an_offer_for_the_same_as_an_open_booking_is_asked_about(call, body, offered, refused):
    beside = call("POST", "/bookings", body(address="another door"), "another-key-of-mine-01")
    assert beside.status_code == 201, beside.text
    assert refused(call("POST", f"/waiting/{offered}/accept"), 409)[0] == "duplicate"
    assert refused(call("POST", f"/waiting/{offered}/accept?different=perhaps"), 422)[1] == ["different"]
    assert call("POST", f"/waiting/{offered}/accept?different=true").status_code == 201
