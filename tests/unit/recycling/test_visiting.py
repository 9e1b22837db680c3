"""What a crew says of a visit: residents are told once, nobody is absent too early, and visits in vain are counted."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from made_plans import MINUTE, NINE, make_plan

from recycling import audit, dispatch, tracking, visiting
from recycling.accounts.actors import Actor, Role
from recycling.booking import cancel, life
from recycling.booking.no_shows import no_shows
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.figures import newest_plan
from recycling.models import Booking, Message
from recycling.notify import Answer, Outcome, load_texts, send_due

DISPATCHER = Actor("person", "dispatcher-1", Role.DISPATCHER, depots=frozenset({"DEP-01"}))
DRIVER = Actor("person", "driver-1", Role.DRIVER, depots=frozenset({"DEP-01"}))
RESIDENT = Actor("link", "resident")
AT = NINE - 30 * MINUTE  # 08:30, in a window that began at 08:00
SECOND = timedelta(seconds=1)


@pytest.fixture
def route(record, booked):
    """Three bookings of one number on one route, planned to begin at 08:30, 08:40 (before an unload) and 09:00."""
    made = booked(record, 3)
    make_plan(record, made[2], 1, before=made[:2])
    change(record, made, state="planned")
    return made


def change(record, bookings, **values):
    with record.write() as session:
        for booking in bookings:
            for name, value in values.items():
                setattr(session.get(Booking, booking.id), name, value)


def fresh(record, booking):
    with record.read() as session:
        return session.get(Booking, booking.id)


def messages(record, word):
    with record.read() as session:
        query = sa.select(Message).where(Message.change == word).order_by(Message.created_at)
        return session.scalars(query).all()


@pytest.fixture
def say(record, settings):
    """Return a function that says a word of a visit."""

    def call(word, booking, *reason, actor=DISPATCHER, now=AT):
        return getattr(visiting, word)(record, settings, booking.id, *reason, actor, now)

    return call


def refused(error, code, call):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize("who", [DISPATCHER, DRIVER])
def test_the_resident_is_told_once_that_the_crew_comes_and_between_when(record, say, route, who):
    for second in range(3):
        assert say("set_off", route[2], actor=who, now=AT + second * SECOND).state == "on_the_way"
    (message,) = messages(record, "on_the_way")
    assert message.booking_id == route[2].id
    assert (message.figures["first"], message.figures["last"]) == (
        (NINE - 15 * MINUTE).isoformat(),
        (NINE + 25 * MINUTE).isoformat(),
    )
    assert message.link.startswith("/t/")
    assert message.due_at == AT + visiting.UNDO
    assert fresh(record, route[2]).state == "on_the_way"


def test_the_hours_follow_what_the_dispatcher_said_and_are_never_over(record, say, route):
    change(record, route[2:], expected_at=NINE + 10 * MINUTE)
    say("set_off", route[2])
    say("set_off", route[0], now=NINE + 40 * MINUTE)  # planned at 08:30, which is over
    told = {m.booking_id: m.figures for m in messages(record, "on_the_way")}
    assert told[route[2].id]["first"] == (NINE - 5 * MINUTE).isoformat()
    assert told[route[0].id]["first"] == (NINE + 40 * MINUTE).isoformat()
    assert told[route[0].id]["last"] > told[route[0].id]["first"]


def test_whoever_waits_sees_the_stops_before_and_cancels_no_more(record, settings, office, say, route):
    path = tracking.link(route[2], 1, "a-secret", AT, settings)

    def stops_before():
        with record.read() as session:
            return tracking.progress(session, path.removeprefix("/t/"), "a-secret", settings, AT).stops_before

    assert stops_before() is None
    say("set_off", route[2])
    assert stops_before() == 2
    say("failed", route[0], "no_access")
    assert stops_before() == 1
    with pytest.raises(ConflictError):
        cancel(office(record), fresh(record, route[2]), "", RESIDENT, AT)
    assert cancel(office(record), fresh(record, route[1]), "", RESIDENT, AT).state == "cancelled"


def test_it_is_taken_back_within_a_minute_and_nobody_is_told(record, say, route):
    say("set_off", route[2])
    assert say("turned_back", route[2], now=AT + visiting.UNDO - SECOND).state == "planned"
    assert say("turned_back", route[2], now=AT + visiting.UNDO).state == "planned"
    assert [m.state for m in messages(record, "on_the_way")] == ["outdated"]
    say("set_off", route[2], now=AT + 5 * MINUTE)
    assert [m.state for m in messages(record, "on_the_way")] == ["outdated", "waiting"]
    refused(ConflictError, "told-already", lambda: say("turned_back", route[2], now=AT + 6 * MINUTE))
    assert fresh(record, route[2]).state == "on_the_way"


def test_the_message_waits_for_the_minute(record, settings, say, route):
    class Post:
        """A channel that takes everything."""

        def send(self, phone, text, number):
            return Answer(Outcome.SENT, f"p-{number}")

    say("set_off", route[2])
    texts = load_texts(settings)

    def tried(at):
        return send_due(record, settings, texts, {"post": Post()}, lambda: at)["sent"]

    assert tried(AT + visiting.UNDO - SECOND) == 0
    assert tried(AT + visiting.UNDO) == 1


@pytest.mark.parametrize("reason", ["no_access", "not_taken", "absent", "other"])
def test_a_visit_that_comes_to_nothing_is_told_once_with_a_link_to_book_anew(record, say, route, reason):
    for second in range(3):
        assert say("failed", route[0], reason, actor=DRIVER, now=AT + second * SECOND).state == "failed"
    found = fresh(record, route[0])
    assert (found.reason, found.ended_at) == (reason, AT)
    (message,) = messages(record, "failed")
    assert message.link == f"/b/{route[0].token}"
    assert message.figures["reason"] == reason


def test_what_was_told_of_the_way_leaves_no_more_when_it_came_to_nothing(record, say, route):
    say("set_off", route[0])
    say("failed", route[0], "no_access", now=AT + 10 * SECOND)
    assert [m.state for m in messages(record, "on_the_way")] == ["outdated"]


@pytest.mark.parametrize("minutes", [-60, -1, 0, 4])
def test_nobody_is_absent_before_the_window_and_five_minutes(record, say, route, minutes):
    start = route[0].promise_start
    say("set_off", route[0], now=start - 70 * MINUTE)
    refused(ConflictError, "too-early", lambda: say("failed", route[0], "absent", now=start + minutes * MINUTE))
    assert fresh(record, route[0]).state == "on_the_way"
    assert messages(record, "failed") == []
    assert say("failed", route[0], "absent", now=start + 5 * MINUTE).state == "failed"


def test_a_crew_that_has_just_set_off_has_not_waited(record, say, route):
    say("set_off", route[0])
    refused(ConflictError, "too-early", lambda: say("failed", route[0], "absent", now=AT + 5 * MINUTE - SECOND))
    assert say("failed", route[0], "absent", now=AT + 5 * MINUTE).state == "failed"


def test_visits_in_vain_are_counted(record, say, route):
    counts = []
    for booking, reason in zip(route, ("absent", "vehicle", "absent"), strict=True):
        say("failed", booking, reason, now=NINE)
        with record.read() as session:
            counts.append(no_shows(session, booking.phone))
    assert counts == [1, 1, 2]


def test_its_room_is_free_again(record, say, route):
    from recycling.models import Slot

    def used():
        with record.read() as session:
            return session.scalar(sa.select(sa.func.sum(Slot.taken)))

    before = used()
    say("failed", route[0], "no_access")
    assert used() < before


def test_what_cannot_be_meant_is_refused(record, settings, say, route):
    day = timedelta(days=1)
    refused(ConflictError, "not-today", lambda: say("set_off", route[0], now=AT - day))
    refused(ConflictError, "not-today", lambda: say("set_off", route[0], now=AT + day))
    refused(ConflictError, "day-to-come", lambda: say("failed", route[0], "vehicle", now=AT - day))
    for reason in ("", "refused", "missed", "no such"):
        refused(BadRequestError, "no-reason", lambda reason=reason: say("failed", route[0], reason))
    refused(
        ConflictError,
        "told-already",
        lambda: (change(record, route[:1], state="on_the_way"), say("turned_back", route[0])),
    )
    change(record, route[:1], state="booked")
    refused(ConflictError, "not-coming", lambda: say("set_off", route[0]))
    refused(ConflictError, "not-coming", lambda: say("failed", route[0], "vehicle"))
    say("failed", route[1], "vehicle")
    for word, *reason in (("set_off",), ("turned_back",), ("failed", "no_access")):
        refused(ConflictError, "not-coming", lambda word=word, reason=reason: say(word, route[1], *reason))
    with record.write() as session:
        life.collected(session, life.visits_of(session, route[2])[0], 5, DISPATCHER, AT)
    refused(ConflictError, "not-coming", lambda: say("failed", route[2], "absent", now=NINE))


def test_dispatchers_say_it_of_days_that_are_over_and_crews_only_on_the_day(record, say, route):
    later = AT + timedelta(days=2)
    for word, *reason in (("set_off",), ("turned_back",), ("failed", "vehicle"), ("number",)):
        refused(
            ForbiddenError,
            "not-today",
            lambda word=word, reason=reason: say(word, route[0], *reason, actor=DRIVER, now=later),
        )
    assert say("failed", route[0], "other", now=later).state == "failed"


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.DISPATCHER, Role.DRIVER, Role.ADMIN)])
def test_nobody_else_says_it_nor_crews_of_another_depot(say, route, role):
    whoever = Actor("person", "x", role, depots=frozenset({"DEP-01"}), phone=route[0].phone)
    elsewhere = Actor("person", "y", Role.DRIVER, depots=frozenset({"DEP-02"}))
    for who in (whoever, elsewhere):
        for word, *reason in (("set_off",), ("turned_back",), ("failed", "vehicle"), ("number",)):
            refused(ForbiddenError, "forbidden", lambda w=word, r=reason, who=who: say(w, route[0], *r, actor=who))


def test_of_a_booking_of_two_visits_each_ends_by_itself_and_the_crew_is_told_of_once(record, say, route):
    change(record, route[1:2], leg_of=route[2].id)
    say("set_off", route[1])
    say("set_off", route[2], now=AT + SECOND)
    (message,) = messages(record, "on_the_way")
    assert message.booking_id == route[2].id
    say("turned_back", route[1], now=AT + 2 * SECOND)
    assert messages(record, "on_the_way")[0].state == "waiting"  # the other crew still comes
    say("failed", route[1], "too_much")
    (told,) = messages(record, "failed")
    assert (told.booking_id, told.figures["reason"]) == (route[1].id, "too_much")
    assert fresh(record, route[2]).state == "on_the_way"


def test_a_day_that_is_planned_anew_keeps_the_door_that_a_crew_is_on_its_way_to(record, settings, say, route):
    say("set_off", route[2])
    say("failed", route[0], "vehicle")
    make_plan(record, route[2], 2, begins=NINE + 30 * MINUTE)
    with record.write() as session:
        orders = dispatch.orders_of(session, "DEP-01", route[2].service_day)
        assert {booking.id for booking in orders.bookings} == {route[1].id, route[2].id}
        plan = newest_plan(session, "DEP-01", route[2].service_day)
        dispatch.note_bookings(session, settings, plan, AT)
    assert [fresh(record, booking).state for booking in route] == ["failed", "booked", "on_the_way"]


def test_who_saw_the_number_is_written_down(record, say, route):
    assert say("number", route[0], actor=DRIVER) == route[0].phone
    with record.read() as session:
        seen = audit.events(session, "booking", route[0].id)[-1]
    assert (seen.action, seen.actor_id, seen.at) == ("caller.seen", DRIVER.id, AT)


def test_a_visit_is_found_by_what_people_call_it(record, route):
    spoken = f" {route[0].reference[:4].lower()} {route[0].reference[4:]}"
    assert visiting.key_of(record, spoken) == route[0].id
    refused(NotFoundError, "no-booking", lambda: visiting.key_of(record, "NOBODY"))


def test_of_twenty_who_say_it_at_once_one_tells(record, say, route, at_once):
    found = at_once(*(lambda: say("set_off", route[2]) for _ in range(20)))
    assert {visit.state for visit in found} == {"on_the_way"}, found
    assert len(messages(record, "on_the_way")) == 1
