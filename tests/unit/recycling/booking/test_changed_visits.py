"""Bookings of several visits are changed and moved as others are; visits come to a booking, or are left out."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.booking import WindowFullError, amend, cancel, change, life, move, need_of_visits, rebook, wish_of
from recycling.errors import ConflictError
from recycling.models import Booking, Message, Slot

from .conftest import CLERK, CREW, RESIDENT, fresh, history, local, traces, visits

LOAD = {"fridge": 12, "washer": 20}
SPAN = "13:00-15:00"


@pytest.fixture
def two(both, taken):
    booking = taken(both, items=LOAD)
    assert len(visits(both, booking)) == 2
    return booking


def whole(desk, booking, **changes):
    """What the booking says, with all its visits, but for some things."""
    return replace(wish_of(booking, visits=visits(desk, booking)), **changes)


def things(found):
    count = Counter()
    for visit in found:
        count.update({line.item: line.pieces for line in visit.lines})
    return dict(count)


def all_of(desk, booking):
    with desk.database.read() as session:
        query = select(Booking).where((Booking.id == booking.id) | (Booking.leg_of == booking.id))
        return session.scalars(query).all()


def told(desk):
    with desk.database.read() as session:
        query = select(Message).where(Message.change != "booked").order_by(Message.created_at)
        return [(message.change, message.figures.get("pieces")) for message in session.scalars(query)]


def test_what_it_says_is_that_of_all_visits_and_once_more_changes_nothing(both, two, now):
    assert whole(both, two).items == LOAD
    before = traces(both)
    assert amend(both, two, whole(both, two), RESIDENT, now).version == two.version
    assert traces(both) == before


def test_words_and_things_of_all_visits_are_changed(both, two, now):
    done = amend(both, two, whole(both, two, note="ring twice", items={**LOAD, "washer": 18}), RESIDENT, now)
    found = visits(both, done)
    assert [visit.note for visit in found] == ["ring twice"] * 2
    assert things(found) == {**LOAD, "washer": 18}
    assert told(both) == [("amended", 30)]
    assert [event.action for event in history(both, found[1])] == ["booking.made", "booking.amended"]


def test_a_booking_that_needs_one_vehicle_more_gets_another_visit(both, taken, now):
    booking = taken(both, items={"fridge": 2})
    done = amend(both, booking, replace(wish_of(booking), items=LOAD), RESIDENT, now)
    found = visits(both, done)
    assert (len(found), things(found), found[1].leg_of) == (2, LOAD, booking.id)
    assert {(visit.service_day, visit.window, visit.state) for visit in found} == {
        (booking.service_day, booking.window, "booked")
    }
    assert len({visit.token for visit in found}) == len({visit.reference for visit in found}) == 2
    assert [event.action for event in history(both, found[1])] == ["booking.made"]
    assert told(both) == [("amended", sum(LOAD.values()))]
    assert cancel(both, done, "", RESIDENT, now).state == "cancelled"
    assert {visit.state for visit in visits(both, done)} == {"cancelled"}


def test_a_booking_that_needs_one_vehicle_less_leaves_a_visit_out(both, two, now):
    done = amend(both, two, whole(both, two, items={"fridge": 1}), RESIDENT, now)
    assert things(visits(both, done)) == {"fridge": 1}
    (left,) = [visit for visit in all_of(both, two) if visit.leg_of]
    assert (left.state, left.reason) == ("cancelled", life.MERGED)
    assert told(both) == [("amended", 1)]
    again = amend(both, done, whole(both, done, items=LOAD), RESIDENT, now)
    assert things(visits(both, again)) == LOAD
    assert len(all_of(both, two)) == 3
    cancel(both, again, "", RESIDENT, now)
    with both.database.read() as session:
        assert {slot.taken for slot in session.scalars(select(Slot))} == {0}


def test_all_visits_move_together_and_say_something_else(both, two, now, day):
    there = day + timedelta(days=1)
    moved = move(both, two, there, SPAN, RESIDENT, now)
    assert {(visit.service_day, visit.window) for visit in visits(both, moved)} == {(there, SPAN)}
    wanted = whole(both, moved, day=day, window="10:00-12:00", items={"fridge": 12, "washer": 19})
    done = change(both, moved, wanted, RESIDENT, now)
    found = visits(both, done)
    assert {(visit.service_day, visit.window) for visit in found} == {(day, "10:00-12:00")}
    assert things(found) == {"fridge": 12, "washer": 19}
    fewer = change(both, done, whole(both, done, day=there, window=SPAN, items={"washer": 1}), RESIDENT, now)
    assert [(visit.service_day, visit.window) for visit in visits(both, fewer)] == [(there, SPAN)]
    more = change(both, fewer, whole(both, fewer, day=day, window=SPAN, items=LOAD), RESIDENT, now)
    assert {(visit.service_day, visit.window) for visit in visits(both, more)} == {(day, SPAN)}
    assert things(visits(both, more)) == LOAD
    with both.database.read() as session:
        assert {slot.taken for slot in session.scalars(select(Slot)) if slot.service_day == there} == {0}


def test_a_full_window_leaves_all_visits_as_they_are(both, two, now):
    with both.database.write() as session:
        for slot in session.scalars(select(Slot)):
            slot.capacity = slot.taken
    before = traces(both)
    with pytest.raises(WindowFullError):
        amend(both, two, whole(both, two, items={"fridge": 24, "washer": 20}), RESIDENT, now)
    assert traces(both) == before
    assert things(visits(both, two)) == LOAD


def test_ten_who_change_it_at_once_change_it_once(both, two, now, at_once):
    wanted = whole(both, two, items={"fridge": 30, "washer": 20})
    found = at_once(*(lambda: amend(both, two, wanted, RESIDENT, now) for _ in range(10)))
    assert sum(isinstance(f, Booking) for f in found) >= 1, found
    assert all(isinstance(f, Booking | ConflictError) for f in found), found
    assert things(visits(both, two)) == {"fridge": 30, "washer": 20}
    assert fresh(both, two).version == two.version + 1


def test_what_is_done_in_part_stays_as_it_is(desk, taken, now):
    booking = taken(desk, items=LOAD)
    with desk.database.write() as session:
        life.collected(session, life.visits_of(session, booking)[1], 10, CREW, now)
    before = traces(desk)
    with pytest.raises(ConflictError, match="Book other things anew") as caught:
        amend(desk, booking, whole(desk, booking, items={"fridge": 1}), CLERK, now)
    assert caught.value.faults[0].code == "partly-done"
    assert traces(desk) == before


def test_a_planned_day_gets_no_visit_that_stands_on_no_route(desk, taken, now, day):
    booking = taken(desk, items={"fridge": 2})
    night = local(desk, day - timedelta(days=1), "21:00")
    with pytest.raises(ConflictError, match="Move it first") as caught:
        amend(desk, booking, replace(wish_of(booking), items=LOAD), CLERK, night)
    assert caught.value.faults[0].code == "one-vehicle-more"
    there = day + timedelta(days=1)
    done = change(desk, booking, replace(wish_of(booking), items=LOAD, day=there, window=SPAN), CLERK, night)
    assert len(visits(desk, done)) == 2


def test_what_is_still_to_be_visited_is_looked_for_as_a_whole(desk, taken, bring, now, day):
    booking = taken(desk, items=LOAD)
    need = need_of_visits(desk, visits(desk, booking))
    assert (need.visits, len(need.each)) == (2, 2)
    assert need.litres == sum(line.litres * line.pieces for visit in visits(desk, booking) for line in visit.lines)
    with desk.database.write() as session:
        life.collected(session, life.visits_of(session, booking)[0], 10, CREW, now)
    left = visits(desk, booking)
    assert need_of_visits(desk, left) == need_of_visits(desk, left[1:])


def test_a_visit_that_was_left_out_is_not_made_good(desk, taken, bring, now, day):
    booking = taken(desk, items=LOAD)
    done = amend(desk, booking, whole(desk, booking, items={"fridge": 1}), RESIDENT, now)
    failed = bring(desk, done, "failed", now)
    made = rebook(desk, failed, day, SPAN, "the-new-visit", RESIDENT, now)
    assert things(visits(desk, made)) == {"fridge": 1}
