"""A day that is planned takes bookings that fit its routes: real roads, a real plan, the process that knows the day."""

import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from judges.slots import faults_of
from made_plans import plan_of_day
from sqlalchemy import func, select

from recycling import booking, planned_days
from recycling.accounts.actors import Actor, Role
from recycling.booking import Need, Window, WindowFullError, keep_window, offers
from recycling.booking.checks import need_of_wish
from recycling.booking.office import Office
from recycling.errors import BadRequestError
from recycling.models import Booking, Hold, Plan, PlanRun, PlanVisit
from recycling.planned_days import DeskOfPlannedDays

LATE = datetime(2026, 3, 4, 13, tzinfo=UTC)  # 21:00 at the depot: tomorrow is closed and planned
KEY = "a-late-form"
CLERK = Actor("person", "clerk-1", Role.CLERK)
ON_BOTH_BY_SOAK = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.soak])], indirect=True
)
"""For what hangs on the process that knows the day, and not on the kind of database."""


@pytest.fixture(autouse=True)
def desk(settings, fleet):
    """Return a function that opens the desk of a record, and closes it at the end."""
    open_ = []

    def make(record):
        open_.append(DeskOfPlannedDays(record, settings, fleet))
        return open_[-1]

    yield make
    for one in open_:
        one.close()


@pytest.fixture
def plan(settings, fleet, day):
    """Return a function that plans the day of a record as it stands."""

    return lambda record: plan_of_day(record, settings, fleet, day, LATE).id


@pytest.fixture
def late_office(office, desk, catalogue, settings, fleet):
    return lambda record: Office(record, settings, catalogue, fleet, desk(record))


def need(lon=107.4795, lat=31.2095):
    return Need("DEP-01", lon, lat, people=1, service=300, litres=80, kg=20)


def found(counter, record, need, owner=""):
    """The windows of the planned day, asked for until the process has it ready."""
    until = datetime.now(UTC) + timedelta(seconds=120)
    while datetime.now(UTC) < until:
        with record.read() as session:
            late = [o for o in offers(session, counter, need, LATE, owner=owner) if o.window.day.day == 5]
        if late:
            return late
    raise AssertionError("the planned day was never ready")


def versions(record):
    with record.read() as session:
        return session.execute(select(Plan.version, Plan.root).order_by(Plan.version)).all()


def newest(session):
    """The visits of the newest version."""
    plan = session.scalar(select(Plan.id).order_by(Plan.version.desc()).limit(1))
    return session.scalars(select(PlanVisit).where(PlanVisit.route.has(plan_id=plan))).all()


def test_a_booking_goes_into_the_plan_and_moves_nothing_that_was_told(
    record, booked, plan, late_office, wish, day, settings
):
    booked(record, 6)
    plan(record)
    counter = late_office(record)
    late = found(counter, record, need())
    assert [o.start for o in late] == sorted(o.start for o in late)
    assert all(o.cost > 0 and o.seconds > 0 for o in late)
    with record.read() as session:
        told = {b.id: (b.working_start, b.working_end) for b in session.scalars(select(Booking))}
    wanted = wish(
        items={"paper": 2}, lon=107.4795, lat=31.2095, window=late[0].window.span, phone="13900139000", address="9栋"
    )
    made = booking.book(counter, wanted, KEY, LATE)
    assert booking.book(counter, wanted, KEY, LATE).id == made.id
    with record.read() as session:
        mine = session.get_one(Booking, made.id)
        assert (mine.state, mine.seconds) == ("planned", 0)
        assert mine.promise_start <= mine.working_start < mine.working_end <= mine.promise_end
        for key, hours in told.items():
            other = session.get_one(Booking, key)
            assert (other.working_start, other.working_end) == hours
        begins = {v.booking_id: v.begins_at for v in newest(session)}
        for key, (start, end) in told.items():
            assert start <= begins[key] <= end
        assert mine.working_start <= begins[made.id] <= mine.working_end
    assert versions(record) == [(1, 1), (2, 1)]
    assert faults_of(record) == []


@ON_BOTH_BY_SOAK
def test_one_after_the_other_goes_in(record, booked, plan, late_office, wish):
    booked(record, 3)
    plan(record)
    counter = late_office(record)
    span = found(counter, record, need())[0].window.span
    for number in range(3):
        wanted = wish(items={"paper": 1}, window=span, phone=f"1390013900{number}", address=f"{number}栋")
        booking.book(counter, wanted, f"{KEY}-{number}", LATE)
    with record.read() as session:
        assert session.scalar(select(func.max(Plan.version))) == 4
        assert session.scalar(select(func.count()).where(Booking.state == "planned")) == 6


