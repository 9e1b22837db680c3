"""The counter: who calls, what they mean, booking for them, and paper forms."""

from datetime import timedelta

import pytest

from recycling import audit
from recycling.accounts.actors import Actor, Role
from recycling.booking import BookingRequest, cancel, move, report_missed, wait
from recycling.booking.waiting import called
from recycling.counter import Paper, book_at_counter, caller, find_callers, find_things, hints, to_call
from recycling.errors import BadRequestError, ConflictError, ForbiddenError
from recycling.models import Booking, Waiting

CLERK = Actor("person", "c", Role.CLERK, frozenset({"DEP-01"}))
KEY = "counter-key-1"


@pytest.fixture
def desk(sqlite_record, office):
    return office(sqlite_record)


def last_event(database, booking):
    with database.read() as session:
        return audit.events(session, "booking", booking.id)[-1]


@pytest.mark.parametrize("text", ["13800138000", "138 0013 8000", "8000", "2单元501", "社区A-001"])
def test_a_caller_is_found_by_number_its_end_or_the_address(desk, wish, now, text):
    made = book_at_counter(desk, wish(), KEY, CLERK, now)
    with desk.database.write() as session:
        assert find_callers(session, CLERK, text) == ["+8613800138000"]
        found = caller(session, CLERK, "+8613800138000", now)
        assert [b.id for b in found.open] == [made.id]
        assert [p.address for p in found.places] == ["3栋2单元501"]
        (hint,) = hints(session, CLERK, ["+8613800138000"])
    assert "138****8000" in hint.phone
    assert "501" not in hint.place


@pytest.mark.parametrize("text", ["", "8", "9999", "%", "______"])
def test_nobody_is_found_by_what_says_nothing(desk, wish, now, text):
    book_at_counter(desk, wish(), KEY, CLERK, now)
    with desk.database.read() as session:
        assert find_callers(session, CLERK, text) == []


def test_a_booking_at_the_counter_says_so(desk, wish, now):
    made = book_at_counter(desk, wish(), KEY, CLERK, now)
    event = last_event(desk.database, made)
    assert made.channel == "clerk"
    assert (event.action, event.actor_id, event.actor_role) == ("booking.made", "c", "clerk")
    assert book_at_counter(desk, wish(), KEY, CLERK, now).id == made.id


def test_a_place_of_another_depot_is_refused(desk, wish, now):
    with pytest.raises(ForbiddenError, match="DEP-02"):
        book_at_counter(desk, wish(community="B-001"), KEY, CLERK, now)
    with pytest.raises(ForbiddenError):
        book_at_counter(desk, wish(), KEY, Actor("person", "r", Role.RESIDENT), now)
    with desk.database.read() as session:
        assert session.query(Booking).count() == 0


def test_a_paper_form_keeps_its_own_time(desk, wish, now):
    written = now - timedelta(days=6, hours=23)
    made = book_at_counter(desk, wish(), KEY, CLERK, now, Paper("Z-17", written))
    event = last_event(desk.database, made)
    assert made.created_at == written
    assert event.at == now
    assert (event.after["paper"], event.after["written"]) == ("Z-17", written.isoformat())


@pytest.mark.parametrize(
    ("number", "age", "code"),
    [("Z-17", timedelta(days=7, seconds=1), "too-old"), ("Z-17", timedelta(seconds=-1), "later-than-now")]
    + [(number, timedelta(0), "no-paper-number") for number in ("", " ", "9" * 21)],
)
def test_a_paper_form_that_cannot_be_is_refused(desk, wish, now, number, age, code):
    with pytest.raises(BadRequestError) as error:
        book_at_counter(desk, wish(contact=""), KEY, CLERK, now, Paper(number, now - age))
    assert [f.code for f in error.value.faults] == ["missing", code]


def test_reasons_are_kept(desk, wish, now, day):
    made = book_at_counter(desk, wish(), KEY, CLERK, now)
    moved = move(desk, made, day + timedelta(days=1), "10:00-12:00", CLERK, now, why="in hospital")
    assert last_event(desk.database, moved).after["why"] == "in hospital"
    later = moved.promise_end + timedelta(minutes=1)
    report_missed(desk, moved, CLERK, later, "waited until noon")
    assert last_event(desk.database, moved).after["why"] == "waited until noon"
    other = book_at_counter(desk, wish(phone="13800138001"), KEY + "2", CLERK, now)
    gone = cancel(desk, other, "sold it", CLERK, now)
    assert last_event(desk.database, gone).after["reason"] == "sold it"


def test_whom_to_call_is_told_by_depot_and_leaves_the_list(desk, wish, now, day, settings):
    waits = wait(desk, wish(), day + timedelta(days=3), "wait-key-1", now, call_back=True)
    with desk.database.read() as session:
        assert [w.id for w in to_call(session, settings, CLERK, now).asked] == [waits.id]
        other = Actor("person", "d", Role.CLERK, frozenset({"DEP-02"}))
        assert to_call(session, settings, other, now).asked == []
    made = book_at_counter(desk, wish(), KEY, CLERK, now)
    called(desk, waits.id, CLERK, now, made)
    with desk.database.read() as session:
        assert to_call(session, settings, CLERK, now).asked == []
        ended = session.get(Waiting, waits.id)
        assert (ended.state, ended.booking_id) == ("booked", made.id)


@pytest.mark.parametrize("text", ["fridge", "冰箱", "bx", "bingxiang", "Fridge", "ＢＸ"])
def test_a_thing_is_found_however_it_is_typed(sqlite_record, catalogue, text):
    assert "fridge" in [t.code for t in find_things(sqlite_record, catalogue, text)][:3]


def test_nothing_is_found_by_nothing(sqlite_record, catalogue):
    assert find_things(sqlite_record, catalogue, " ;") == []
    assert find_things(sqlite_record, catalogue, "qqqqqq") == []


def test_the_same_at_the_counter_is_shown_as_what_it_is(desk, wish, now):
    made = book_at_counter(desk, wish(), KEY, CLERK, now)
    again = BookingRequest(**{**wish().__dict__, "different": False})
    with pytest.raises(ConflictError) as error:
        book_at_counter(desk, again, KEY + "2", CLERK, now)
    assert error.value.other.id == made.id
