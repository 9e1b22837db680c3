"""Village rounds: waiting for a quorum or a date, one day for all who wait, and nobody lost or doubled."""

import multiprocessing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from recycling import audit, deliveries, rounds
from recycling.accounts.actors import Actor, Role, system
from recycling.booking import book, cancel
from recycling.booking.capacity import make_rows
from recycling.booking.days import closes_at
from recycling.db import Database
from recycling.deliveries import OrderWish
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.models import Booking, Message, RoundDay, RoundPlace, Slot, TradeInOrder, VillageRound
from recycling.rounds import RoundWish
from recycling.rounds.asking import key_of

DISPATCHER = Actor("person", "dispatcher-1", Role.DISPATCHER, frozenset({"DEP-01"}))
STRANGER = Actor("person", "dispatcher-2", Role.DISPATCHER, frozenset({"DEP-02"}))
CLERK = Actor("person", "clerk-1", Role.CLERK, frozenset({"DEP-01"}))
SHOP = system("orders")
EVERY_DAY = RoundWish("东线", ("社区A-001",), every_days=1, quorum=3, latest_days=8)


@pytest.fixture
def kept(now):
    """Return a function that defines a round, of three orders if the test says nothing else."""
    count = iter(range(100))

    def make(desk, actor=DISPATCHER, **changes):
        return rounds.make_round(desk, replace(EVERY_DAY, **changes), f"a-round-{next(count)}", actor, now)

    return make


@pytest.fixture
def asks(wish, now):
    """Return a function that lets household so many wait."""

    def make(desk, number, at=now, **changes):
        sound = {
            "items": {"paper": 2},
            "phone": f"138{number:08d}",
            "address": f"{number}号",
            "day": None,
            "window": "",
            "different": False,
        }
        return rounds.wait_for_round(desk, wish(**{**sound, **changes}), f"asks-{number}-{at.timestamp():.0f}", at)

    return make


def order(number="SO-1", **changes):
    sound = {
        "external": number, "contact": "王女士", "phone": "13900139000", "community": "A-001", "lon": None, "lat": None,
        "address": "荷叶村9号", "floor": 1, "lift": False, "new_item": "fridge", "day": None, "window": "",
        "old_items": {"fridge": 1},
    }  # fmt: skip
    return OrderWish(**{**sound, **changes})


def send(desk, wish, now, shop="家电城"):
    with desk.database.write() as session:
        return rounds.wait_with_order(session, desk, wish, shop, SHOP, now)


def all_of(desk, kind):
    with desk.database.read() as session:
        return session.scalars(select(kind)).all()


def told(desk):
    with desk.database.read() as session:
        return sorted(session.scalars(select(Message.change).where(Message.state != "outdated")))


def place(desk, key):
    with desk.database.read() as session:
        return session.get_one(RoundPlace, key)


def fill(desk, day, left=0):
    """Leave so many seconds of room in every window."""
    with desk.database.write() as session:
        make_rows(session, desk, "DEP-01", [day + timedelta(days=n) for n in range(14)])
        session.execute(update(Slot).values(capacity=Slot.taken + left))


def test_a_round_waits_for_its_quorum_and_then_all_are_booked_on_one_day(both, kept, asks, now):
    found = kept(both)
    first, second = asks(both, 1), asks(both, 2)
    assert rounds.tend_rounds(both, now) == []
    assert all_of(both, Booking) == []
    with both.database.read() as session:
        there = rounds.gathered(session, both, found, now)
    assert (there.have, there.quorum, there.enough, there.latest) == (2, 3, False, first.latest_on)
    third = asks(both, 3)
    (made,) = rounds.tend_rounds(both, now)
    bookings = all_of(both, Booking)
    assert made.why == "quorum"
    assert {(b.service_day, b.state, b.depot_code) for b in bookings} == {(made.day, "booked", "DEP-01")}
    assert {place(both, one.id).booking_id for one in (first, second, third)} == {b.id for b in bookings}
    assert told(both).count("booked_round") == 3
    with both.database.read() as session:
        assert [event.action for event in audit.events(session, "round", found.id)] == ["round.made", "round.goes"]
        deeds = [event.action for event in audit.events(session, "round-place", first.id)]
        (event,) = audit.events(session, "booking", place(both, first.id).booking_id)
    assert deeds == ["round.asked", "round.placed"]
    assert event.after["round"] == "东线"
    assert rounds.tend_rounds(both, now) == []
    assert len(all_of(both, Booking)) == 3


