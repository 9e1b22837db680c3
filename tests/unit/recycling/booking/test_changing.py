"""Moving, amending and cancelling: every state of a booking, every hour, residents and staff."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from recycling.booking import (
    Window,
    WindowFullError,
    amend,
    cancel,
    keep,
    move,
    need_of,
    rights,
    wish_of,
)
from recycling.booking.offers import seconds_of
from recycling.errors import BadRequestError, ConflictError
from recycling.models import Hold, Slot
from recycling.settings import load_settings

from .conftest import CLERK, CREW, RESIDENT, STEPS, fresh, history, local, traces, visits

OPEN = ("booked", "planned")
HOURS = ("long before", "after 20:00 the day before", "in the window", "after the window")


def hours(desk, now, day):
    return {
        "long before": now,
        "after 20:00 the day before": local(desk, day - timedelta(days=1), "20:00"),
        "in the window": local(desk, day, "09:59"),
        "after the window": local(desk, day, "10:00"),
    }


def moved(desk, booking, actor, at):
    return move(desk, booking, booking.service_day + timedelta(days=2), "13:00-15:00", actor, at)


def amended(desk, booking, actor, at):
    return amend(desk, booking, replace(wish_of(booking), items={"paper": 5}, note="ring twice"), actor, at)


def cancelled(desk, booking, actor, at):
    return cancel(desk, booking, "we are away", actor, at)


ACTIONS = {"move": moved, "amend": amended, "cancel": cancelled}
LAST_HOUR = {"move": "after 20:00 the day before", "amend": "after 20:00 the day before", "cancel": "after the window"}
"""From which hour on a resident may not any more."""


def expected(action, state, hour, actor):
    """What must come of it: a code, or the state afterwards."""
    if (action, state, actor) == ("cancel", "on_the_way", CLERK):
        return "cancelled"
    if state not in OPEN:
        return "cancelled" if (action, state) == ("cancel", "cancelled") else "wrong-state"
    if actor is RESIDENT and HOURS.index(hour) >= HOURS.index(LAST_HOUR[action]):
        return "too-late"
    return {"move": "booked", "cancel": "cancelled", "amend": state}[action]


@pytest.mark.parametrize("state", STEPS)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_state_hour_and_person(desk, taken, bring, now, day, action, state):
    number = 0
    for hour, at in hours(desk, now, day).items():
        for actor in (RESIDENT, CLERK):
            booking = bring(desk, taken(desk, address=f"{number}栋"), state, now)
            number += 1
            before = traces(desk)
            what = expected(action, state, hour, actor)
            if what in ("wrong-state", "too-late"):
                with pytest.raises(ConflictError) as caught:
                    ACTIONS[action](desk, booking, actor, at)
                assert [f.code for f in caught.value.faults] == [what], (hour, actor)
                assert traces(desk) == before
                continue
            done = ACTIONS[action](desk, booking, actor, at)
            assert done.state == what, (hour, actor)
            if state == "cancelled":
                assert traces(desk) == before
                continue
            assert done.version == booking.version + 1
            last = history(desk, booking)[-1]
            assert (last.actor_kind, last.actor_id, last.at) == (actor.kind, actor.id, at)
            assert last.action == {"move": "booking.moved", "amend": "booking.amended"}.get(action, "booking.cancelled")
            may = rights(desk, booking, at)
            if actor is RESIDENT:
                assert may.cancel if action == "cancel" else may.move


@pytest.mark.parametrize("action", ACTIONS)
def test_once_more_is_the_same_answer_and_leaves_no_trace(both, taken, now, day, action):
    booking = taken(both)
    seen_twice = fresh(both, booking)
    first = ACTIONS[action](both, booking, RESIDENT, now)
    before = traces(both)
    late = local(both, day, "12:00") if action == "cancel" else local(both, day - timedelta(days=1), "21:00")
    if action == "amend":
        again = amended(both, first, RESIDENT, now)
        with pytest.raises(ConflictError):  # but not from a page that shows something else
            amend(both, seen_twice, replace(wish_of(booking), note="other"), RESIDENT, now)
    else:
        again = ACTIONS[action](both, seen_twice, RESIDENT, now)
    repeated = move(both, first, first.service_day, first.window, RESIDENT, late) if action == "move" else again
    assert (again.id, again.version, again.state) == (first.id, first.version, first.state)
    assert repeated.version == first.version
    assert traces(both) == before


def test_twenty_at_once_move_it_once(both, taken, now, at_once):
    booking = taken(both)
    found = at_once(*(lambda: moved(both, booking, RESIDENT, now) for _ in range(20)))
    assert {f.version for f in found} == {2}, found
    assert [e.action for e in history(both, booking)] == ["booking.made", "booking.moved"]


def test_a_page_that_is_out_of_date_changes_nothing(both, taken, now, day):
    old = taken(both)
    move(both, old, day, "13:00-15:00", CLERK, now)
    before = traces(both)
    for change in (
        lambda: move(both, old, day, "08:00-10:00", RESIDENT, now),
        lambda: move(both, old, day, "15:00-17:00", RESIDENT, now),
        lambda: amended(both, old, RESIDENT, now),
    ):
        with pytest.raises((ConflictError, BadRequestError)) as caught:
            change()
        assert caught.value.faults[0].code == "changed-meanwhile"
    assert traces(both) == before


def test_two_who_change_places_at_once_do_not_block_each_other(both, taken, now, day, at_once):
    spans = ("08:00-10:00", "10:00-12:00")
    pairs = [(taken(both, window=spans[n % 2], address=f"{n}栋"), spans[1 - n % 2]) for n in range(8)]
    found = at_once(*(lambda b=b, to=to: move(both, b, day, to, RESIDENT, now) for b, to in pairs))
    assert [f.window for f in found] == [to for _, to in pairs], found


def test_forms_that_change_their_windows_at_once_do_not_block_each_other(both, taken, now, day, at_once):
    need = need_of(both, taken(both))
    spans = ("08:00-10:00", "10:00-12:00", "13:00-15:00")

    def change(form):
        for turn in range(6):
            with both.database.write() as session:
                window = Window("DEP-01", day, spans[(form + turn) % 3])
                keep(session, both, f"the-form-{form}", need, window, 60, now)
        return "done"

    assert at_once(*(lambda n=n: change(n) for n in range(6))) == ["done"] * 6


# -- moving ------------------------------------------------------------------------------------------------------------


def test_a_full_window_leaves_the_booking_where_it_is(both, taken, now, day):
    booking = taken(both)
    taken(both, window="10:00-12:00")
    with both.database.write() as session:
        session.execute(update(Slot).where(Slot.window == "10:00-12:00").values(capacity=Slot.taken))
    before = traces(both)
    with pytest.raises(WindowFullError):
        move(both, booking, day, "10:00-12:00", RESIDENT, now)
    assert traces(both) == before
    assert fresh(both, booking).window == "08:00-10:00"


def test_a_window_that_is_kept_is_used_although_the_neighbours_went(both, taken, now, day):
    booking = taken(both)
    neighbour = taken(both, window="10:00-12:00", lon=107.4732, lat=31.203)
    there = Window("DEP-01", day, "10:00-12:00")
    with both.database.read() as session:
        need = need_of(both, booking)
        seconds = seconds_of(session, both, need, there, "the-form-of-mine")
    with both.database.write() as session:
        keep(session, both, "the-form-of-mine", need, there, seconds, now)
    cancel(both, neighbour, "", RESIDENT, now)
    with both.database.write() as session:
        session.execute(update(Slot).where(Slot.window == "10:00-12:00").values(capacity=Slot.taken))
    assert move(both, booking, day, "10:00-12:00", RESIDENT, now, owner="the-form-of-mine").seconds == seconds
    with both.database.read() as session:
        assert session.scalars(select(Hold)).all() == []


@pytest.mark.parametrize(
    ("days", "span", "code"),
    [(0, "11:00-12:00", "unknown-window"), (-1, "08:00-10:00", "past"), (15, "08:00-10:00", "too-far")],
)
def test_windows_that_are_none(desk, taken, now, day, days, span, code):
    booking = taken(desk)
    with pytest.raises(BadRequestError) as caught:
        move(desk, booking, day + timedelta(days=days), span, RESIDENT, now)
    assert [f.code for f in caught.value.faults] == [code]


# -- amending ----------------------------------------------------------------------------------------------------------


def test_more_things_take_more_of_the_window_and_less_give_back(both, taken, now):
    booking = taken(both)
    more = amend(both, booking, replace(wish_of(booking), items={"paper": 9}), RESIDENT, now)
    assert more.seconds > booking.seconds
    less = amend(both, more, wish_of(booking), RESIDENT, now)
    assert less.seconds == booking.seconds, "the way to the door is still in it"
    assert [(line.item, line.pieces) for line in less.lines] == [("paper", 2)]
    told = history(both, booking)[1]
    assert (told.before["items"], told.after["items"]) == ({"paper": 2}, {"paper": 9})


def test_a_thing_for_two_takes_of_the_crews_of_two(both, taken, now):
    booking = taken(both)
    two = amend(both, booking, replace(wish_of(booking), items={"fridge": 1}), RESIDENT, now)
    assert (booking.people, two.people) == (1, 2)


def test_another_door_has_another_way(desk, taken, now):
    booking = taken(desk)
    far = amend(desk, booking, replace(wish_of(booking), lon=107.46, lat=31.19), RESIDENT, now)
    assert far.seconds > booking.seconds


def test_what_the_window_has_no_room_for_is_no_amendment(desk, taken, now):
    booking = taken(desk)
    before = traces(desk)
    with pytest.raises(WindowFullError):
        amend(desk, booking, replace(wish_of(booking), items={"fridge": 99, "washer": 99}), RESIDENT, now)
    assert traces(desk) == before


def test_a_place_of_another_depot_is_no_amendment(desk, taken, now):
    booking = taken(desk)
    before = traces(desk)
    with pytest.raises(ConflictError) as caught:
        amend(desk, booking, replace(wish_of(booking), community="B-001", lon=None, lat=None), RESIDENT, now)
    assert caught.value.faults[0].code == "needs-new-booking"
    assert traces(desk) == before


def test_an_amendment_is_no_move(desk, taken, now, day):
    booking = taken(desk)
    with pytest.raises(BadRequestError) as caught:
        amend(desk, booking, replace(wish_of(booking), window="10:00-12:00"), RESIDENT, now)
    assert caught.value.faults[0].code == "not-a-move"


def test_all_that_a_wish_says_is_amended(desk, taken, now):
    booking = taken(desk)
    wanted = replace(
        wish_of(booking),
        address="8栋",
        floor=1,
        lift=True,
        standing="gate",
        height_limit=2.5,
        scene="shop",
        trade_in="TI-7",
        contact="李先生",
        phone="13900139000",
        note="the blue door",
    )
    with pytest.raises(ConflictError, match="stays with the booking"):
        amend(desk, booking, wanted, RESIDENT, now)
    done = amend(desk, booking, wanted, CLERK, now)
    assert wish_of(done) == replace(wanted, phone="+8613900139000")
    assert done.reference == booking.reference


# -- cancelling --------------------------------------------------------------------------------------------------------


def test_a_cancelled_booking_gives_its_room_back_and_keeps_the_reason(both, taken, now):
    booking = taken(both, items={"fridge": 1})
    done = cancel(both, booking, " sold\x00 it\n" + "x" * 200, RESIDENT, now)
    assert done.reason.startswith("sold it x")
    assert len(done.reason) == 120
    assert done.ended_at == now
    with both.database.read() as session:
        assert {s.taken for s in session.scalars(select(Slot))} == {0}


def test_operators_set_the_hours(taken, sqlite_record, office, now, day):
    settings = load_settings(booking={"cancel_until": "2 hours before the window", "move_until": "the window begins"})
    desk = replace(office(sqlite_record), settings=settings)
    booking = taken(desk)
    may = rights(desk, booking, now)
    assert may.cancel_until == local(desk, day, "06:00")
    assert may.move_until == local(desk, day, "08:00")
    with pytest.raises(ConflictError):
        cancel(desk, booking, "", RESIDENT, local(desk, day, "06:00"))
    assert cancel(desk, booking, "", CREW, local(desk, day, "06:00")).state == "cancelled"
    assert visits(desk, booking)[0].state == "cancelled"


def test_what_is_taken_no_longer_can_still_be_moved_and_cancelled(desk, taken, with_items, now, day):
    booking = taken(desk, items={"glass": 2, "paper": 2})
    left = {code: item for code, item in desk.catalogue.items.items() if code != "glass"}
    later = replace(desk, catalogue=with_items(desk.catalogue, left))
    there = move(later, booking, day, "13:00-15:00", RESIDENT, now)
    assert [line.item for line in there.lines] == ["glass", "paper"]
    assert cancel(later, there, "", RESIDENT, now).state == "cancelled"
