"""Pickups of partner recyclers by program: listed, answered, reported, each partner's own."""

from datetime import timedelta

import pytest
import time_machine
from partner_desk import companies, offered

from recycling import handing
from recycling.accounts import keys
from recycling.accounts.actors import Role, system
from recycling.models import Handover
from web.services import KEY

SCOPES = ["handover.take"]


@pytest.fixture
def desk(app):
    services = app.extensions[KEY]
    vars(services.settings)["partners"] = companies()
    return services.office


@pytest.fixture
def calls_as(call, sqlite_record, at_now, desk):
    """Return a function that gives the calls of a partner, or of whoever has another key."""

    def make(name, role=Role.PARTNER, scopes=SCOPES):
        with sqlite_record.write() as session:
            presented = keys.make(session, system("test"), name, role, scopes, [], 30, at_now)[1]
        return lambda method, path, body=None: call(method, path, body, Authorization=f"Bearer {presented}")

    return make


@pytest.fixture
def scrap(calls_as):
    return calls_as("Example Scrap")


@pytest.fixture
def pickup(desk, booked, sqlite_record, now):
    (booking,) = booked(sqlite_record, 1)
    return offered(desk, booking, now), booking


@pytest.fixture
def begun(pickup):
    """Return a function that lets the promised hours begin."""

    def enter():
        return time_machine.travel(pickup[1].promise_start + timedelta(minutes=5), tick=False)

    return enter


def test_the_whole_way(scrap, pickup, begun):
    one, booking = pickup
    (listed,) = scrap("GET", "/handovers?state=offered").json["handovers"]
    assert (listed["id"], listed["door"], listed["town"]) == (str(one.id), None, "示例县 示例镇")
    assert listed["promise"]["start"] == "2026-03-05T08:00:00+08:00"
    assert scrap("GET", f"/handovers/{one.id}").json["door"] is None
    for _ in range(2):
        answer = scrap("PUT", f"/handovers/{one.id}/answer", {"answer": "accepted"})
        assert (answer.status_code, answer.json["state"]) == (200, "accepted")
    assert "*" in answer.json["door"]["phone"]
    shown = scrap("GET", f"/handovers/{one.id}").json["door"]
    assert (shown["phone"], shown["address"]) == (booking.phone, booking.address)
    done = {"outcome": "collected", "lines": [{"item": "paper", "pieces": 2, "kg": 12.345}]}
    other = {"outcome": "collected", "lines": [{"item": "paper", "pieces": 2, "kg": 13}]}
    with begun():
        for _ in range(2):
            answer = scrap("PUT", f"/handovers/{one.id}/outcome", done)
            assert (answer.status_code, answer.json["state"], answer.json["yuan"]) == (200, "collected", -3.15)
        assert answer.json["door"] is None
        assert scrap("PUT", f"/handovers/{one.id}/outcome", other).json["code"] == "told-already"
    assert scrap("GET", "/handovers/statements").json == {"statements": []}


def test_statements(scrap, desk, pickup, now, begun):
    one, booking = pickup
    scrap("PUT", f"/handovers/{one.id}/answer", {"answer": "accepted"})
    body = {"outcome": "collected", "lines": [{"material": "paper", "kg": 0.001}]}
    with begun():
        assert scrap("PUT", f"/handovers/{one.id}/outcome", body).json["yuan"] == -5.0
    with desk.database.write() as session:
        partner, day = desk.settings.partners.find("scrap"), booking.service_day
        handing.make_statement(session, partner, day, day, system("test"), now)
    assert scrap("GET", "/handovers/statements").json == {
        "statements": [{"number": 1, "until": "2026-03-05", "pickups": 1, "yuan": -5.0, "paid": False}]
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("answer", {"answer": "perhaps"}, 422),
        ("answer", {"answer": "declined"}, 422),
        ("answer", {"answer": "accepted", "more": 1}, 422),
        ("answer", {}, 422),
        ("outcome", {"outcome": "collected", "lines": []}, 422),
        ("outcome", {"outcome": "collected", "lines": [{"material": "paper", "kg": 0}]}, 422),
        ("outcome", {"outcome": "collected", "lines": [{"material": "paper", "kg": "many"}]}, 422),
        ("outcome", {"outcome": "collected", "lines": [{"material": "paper", "kg": 1, "fen": 5}]}, 422),
        ("outcome", {"outcome": "collected", "lines": [{"item": "fridge", "pieces": 1, "kg": 1, "serials": [5]}]}, 422),
        ("outcome", {"outcome": "failed", "reason": "bored"}, 422),
        ("outcome", {"outcome": "failed"}, 422),
        ("outcome", {"outcome": "failed", "reason": "refused"}, 409),
        ("outcome", {"outcome": "collected", "lines": [{"material": "paper", "kg": 1}]}, 409),
    ],
)
def test_what_is_refused_changes_nothing(scrap, pickup, sqlite_record, path, body, status):
    one, _ = pickup
    assert scrap("PUT", f"/handovers/{one.id}/{path}", body).status_code == status
    with sqlite_record.read() as session:
        assert session.get_one(Handover, one.id).state == "offered"


def test_whose_it_is_not_sees_nothing(scrap, calls_as, pickup):
    one, _ = pickup
    other = calls_as("other")
    assert other("GET", "/handovers").json == {"handovers": []}
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "/answer", {"answer": "accepted"}),
        ("PUT", "/outcome", {"outcome": "failed", "reason": "absent"}),
    ):
        assert other(method, f"/handovers/{one.id}{path}", body).status_code == 404
    assert calls_as("nobody")("GET", "/handovers").status_code == 404
    shop = calls_as("Example Scrap", Role.RETAILER, ["order.send"])
    assert shop("GET", "/handovers").status_code == 403
    assert scrap("GET", "/handovers?state=nonsense").status_code == 422
    assert scrap("GET", "/handovers/none").status_code == 404