def test_a_quorum_in_kilograms_counts_what_outlets_bring(desk, kept, asks, now):
    kept(desk, unit="kg", quorum=100)
    asks(desk, 1, items={"paper": 2})
    assert rounds.tend_rounds(desk, now) == []
    asks(desk, 2, items={"fridge": 2}, scene="shop")
    (made,) = rounds.tend_rounds(desk, now)
    assert (made.why, made.asked) == ("quorum", 2)


def test_without_its_quorum_it_goes_by_the_date_that_was_promised(desk, kept, asks, now):
    kept(desk, quorum=50)
    asked = asks(desk, 1)
    assert asked.latest_on == desk.clock.today(now) + timedelta(days=8)
    early = now + timedelta(days=5)
    assert rounds.tend_rounds(desk, early) == []
    (made,) = rounds.tend_rounds(desk, now + timedelta(days=6))
    assert made.why == "date"
    assert made.day <= asked.latest_on
    (booking,) = all_of(desk, Booking)
    assert booking.service_day == made.day


def test_the_day_is_one_on_which_the_round_can_go(desk, kept, asks, now):
    weekday = (desk.clock.today(now) + timedelta(days=4)).weekday()
    kept(desk, every_days=0, weekdays=(weekday,), quorum=1, latest_days=10)
    asks(desk, 1)
    (made,) = rounds.tend_rounds(desk, now)
    assert made.day.weekday() == weekday


def test_whoever_asks_when_the_day_is_set_rides_along(desk, kept, asks, now):
    kept(desk, quorum=2)
    asks(desk, 1)
    asks(desk, 2)
    (made,) = rounds.tend_rounds(desk, now)
    late = asks(desk, 3)
    assert rounds.tend_round(desk, late.round_id, now) is None
    assert place(desk, late.id).state == "placed"
    assert {b.service_day for b in all_of(desk, Booking)} == {made.day}


def test_a_full_fleet_is_not_promised_twice_and_nobody_is_lost(desk, kept, asks, day, now):
    kept(desk, quorum=2)
    waiting = [asks(desk, 1), asks(desk, 2)]
    fill(desk, day)
    assert rounds.tend_rounds(desk, now) == []
    assert [(p.state, p.trouble) for p in (place(desk, one.id) for one in waiting)] == [("waiting", "no-room")] * 2
    over = closes_at(desk.settings, waiting[0].latest_on)
    fill(desk, day + timedelta(days=14))
    rounds.tend_rounds(desk, over)
    rounds.tend_rounds(desk, over + timedelta(minutes=2))
    assert {place(desk, one.id).trouble for one in waiting} == {"no-room"}
    assert told(desk).count("round_late") == 2, "told once"
    fill(desk, day + timedelta(days=7), left=40_000)
    assert len(rounds.tend_rounds(desk, over + timedelta(minutes=4))) == 1
    assert {place(desk, one.id).state for one in waiting} == {"placed"}


def test_a_thing_that_is_taken_no_longer_holds_up_nobody_else(desk, kept, asks, with_items, now):
    kept(desk, quorum=2)
    stuck, sound = asks(desk, 1, items={"fridge": 1}), asks(desk, 2)
    items = {code: item for code, item in desk.catalogue.items.items() if code != "fridge"}
    less = replace(desk, catalogue=with_items(desk.catalogue, items))
    assert len(rounds.tend_rounds(less, now)) == 1
    assert (place(desk, stuck.id).state, place(desk, stuck.id).trouble) == ("waiting", "things")
    assert place(desk, sound.id).state == "placed"
    rounds.tend_rounds(desk, now)
    assert place(desk, stuck.id).state == "placed", "it is taken again"


def test_some_go_when_there_is_no_room_for_all_and_the_longest_waiting_first(desk, kept, asks, day, now):
    kept(desk, quorum=3)
    waiting = [asks(desk, number, at=now + timedelta(seconds=number)) for number in (1, 2, 3)]
    fill(desk, day)
    with desk.database.write() as session:
        session.execute(update(Slot).where(Slot.window == "08:00-10:00").values(capacity=Slot.taken + 1100))
    assert len(rounds.tend_rounds(desk, now + timedelta(minutes=1))) == 1
    states = [place(desk, one.id).state for one in waiting]
    assert states[0] == "placed"
    assert states[2] == "waiting", states


