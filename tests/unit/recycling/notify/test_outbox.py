"""What is written into the outbox, and what is not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recycling.models import Booking, Message
from recycling.notify import post, tell, waiting_count
from recycling.notify.changes import CHANGES

HOUR = timedelta(hours=1)


@pytest.fixture
def booking(record, booked):
    (made,) = booked(record, 1)
    return made


def changes(rows, record, state="waiting"):
    return [m.change for m in rows(record, state=state)]


def test_a_message_is_there_if_and_only_if_the_change_is(record, booking, now, rows):
    with record.write() as session:
        tell(session, booking, "booked", now)

    def fail():
        with record.write() as session:
            tell(session, booking, "cancelled", now)
            raise RuntimeError("the change fails after all")

    with pytest.raises(RuntimeError):
        fail()
    (message,) = rows(record)
    assert (message.change, message.phone, message.link) == ("booked", booking.phone, f"/b/{booking.token}")
    assert message.figures == {
        "reference": booking.reference,
        "start": booking.promise_start.isoformat(),
        "end": booking.promise_end.isoformat(),
    }


def test_a_change_is_told_once(record, booking, now, rows):
    for _ in range(3):
        with record.write() as session:
            tell(session, booking, "moved", now)
    assert changes(rows, record) == ["moved"]
    booking.version += 1
    with record.write() as session:
        assert len(tell(session, booking, "moved", now)) == 1


def test_the_transaction_of_a_repeat_can_still_write(record, booking, now):
    with record.write() as session:
        tell(session, booking, "booked", now)
    with record.write() as session:
        assert tell(session, booking, "booked", now) == []
        session.get(Booking, booking.id).note = "written afterwards"
    with record.read() as session:
        assert session.get(Booking, booking.id).note == "written afterwards"


def test_many_that_tell_the_same_at_once_make_one_message(record, booking, now, at_once):
    def one():
        with record.write() as session:
            return len(tell(session, booking, "moved", now))

    assert sorted(at_once(*[one] * 6)) == [0, 0, 0, 0, 0, 1]


def test_moved_twice_before_sending_is_one_message_with_the_last_window(record, booking, now, rows):
    for hours in (2, 4):
        booking.version += 1
        booking.promise_start += hours * HOUR
        booking.promise_end += hours * HOUR
        with record.write() as session:
            tell(session, booking, "moved", now)
    assert changes(rows, record, "outdated") == ["moved"]
    (left,) = rows(record, state="waiting")
    assert left.figures["start"] == booking.promise_start.isoformat()


def test_what_is_told_once_a_promise_is_not_told_again_for_other_hours(record, booking, now, rows):
    with record.write() as session:
        for minutes in (0, 10, 20):
            first = booking.promise_end + timedelta(minutes=minutes)
            booking.version += 1
            tell(session, booking, "late", now, first=first, last=first + HOUR)
    assert changes(rows, record) == ["late"]
    booking.promise_start += 24 * HOUR
    booking.promise_end += 24 * HOUR
    with record.write() as session:
        assert tell(session, booking, "late", now, first=booking.promise_end, last=booking.promise_end + HOUR)


def test_a_plan_that_changes_nothing_for_a_resident_tells_nothing(record, booking, now, rows):
    def plan(minutes):
        first = booking.promise_start + timedelta(minutes=minutes)
        with record.write() as session:
            return len(tell(session, booking, "planned_window", now, first=first, last=first + HOUR))

    assert [plan(0), plan(0), plan(30), plan(30), plan(0)] == [1, 0, 1, 0, 1]
    assert changes(rows, record) == ["planned_window"]


@pytest.mark.parametrize("change", CHANGES)
def test_cancelling_leaves_nothing_of_what_was_to_come(record, booking, now, rows, change):
    samples = {
        "word": "x",
        "name": "x",
        "number": 3,
        "reason": "absent",
        "order_reason": "refused",
        "moment": booking.promise_start,
    }
    with record.write() as session:
        tell(session, booking, change, now, **{n: samples[k] for n, k in CHANGES[change].figures.items()})
    booking.version += 1
    with record.write() as session:
        tell(session, booking, "cancelled", now)
    others = ("waiting_", "group_", "quote_", "order_", "round_", "call_", "calls_")
    of_others = {change for change in CHANGES if change.startswith(others)}
    kept = ({"collected", "failed", "settled", "complaint_answered"} | of_others) & {change}
    assert set(changes(rows, record)) == {"cancelled"} | kept


def test_another_booking_s_messages_are_left_alone(record, booked, now, rows):
    first, second = booked(record, 2)
    with record.write() as session:
        tell(session, first, "booked", now)
        tell(session, second, "booked", now)
        first.version += 1
        tell(session, first, "cancelled", now)
    assert {m.subject for m in rows(record, state="outdated")} == {first.id}


@pytest.mark.parametrize("figures", [{}, {"pieces": 2, "colour": "red"}])
def test_figures_must_be_those_of_the_change(record, booking, now, figures):
    with pytest.raises(ValueError, match=r"pieces|colour"), record.write() as session:
        tell(session, booking, "amended", now, **figures)


def test_a_moment_without_a_zone_is_refused(record, booking, now):
    naive = now.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"), record.write() as session:
        tell(session, booking, "planned_window", now, first=naive, last=naive)


def test_several_people_are_told_in_a_row_each(record, booking, now, rows):
    with record.write() as session:
        tell(session, booking, "booked", now, phones=["+8613800138001", "+8613800138002", "+8613800138001"])
    assert sorted(m.phone for m in rows(record)) == ["+8613800138001", "+8613800138002"]


def test_somebody_on_the_waiting_list_is_told_without_a_booking(record, booking, now, rows):
    figures = {"reference": "W-1", "start": now, "end": now + HOUR, "until": now + 2 * HOUR}
    with record.write() as session:
        for _ in range(2):
            post(session, booking.id, "+8613800138000", "waiting_offer", "hold-1", now, link="/w/x", **figures)
    (message,) = rows(record)
    assert message.booking_id is None
    assert message.useful_until == now + 2 * HOUR


def test_messages_go_with_their_booking(record, booking, now):
    with record.write() as session:
        tell(session, booking, "booked", now)
        assert waiting_count(session) == 1
    with record.write() as session:
        session.delete(session.get(Booking, booking.id))
    with record.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
