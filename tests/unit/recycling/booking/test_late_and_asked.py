"""After the cut-off: what a delay opens again, and what residents ask the dispatcher for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling import audit, lateness
from recycling.booking import amend, answer, ask, askable, asked, cancel, life, move, rights, wish_of
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.models import AskedChange, Message

from .conftest import CLERK, CREW, RESIDENT, fresh, local

LATER = "13:00-15:00"


@pytest.fixture
def at(desk, day):
    """An hour at which nothing but cancelling is open: 09:30 in a window from 08:00 to 10:00."""
    return local(desk, day, "09:30")


@pytest.fixture
def late(taken, bring, now):
    """Return a function that makes a booking whose resident was told of a delay, in a state."""

    def make(desk, at, state="planned"):
        booking = bring(desk, taken(desk), state, now)
        lateness.expect(
            desk.database, desk.settings, booking.depot_code, booking.service_day, booking.id,
            at + timedelta(hours=1), CLERK, at,
        )  # fmt: skip
        return fresh(desk, booking)

    return make


def to_later(desk, booking, at):
    return move(desk, booking, booking.service_day + timedelta(days=2), LATER, RESIDENT, at)


def asked_of(desk, booking):
    with desk.database.read() as session:
        return asked.newest(session, booking.id)


def messages(desk):
    with desk.database.read() as session:
        return sorted(session.scalars(select(Message.change)))


def test_whoever_was_told_of_a_delay_may_move_after_the_cut_off(both, late, day):
    at = local(both, day, "09:30")
    booking = late(both, at)
    may = rights(both, booking, at)
    assert (may.move, may.cancel, may.late, may.amend) == (True, True, True, False)
    assert may.move_until == both.clock.midnight(day + timedelta(days=1))
    moved = to_later(both, booking, at)
    assert (moved.state, moved.expected_at, moved.late_told_at) == ("booked", None, None)
    assert not rights(both, moved, at).late


def test_a_delay_opens_cancelling_after_the_window_but_no_other_things(desk, late, day):
    at = local(desk, day, "09:30")
    booking, over = late(desk, at), local(desk, day, "10:20")
    with pytest.raises(ConflictError) as caught:
        amend(desk, booking, replace(wish_of(booking), note="ring twice"), RESIDENT, at)
    assert caught.value.faults[0].code == "too-late"
    assert cancel(desk, booking, "", RESIDENT, over).state == "cancelled"


@pytest.mark.parametrize("hour", ["09:30", "23:59"])
def test_without_a_delay_it_stays_closed(desk, taken, bring, now, day, hour):
    booking = bring(desk, taken(desk), "planned", now)
    assert not rights(desk, booking, local(desk, day, hour)).move
    with pytest.raises(ConflictError):
        to_later(desk, booking, local(desk, day, hour))


def test_the_next_day_a_delay_opens_nothing(desk, late, at, day):
    booking = late(desk, at)
    after = desk.clock.midnight(day + timedelta(days=1))
    assert not rights(desk, booking, after).move
    with pytest.raises(ConflictError):
        to_later(desk, booking, after)


def test_when_the_crew_is_on_its_way_a_delay_opens_only_asking(desk, late, at):
    booking = late(desk, at, "on_the_way")
    may = rights(desk, booking, at)
    assert (may.move, may.cancel, may.late) == (False, False, True)
    assert askable(desk, booking, at) == ("move", "cancel")
    for deed in (to_later, lambda desk, booking, at: cancel(desk, booking, "", RESIDENT, at)):
        with pytest.raises(ConflictError) as caught:
            deed(desk, booking, at)
        assert caught.value.faults[0].code == "wrong-state"


# -- asking --------------------------------------------------------------------------------------------------------


def test_only_what_cannot_be_done_without_is_asked(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk), "planned", now)
    assert askable(desk, booking, now) == ()
    assert askable(desk, booking, at) == ("move",)  # cancelling is open until the crew is on its way
    with pytest.raises(ConflictError):
        ask(desk, booking, "cancel", "", "key-of-a-form", RESIDENT, at)
    with pytest.raises(BadRequestError):
        ask(desk, booking, "refund", "", "key-of-a-form", RESIDENT, at)
    assert asked_of(desk, booking) is None


@pytest.mark.parametrize("state", ["collected", "settled", "failed", "cancelled"])
def test_nothing_is_asked_of_what_has_ended(desk, taken, bring, now, at, state):
    booking = bring(desk, taken(desk), state, now)
    with pytest.raises(ConflictError):
        ask(desk, booking, "move", "", "key-of-a-form", RESIDENT, at)


def test_twenty_at_once_ask_one_thing(both, taken, bring, now, day, at_once):
    booking, at = bring(both, taken(both), "planned", now), local(both, day, "09:30")
    found = at_once(
        *(lambda n=n: ask(both, booking, "move", "after five", f"form-{n % 4}-key", RESIDENT, at) for n in range(20))
    )
    assert len({one.id for one in found}) == 1, found
    with both.database.read() as session:
        assert len(session.scalars(select(AskedChange)).all()) == 1
        events = audit.events(session, "asked_change", found[0].id)
    assert [e.action for e in events] == ["wish.asked"]


def test_a_second_wish_takes_the_place_of_the_first(desk, late, at):
    booking = late(desk, at, "on_the_way")
    first = ask(desk, booking, "move", "tomorrow", "form-one-key", RESIDENT, at)
    second = ask(desk, booking, "cancel", "sold it", "form-two-key", RESIDENT, at)
    assert (second.id, asked_of(desk, booking).wish, asked_of(desk, booking).note) == (first.id, "cancel", "sold it")


@pytest.mark.parametrize("deed", ["move", "cancel", "collected", "failed"])
def test_what_is_done_closes_it(both, taken, bring, now, day, deed):
    booking, at = bring(both, taken(both), "planned", now), local(both, day, "09:30")
    ask(both, booking, "move", "", "key-of-a-form", RESIDENT, at)
    if deed == "move":
        move(both, fresh(both, booking), day + timedelta(days=2), LATER, CLERK, at)
    elif deed == "cancel":
        cancel(both, booking, "asked for", CLERK, at)
    else:
        bring_on = {"collected": lambda s, b: life.collected(s, b, 3, CREW, at)}
        bring_on["failed"] = lambda s, b: life.failed(s, b, "no_access", CREW, at)
        with both.database.write() as session:
            bring_on[deed](session, life.visits_of(session, booking)[0])
    found = asked_of(both, booking)
    assert found.outcome == {"move": "moved", "cancel": "cancelled"}.get(deed, "over")
    assert found.closed_at == at
    again = ask(both, booking, "move", "", "key-of-a-form", RESIDENT, at)
    assert (again.id, again.closed_at) == (found.id, at), "the same form again is the same wish"
    assert "answered" not in messages(both)


def test_staff_answer_once_and_the_resident_is_told(both, taken, bring, now, day):
    booking, at = bring(both, taken(both), "planned", now), local(both, day, "09:30")
    made = ask(both, booking, "move", "", "key-of-a-form", RESIDENT, at)
    with pytest.raises(BadRequestError):
        answer(both, made.id, " ", CLERK, at)
    for text in ("The crew is at your neighbour's", "something else"):
        answer(both, made.id, text, CLERK, at)
    found = asked_of(both, booking)
    assert (found.outcome, found.answer) == ("answered", "The crew is at your neighbour's")
    assert messages(both).count("answered") == 1
    assert fresh(both, booking).state == "planned"
    with pytest.raises(NotFoundError):
        answer(both, booking.id, "no", CLERK, at)


def test_open_ones_are_listed_by_their_hour_and_depot(desk, taken, bring, now, at):
    second = bring(desk, taken(desk, window="10:00-12:00", address="2栋"), "planned", now)
    first = bring(desk, taken(desk), "planned", now)
    for booking in (second, first):
        ask(desk, booking, "move", "", f"form-of-{booking.reference}", RESIDENT, at)
    with desk.database.read() as session:
        found = [about.reference for _, about in asked.all_open(session, "DEP-01")]
        assert asked.all_open(session, "DEP-02") == []
    assert found == [first.reference, second.reference]