def test_what_is_held_is_kept_for_its_form(record, booked, plan, late_office, wish, day, at_once):
    """Forms hold room on the routes until there is none; each of them can then be booked, and nobody else."""
    booked(record, 4)
    plan(record)
    counter = late_office(record)
    span = found(counter, record, need())[0].window.span
    large, held = {"fridge": 1}, []
    big = Need("DEP-01", 107.4795, 31.2095, people=2, service=1200, litres=900, kg=60)
    for number in range(30):
        try:
            keep_window(counter, f"{KEY}-{number}", big, Window("DEP-01", day, span), LATE)
            held.append(f"{KEY}-{number}")
        except WindowFullError:
            break
    assert 0 < len(held) < 30
    with pytest.raises(WindowFullError):
        booking.book(counter, wish(items=large, window=span, phone="13900139000", address="9栋"), "another-form", LATE)
    for number, owner in enumerate(held):
        wanted = wish(
            items=large, lon=107.4795, lat=31.2095, floor=1, window=span, phone=f"13{number:09}", address=f"{number}号"
        )
        booking.book(counter, wanted, owner, LATE)
    with record.read() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0
        assert session.scalar(select(func.count()).where(Booking.state == "planned")) == 4 + len(held)
    assert faults_of(record) == []


def test_those_who_book_at_once_all_stand_on_the_plan(record, booked, plan, late_office, wish, at_once):
    booked(record, 3)
    plan(record)
    counter = late_office(record)
    span = found(counter, record, need())[0].window.span

    def one(number):
        wanted = wish(items={"paper": 1}, window=span, phone=f"1390013901{number}", address=f"{number}栋")
        return lambda: booking.book(counter, wanted, f"{KEY}-{number}", LATE)

    results = at_once(*(one(number) for number in range(4)))
    made = [r.id for r in results if isinstance(r, Booking)]
    assert made
    assert all(isinstance(r, Booking | WindowFullError) for r in results)
    with record.read() as session:
        assert set(made) <= {v.booking_id for v in newest(session)}
    assert faults_of(record) == []


@ON_BOTH_BY_SOAK
def test_nothing_goes_into_a_day_that_is_being_planned_anew(record, booked, plan, late_office, wish, day):
    booked(record, 3)
    plan(record)
    counter = late_office(record)
    span = found(counter, record, need())[0].window.span
    with record.write() as session:
        session.add(PlanRun(depot_code="DEP-01", service_day=day, asked_by="dispatcher", asked_at=LATE))
    with record.read() as session:
        assert all(o.window.day > day for o in offers(session, counter, need(), LATE))
    with pytest.raises(WindowFullError):
        booking.book(counter, wish(items={"paper": 1}, window=span, phone="13900139000"), KEY, LATE)


@ON_BOTH_BY_SOAK
def test_a_planned_day_has_no_room_where_no_vehicle_fits_under_the_gate(record, booked, plan, late_office):
    booked(record, 3)
    plan(record)
    counter = late_office(record)
    assert found(counter, record, need())
    with record.read() as session:
        late = {
            metres: [
                o for o in offers(session, counter, replace(need(), height_limit=metres), LATE) if o.window.day.day == 5
            ]
            for metres in (1.9, 6.0)
        }
    assert (late[1.9], bool(late[6.0])) == ([], True)


@ON_BOTH_BY_SOAK
def test_a_day_is_closed_before_its_vehicles_leave(record, booked, plan, late_office, wish, day):
    booked(record, 3)
    plan(record)
    counter = late_office(record)
    found(counter, record, need())
    six = datetime(2026, 3, 4, 22, 31, tzinfo=UTC)  # 06:31; the shift begins at 07:30
    with record.read() as session:
        assert all(o.window.day > day for o in offers(session, counter, need(), six))
    with pytest.raises(BadRequestError, match="closed"):
        booking.book(counter, wish(items={"paper": 1}, phone="13900139000"), KEY, six)


