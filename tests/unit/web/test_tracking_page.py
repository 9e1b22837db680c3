"""The page of a booking's progress (SECURITY 31), and reports from providers of messages."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from made_plans import NINE, make_plan

from recycling.models import Booking, Message
from recycling.models.booking import ENDED
from recycling.notify import Answer, Outcome, sending, tell
from recycling.notify.receipts import signature
from recycling.settings import load_settings
from recycling.tracking import link
from web.app import create_app
from web.services import Services

KEY = "the-provider-s-own-key"


@pytest.fixture
def booking(sqlite_record, booked):
    (made,) = booked(sqlite_record, 1, note="门禁1234")
    make_plan(sqlite_record, made, 1)
    return made


@pytest.fixture
def path(app, booking, now, settings):
    return link(booking, 1, app.secret_key, now, settings)


def change(record, booking, **values):
    if "state" in values:
        ended = values["state"] in ENDED
        values = {**values, "ended_at": booking.promise_end if ended else None, "reason": "other" if ended else ""}
    with record.write() as session:
        for name, value in values.items():
            setattr(session.get(Booking, booking.id), name, value)


def test_point_31_the_page_shows_hours_and_no_person(client, path, booking):
    page = client.get(path, headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 200
    assert "08:45–09:25" in re.search(r"<h1>(.*?)</h1>", page.text, re.S).group(1)
    assert "08:00–10:00" in page.text
    for secret in (
        booking.phone,
        "13800138000",
        booking.contact,
        booking.address,
        booking.note,
        booking.token,
        "T-BOX",
    ):
        assert secret not in page.text


def test_point_31_no_other_place_learns_the_address(client, path):
    page = client.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    outside = re.findall(r'(?:src|href|action)="(https?:[^"]+)"', page.text)
    assert outside == []
    gone = client.get(path + "x")
    assert gone.status_code == 404
    assert gone.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_point_31_it_is_for_reading_only(client, path, method):
    assert getattr(client, method)(path).status_code in {400, 405}


def test_point_31_it_expires_ends_and_can_be_taken_back(client, path, booking, sqlite_record, now):
    change(sqlite_record, booking, link_round=1)
    assert client.get(path).status_code == 404
    change(sqlite_record, booking, link_round=0, state="collected")
    ended = client.get(path, headers={"Accept-Language": "en"})
    assert ended.status_code == 410
    assert re.search(r"<h1>(.*?)</h1>", ended.text).group(1) == "Your things were collected. This link has ended."
    assert ended.headers["Referrer-Policy"] == "no-referrer"
    change(sqlite_record, booking, state="planned")
    assert client.get(path).status_code == 200
    with time_machine.travel(now + timedelta(hours=48), tick=False):
        assert client.get(path).status_code == 410


def test_point_31_the_key_stands_in_no_log_even_when_the_page_fails(app, path, monkeypatch, capfd):
    from recycling import tracking

    def fail(*_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(tracking, "progress", fail)
    app.testing = False
    assert app.test_client().get(path).status_code == 500
    logged = "".join(capfd.readouterr())
    assert "request failed" in logged
    assert "/t/<token>" in logged
    assert path.removeprefix("/t/")[:20] not in logged


def test_after_planning_anew_the_old_hours_are_gone(client, path, booking, sqlite_record, app, now, settings):
    make_plan(sqlite_record, booking, 2, begins=NINE + timedelta(minutes=30))
    page = client.get(path, headers={"Accept-Language": "en"})
    assert "planned anew" in page.text
    assert "08:45" not in page.text
    assert "/b/" not in page.text
    mine = link(booking, 1, app.secret_key, now, settings, opens_booking=True)
    assert f"/b/{booking.token}" in client.get(mine).text


@pytest.mark.parametrize(
    ("minutes", "says"), [(-16, "About 08:45–09:25"), (0, "Arriving now, until about 09:25"), (60, "Arriving now")]
)
def test_never_a_time_that_is_over(client, path, minutes, says):
    with time_machine.travel(NINE + timedelta(minutes=minutes), tick=False):
        page = client.get(path, headers={"Accept-Language": "en"})
    assert re.search(r"<h1>(.*?)</h1>", page.text, re.S).group(1).strip() == says


def test_on_the_way_it_says_how_many_come_before(client, app, booked, sqlite_record, now, settings):
    *earlier, mine = booked(sqlite_record, 3)
    make_plan(sqlite_record, mine, 1, before=earlier)
    change(sqlite_record, mine, state="on_the_way")
    path = link(mine, 1, app.secret_key, now, settings)

    def says(language):
        return re.search(
            r'class="next-stop">(.*?)<', client.get(path, headers={"Accept-Language": language}).text
        ).group(1)

    assert says("en") == "2 stops before you"
    assert says("zh-CN") == "您前面还有 2 站"
    change(sqlite_record, earlier[0], state="collected")
    assert says("en") == "1 stop before you"
    change(sqlite_record, earlier[1], state="failed")
    assert says("zh-CN") == "下一站就是您。"


# -- reports ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def provider(sqlite_record, booked, catalogue, fleet, at_now, now):
    """The pages with a provider that has taken one message, and a function that reports as it would."""
    settings = load_settings(
        messages={
            "channels": ["sms"],
            "addresses": {"sms": "jsons://a.example/{phone}"},
            "receipt_keys": {"sms": KEY},
        }
    )
    (booking,) = booked(sqlite_record, 1)
    with sqlite_record.write() as session:
        tell(session, booking, "booked", now)
    message = sending.claim(sqlite_record, settings, ["sms"], now)
    sending.record(sqlite_record, settings, ["sms"], message, Answer(Outcome.SENT, "p-1"), now)
    client = create_app(Services(sqlite_record, settings, catalogue, fleet)).test_client()

    def report(body, channel="sms", key=KEY, age=0, signed=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        moment = str(int(now.timestamp()) - age)
        headers = {"X-Timestamp": moment, "X-Signature": signed or signature(key, moment, data)}
        return client.post(f"/messages/receipts?channel={channel}", data=data, headers=headers)

    return report


DELIVERED = {"message": "p-1", "state": "delivered"}


def state(record):
    with record.read() as session:
        return session.query(Message).one().state


def test_a_signed_report_is_noted_once(provider, sqlite_record):
    assert [provider(DELIVERED).json for _ in range(3)] == [{"noted": True}, {"noted": False}, {"noted": False}]
    assert state(sqlite_record) == "delivered"


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "another-key-of-sixteen"},
        {"channel": "file"},
        {"channel": ""},
        {"age": 301},
        {"age": -301},
        {"signed": "0" * 64},
        {"signed": "é"},
    ],
)
def test_an_unsigned_or_old_report_changes_nothing(provider, sqlite_record, changes):
    answer = provider(DELIVERED, **changes)
    assert answer.status_code == 400
    assert state(sqlite_record) == "sent"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", {"message": 1, "state": "delivered"}, {"message": "p-1"}, {**DELIVERED, "state": "?"}],
)
def test_a_signed_report_that_says_nothing_is_told(provider, sqlite_record, body):
    assert provider(body).status_code == 422
    assert state(sqlite_record) == "sent"
