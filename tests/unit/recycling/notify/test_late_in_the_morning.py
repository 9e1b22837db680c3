"""That a crew comes late, told in quiet hours and sent when they are over: with the newest word, or not at all."""

from datetime import timedelta

import pytest
from made_plans import MINUTE, NINE, make_plan

from recycling import lateness
from recycling.accounts.actors import Actor, Role
from recycling.lateness import Said
from recycling.models import Booking
from recycling.settings import load_settings

DISPATCHER = Actor("person", "dispatcher-1", Role.DISPATCHER)
END = NINE + 60 * MINUTE  # of the window that was promised
NIGHT = NINE - 30 * MINUTE  # when it is said: quiet until 09:00
MORNING = NINE


@pytest.fixture
def told(told):
    messages = told.messages.model_dump() | {"quiet_from": "20:00", "quiet_until": "09:00"}
    return load_settings(messages=messages)


@pytest.fixture
def coming(record, booked, watch):
    """Two bookings on one route: planned to begin at 08:50 and at 09:10."""
    made = booked(record, 2)
    make_plan(record, made[1], 1, begins=NINE + 10 * MINUTE, before=made[:1])
    with record.write() as session:
        for booking in made:
            session.get(Booking, booking.id).state = "planned"
    watch.moment = NIGHT
    return made


@pytest.fixture
def say(record, told):
    """Return a function that says when the crew comes to a booking."""

    def word(booking, at, now=NIGHT):
        return lateness.expect(record, told, booking.depot_code, booking.service_day, booking.id, at, DISPATCHER, now)

    return word


@pytest.fixture
def morning(record, told, round_of, watch):
    """Return a function that sends what waits, in quiet hours and when they are over; gives the text, "" for none."""

    def go(channels, moment=MORNING):
        assert round_of(record, told) == {}, "the control: nothing leaves in quiet hours"
        watch.moment = moment
        round_of(record, told)
        texts = [text for _, text in channels["sms"].sent]
        assert len(texts) <= 1
        return texts[0] if texts else ""

    return go


def fresh(record, booking):
    with record.read() as session:
        return session.get(Booking, booking.id)


def test_the_newest_word_counts(coming, say, morning, channels):
    assert say(coming[1], END + 20 * MINUTE) == Said(1, told=1)
    assert say(coming[1], END + 50 * MINUTE) == Said(1, known=1)
    assert "10:35到11:15" in morning(channels)


def test_without_a_newer_word_the_first_one_does(coming, say, morning, channels):
    say(coming[1], END + 20 * MINUTE)
    assert "10:05到10:45" in morning(channels)


@pytest.mark.parametrize("minutes", [0, 15, 24, 25, 26, 60, 180])
def test_never_a_time_that_is_over(coming, say, morning, channels, minutes, settings):
    say(coming[1], END + 20 * MINUTE)
    moment = END + 20 * MINUTE + minutes * MINUTE
    text = morning(channels, moment)
    now = f"{settings.clock.local(moment):%H:%M}"
    first, last = text.partition("预计")[2].partition("。")[0].split("到")
    assert now <= first
    assert now < last


def test_whose_crew_is_in_time_after_all_is_told_nothing(record, coming, say, morning, channels, rows):
    say(coming[1], END + 20 * MINUTE)
    assert say(coming[1], NINE + 20 * MINUTE) == Said(1, in_time=1)
    assert fresh(record, coming[1]).late_told_at is None
    assert morning(channels) == ""
    assert [m.state for m in rows(record, change="late")] == ["outdated"]


def test_whose_word_is_taken_back_by_a_new_plan_is_told_nothing(record, coming, say, morning, channels):
    say(coming[1], END + 20 * MINUTE)
    with record.write() as session:
        session.get(Booking, coming[1].id).expected_at = None
    assert morning(channels) == ""


@pytest.mark.parametrize("end", ["collected", "failed", "cancelled"])
def test_whose_crew_has_been_there_is_told_nothing(record, coming, say, morning, channels, end):
    say(coming[1], END + 20 * MINUTE)
    with record.write() as session:  # as it stands, without the message that tells of it
        booking = session.get(Booking, coming[1].id)
        booking.state, booking.reason, booking.ended_at = end, "absent", NIGHT
    assert morning(channels) == ""


def test_the_day_after_it_is_no_news(coming, say, morning, channels):
    say(coming[1], END + 20 * MINUTE)
    assert morning(channels, MORNING + timedelta(days=1)) == ""


def test_who_was_told_nothing_is_told_when_the_crew_is_late_again(record, coming, say, morning, channels, rows):
    say(coming[1], END + 20 * MINUTE)
    say(coming[1], None)
    assert say(coming[1], END + 30 * MINUTE) == Said(1, told=1)
    assert say(coming[1], END + 40 * MINUTE) == Said(1, known=1)
    assert "10:25到11:05" in morning(channels)
    assert sorted(m.state for m in rows(record, change="late")) == ["outdated", "sent"]
    assert say(coming[1], None, MORNING) == Said(1, in_time=1)
    assert say(coming[1], END + 30 * MINUTE, MORNING) == Said(1, known=1), "told once for this promise"
    assert fresh(record, coming[1]).late_told_at is not None


def test_of_a_booking_of_two_visits_the_one_that_is_still_late_counts(record, coming, say, morning, channels):
    with record.write() as session:
        session.get(Booking, coming[0].id).leg_of = coming[1].id
    say(coming[1], END + 20 * MINUTE)
    assert say(coming[0], END + 50 * MINUTE) == Said(1, known=1)
    assert say(coming[1], NINE + 20 * MINUTE) == Said(1, in_time=1)
    assert fresh(record, coming[1]).late_told_at == NIGHT, "the other crew is late still"
    assert "10:35到11:15" in morning(channels)
