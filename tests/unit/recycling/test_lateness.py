"""The dispatcher's word: who is told that a crew comes late, and who is not told twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from made_plans import MINUTE, NINE, make_plan

from recycling import audit, lateness, tracking
from recycling.accounts.actors import Actor, Role
from recycling.booking import Office, life, move
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.lateness import Said
from recycling.models import Booking, Message

DISPATCHER = Actor("person", "dispatcher-1", Role.DISPATCHER)
END = NINE + 60 * MINUTE  # of the window that all of them were promised
AT = NINE - 30 * MINUTE  # when it is said


@pytest.fixture
def route(record, booked):
    """Four bookings on one route, planned to begin at 08:30, 08:40, 08:50 (before an unload) and 09:10."""
    made = booked(record, 4)
    make_plan(record, made[3], 1, begins=NINE + 10 * MINUTE, before=made[:3])
    with record.write() as session:
        for booking in made:
            state(session, booking, "planned")
    return made


def state(session, booking, word):
    session.get(Booking, booking.id).state = word


def fresh(record, booking):
    with record.read() as session:
        return session.get(Booking, booking.id)


def told(record):
    with record.read() as session:
        query = sa.select(Message).where(Message.change == "late").order_by(Message.created_at)
        return session.scalars(query).all()


def expect(record, settings, booking, at, now=AT):
    return lateness.expect(record, settings, booking.depot_code, booking.service_day, booking.id, at, DISPATCHER, now)


def behind(record, settings, booking, minutes, now=AT, plate="T-BOX"):
    return lateness.behind(record, settings, booking.depot_code, booking.service_day, plate, minutes, DISPATCHER, now)


@pytest.mark.parametrize(("minutes", "is_told"), [(-11, False), (-10, False), (-9, True), (40, True)])
def test_it_is_told_from_ten_minutes_before_the_end_on(record, settings, route, minutes, is_told):
    said = expect(record, settings, route[3], END + minutes * MINUTE)
    assert said == (Said(1, told=1) if is_told else Said(1, in_time=1))
    assert len(told(record)) == is_told
    assert fresh(record, route[3]).expected_at == END + minutes * MINUTE


def test_the_message_says_the_band_and_leads_to_the_booking(record, settings, route):
    expect(record, settings, route[3], END + 20 * MINUTE)
    (message,) = told(record)
    assert message.figures["first"] == (END + 5 * MINUTE).isoformat()
    assert message.figures["last"] == (END + 45 * MINUTE).isoformat()
    assert message.link == f"/b/{route[3].token}"


def test_told_once_and_not_five_times(record, settings, route):
    outcomes = [expect(record, settings, route[3], END + k * 10 * MINUTE) for k in range(5)]
    assert outcomes == [Said(1, told=1), *[Said(1, known=1)] * 4]
    assert len(told(record)) == 1
    assert fresh(record, route[3]).expected_at == END + 40 * MINUTE


def test_of_twenty_who_say_it_at_once_one_tells(record, settings, route, at_once):
    found = at_once(*(lambda: expect(record, settings, route[3], END + 20 * MINUTE) for _ in range(20)))
    assert sorted(said.told for said in found) == [0] * 19 + [1], found
    assert len(told(record)) == 1


def test_what_was_said_is_written_down_once(record, settings, route):
    for _ in range(2):
        expect(record, settings, route[3], END)
    with record.read() as session:
        events = audit.events(session, "crew", route[3].id)
    assert [e.action for e in events] == ["crew.expected", "crew.told_late"]
    assert events[0].after == {"expected": END.isoformat()}
    assert events[0].actor_id == DISPATCHER.id


def test_a_word_can_be_taken_back(record, settings, route):
    expect(record, settings, route[3], END)
    assert expect(record, settings, route[3], None) == Said(1, in_time=1)
    assert fresh(record, route[3]).expected_at is None


def test_what_cannot_be_meant_is_refused(record, settings, route):
    for at, code in ((AT - MINUTE, "hour-over"), (NINE - 61 * MINUTE, "too-early")):
        with pytest.raises(BadRequestError) as caught:
            expect(record, settings, route[3], at, now=min(AT, at if code == "too-early" else AT))
        assert caught.value.faults[0].code == code
    with record.write() as session:
        state(session, route[0], "booked")
    with pytest.raises(ConflictError):
        expect(record, settings, route[0], END)
    with pytest.raises(NotFoundError):
        lateness.expect(record, settings, "DEP-02", route[1].service_day, route[1].id, END, DISPATCHER, AT)
    with pytest.raises(NotFoundError):
        behind(record, settings, route[0], 10, plate="T-VAN")
    for minutes in (-1, 601):
        with pytest.raises(BadRequestError):
            behind(record, settings, route[0], minutes)
    assert told(record) == []


def test_a_route_that_is_behind_tells_those_who_wait_too_long(record, settings, route):
    with record.write() as session:
        state(session, route[0], "on_the_way")
        visit = life.visits_of(session, route[1])[0]
        life.collected(session, visit, 5, DISPATCHER, AT)
    assert behind(record, settings, route[0], 75) == Said(4, told=2, in_time=1, changed=1)  # 09:45, -, 10:05, 10:25
    assert behind(record, settings, route[0], 90) == Said(4, told=1, known=2, changed=1)
    assert behind(record, settings, route[0], 20) == Said(4, in_time=3, changed=1)
    assert len(told(record)) == 3
    assert fresh(record, route[3]).expected_at == NINE + 30 * MINUTE
    assert behind(record, settings, route[0], 0) == Said(4, in_time=3, changed=1)
    assert fresh(record, route[3]).expected_at is None


def test_of_hours_that_are_over_nothing_is_said(record, settings, route):
    assert behind(record, settings, route[0], 0, now=NINE + 5 * MINUTE) == Said(4, in_time=3, over=1)


def test_one_message_of_a_booking_of_two_visits(record, settings, route):
    with record.write() as session:
        session.get(Booking, route[2].id).leg_of = route[3].id
    assert behind(record, settings, route[0], 90) == Said(4, told=3, known=1)
    assert len({message.subject for message in told(record)}) == len(told(record)) == 3
    assert fresh(record, route[3]).late_told_at == AT
    assert fresh(record, route[2]).late_told_at is None


def test_the_band_follows_the_word_until_the_booking_is_moved(record, settings, catalogue, fleet, route, now):
    secret = "a-secret"
    path = tracking.link(route[3], 1, secret, now, settings)

    def shown():
        with record.read() as session:
            return tracking.progress(session, path.removeprefix("/t/"), secret, settings, AT)

    assert (shown().band.first, shown().late) == (NINE - 5 * MINUTE, False)
    expect(record, settings, route[3], END + 20 * MINUTE)
    assert (shown().band.first, shown().band.last, shown().late) == (END + 5 * MINUTE, END + 45 * MINUTE, True)
    make_plan(record, route[3], 2)  # the link is of the version before; the word holds all the same
    assert (shown().replanned, shown().band.first) == (False, END + 5 * MINUTE)
    desk = Office(record, settings, catalogue, fleet)
    day = route[3].service_day + timedelta(days=2)
    moved = move(desk, fresh(record, route[3]), day, "13:00-15:00", DISPATCHER, AT)
    assert (moved.expected_at, moved.late_told_at) == (None, None)
    assert shown().replanned


def test_a_plan_that_is_made_anew_holds(record, settings, route):
    from recycling import dispatch

    expect(record, settings, route[3], END)
    make_plan(record, route[3], 2)
    with record.write() as session:
        plan = lateness.newest_plan(session, route[3].depot_code, route[3].service_day)
        dispatch.note_bookings(session, settings, plan, AT)
    assert fresh(record, route[3]).expected_at is None
    assert fresh(record, route[3]).late_told_at == AT  # nor is it told again for this promise
    assert expect(record, settings, route[3], END) == Said(1, known=1)