def test_a_far_village_gets_its_round_although_nobody_there_gets_a_window(desk, kept, asks, now):
    near = desk.settings.model_copy(
        update={"booking": desk.settings.booking.model_copy(update={"longest_way_minutes": 0.001})}
    )
    far = replace(desk, settings=near)
    kept(far, quorum=2)
    asks(far, 1)
    asks(far, 2)
    assert len(rounds.tend_rounds(far, now)) == 1
    assert len(all_of(far, Booking)) == 2


def test_who_waits_may_leave_and_then_counts_no_more(desk, kept, asks, now):
    kept(desk, quorum=2)
    gone, stays = asks(desk, 1), asks(desk, 2)
    for _ in range(2):
        assert rounds.leave(desk, gone.token, now).state == "left"
    assert rounds.tend_rounds(desk, now) == []
    assert told(desk).count("round_left") == 1
    asks(desk, 3)
    rounds.tend_rounds(desk, now)
    with pytest.raises(ConflictError) as refused:
        rounds.leave(desk, stays.token, now)
    assert refused.value.faults[0].code == "round-placed"
    booking = next(b for b in all_of(desk, Booking) if b.id == place(desk, stays.id).booking_id)
    assert cancel(desk, booking, "", CLERK, now).state == "cancelled"


def test_a_booking_whose_note_was_cut_off_is_neither_doubled_nor_left(desk, kept, asks, wish, now, day):
    kept(desk, quorum=2)
    asked = asks(desk, 1)
    from recycling.booking import BookingRequest

    again = replace(BookingRequest.from_json(asked.wish), day=day, window="08:00-10:00")
    made = book(desk, again, key_of(asked), now)  # and the process is killed before it says so
    with pytest.raises(ConflictError):
        rounds.leave(desk, asked.token, now)
    asks(desk, 2)
    rounds.tend_rounds(desk, now)
    assert place(desk, asked.id).booking_id == made.id
    assert len(all_of(desk, Booking)) == 2


def test_the_same_is_asked_for_once(desk, kept, asks, now):
    kept(desk)
    first = asks(desk, 1)
    assert asks(desk, 1).id == first.id, "the same form again"
    with pytest.raises(ConflictError) as refused:
        asks(desk, 1, at=now + timedelta(minutes=1))
    assert refused.value.faults[0].code == "duplicate"
    assert asks(desk, 1, at=now + timedelta(minutes=1), different=True).id != first.id
    with pytest.raises(ConflictError) as refused:
        asks(desk, 1, items={"paper": 3})
    assert refused.value.faults[0].code == "key-used"


def test_no_round_serves_another_village(desk, kept, asks):
    kept(desk)
    with pytest.raises(BadRequestError) as refused:
        asks(desk, 1, community="A-002")
    assert refused.value.faults[0].code == "no-round-here"


def test_a_shop_s_order_waits_and_its_old_thing_comes_back_with_the_round(both, kept, asks, now):
    kept(both, quorum=2)
    assert send(both, order(), now)[0] == "taken"
    assert send(both, order(), now)[0] == "known"
    assert send(both, order(note="后门"), now)[0] == "changed"
    assert all_of(both, TradeInOrder) == []
    asks(both, 1)
    (made,) = rounds.tend_rounds(both, now)
    (sent,) = all_of(both, TradeInOrder)
    assert (sent.service_day, sent.state, sent.old_item, sent.note) == (made.day, "open", "fridge", "后门")
    (waited,) = [one for one in all_of(both, RoundPlace) if one.kind == "order"]
    assert (waited.state, waited.order_id) == ("placed", sent.id)
    assert {"order_taken", "booked_round"} <= set(told(both))
    with pytest.raises(ConflictError) as refused:
        send(both, order(), now)
    assert refused.value.faults[0].code == "order-dated"


