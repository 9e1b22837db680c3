"""The waiting list: the longest wait first, two hours each, then the next; and never a dead end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from judges.slots import forget
from sqlalchemy import select, update
from trial_counts import so_many

from recycling.booking import (
    accept,
    book,
    cancel,
    need_of,
    offer_what_is_free,
    offers,
    renew,
    wait,
    ways,
    withdraw,
)
from recycling.booking.capacity import make_rows
from recycling.booking.checks import checked
from recycling.booking.waiting import owner_of
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.models import Booking, Hold, Message, Slot, Waiting

from .conftest import RESIDENT, local


@pytest.fixture
def full(taken, day):
    """Return a function that fills every window of every open day but for one booking, and returns that."""

    def fill(desk, **changes):
        booking = taken(desk, **changes)
        with desk.database.write() as session:
            make_rows(session, desk, "DEP-01", [day + timedelta(days=n) for n in range(14)])
            session.execute(update(Slot).values(capacity=Slot.taken))
        return booking

    return fill


@pytest.fixture
def small_wish(wish, now, day):
    """Return a function that lets somebody wait for a small visit, as number so many."""
    return lambda desk, number: wait(
        desk, wish(items={"paper": 2}), day, f"a-place-{number}", now + timedelta(seconds=number)
    )


def states(desk):
    with desk.database.read() as session:
        return [w.state for w in session.scalars(select(Waiting).order_by(Waiting.asked_at))]


def reload(desk, waiting):
    with desk.database.read() as session:
        return session.get_one(Waiting, waiting.id)


def test_what_becomes_free_goes_to_the_first_whom_it_fits(both, full, wish, now, day):
    booking = full(both)
    wishes = (wish(items={"paper": 40}), wish(), wish())
    two = [wait(both, w, day, f"a-place-{n}", now + timedelta(minutes=n)) for n, w in enumerate(wishes)]
    others = wish(items={"paper": 2}, phone="13900139000")
    third = wait(both, others, day, "a-place-3", now + timedelta(minutes=3))
    last = wait(both, others, day, "a-place-4", now + timedelta(minutes=4))
    at = now + timedelta(minutes=5)
    assert offer_what_is_free(both, at) == []
    cancel(both, booking, "", RESIDENT, at)
    (offered,) = offer_what_is_free(both, at)
    assert offered.id == third.id, "those before need more than what became free"
    assert (offered.offered_day, offered.offered_window) == (day, "08:00-10:00")
    assert offered.until == at + timedelta(hours=2)
    assert [reload(both, w).state for w in (*two, last)] == ["waiting"] * 4
    with both.database.read() as session:
        (message,) = session.scalars(select(Message).where(Message.change == "waiting_offer"))
        assert message.phone == third.phone


def test_after_two_hours_it_goes_to_the_next(both, full, small_wish, now, day):
    booking = full(both)
    first, second = (small_wish(both, n) for n in (0, 1))
    cancel(both, booking, "", RESIDENT, now)
    assert [w.id for w in offer_what_is_free(both, now)] == [first.id]
    before = now + timedelta(minutes=119)
    assert offer_what_is_free(both, before) == []
    after = now + timedelta(minutes=120)
    for call in (lambda: accept(both, first.token, after), lambda: accept(both, second.token, after)):
        with pytest.raises(ConflictError) as caught:
            call()
        assert caught.value.faults[0].code == "offer-ended"
    assert [w.id for w in offer_what_is_free(both, after)] == [second.id]
    assert states(both) == ["lapsed", "offered"]
    made = accept(both, second.token, after + timedelta(minutes=119))
    assert (made.channel, made.service_day, made.window) == ("waiting", day, "08:00-10:00")
    assert accept(both, second.token, after + timedelta(days=1)).id == made.id
    assert states(both) == ["lapsed", "booked"]
    with both.database.read() as session:
        assert session.scalars(select(Hold)).all() == []


def test_an_offer_ends_when_its_day_closes(desk, full, wish, now, day):
    booking = full(desk)
    place = wait(desk, wish(items={"paper": 2}), day, "my-place", now)
    evening = local(desk, day - timedelta(days=1), "19:30")
    cancel(desk, booking, "", RESIDENT, evening)
    (offered,) = offer_what_is_free(desk, evening)
    assert offered.until == local(desk, day - timedelta(days=1), "20:00")
    assert accept(desk, place.token, evening + timedelta(minutes=29)).service_day == day


def test_ten_who_accept_at_once_get_one_booking(both, full, wish, now, day, at_once):
    booking = full(both)
    place = wait(both, wish(items={"paper": 2}), day, "my-place", now)
    cancel(both, booking, "", RESIDENT, now)
    offer_what_is_free(both, now)
    found = at_once(*(lambda: accept(both, place.token, now) for _ in range(10)))
    assert {type(f) for f in found} == {Booking}, found
    assert len({f.id for f in found}) == 1


def test_two_who_offer_at_once_offer_a_window_once(both, full, wish, now, day, at_once):
    booking = full(both)
    for number in range(3):
        wait(both, wish(items={"paper": 2}), day, f"a-place-{number}", now + timedelta(seconds=number))
    cancel(both, booking, "", RESIDENT, now)
    found = at_once(*(lambda: offer_what_is_free(both, now) for _ in range(4)))
    assert sum(len(f) for f in found) == 1, found
    assert states(both) == ["offered", "waiting", "waiting"]


def test_what_was_accepted_and_cut_off_half_way_is_not_offered_again(desk, full, wish, now, day):
    booking = full(desk)
    place = wait(desk, wish(items={"paper": 2}), day, "my-place", now)
    cancel(desk, booking, "", RESIDENT, now)
    (offered,) = offer_what_is_free(desk, now)
    made = book(
        desk, wish(items={"paper": 2}), owner_of(place), now, "waiting"
    )  # as accept does, then the machine stops
    assert offer_what_is_free(desk, offered.until) == []
    kept = reload(desk, place)
    assert (kept.state, kept.booking_id) == ("booked", made.id)


def test_a_wish_that_cannot_be_served_any_more_does_not_stop_the_others(desk, full, wish, now, day, with_items):
    booking = full(desk)
    old = wait(desk, wish(items={"glass": 1}), day, "a-place-0", now)
    wait(desk, wish(items={"paper": 2}), day, "a-place-1", now + timedelta(seconds=1))
    items = {code: item for code, item in desk.catalogue.items.items() if code != "glass"}
    catalogue = with_items(desk.catalogue, items)
    cancel(desk, booking, "", RESIDENT, now)
    assert len(offer_what_is_free(replace(desk, catalogue=catalogue), now)) == 1
    assert reload(desk, old).state == "waiting"


def test_whoever_leaves_the_list_gives_back_what_was_kept(both, full, small_wish, now):
    booking = full(both)
    first, second = (small_wish(both, n) for n in (0, 1))
    cancel(both, booking, "", RESIDENT, now)
    offer_what_is_free(both, now)
    for _ in range(2):
        withdraw(both, first.token, now)
    assert [w.id for w in offer_what_is_free(both, now)] == [second.id]
    with pytest.raises(NotFoundError):
        withdraw(both, "no-such-link", now)


def test_the_page_of_an_offer_does_not_shorten_it(both, full, wish, now, day):
    booking = full(both)
    place = wait(both, wish(items={"paper": 2}), day, "my-place", now)
    cancel(both, booking, "", RESIDENT, now)
    (offered,) = offer_what_is_free(both, now)
    with both.database.write() as session:
        assert renew(session, both, owner_of(place), now + timedelta(minutes=1)).until == offered.until


def test_once_asked_is_one_place_and_another_wish_needs_another_form(both, wish, now, day):
    one = wait(both, wish(), day, "my-place", now)
    assert wait(both, wish(), day, "my-place", now + timedelta(days=1)).id == one.id
    with pytest.raises(ConflictError) as caught:
        wait(both, wish(floor=1), day, "my-place", now)
    assert caught.value.faults[0].code == "key-used"


def test_ten_who_ask_at_once_with_one_form_have_one_place(both, wish, now, day, at_once):
    found = at_once(*(lambda: wait(both, wish(), day, "my-place", now) for _ in range(10)))
    assert {type(f) for f in found} == {Waiting}, found
    assert len({f.id for f in found}) == 1


def test_those_who_want_a_call_are_offered_nothing_and_days_that_are_over_end_the_wait(desk, wish, now, day):
    wait(desk, wish(), day, "a-place-0", now, call_back=True)
    wait(desk, wish(floor=1), day + timedelta(days=3), "a-place-1", now + timedelta(seconds=1))
    assert [w.state for w in offer_what_is_free(desk, now)] == ["offered"]
    assert states(desk) == ["waiting", "offered"]
    assert offer_what_is_free(desk, local(desk, day + timedelta(days=1), "00:00")) == []
    assert states(desk) == ["lapsed", "lapsed"]


def test_a_wish_is_checked_before_it_waits(desk, wish, now, day):
    with pytest.raises(BadRequestError) as caught:
        wait(desk, wish(phone="110", items={}), day, "my-place", now)
    assert {f.where for f in caught.value.faults} == {"phone", "items"}
    assert states(desk) == []


def test_a_load_for_two_trucks_waits_and_is_offered_room_for_both(desk, wish, now, day):
    place = wait(desk, wish(items={"fridge": 12, "washer": 20}), day + timedelta(days=7), "my-place", now)
    (offered,) = offer_what_is_free(desk, now)
    with desk.database.read() as session:
        (hold,) = session.scalars(select(Hold))
    made = accept(desk, place.token, now)
    with desk.database.read() as session:
        legs = session.scalars(select(Booking)).all()
    assert (made.service_day, len(legs)) == (offered.offered_day, 2)
    assert sum(leg.seconds for leg in legs) == hold.seconds


def test_the_list_is_open_when_no_day_is(desk, wish, day):
    settings = desk.settings.model_copy(
        update={"service": desk.settings.service.model_copy(update={"horizon_days": 1})}
    )
    evening = local(desk, day - timedelta(days=1), "21:00")
    place = wait(replace(desk, settings=settings), wish(day=None, window=""), day, "my-place", evening)
    assert place.first_day == day


# -- never a dead end --------------------------------------------------------------------------------------------------


@hypothesis_settings(
    max_examples=so_many(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    taken_shares=st.lists(st.sampled_from([0.0, 0.3, 0.9, 0.99, 1.0]), min_size=8, max_size=8),
    items=st.dictionaries(st.sampled_from(["fridge", "paper", "washer"]), st.integers(1, 99), min_size=1),
    hour=st.integers(0, 24 * 15),
    lon=st.floats(107.461, 107.500),
)
def test_whatever_the_demand_there_is_a_way(desk, wish, now, day, taken_shares, items, hour, lon):
    """Full days, small and huge loads, near and far, any hour: windows that fit, or the list and a call; no error."""
    at = now + timedelta(hours=hour)
    forget(desk.database)
    request = wish(items=items, lon=lon, lat=31.21)
    with desk.database.write() as session:
        make_rows(session, desk, "DEP-01", [day + timedelta(days=n) for n in range(30)])
        for crew, share in enumerate(taken_shares):
            rows = update(Slot).where(
                Slot.people == 1 + crew % 2, Slot.window == desk.settings.service.windows[crew // 2]
            )
            session.execute(rows.values(capacity=Slot.capacity * (1 - share)))
    with desk.database.read() as session:
        need = need_of(desk, checked(session, desk, request, at, open_only=False))
        found = offers(session, desk, need, at)
        out = ways(session, desk, need, found, at)
    ways_out = [*out.windows, *out.calls, *(["waiting"] if out.waiting else []), *(["call"] if out.call_back else [])]
    assert ways_out
    assert list(out.windows) == found[:3]
    if found:
        first = found[0].window
        made = book(desk, replace(request, day=first.day, window=first.span), "a-key-of-mine", at, "demo")
        assert made.state == "booked", "what is offered can be booked"
    else:
        waiting = wait(desk, request, day + timedelta(days=30), "a-key-of-mine", at)
        assert waiting.state == "waiting"
