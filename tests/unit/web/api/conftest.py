"""A program that calls the interface, in the small town."""

import pytest

from recycling.settings import load_settings
from web.app import create_app
from web.services import Services

KEY = "a-key-of-a-program-0001"


@pytest.fixture
def make_app(sqlite_record, catalogue, fleet, at_now):
    """Return a function that makes the application with other settings."""

    def make(**changes):
        settings = load_settings(planning={"seconds": 0.1}, **changes)
        return create_app(Services(sqlite_record, settings, catalogue, fleet))

    return make


@pytest.fixture
def app(make_app):
    return make_app(api={"reads_a_minute": 10_000, "writes_a_minute": 10_000})


@pytest.fixture
def body(day):
    """Return a function that makes a sound booking, changed where the test says; None takes a field away."""

    def make(**changes):
        sound = {
            "items": {"fridge": 1, "paper": 2},
            "community": "A-001",
            "address": "3栋2单元501",
            "floor": 5,
            "day": str(day),
            "window": "08:00-10:00",
            "contact": "王女士",
            "phone": "13800138000",
        }
        return {name: value for name, value in {**sound, **changes}.items() if value is not None}

    return make


@pytest.fixture
def call(client):
    """Return a function that calls an operation in English and returns the answer."""

    def ask(method, path, body=None, key=None, **headers):
        sent = {"Accept-Language": "en", **headers}
        if key:
            sent["Idempotency-Key"] = key
        return client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    return ask


@pytest.fixture
def made(call, body):
    """A booking that a program made: what was answered."""
    answer = call("POST", "/bookings", body(), KEY)
    assert answer.status_code == 201, answer.text
    return answer.json


@pytest.fixture
def refused():
    """Return a function that checks that an answer is a problem document, and returns its code and its errors."""

    def look(answer, status):
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        said = answer.json
        assert said["status"] == status
        assert said["title"]
        assert said["detail"]
        assert said["type"]
        return said["code"], [
            next(e[k] for k in ("pointer", "parameter", "header") if k in e) for e in said.get("errors", [])
        ]

    return look
