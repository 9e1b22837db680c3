"""FAULT 23: a plan is published while residents cancel and move. The plan is there, and so is what they did."""

import threading

import pytest
from judges.slots import faults_of
from sqlalchemy import event, select

from recycling import dispatch, network
from recycling.accounts.actors import Actor
from recycling.booking import cancel, life, move
from recycling.models import Booking
from recycling.models import Plan as StoredPlan
from routing.day import DayResult
from routing.plan import Plan, Route, Visit

RESIDENT = Actor("link", "the-booking")


@pytest.fixture
def snapshot(record, settings, fleet, day):
    """Return a function that takes a day as it stands and gives job and result: all stops, one after the other."""

    def take():
        with record.read() as session:
            job = dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)
        visits, ways, at = [], [], 0
        for stop in sorted(job.stops, key=lambda s: s.windows[0].start):
            at = max(at, stop.windows[0].start)
            visits.append(Visit("stop", stop.id, at, at, at + stop.service, stop.pickup, stop.pickup))
            ways.append([job.positions[0], job.positions[stop.location]])
            at += stop.service + 300
        route = Route("T-BOX", visits[0].arrival - 600, at + 600, (0, 0), tuple(visits), (), 9000, 1800, 20000)
        plan = Plan((route,), (), 20000, "by hand", 0.1)
        return job, DayResult(plan, {"T-BOX": [*ways, [job.positions[0]] * 2]})

    return take


@pytest.fixture
def publish(record, settings, day, now):
    """Return a function that writes a plan, as a run does."""

    def write(job, result):
        with record.write() as session:
            return dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)

    return write


def as_it_stands(record, bookings):
    with record.read() as session:
        return [session.get_one(Booking, b.id) for b in bookings]


@pytest.mark.parametrize("spans", [("08:00-10:00", "15:00-17:00"), ("15:00-17:00", "08:00-10:00")])
def test_fault_23_changes_between_the_snapshot_and_the_plan_stand(
    record, office, booked, snapshot, publish, now, day, spans
):
    desk, (old, new) = office(record), spans
    stays, goes, other_window, other_day = bookings = booked(record, 4, window=old)
    job, result = snapshot()
    cancel(desk, goes, "", RESIDENT, now)
    move(desk, other_window, day, new, RESIDENT, now)
    move(desk, other_day, day.replace(day=9), new, RESIDENT, now)
    publish(job, result)
    found = as_it_stands(record, bookings)
    assert [b.state for b in found] == ["planned", "cancelled", "booked", "booked"]
    assert [b.window for b in found] == [old, old, new, new]
    for booking in found[2:]:
        assert (booking.working_start, booking.working_end) == (booking.promise_start, booking.promise_end)
    with record.read() as session:
        assert session.scalars(select(StoredPlan.version)).all() == [1]
    assert stays.id == found[0].id
    assert faults_of(record) == []


def test_fault_23_a_next_plan_without_it_lets_a_booking_go(record, booked, snapshot, publish, now):
    bookings = booked(record, 2)
    job, result = snapshot()
    publish(job, result)
    (route,) = result.plan.routes
    fewer = Route(**{**vars(route), "visits": route.visits[:1]})
    publish(job, DayResult(Plan((fewer,), (), 20000, "by hand", 0.1), result.ways))
    assert sorted(b.state for b in as_it_stands(record, bookings)) == ["booked", "planned"]
    assert faults_of(record) == []


def test_fault_23_at_the_very_moment(record, office, booked, snapshot, publish, now, day):
    """Residents cancel and move once the plan has read the bookings and before it has written them."""
    desk = office(record)
    bookings = booked(record, 4)
    job, result = snapshot()
    read, results = threading.Event(), []
    mine = threading.get_ident()

    @event.listens_for(record.engine, "before_cursor_execute")
    def before(connection, cursor, statement, *_):
        if threading.get_ident() == mine and statement.startswith("UPDATE booking") and not read.is_set():
            read.set()
            for thread in threads:
                thread.join(0.3)  # one that need not wait is done by then

    def change(call):
        read.wait(60)
        try:
            results.append(call())
        except Exception as error:
            results.append(error)

    calls = [
        lambda: cancel(desk, bookings[0], "", RESIDENT, now),
        lambda: cancel(desk, bookings[1], "", RESIDENT, now),
    ]
    threads = [threading.Thread(target=change, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    publish(job, result)
    for thread in threads:
        thread.join(60)
    assert [type(r) for r in results] == [Booking] * 2, results
    assert [b.state for b in as_it_stands(record, bookings)] == ["cancelled", "cancelled", "planned", "planned"]
    with record.read() as session:
        assert session.scalars(select(StoredPlan.version)).all() == [1]
    assert faults_of(record) == []


def test_fault_23_many_plans_and_many_residents_at_once(record, office, booked, snapshot, publish, now, day, at_once):
    """Bookings with two visits are among them; nobody waits for another for ever."""
    desk = office(record)
    bookings = booked(record, 6, items={"paper": 1}, lift=True)
    job, result = snapshot()

    def there_and_back(booking):
        for span in ("10:00-12:00", "13:00-15:00"):
            with record.read() as session:
                booking = life.visits_of(session, booking, lock=False)[0]
            try:
                move(desk, booking, day, span, RESIDENT, now)
            except Exception as error:
                if getattr(error, "faults", None) is None or error.faults[0].code != "changed-meanwhile":
                    raise
        return cancel(desk, booking, "", RESIDENT, now)

    found = at_once(
        *(lambda: [publish(job, result).version for _ in range(3)] for _ in range(1)),
        *(lambda b=b: there_and_back(b) for b in bookings),
    )
    assert found[0] == [1, 2, 3], found
    assert [getattr(f, "state", f) for f in found[1:]] == ["cancelled"] * 6
    assert faults_of(record) == []
