"""What a resident agreed to in a mini-program is counted, and used up by the messages that need it."""

import pytest
from sqlalchemy import select

from recycling.models import Message, MessageConsent
from recycling.notify.outbox import take_consent

KEY, OTHER = "a-key-of-a-program-0001", "a-key-of-a-program-0002"


@pytest.fixture
def app(make_app):
    messages = {"channels": ["wechat", "file"], "one_time": ["wechat"]}
    return make_app(messages={**messages, "addresses": {"wechat": "jsons://a.example/{phone}"}})


@pytest.fixture
def path(call, body):
    return f"/bookings/{call('POST', '/bookings', body(), key=KEY).json['token']}/consents"


def counts(database):
    with database.read() as session:
        return {c.template: c.remaining for c in session.scalars(select(MessageConsent))}


def test_what_was_agreed_to_is_counted(call, path, sqlite_record):
    answer = call("POST", path, {"channel": "wechat", "templates": ["confirm", "result"]}, key=KEY)
    assert answer.status_code == 200, answer.text
    assert path.split("/")[2] == answer.json["token"]
    call("POST", path, {"channel": "wechat", "templates": ["result", "result"]}, key=OTHER)
    assert counts(sqlite_record) == {"confirm": 1, "result": 3}
    with sqlite_record.write() as session:
        message = session.scalars(select(Message).where(Message.change == "booked")).one()
        assert take_consent(session, message, "wechat")
        assert not take_consent(session, message, "wechat")
    assert counts(sqlite_record) == {"confirm": 0, "result": 3}


def test_a_call_that_is_sent_again_counts_once(call, refused, path, sqlite_record):
    said = {"channel": "wechat", "templates": ["confirm", "result"]}
    first, again = (call("POST", path, said, key=OTHER) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert counts(sqlite_record) == {"confirm": 1, "result": 1}
    turned = {**said, "templates": ["result", "confirm"]}
    assert call("POST", path, turned, key=OTHER).status_code == 200, "the order of what was agreed to says nothing"
    assert counts(sqlite_record) == {"confirm": 1, "result": 1}
    assert refused(call("POST", path, {**said, "templates": ["confirm"]}, key=OTHER), 409) == (
        "key-used", ["Idempotency-Key"],
    )  # fmt: skip
    assert refused(call("POST", path, said), 422)[1] == ["Idempotency-Key"]
    assert counts(sqlite_record) == {"confirm": 1, "result": 1}


def test_a_key_stands_for_one_booking_s_consent(call, refused, body, path, sqlite_record):
    other = call("POST", "/bookings", body(phone="13900139000", address="9-1-101"), key="another-booking-s-key-01")
    said = {"channel": "wechat", "templates": ["confirm"]}
    assert call("POST", path, said, key=OTHER).status_code == 200
    answer = call("POST", f"/bookings/{other.json['token']}/consents", said, key=OTHER)
    assert refused(answer, 409)[0] == "key-used"
    assert counts(sqlite_record) == {"confirm": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "file"},
        {"channel": "sms"},
        {"templates": []},
        {"templates": ["advert"]},
        {"templates": ["confirm"] * 11},
        {"templates": "confirm"},
        {"more": 1},
    ],
)
def test_what_no_channel_asks_for_is_not_counted(call, path, sqlite_record, wrong):
    answer = call("POST", path, {"channel": "wechat", "templates": ["confirm"], **wrong}, key=OTHER)
    assert answer.status_code == 422, answer.text
    assert counts(sqlite_record) == {}


def test_whoever_has_no_booking_agrees_to_nothing(call, path, sqlite_record):
    found = call("POST", "/bookings/none/consents", {"channel": "wechat", "templates": ["confirm"]}, key=OTHER)
    assert found.status_code == 404
