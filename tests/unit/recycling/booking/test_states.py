"""A booking's states: only along the arrows, each step counted, written down and told; and the plan's part in it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.booking import cancel, life
from recycling.booking.life import NEXT
from recycling.errors import ConflictError
from recycling.models import Message, Slot
from recycling.models.booking import ENDED, STATES

from .conftest import CLERK, CREW, RESIDENT, STEPS, fresh, history, traces, visits

TAKES_NOTHING = ("failed", "cancelled")


def test_the_arrows_lead_to_known_states_and_out_of_no_end_but_to_settled_or_back_from_a_mistake():
    assert set(NEXT) == set(STATES)
    assert {to for following in NEXT.values() for to in following} <= set(STATES)
    assert {state: NEXT[state] for state in ENDED} == {
        "collected": ("settled",),
        "failed": ("planned", "on_the_way"),
        "cancelled": (),
        "settled": (),
    }


def into(desk, booking, state, now):
    with desk.database.write() as session:
        visit = life.visits_of(session, booking)[0]
        life.change(session, visit, state, CREW, "booking.tried", now, reason="why")


@pytest.mark.parametrize("state", STATES)
def test_from_each_state_into_each(desk, taken, bring, now, state):
    for wanted in STATES:
        booking = bring(desk, taken(desk), state, now)
        before = traces(desk)
        if wanted not in NEXT[state]:
            with pytest.raises(ConflictError) as caught:
                into(desk, booking, wanted, now)
            assert caught.value.faults[0].code == "wrong-state"
            assert traces(desk) == before
            continue
        into(desk, booking, wanted, now)
        done = fresh(desk, booking)
        assert (done.state, done.version) == (wanted, booking.version + 1)
        assert (done.ended_at is not None) == (wanted in ENDED)
        assert [e.number for e in history(desk, booking)] == list(range(1, done.version + 1))


@pytest.mark.parametrize("state", STEPS)
def test_a_visit_takes_of_its_window_until_it_fails_or_is_cancelled(desk, taken, bring, now, state):
    booking = bring(desk, taken(desk, items={"fridge": 1}), state, now)
    with desk.database.read() as session:
        rows = {s.people: s.taken for s in session.scalars(select(Slot).where(Slot.window == "08:00-10:00"))}
    assert set(rows.values()) == {0 if state in TAKES_NOTHING else booking.seconds}


def test_each_step_says_who_took_it(desk, taken, bring, now):
    booking = bring(desk, taken(desk), "settled", now)
    assert [(e.action, e.actor_id, e.actor_role) for e in history(desk, booking)] == [
        ("booking.made", "", ""),
        ("booking.planned", "plan", ""),
        ("booking.on_the_way", "driver-1", "driver"),
        ("booking.collected", "driver-1", "driver"),
        ("booking.settled", "settle", ""),
    ]


def test_one_message_for_each_kind_of_change_and_none_for_a_change_nobody_made(desk, taken, bring, now):
    booking = bring(desk, taken(desk), "planned", now)
    with desk.database.write() as session:
        visit = life.visits_of(session, booking)[0]
        life.planned(session, [(visit, visit.working_start, visit.working_end)], now)
    assert fresh(desk, booking).version == booking.version
    bring(desk, booking, "cancelled", now)
    cancel(desk, booking, "", CLERK, now)
    with desk.database.read() as session:
        assert sorted(m.change for m in session.scalars(select(Message))) == ["booked", "cancelled", "planned_window"]


def test_a_plan_that_lets_go_of_a_visit_gives_it_its_whole_window_again(desk, taken, bring, now):
    booking = bring(desk, taken(desk), "planned", now)
    assert booking.working_end < booking.promise_end
    with desk.database.write() as session:
        life.unplanned(session, life.visits_of(session, booking)[0], now)
    done = fresh(desk, booking)
    assert (done.state, done.working_start, done.working_end) == ("booked", done.promise_start, done.promise_end)
    with desk.database.write() as session:
        life.unplanned(session, life.visits_of(session, booking)[0], now)
    assert fresh(desk, booking).version == done.version


def test_somebody_who_saw_an_older_booking_changes_nothing(both, taken, now):
    booking = taken(both)
    with both.database.read() as session:
        old = life.visits_of(session, booking, lock=False)[0]
    with both.database.write() as session:
        life.set_off(session, life.visits_of(session, booking)[0], old.promise_start, old.promise_end, CREW, now)
    before = traces(both)
    with pytest.raises(ConflictError) as caught, both.database.write() as session:
        life.failed(session, old, "no_access", CREW, now)
    assert caught.value.faults[0].code == "changed-meanwhile"
    assert traces(both) == before


def test_cancelled_and_set_off_at_once_one_of_them_wins(both, taken, now, at_once):
    booking = taken(both)

    def set_off():
        with both.database.write() as session:
            visit = life.visits_of(session, booking)[0]
            life.set_off(session, visit, visit.promise_start, visit.promise_end, CREW, now)

    found = at_once(lambda: cancel(both, booking, "", RESIDENT, now), set_off)
    assert sum(isinstance(f, ConflictError) for f in found) == 1, found
    assert fresh(both, booking).state in ("cancelled", "on_the_way")


def test_a_window_that_lies_in_the_past_is_no_bar_to_the_crew_s_words(desk, taken, bring, now):
    late = now + timedelta(days=3)
    booking = bring(desk, taken(desk), "collected", late)
    assert booking.ended_at == late
    assert [v.state for v in visits(desk, booking)] == ["collected"]