@ON_BOTH_BY_SOAK
def test_a_process_that_dies_is_begun_again(record, booked, plan, late_office, wish):
    booked(record, 3)
    plan(record)
    counter = late_office(record)
    span = found(counter, record, need())[0].window.span
    (worker,) = multiprocessing.active_children()
    worker.kill()
    assert found(counter, record, need())
    booking.book(counter, wish(items={"paper": 1}, window=span, phone="13900139000", address="9栋"), KEY, LATE)
    assert versions(record) == [(1, 1), (2, 1)]


@ON_BOTH_BY_SOAK
def test_who_does_not_wait_leaves_the_day_ready_for_the_others(record, booked, plan, late_office, monkeypatch):
    booked(record, 2)
    plan(record)
    counter = late_office(record)
    found(counter, record, need())
    ready = dict(counter.planned._ready)
    assert ready
    monkeypatch.setattr(planned_days, "SHORT_SECONDS", 0.0)
    with record.read() as session:
        other = need(lon=107.48)
        assert [o for o in offers(session, counter, other, LATE) if o.window.day.day == 5] == []
        assert [o for o in offers(session, counter, need(), LATE) if o.window.day.day == 5], "it was asked before"
    assert counter.planned._ready == ready


TWO = {"fridge": 20, "washer": 4}
"""More than the largest vehicle takes at once."""


@pytest.fixture
def free_catalogue(catalogue):
    """The shipped goods, of which anybody may book any number."""
    items = {code: item.model_copy(update={"most": 99}) for code, item in catalogue.items.items()}
    copy = catalogue.model_copy(update={"items": items})
    copy.__dict__.pop("variants", None)
    return copy


def until_found(ask):
    """What is asked for until the process has the day ready."""
    until = datetime.now(UTC) + timedelta(seconds=120)
    while datetime.now(UTC) < until:
        if answer := ask():
            return answer
    raise AssertionError("the planned day was never ready")


@ON_BOTH_BY_SOAK
def test_two_visits_of_one_booking_go_into_the_plan_together(record, booked, plan, late_office, free_catalogue, wish):
    booked(record, 3)
    plan(record)
    counter = replace(late_office(record), catalogue=free_catalogue)
    wanted = wish(items=TWO, lon=107.4795, lat=31.2095, floor=1, phone="13900139000", address="9栋")
    with record.read() as session:
        needed = need_of_wish(session, counter, wanted, LATE)
    assert (needed.visits, len(needed.each)) == (2, 2)
    late = found(counter, record, needed)
    span = late[0].window.span
    keep_window(counter, KEY, needed, late[0].window, LATE)
    with record.read() as session:
        held = session.scalars(select(Hold)).all()
    assert sorted(hold.litres for hold in held) == sorted(part.litres for part in needed.each)
    made = booking.book(counter, replace(wanted, window=span), KEY, LATE)
    with record.read() as session:
        visits = session.scalars(select(Booking).where((Booking.id == made.id) | (Booking.leg_of == made.id))).all()
        assert [(visit.state, visit.seconds) for visit in visits] == [("planned", 0)] * 2
        begins = {v.booking_id: v.begins_at for v in newest(session)}
        assert all(visit.working_start <= begins[visit.id] <= visit.working_end for visit in visits)
        assert session.scalars(select(Hold)).all() == []
    assert versions(record) == [(1, 1), (2, 1), (3, 1)]
    assert found(counter, record, need()), "the version after that is made ready from it"
    assert faults_of(record) == []


@ON_BOTH_BY_SOAK
def test_what_becomes_free_on_a_planned_day_is_offered_to_who_waits(record, booked, plan, late_office, wish, day):
    first, *_ = booked(record, 4)
    plan(record)
    counter = late_office(record)
    wanted = wish(
        items={"paper": 1}, lon=107.4795, lat=31.2095, phone="13900139000", address="9栋", day=None, window=""
    )
    place = booking.wait(counter, wanted, day, "a-place-in-the-line", LATE)
    assert place.first_day == day
    booking.cancel(counter, first, "", CLERK, LATE)
    (offered,) = until_found(lambda: booking.offer_what_is_free(counter, LATE))
    assert (offered.offered_day, offered.until) == (day, LATE + timedelta(hours=2))
    made = booking.accept(counter, place.token, LATE + timedelta(minutes=20))
    assert (made.state, made.channel, made.seconds) == ("planned", "waiting", 0)
    with record.read() as session:
        assert made.id in {v.booking_id for v in newest(session)}
        assert session.scalars(select(Hold)).all() == []
    assert faults_of(record) == []