def test_an_order_that_is_sent_for_a_day_of_its_own_waits_no_longer(desk, kept, day, now):
    found = kept(desk, quorum=2)
    send(desk, order(), now)
    with desk.database.write() as session:
        dated = deliveries.checked(session, desk, order(day=day, window="09:00-12:00"), "家电城", now)
        deliveries.enter(session, desk, dated, SHOP, now)
    rounds.tend_rounds(desk, now)
    (waited,) = all_of(desk, RoundPlace)
    assert waited.state == "left"
    with desk.database.read() as session:
        assert rounds.gathered(session, desk, found, now).orders == 0
    assert len(all_of(desk, TradeInOrder)) == 1


def test_a_shop_takes_its_order_back_while_it_waits(desk, kept, now):
    kept(desk)
    send(desk, order(), now)
    with desk.database.write() as session:
        assert rounds.leave_order(session, desk, "家电城", "SO-1", SHOP, now).state == "left"
    with desk.database.read() as session, pytest.raises(NotFoundError):
        rounds.order_waiting(session, "别家", "SO-1")
    assert send(desk, order(), now)[0] == "taken", "and it may be sent anew"


def test_a_dispatcher_lets_it_go_without_its_quorum(desk, kept, asks, now):
    found = kept(desk, quorum=50)
    with pytest.raises(ConflictError):
        rounds.decide(desk, found.id, DISPATCHER, now)
    asks(desk, 1)
    for other in (STRANGER, CLERK):
        with pytest.raises(ForbiddenError):
            rounds.decide(desk, found.id, other, now)
    assert rounds.decide(desk, found.id, DISPATCHER, now).why == "decided"
    assert len(all_of(desk, Booking)) == 1


def test_a_round_that_ends_takes_nobody_new_and_still_goes_for_who_waits(desk, kept, asks, now):
    found = kept(desk)
    asks(desk, 1)
    for _ in range(2):
        rounds.end_round(desk, found.id, DISPATCHER, now)
    with pytest.raises(BadRequestError):
        asks(desk, 2)
    assert len(rounds.tend_rounds(desk, now + timedelta(days=6))) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "no-name"),
        ({"places": ()}, "no-places"),
        ({"places": ("无名村",)}, "unknown-community"),
        ({"every_days": 0}, "no-rhythm"),
        ({"weekdays": (1,)}, "no-rhythm"),
        ({"quorum": 0}, "bad-quorum"),
        ({"unit": "litres"}, "unknown-unit"),
        ({"every_days": 7}, "bad-latest"),
        ({"notice_days": 0}, "bad-notice"),
    ],
)
def test_a_round_that_could_not_keep_its_word_is_refused(desk, kept, changes, code):
    with pytest.raises(BadRequestError) as refused:
        kept(desk, **changes)
    assert code in {fault.code for fault in refused.value.faults}
    assert all_of(desk, VillageRound) == []


def test_a_town_stands_for_its_villages_and_changes_take_turns(desk, kept, now):
    found = kept(desk, places=("社区A-001 · 示例镇",))
    wider = replace(EVERY_DAY, places=("A-001", "社区A-002"), quorum=9)
    changed = rounds.change_round(desk, found.id, 1, wider, DISPATCHER, now)
    assert (changed.communities, changed.quorum) == (["A-001", "A-002"], 9)
    with pytest.raises(ConflictError) as refused:
        rounds.change_round(desk, found.id, 1, wider, DISPATCHER, now)
    assert refused.value.faults[0].code == "changed-meanwhile"
    with pytest.raises(BadRequestError) as refused:
        kept(desk, places=("示例镇",))
    assert refused.value.faults[0].code == "several-depots"


def tend_apart(url, office_parts, now, barrier):
    database = Database(url)
    barrier.wait(30)
    rounds.tend_rounds(replace(office_parts, database=database), now)
    database.close()


def test_two_processes_make_one_day_and_one_booking_each(both, kept, asks, now):
    kept(both, quorum=4)
    for number in range(4):
        asks(both, number)
    send(both, order(), now)
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    url = both.database.engine.url.render_as_string(hide_password=False)
    both.database.close()
    processes = [context.Process(target=tend_apart, args=(url, both, now, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    rounds.tend_rounds(both, now)  # what one of them left to the next tick
    assert len(all_of(both, RoundDay)) == 1
    assert len(all_of(both, Booking)) == 4
    assert len(all_of(both, TradeInOrder)) == 1
    assert {one.state for one in all_of(both, RoundPlace)} == {"placed"}
    with both.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.change == "booked_round")) == 4
