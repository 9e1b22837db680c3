"""Nobody is absent before the crew has waited; after two visits in vain only staff book for a number."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.booking import book, cancel, life, rebook, wait
from recycling.errors import ConflictError
from recycling.models import Slot

from .conftest import CLERK, CREW, RESIDENT, fresh

PHONE = "13800138000"
WAIT = timedelta(minutes=5)


def absent(desk, booking, at):
    with desk.database.write() as session:
        visit = life.visits_of(session, booking)[0]
        life.failed(session, visit, "absent", CREW, at, waiting=desk.settings.visit.waiting)


@pytest.fixture
def in_vain(taken):
    """Return a function that lets a number's visit come to nothing, since nobody was there."""

    def make(desk, **changes):
        made = taken(desk, phone=PHONE, **changes)
        absent(desk, made, made.promise_start + WAIT)
        return fresh(desk, made)

    return make


def code_of(call):
    with pytest.raises(ConflictError) as caught:
        call()
    return caught.value.faults[0].code


@pytest.mark.parametrize(
    "early", [timedelta(hours=20), timedelta(minutes=1), timedelta(0), -WAIT + timedelta(seconds=1)]
)
def test_nobody_is_absent_before_the_crew_has_waited_in_the_window(desk, taken, early):
    made = taken(desk)
    assert code_of(lambda: absent(desk, made, made.promise_start - early)) == "too-early"
    assert fresh(desk, made).state == "booked"
    absent(desk, made, made.promise_start + WAIT)
    assert fresh(desk, made).reason == "absent"


def test_another_reason_needs_no_waiting(desk, taken, now):
    made = taken(desk)
    with desk.database.write() as session:
        life.failed(session, life.visits_of(session, made)[0], "vehicle", CREW, now)
    assert fresh(desk, made).state == "failed"


def test_after_two_visits_in_vain_only_staff_book(both, in_vain, wish, now, day):
    in_vain(both)
    assert book(both, wish(phone=PHONE), "after-the-first", now).state == "booked"
    last = in_vain(both, window="10:00-12:00")
    request = wish(phone=PHONE, day=day + timedelta(days=3))
    assert code_of(lambda: book(both, request, "after-the-second", now)) == "staff-only"
    assert code_of(lambda: wait(both, request, day, "a-place-0001", now)) == "staff-only"
    assert (
        code_of(lambda: rebook(both, last, request.day, "13:00-15:00", "once-more-0001", RESIDENT, now)) == "staff-only"
    )
    assert wait(both, request, day, "a-place-0002", now, call_back=True).call_back
    assert book(both, request, "by-telephone", now, "clerk", CLERK).state == "booked"
    assert book(both, wish(phone="13900139000", address="1栋"), "another-number", now).state == "booked"


def test_a_visit_that_was_made_wipes_them_out(desk, in_vain, taken, bring, wish, now, day):
    for window in ("08:00-10:00", "10:00-12:00"):
        in_vain(desk, window=window)
    made = book(desk, wish(phone=PHONE, day=day + timedelta(days=1)), "by-telephone", now, "clerk", CLERK)
    bring(desk, made, "collected", made.promise_start)
    assert book(desk, wish(phone=PHONE, day=day + timedelta(days=4)), "after-that", now).state == "booked"


def test_when_the_crew_is_on_its_way_staff_cancel_and_residents_call(both, taken, bring, now):
    made = bring(both, taken(both), "on_the_way", now)
    with pytest.raises(ConflictError, match="Call us"):
        cancel(both, made, "we are away", RESIDENT, now)
    assert cancel(both, made, "called: away", CLERK, now).state == "cancelled"
    with both.database.read() as session:
        assert {slot.taken for slot in session.scalars(select(Slot))} == {0}, "what it took is free again"
