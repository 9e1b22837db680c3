"""A new visit after one that failed, and making good a visit that nobody made."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from recycling import dispatch, network
from recycling.booking import cancel, life, rebook, report_missed, wish_of
from recycling.booking.again import follower, report_until
from recycling.booking.capacity import make_rows
from recycling.errors import ConflictError
from recycling.models import Booking, Message, Slot

from .conftest import CLERK, CREW, RESIDENT, fresh, history, local, one_step, traces, visits

MANY = {"fridge": 12, "washer": 20}
"""More than the one truck carries at once."""


def code(call):
    with pytest.raises(ConflictError) as caught:
        call()
    return caught.value.faults[0].code


# -- after a visit that failed -----------------------------------------------------------------------------------------


def test_a_visit_that_failed_is_booked_anew_once(both, taken, bring, now, day):
    booking = bring(both, taken(both, trade_in="TI-7"), "failed", now)
    made = rebook(both, booking, day, "13:00-15:00", "the-new-visit", RESIDENT, now)
    assert (made.follows, made.first, made.window, made.state) == (booking.id, False, "13:00-15:00", "booked")
    assert wish_of(made) == wish_of(booking)
    assert rebook(both, booking, day, "13:00-15:00", "the-new-visit", RESIDENT, now).id == made.id
    before = traces(both)
    assert code(lambda: rebook(both, booking, day, "15:00-17:00", "another-visit", RESIDENT, now)) == "booked-anew"
    assert traces(both) == before
    cancel(both, made, "", RESIDENT, now)
    other = rebook(both, booking, day, "15:00-17:00", "another-visit", RESIDENT, now)
    with both.database.read() as session:
        assert follower(session, booking).id == other.id


def test_ten_at_once_book_it_anew_once(both, taken, bring, now, day, at_once):
    booking = bring(both, taken(both), "failed", now)
    found = at_once(
        *(lambda n=n: rebook(both, booking, day, "13:00-15:00", f"visit-{n:04}", CLERK, now) for n in range(10))
    )
    assert sorted(type(f).__name__ for f in found) == ["Booking"] + ["ConflictError"] * 9


@pytest.mark.parametrize("state", ["booked", "planned", "on_the_way", "collected", "cancelled", "settled"])
def test_what_has_not_failed_is_not_booked_anew(desk, taken, bring, now, day, state):
    booking = bring(desk, taken(desk), state, now)
    assert code(lambda: rebook(desk, booking, day, "13:00-15:00", "the-new-visit", RESIDENT, now)) == "not-failed"


@pytest.mark.parametrize("reason", ["vehicle", "no_access"])
def test_whoever_has_many_bookings_open_may_still_have_our_fault_made_good(desk, taken, now, day, reason):
    phone = "13800138000"
    booking = taken(desk, phone=phone)
    with desk.database.write() as session:
        life.failed(session, life.visits_of(session, booking)[0], reason, CREW, now)
    for number in range(desk.settings.booking.most_open):
        taken(desk, phone=phone, address=f"{number}栋", items={"glass": 1}, day=day + timedelta(days=number % 5))
    assert code(lambda: taken(desk, phone=phone)) == "too-many-open"

    def anew():
        return rebook(desk, booking, day, "13:00-15:00", "the-new-visit", RESIDENT, now)

    if reason == "vehicle":
        assert anew().follows == booking.id
    else:
        assert code(anew) == "too-many-open"


def test_all_visits_that_failed_are_booked_anew_together(desk, taken, bring, now, day):
    booking = bring(desk, taken(desk, items=MANY), "failed", now)
    legs = visits(desk, booking)
    assert len(legs) > 1
    made = rebook(desk, legs[1], day + timedelta(days=1), "13:00-15:00", "the-new-visit", RESIDENT, now)
    assert made.follows == booking.id
    pieces = [(line.item, line.pieces) for leg in visits(desk, made) for line in leg.lines]
    assert {item: sum(n for i, n in pieces if i == item) for item in MANY} == MANY


# -- nobody came -------------------------------------------------------------------------------------------------------


def test_a_missed_visit_is_reported_and_goes_first_next_time(both, taken, bring, now, day):
    booking = bring(both, taken(both), "planned", now)
    over = local(both, day, "10:00")
    made = report_missed(both, booking, RESIDENT, over)
    assert (made.first, made.follows, made.channel) == (True, booking.id, booking.channel)
    assert (made.service_day, made.window) == (day + timedelta(days=1), "08:00-10:00"), "the first that is open"
    old = fresh(both, booking)
    assert (old.state, old.reason) == ("failed", "missed")
    assert [e.action for e in history(both, booking)][-1] == "booking.failed"
    before = traces(both)
    assert report_missed(both, booking, RESIDENT, over).id == made.id
    assert traces(both) == before
    with both.database.read() as session:
        depot = network.the_depot(session, "DEP-01")
        job = dispatch.day_job(session, both.settings, both.fleet, depot, made.service_day)
    (stop,) = job.stops
    assert stop.prize == 5 * both.settings.planning.prize_booking


def told(desk, since):
    """What people were told from a moment on: kind of change, and the day that it names."""
    with desk.database.read() as session:
        query = select(Message).where(Message.created_at >= since).order_by(Message.created_at)
        return [(m.change, m.figures["start"][:10], m.link) for m in session.scalars(query)]


def test_a_report_is_answered_by_one_message_that_names_the_new_visit(both, taken, bring, now, day):
    booking = bring(both, taken(both), "planned", now)
    over = local(both, day, "10:00")
    made = report_missed(both, booking, RESIDENT, over)
    report_missed(both, booking, RESIDENT, over)
    assert told(both, over) == [("missed_answer", str(made.service_day), f"/b/{made.token}")]


def test_where_no_window_is_free_one_message_says_that_we_call(both, taken, now, day):
    booking, over = taken(both), local(both, day, "10:00")
    with both.database.write() as session:
        make_rows(session, both, "DEP-01", [day + timedelta(days=n) for n in range(16)])
        session.execute(update(Slot).values(capacity=Slot.taken))
    for _ in range(2):
        assert code(lambda: report_missed(both, booking, RESIDENT, over)) == "missed-no-window"
    assert told(both, over) == [("missed_call", str(day), f"/b/{booking.token}")]


def test_ten_reports_at_once_make_one_visit(both, taken, now, day, at_once):
    booking = taken(both)
    found = at_once(*(lambda: report_missed(both, booking, RESIDENT, local(both, day, "10:00")) for _ in range(10)))
    assert {type(f) for f in found} == {Booking}, found
    assert len({f.id for f in found}) == 1


@pytest.mark.parametrize(
    ("service", "last"),
    [
        (date(2026, 3, 5), date(2026, 3, 9)),  # Thursday: Friday and Monday
        (date(2026, 3, 6), date(2026, 3, 10)),  # Friday: Monday and Tuesday
        (date(2026, 3, 7), date(2026, 3, 10)),  # Saturday
        (date(2026, 3, 8), date(2026, 3, 10)),  # Sunday
        (date(2026, 3, 9), date(2026, 3, 11)),
    ],
)
def test_it_can_be_reported_for_two_working_days(desk, taken, now, service, last):
    booking = taken(desk, day=service)
    end = local(desk, last + timedelta(days=1), "00:00")
    assert report_until(desk, booking) == end
    before = traces(desk)
    assert code(lambda: report_missed(desk, booking, RESIDENT, end)) == "report-too-late"
    assert code(lambda: report_missed(desk, booking, RESIDENT, local(desk, service, "09:59"))) == "not-over"
    assert traces(desk) == before
    assert report_missed(desk, booking, RESIDENT, end - timedelta(seconds=1)).first


@pytest.mark.parametrize("state", ["collected", "settled", "cancelled", "failed"])
def test_a_visit_that_ended_is_not_missed(desk, taken, bring, now, day, state):
    booking = bring(desk, taken(desk), state, now)
    assert code(lambda: report_missed(desk, booking, RESIDENT, local(desk, day, "11:00"))) == "wrong-state"


def test_a_crew_that_never_came_has_missed_it(desk, taken, bring, now, day):
    booking = bring(desk, taken(desk), "on_the_way", now)
    assert report_missed(desk, booking, RESIDENT, local(desk, day, "11:00")).first


def test_the_report_is_kept_when_no_window_is_free_and_a_later_one_finds_room(both, taken, now, day):
    booking, over = taken(both), local(both, day, "10:00")
    full = [taken(both, day=day + timedelta(days=n), address=f"{n}栋") for n in range(1, 14)]

    with both.database.write() as session:
        make_rows(session, both, "DEP-01", [day + timedelta(days=n) for n in range(16)])
        session.execute(update(Slot).values(capacity=Slot.taken))
    assert code(lambda: report_missed(both, booking, RESIDENT, over)) == "missed-no-window"
    assert fresh(both, booking).reason == "missed"
    before = traces(both)
    assert code(lambda: report_missed(both, booking, RESIDENT, over)) == "missed-no-window"
    assert traces(both) == before
    cancel(both, full[4], "", CLERK, now)
    assert report_missed(both, booking, RESIDENT, over).service_day == full[4].service_day


def test_only_the_visits_that_were_not_made_are_made_good(desk, taken, bring, now, day):
    booking = taken(desk, items=MANY)
    with desk.database.write() as session:
        head = session.scalar(select(Booking).where(Booking.id == booking.id))
        one_step(session, head, "collected", now)
    made = report_missed(desk, booking, RESIDENT, local(desk, day, "10:00"))
    pieces = {}
    for leg in visits(desk, booking)[1:]:
        for line in leg.lines:
            pieces[line.item] = pieces.get(line.item, 0) + line.pieces
    assert wish_of(made).items == pieces
    assert [v.state for v in visits(desk, booking)] == ["collected"] + ["failed"] * (len(visits(desk, booking)) - 1)
