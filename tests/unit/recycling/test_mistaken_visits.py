"""A visit that was said to have come to nothing by mistake stands on its route again, and its resident is told once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from made_plans import MINUTE, NINE, make_plan

from recycling import audit, visiting
from recycling.accounts.actors import Actor, Role
from recycling.booking import life, need_of, offers, rebook
from recycling.booking.no_shows import no_shows
from recycling.errors import ConflictError, ForbiddenError
from recycling.models import Booking, Message, Slot
from recycling.notify import Answer, Outcome, load_texts, send_due

DISPATCHER = Actor("person", "dispatcher-1", Role.DISPATCHER, depots=frozenset({"DEP-01"}))
DRIVER = Actor("person", "driver-1", Role.DRIVER, depots=frozenset({"DEP-01"}))
AT = NINE - 30 * MINUTE
SECOND = timedelta(seconds=1)


class Post:
    """A channel that takes everything."""

    def send(self, phone, text, number):
        return Answer(Outcome.SENT, f"p-{number}")


@pytest.fixture
def route(record, booked):
    """Two bookings of one number on one route."""
    made = booked(record, 2)
    make_plan(record, made[1], 1, before=made[:1])
    with record.write() as session:
        for one in made:
            session.get(Booking, one.id).state = "planned"
    return made


@pytest.fixture
def say(record, settings):
    def call(word, booking, *reason, actor=DISPATCHER, now=AT):
        return getattr(visiting, word)(record, settings, booking.id, *reason, actor, now)

    return call


@pytest.fixture
def post(record, settings):
    """Return a function that sends what is due at a moment."""
    return lambda at: send_due(record, settings, load_texts(settings), {"post": Post()}, lambda: at)


def fresh(record, booking):
    with record.read() as session:
        return session.get(Booking, booking.id)


def told(record, word):
    with record.read() as session:
        return [m.state for m in session.scalars(sa.select(Message).where(Message.change == word))]


def slots(record):
    with record.read() as session:
        return {(s.service_day, s.window, s.people): (s.capacity, s.taken) for s in session.scalars(sa.select(Slot))}


def refused(error, code, call):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize("who", [DISPATCHER, DRIVER])
@pytest.mark.parametrize("state", ["planned", "on_the_way"])
def test_it_stands_on_its_route_as_before_and_the_log_says_who(record, say, route, who, state):
    if state == "on_the_way":
        say("set_off", route[0], actor=who, now=AT - 20 * MINUTE)
    before, room = fresh(record, route[0]), slots(record)
    say("failed", route[0], "absent", actor=who)
    for second in range(3):  # the same again changes nothing
        assert say("not_failed", route[0], actor=who, now=AT + second * SECOND).state == state
    after = fresh(record, route[0])
    kept = ("state", "reason", "ended_at", "working_start", "promise_start", "expected_at", "seconds")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.version == before.version + 2
    assert slots(record) == room
    with record.read() as session:
        event = audit.events(session, "booking", after.id)[-1]
        assert no_shows(session, after.phone) == 0
    assert (event.action, event.actor_id, event.before["reason"]) == ("booking.not_failed", who.id, "absent")


def test_the_resident_is_told_once_that_it_was_a_mistake(record, say, route, post):
    say("failed", route[0], "no_access", now=NINE)
    assert post(NINE + SECOND)["sent"] == 1
    for second in (2, 3):
        say("not_failed", route[0], now=NINE + second * SECOND)
    assert told(record, "not_failed") == ["waiting"]
    assert post(NINE + 4 * SECOND)["sent"] == 1
    say("failed", route[0], "vehicle", now=NINE + 5 * SECOND)
    assert told(record, "failed") == ["sent", "waiting"], "it may fail in earnest"


def test_nobody_is_told_of_a_mistake_of_which_nobody_heard(record, say, route):
    say("failed", route[0], "no_access")
    say("not_failed", route[0], now=AT + SECOND)
    assert (told(record, "failed"), told(record, "not_failed")) == (["outdated"], [])


def test_that_the_crew_comes_is_still_told_if_it_was_not(record, say, route):
    say("set_off", route[0])
    say("failed", route[0], "no_access", now=AT + 10 * SECOND)
    say("not_failed", route[0], now=AT + 20 * SECOND)
    assert told(record, "on_the_way") == ["outdated", "waiting"]


def test_it_can_be_taken_back_for_so_many_minutes(record, settings, say, route):
    short = settings.visit.mistaking
    assert short == timedelta(minutes=10)
    say("failed", route[0], "no_access")
    refused(ConflictError, "too-late", lambda: say("not_failed", route[0], now=AT + short))
    assert say("not_failed", route[0], now=AT + short - SECOND).state == "planned"
    say("failed", route[1], "no_access")
    visit = settings.visit.model_copy(update={"mistake_minutes": 30})
    longer = settings.model_copy(update={"visit": visit})
    assert visiting.not_failed(record, longer, route[1].id, DISPATCHER, AT + 29 * MINUTE).state == "planned"


def test_a_window_that_was_filled_meanwhile_promises_as_much_more(record, say, route):
    say("failed", route[0], "no_access")
    with record.write() as session:
        session.execute(sa.update(Slot).values(taken=Slot.capacity))
    full = slots(record)
    say("not_failed", route[0])
    booking = fresh(record, route[0])
    more = {key for key, row in slots(record).items() if row != full[key]}
    assert more == {(booking.service_day, booking.window, 1)}
    assert all(capacity >= taken for capacity, taken in slots(record).values())


def test_what_was_booked_anew_or_failed_otherwise_stays(record, office, say, route):
    desk = office(record)
    say("failed", route[0], "no_access")
    there = a_window(desk, route[0])
    made = rebook(desk, fresh(record, route[0]), there.day, there.span, "again-000001", DISPATCHER, AT)
    refused(ConflictError, "booked-anew", lambda: say("not_failed", route[0]))
    with record.write() as session:
        life.change(session, life.visits_of(session, made)[0], "cancelled", DISPATCHER, "booking.cancelled", AT)
    assert say("not_failed", route[0]).state == "planned"
    with record.write() as session:
        life.failed(session, life.visits_of(session, route[1])[0], life.REFUSED, DISPATCHER, AT)
    refused(ConflictError, "not-taken-back", lambda: say("not_failed", route[1]))


def a_window(desk, booking):
    with desk.database.read() as session:
        return next(o.window for o in offers(session, desk, need_of(desk, booking), AT))


def test_nothing_is_booked_in_place_of_a_visit_that_has_not_failed_after_all(record, office, say, route):
    desk = office(record)
    say("failed", route[0], "no_access")
    seen = fresh(record, route[0])
    there = a_window(desk, route[0])
    say("not_failed", route[0])
    refused(
        ConflictError, "not-failed", lambda: rebook(desk, seen, there.day, there.span, "again-000002", DISPATCHER, AT)
    )


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.DISPATCHER, Role.DRIVER, Role.ADMIN)])
def test_nobody_else_takes_it_back(say, route, role):
    say("failed", route[0], "no_access")
    whoever = Actor("person", "x", role, depots=frozenset({"DEP-01"}), phone=route[0].phone)
    refused(ForbiddenError, "forbidden", lambda: say("not_failed", route[0], actor=whoever))


@pytest.mark.parametrize("minutes", [0, 12])
def test_how_long_a_crew_waits_is_the_operators(record, settings, route, minutes):
    visit = settings.visit.model_copy(update={"wait_minutes": minutes})
    settings = settings.model_copy(update={"visit": visit})

    def absent(at):
        return visiting.failed(record, settings, route[0].id, "absent", DRIVER, at)

    begins = route[0].promise_start
    with pytest.raises(ConflictError) as caught:
        absent(begins + minutes * MINUTE - SECOND)
    assert caught.value.faults[0].values == {"minutes": minutes}
    assert absent(begins + minutes * MINUTE).state == "failed"


def test_a_crew_that_has_just_set_off_waits_as_long(record, settings, say, route):
    visit = settings.visit.model_copy(update={"wait_minutes": 12})
    settings = settings.model_copy(update={"visit": visit})
    say("set_off", route[0])
    early = AT + 12 * MINUTE - SECOND
    refused(ConflictError, "too-early", lambda: visiting.failed(record, settings, route[0].id, "absent", DRIVER, early))
    assert visiting.failed(record, settings, route[0].id, "absent", DRIVER, early + SECOND).state == "failed"
