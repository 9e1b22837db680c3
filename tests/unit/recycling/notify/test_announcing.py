"""The hours of a planned visit are told on the evening before, once, and in time for the first window."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recycling.booking import book, life
from recycling.models import Booking, Message
from recycling.notify.quiet import announcing

HOUR = timedelta(hours=1)
EVENING = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)  # 20:30 at the depot


@pytest.fixture
def desk(record, office):
    return office(record)


@pytest.fixture
def made(desk, wish, now, day):
    return book(desk, wish(items={"paper": 2}, day=day), "a-booking-1", now - timedelta(days=5))


def on_route(desk, made, now, shift=timedelta(0)):
    with desk.database.write() as session:
        (visit,) = life.visits_of(session, made)
        start = visit.promise_start + shift
        life.planned(session, [(visit, start, start + HOUR)], now, settings=desk.settings)


def off_route(desk, made, now):
    with desk.database.write() as session:
        life.unplanned(session, session.get_one(Booking, made.id), now)


def announced(desk):
    """The states of the messages about the hours, in order."""
    with desk.database.read() as session:
        query = select(Message).where(Message.change == "planned_window").order_by(Message.occasion)
        return [m.state for m in session.scalars(query)]


def left(channels):
    return [text for _, text in channels["sms"].sent if "预计" in text]


def test_a_day_that_is_planned_three_times_days_ahead_tells_one_hour_on_its_eve(
    desk, made, now, round_of, channels, watch
):
    watch.moment = now - timedelta(days=3)
    for number in range(3):
        on_route(desk, made, watch.on(hours=1), number * HOUR / 2)
        round_of(desk.database)
    assert (left(channels), announced(desk)) == ([], ["outdated", "outdated", "waiting"])
    watch.moment = EVENING - timedelta(minutes=1)
    round_of(desk.database)
    assert left(channels) == []
    watch.moment = EVENING
    round_of(desk.database)
    assert [("09:00" in text) for text in left(channels)] == [True]


def test_who_is_taken_off_the_route_before_is_told_nothing_and_who_comes_back_is(
    desk, made, now, round_of, channels, watch
):
    on_route(desk, made, now - timedelta(days=2))
    off_route(desk, made, now - timedelta(days=1))
    watch.moment = EVENING
    round_of(desk.database)
    assert left(channels) == []
    on_route(desk, made, EVENING)
    round_of(desk.database)
    assert len(left(channels)) == 1


@pytest.mark.parametrize(
    ("planned", "window", "due", "urgent"),
    [
        ("03-01 10:00", "08:00", "03-04 20:30", False),
        ("03-04 20:10", "08:00", "03-04 20:30", False),
        ("03-04 21:00", "08:00", "03-04 21:00", False),
        ("03-04 21:45", "08:00", "03-05 07:00", True),
        ("03-05 03:00", "08:00", "03-05 07:00", True),
        ("03-05 07:20", "08:00", "03-05 07:20", True),
        ("03-04 21:45", "10:00", "03-04 21:45", False),
        ("03-05 09:30", "10:00", "03-05 09:30", False),
    ],
)
def test_it_is_due_on_the_evening_before_or_in_time_for_the_window(settings, planned, window, due, urgent):
    def at(text):
        return datetime.fromisoformat(f"2026-{text}:00+08:00")

    assert announcing(settings, at(f"03-05 {window}"), at(planned)) == (at(due), urgent)


def test_a_plan_that_ends_in_the_quiet_hours_reaches_people_before_the_first_window(
    desk, made, round_of, channels, watch
):
    watch.moment = EVENING + timedelta(hours=3)
    on_route(desk, made, watch.moment)
    round_of(desk.database)
    assert left(channels) == []
    watch.moment = made.promise_start - timedelta(minutes=59)
    round_of(desk.database)
    assert len(left(channels)) == 1
