"""FAULT 16: one key with another body is a conflict that says so; the first answer stands."""

from dataclasses import replace
from datetime import timedelta

import pytest
from judges.slots import faults_of
from sqlalchemy import select

from recycling.accounts.actors import Actor
from recycling.booking import book, life, rebook, wait
from recycling.errors import ConflictError
from recycling.models import Booking, Waiting

KEY = "the-form-of-mine"
CREW = Actor("person", "driver-1")
OTHERS = {
    "items": {"paper": 3},
    "community": "A-002",
    "lon": 107.48,
    "address": "4栋",
    "floor": 6,
    "lift": True,
    "window": "10:00-12:00",
    "contact": "李先生",
    "phone": "13900139000",
    "note": "ring twice",
    "scene": "shop",
    "standing": "gate",
    "height_limit": 2.5,
    "trade_in": "TI-7",
}


def refused(call):
    with pytest.raises(ConflictError) as caught:
        call()
    assert caught.value.status == 409
    assert [f.code for f in caught.value.faults] == ["key-used"]


@pytest.mark.parametrize("field", OTHERS)
def test_fault_16_each_field_makes_another_body(sqlite_record, office, wish, now, field):
    desk = office(sqlite_record)
    first = book(desk, wish(), KEY, now)
    refused(lambda: book(desk, wish(**{field: OTHERS[field]}), KEY, now))
    assert book(desk, wish(), KEY, now).id == first.id
    assert faults_of(sqlite_record) == []


def test_fault_16_ten_bodies_at_once_make_one_booking(record, office, wish, now, at_once):
    desk = office(record)
    found = at_once(*(lambda n=n: book(desk, wish(floor=n), KEY, now) for n in range(1, 11)))
    made = [f for f in found if isinstance(f, Booking)]
    others = [f for f in found if isinstance(f, ConflictError)]
    assert (len(made), len(others)) == (1, 9), found
    assert {f.faults[0].code for f in others} == {"key-used"}
    with record.read() as session:
        assert [b.floor for b in session.scalars(select(Booking))] == [made[0].floor]
    assert faults_of(record) == []


def test_fault_16_a_place_in_the_line_and_a_second_visit(record, office, wish, now, day):
    desk = office(record)
    wait(desk, wish(), day, KEY, now)
    refused(lambda: wait(desk, wish(floor=9), day, KEY, now))
    made = book(desk, wish(), KEY, now)
    with record.write() as session:
        life.failed(session, life.visits_of(session, made)[0], "no_access", CREW, now)
    later = day + timedelta(days=1)
    again = rebook(desk, made, later, "13:00-15:00", "the-second-form", CREW, now)
    refused(lambda: rebook(desk, made, later, "15:00-17:00", "the-second-form", CREW, now))
    assert rebook(desk, made, later, "13:00-15:00", "the-second-form", CREW, now).id == again.id
    refused(lambda: book(desk, replace(wish(), floor=3), "the-second-form", now))
    with record.read() as session:
        assert len(session.scalars(select(Booking)).all()) == 2
        assert len(session.scalars(select(Waiting)).all()) == 1
    assert faults_of(record) == []
