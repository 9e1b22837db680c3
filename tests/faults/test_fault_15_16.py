"""FAULT 15 and 16 over HTTP: one booking sent fifty times at once under its key; the key again with another body."""

from collections import Counter

import pytest
import time_machine
from sqlalchemy import func, select

from recycling.models import Booking, Slot
from recycling.settings import load_settings
from web.app import create_app
from web.services import Services

KEY = "a-key-of-a-program-0001"


@pytest.fixture
def app(record, catalogue, fleet, now):
    settings = load_settings(api={"writes_a_minute": 10_000})
    with time_machine.travel(now, tick=False):
        yield create_app(Services(record, settings, catalogue, fleet))


@pytest.fixture
def send(app, day):
    def post(key=KEY, **changes):
        body = {
            "items": {"paper": 2},
            "community": "A-001",
            "address": "3栋2单元501",
            "day": str(day),
            "window": "08:00-10:00",
            "contact": "王女士",
            "phone": "13800138000",
            "different": True,
        }
        headers = {"Idempotency-Key": key}
        return app.test_client().post("/api/v1/bookings", json={**body, **changes}, headers=headers)

    return post


@pytest.fixture
def kept(record):
    def count():
        with record.read() as session:
            bookings = session.scalars(select(Booking)).all()
            taken = session.scalar(select(func.sum(Slot.taken)))
        return len(bookings), taken == sum(b.seconds * b.people for b in bookings)

    return count


def test_fault_15_one_key_fifty_times_at_once_is_one_booking_and_one_answer(send, at_once, kept):
    answers = at_once(*[send] * 50)
    assert Counter(a.status_code for a in answers) == {201: 50}
    assert len({a.text for a in answers}) == 1
    assert kept() == (1, True)


def test_fault_15_without_one_key_they_are_many(send, at_once, kept):
    """The control."""
    answers = at_once(*[lambda n=n: send(f"{KEY}-{n}") for n in range(5)])
    assert Counter(a.status_code for a in answers) == {201: 5}
    assert kept() == (5, True)


def test_fault_16_the_key_with_another_body_is_refused_and_changes_nothing(send, kept):
    first = send()
    other = send(floor=9)
    assert (other.status_code, other.json["code"]) == (409, "key-used")
    assert other.content_type == "application/problem+json"
    assert send().json == first.json
    assert kept() == (1, True)


def test_fault_16_bodies_that_differ_at_once_make_one_booking(send, at_once, kept):
    answers = at_once(*[lambda n=n: send(floor=1 + n % 5) for n in range(20)])
    counted = Counter(a.status_code for a in answers)
    assert set(counted) == {201, 409}
    assert len({a.text for a in answers if a.status_code == 201}) == 1
    assert {a.json["code"] for a in answers if a.status_code == 409} == {"key-used"}
    assert kept() == (1, True)
