"""Shops' orders and truck calls of a day that is closed later: where they could go, moved and told, or left."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from icalendar import Calendar
from sqlalchemy import select, update
from structlog.testing import capture_logs

from recycling import audit, clock, deliveries
from recycling.accounts.actors import Actor, Role
from recycling.booking.capacity import Window, WindowFullError, beyond, make_rows
from recycling.booking.workload import Fit
from recycling.cli import main
from recycling.closed_days import (
    Standing,
    call_proposals,
    move_calls,
    move_orders,
    order_proposals,
    standing_on_closed,
)
from recycling.deliveries import OrderWish
from recycling.exports.call_calendar import call_feed
from recycling.holidays import Closed, Holidays
from recycling.jobs import tell_closed
from recycling.models import Call, Message, Slot, TradeInOrder
from recycling.notify import load_texts
from recycling.timetable.calls import cancel_call, lay_out

from .conftest import CLERK, local

DAY = timedelta(days=1)
SHOP = "家电城"
SENDER = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01"}))


@pytest.fixture
def close(monkeypatch):
    """Return a function that closes days for a counter."""

    def shut(desk, *days):
        spans = tuple(Closed(**{"from": each, "zh": "暴雨", "en": "Storm"}) for each in days)
        monkeypatch.setitem(vars(desk.settings), "holidays", Holidays(closed=spans))

    return shut


@pytest.fixture
def order(day, now):
    """Return a function that takes an order of a shop, for the day and from nine to twelve."""

    def send(desk, number="SO-1", **changes):
        sound = {
            "external": number, "contact": "王女士", "phone": "13900139000", "community": "A-001", "lon": None,
            "lat": None, "address": f"{number}号", "floor": 1, "lift": False, "new_item": "fridge", "day": day,
            "window": "09:00-12:00", "old_items": {"fridge": 1},
        }  # fmt: skip
        with desk.database.write() as session:
            draft = deliveries.checked(session, desk, OrderWish(**{**sound, **changes}), SHOP, now)
            return deliveries.enter(session, desk, draft, SENDER, now)[1]

    return send


@pytest.fixture
def call(day):
    """Return a function that puts a call of a truck, on the day at nine where the test says nothing else."""

    def put(desk, community="A-001", on=day, hour="09:00", plate="T-BOX", **changes):
        with desk.database.write() as session:
            made = Call(
                depot_code="DEP-01", community_code=community, service_day=on, starts_at=local(desk, on, hour),
                dwell_minutes=60, expected_kg=50, expected_litres=900, lon=107.47, lat=31.2, plate=plate,
                mark=f"{community}/{on}/{hour}/{plate}", **changes,
            )  # fmt: skip
            session.add(made)
            session.flush()
            return made

    return put


def orders_of(desk, day, now):
    with desk.database.read() as session:
        return order_proposals(session, desk, "DEP-01", day, now)


def calls_of(desk, day, now):
    with desk.database.read() as session:
        return call_proposals(session, desk, "DEP-01", day, now)


def again(desk, kept):
    with desk.database.read() as session:
        return session.get_one(type(kept), kept.id)


def told(desk, change):
    with desk.database.read() as session:
        return session.scalars(select(Message).where(Message.change == change)).all()


# -- orders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "3月5日周四停运（暴雨），家电城原定09:00–12:00的送货（SO-1）改到3月6日周五 09:00–12:00上门，请留人。"),
        ("en", "Nobody drives on Thu 5 Mar (Storm). 家电城: your delivery SO-1 of 09:00-12:00 is now on Fri 6 Mar"),
    ],
)
def test_an_order_comes_on_the_next_day_at_its_hours_and_its_customer_reads_why(
    both, order, close, day, now, language, said
):
    made = order(both, language=language)
    close(both, day)
    found = orders_of(both, day, now)
    assert [(one.order.id, one.day, one.reason) for one in found] == [(made.id, day + DAY, "")]
    done = move_orders(both, day, found, CLERK, now)
    assert (done.asked, done.moved, done.left) == (1, 1, {})
    moved = again(both, made)
    assert (moved.service_day, moved.version) == (day + DAY, 2)
    assert (moved.promise_start, moved.promise_end) == (made.promise_start + DAY, made.promise_end + DAY)
    (message,) = told(both, "order_moved_closed")
    assert said in load_texts(both.settings).say(message.change, message.language, message.figures, message.link)
    assert {m.state for m in told(both, "order_taken")} == {"outdated"}
    with both.database.read() as session:
        assert [e.action for e in audit.events(session, "order", made.id)] == ["order.taken", "order.changed"]
    assert orders_of(both, day, now) == []
    done = move_orders(both, day, found, CLERK, now)  # once more, by a second click
    assert (done.moved, done.left) == (0, {"changed": 1})
    assert again(both, made).version == 2


def test_the_second_visit_moves_with_its_order(desk, order, close, day, now, monkeypatch):
    rules = desk.settings.deliveries.model_copy(update={"old_goods": "return"})
    monkeypatch.setitem(vars(desk.settings), "deliveries", rules)
    made = order(desk)
    assert made.fetch_start is not None
    close(desk, day)
    move_orders(desk, day, orders_of(desk, day, now), CLERK, now)
    moved = again(desk, made)
    assert (moved.fetch_start, moved.fetch_end) == (made.fetch_start + DAY, made.fetch_end + DAY)
    assert [m.figures["start"] for m in told(desk, "order_fetch") if m.state == "waiting"] == [
        moved.fetch_start.isoformat()
    ]


def test_a_day_without_room_is_passed_over_and_the_guard_has_the_last_word(desk, order, close, day, now):
    made = order(desk)
    close(desk, day)
    seen = orders_of(desk, day, now)
    with desk.database.write() as session:  # filled by bookings meanwhile, up to the last second
        make_rows(session, desk, "DEP-01", [day + DAY])
        session.execute(update(Slot).where(Slot.service_day == day + DAY).values(taken=Slot.capacity))
    assert [one.day for one in orders_of(desk, day, now)] == [day + 2 * DAY]
    done = move_orders(desk, day, seen, CLERK, now)
    assert (done.moved, done.left) == (0, {"no_window": 1})
    assert again(desk, made).service_day == day, "nothing of it was written"
    with desk.database.read() as session:
        assert not beyond(session, desk, Window("DEP-01", day + DAY, "08:00-10:00"), Fit(2))
    with desk.database.write() as session:
        session.execute(update(Slot).where(Slot.service_day == day + DAY).values(taken=0))


def filled(desk, order, day):
    """Fill the first window of a day with orders, and return how many that took."""
    for n in range(99):
        try:
            order(desk, f"THERE-{n}", day=day, window="08:00-10:00")
        except WindowFullError:
            return n
    raise AssertionError("it is never full")


def test_what_one_day_has_no_room_for_goes_to_the_day_after(desk, order, close, day, now):
    made = [order(desk, f"SO-{n}", window="08:00-10:00") for n in range(2)]
    many = filled(desk, order, day + DAY)
    with desk.database.write() as session:  # room for one of the two
        last = deliveries.the_order(session, SHOP, f"THERE-{many - 1}", lock=True)
        deliveries.cancel(session, desk, last, "", SENDER, now)
    close(desk, day)
    found = orders_of(desk, day, now)
    days = [one.day for one in found]
    assert days == [day + DAY, day + 2 * DAY]
    done = move_orders(desk, day, found, CLERK, now)
    assert (done.moved, done.left) == (len(made), {})
    with desk.database.read() as session:
        for each in sorted(set(days)):
            assert not beyond(session, desk, Window("DEP-01", each, "08:00-10:00"), Fit(2))


def test_an_order_on_the_way_or_without_an_open_day_is_left(desk, order, close, day, now):
    going, stays = order(desk), order(desk, "SO-2")
    with desk.database.write() as session:
        session.execute(update(TradeInOrder).where(TradeInOrder.id == going.id).values(set_off_at=now))
    close(desk, *(day + n * DAY for n in range(desk.settings.service.horizon_days + 1)))
    found = orders_of(desk, day, now)
    assert {(one.order.id, one.reason) for one in found} == {(going.id, "on_the_way"), (stays.id, "no_window")}
    done = move_orders(desk, day, found, CLERK, now)
    assert (done.moved, done.left) == (0, {"on_the_way": 1, "no_window": 1})
    close(desk)
    assert orders_of(desk, day, now) == [], "an open day"


# -- truck calls ---------------------------------------------------------------------------------------------------


def test_a_call_takes_place_on_the_next_day_and_says_from_when_it_was_moved(both, call, close, day, now):
    made = call(both, state="cancelled", reason="暴雨", reason_en="Storm")
    close(both, day)
    found = calls_of(both, day, now)
    assert [(one.start, one.plate, one.reason) for one in found] == [(made.starts_at + DAY, "T-BOX", "")]
    done = move_calls(both, "DEP-01", day, found, CLERK, now)
    assert (done.asked, done.moved, done.left) == (1, 1, {})
    moved = again(both, made)
    assert (moved.state, moved.reason, moved.moved_from, moved.service_day) == (
        "planned", "", made.starts_at, day + DAY,
    )  # fmt: skip
    with both.database.read() as session:
        call_now = session.scalars(select(Call)).one()
        (event,) = Calendar.from_ical(call_feed([call_now], lambda _: "", "en", both.clock, now)).walk("VEVENT")
    assert (event["status"], event["sequence"]) == ("CONFIRMED", moved.changes)
    assert f"Moved from {day} 09:00." in event["description"]
    assert calls_of(both, day, now) == []
    assert move_calls(both, "DEP-01", day, found, CLERK, now).left == {"changed": 1}
    with both.database.write() as session:
        lay_out(session, both.settings, "DEP-01", now)
    assert again(both, made).starts_at == moved.starts_at, "what is laid out each hour leaves it there"


def test_a_vehicle_is_where_its_other_calls_are(desk, call, close, day, now):
    """On the next day T-BOX stands elsewhere at that hour; there is no other box truck, so it is the day after."""
    made = call(desk)
    call(desk, "A-002", day + DAY, "09:30")
    close(desk, day)
    (found,) = calls_of(desk, day, now)
    assert (found.call.id, found.start) == (made.id, made.starts_at + 2 * DAY)
    desk = replace(desk, fleet=desk.fleet.model_copy(update={"fleets": (
        desk.fleet.fleets[0].model_copy(update={"plates": ("T-BOX", "T-BOX-9")}), *desk.fleet.fleets[1:],
    )}))  # fmt: skip
    (found,) = calls_of(desk, day, now)
    assert (found.start, found.plate) == (made.starts_at + DAY, "T-BOX-9")


def test_no_call_is_put_on_a_weekday_on_which_trucks_do_not_call(desk, call, close, day, now):
    sunday, saturday = day + 3 * DAY, day + 2 * DAY
    assert 6 not in desk.settings.timetable.weekdays
    assert sunday.weekday() == 6
    made = call(desk, on=saturday)
    close(desk, saturday)
    (found,) = calls_of(desk, saturday, now)
    assert found.start == made.starts_at + 2 * DAY


def test_two_calls_of_a_vehicle_do_not_get_the_same_hour(desk, call, close, day, now):
    call(desk), call(desk, "A-002", plate="T-BOX", hour="09:30")
    close(desk, day)
    starts = [one.start for one in calls_of(desk, day, now)]
    assert {start.date() for start in starts} == {day + DAY, day + 2 * DAY}


def test_a_community_whose_next_call_comes_first_is_not_given_another(desk, call, close, day, now):
    made = call(desk)
    call(desk, on=day + DAY, hour="15:00")
    close(desk, day)
    (found,) = calls_of(desk, day, now)
    assert (found.start, found.reason) == (None, "next_call")
    done = move_calls(desk, "DEP-01", day, [found], CLERK, now)
    assert (done.moved, done.left) == (0, {"next_call": 1})
    left = again(desk, made)
    assert (left.state, left.reason, left.reason_en) == ("cancelled", "暴雨", "Storm"), "nobody waits for it"
    assert move_calls(desk, "DEP-01", day, [found], CLERK, now).left == {"changed": 1}


def test_what_people_cancelled_for_a_reason_of_its_own_or_has_begun_is_left_alone(desk, call, close, day, now):
    made = call(desk)
    with desk.database.write() as session:
        cancel_call(session, session.get_one(Call, made.id), "市场装修", CLERK, now)
    begun = call(desk, "A-002", clock_day(desk, now), "06:00")
    close(desk, day, begun.service_day)
    assert calls_of(desk, day, now) == []
    assert calls_of(desk, begun.service_day, now) == []


def clock_day(desk, now):
    return desk.clock.today(now)


def test_a_full_day_gets_no_call_beside_what_was_promised(desk, call, close, day, now):
    call(desk)
    close(desk, day)
    with desk.database.write() as session:
        make_rows(session, desk, "DEP-01", [day + DAY])
        session.execute(update(Slot).where(Slot.service_day == day + DAY).values(taken=Slot.capacity))
    assert [one.start.date() for one in calls_of(desk, day, now)] == [day + 2 * DAY]
    with desk.database.write() as session:
        session.execute(update(Slot).where(Slot.service_day == day + DAY).values(taken=0))


# -- all of it -----------------------------------------------------------------------------------------------------


def test_what_stands_on_a_closed_day_is_counted_and_told_in_the_log(desk, taken, order, call, close, day, now):
    taken(desk), order(desk), call(desk)
    call(desk, "A-002", state="cancelled", reason="暴雨")
    close(desk, day)
    with desk.database.read() as session:
        assert standing_on_closed(session, desk, now) == {("DEP-01", day): Standing(1, 1, 1)}
    with capture_logs() as said:
        tell_closed(desk, now)
    assert [(one["bookings"], one["orders"], one["calls"]) for one in said] == [(1, 1, 1)]
    close(desk)
    with desk.database.read() as session:
        assert standing_on_closed(session, desk, now) == {}


def test_the_command_moves_all_three(desk, taken, order, call, close, day, now, monkeypatch):
    booking, sent, stood = taken(desk), order(desk), call(desk, hour="15:00")
    close(desk, day)
    monkeypatch.setattr("recycling.cli_bookings.the_office", lambda: desk)
    monkeypatch.setattr(clock, "utc_now", lambda: now)
    shown = CliRunner().invoke(main, ["bookings", "clear", "--dry-run"]).output
    for line in (
        f"{booking.reference}  {day} 08:00-10:00 -> {day + DAY} 08:00-10:00",
        f"SO-1 (家电城)  {day} -> {day + DAY}, the same hours",
        f"社区A-001  {day} 15:00 -> {day + DAY} 15:00 T-BOX",
        "Nothing was moved.",
    ):
        assert line in shown
    assert "Move 3 of 3?" in CliRunner().invoke(main, ["bookings", "clear"], input="n\n").output
    done = CliRunner().invoke(main, ["bookings", "clear", "--yes"])
    assert done.exit_code == 0, done.output
    for line in ("asked 1, moved 1, left 0", f"deliveries of {day}, DEP-01: asked 1", f"truck calls of {day}, DEP-01"):
        assert line in done.output
    assert {again(desk, one).service_day for one in (booking, sent, stood)} == {day + DAY}
    assert "Nothing stands" in CliRunner().invoke(main, ["bookings", "clear"]).output
