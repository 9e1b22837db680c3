"""How old things travel, by the shop's rule: at the door, or by a second visit with hours and a story of its own."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling import deliveries, dispatch, hooks, network
from recycling.accounts.actors import Actor, Role
from recycling.booking import Office, open_days
from recycling.deliveries import fetching, outcome
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.exports.tables import csv_bytes
from recycling.figures import plan_figures
from recycling.intake import read_table
from recycling.models import Message, Slot, TradeInOrder
from recycling.schedule import schedule_of
from recycling.settings import load_settings
from recycling.stock.ahead import ahead_of
from recycling.stock.on_board import stocks_of
from recycling.stock.vehicle import known_vehicle
from routing.day import plan_day

HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "取旧时段"]
STAFF = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01"}))


@pytest.fixture
def desk(sqlite_record, catalogue, fleet):
    rules = {"shops": {"Back": "return", "Mixed": "mixed"}}
    return Office(sqlite_record, load_settings(deliveries=rules), catalogue, fleet)


@pytest.fixture
def open_day(desk, now):
    return open_days(desk.settings, now)[0]


@pytest.fixture
def bring(desk, now, open_day):
    def take(*numbers, shop="Back", **changes):
        cells = ["王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1", open_day.isoformat()]
        whole = dict(zip(HEAD, ["", *cells, "09:00-12:00", ""], strict=True)) | changes
        rows = [[{**whole, "订单号": f"SO-{n}"}[name] for name in HEAD] for n in numbers]
        return deliveries.take_in(desk, read_table(csv_bytes(HEAD, rows)), shop, STAFF, now).outcomes

    return take


@pytest.fixture
def planned(desk, now, open_day):
    """Return a function that plans the day for good, and returns the problem's stops, plan and record."""

    def plan():
        with desk.database.write() as session:
            depot = network.the_depot(session, "DEP-01")
            job = dispatch.day_job(session, desk.settings, desk.fleet, depot, open_day)
            result = plan_day(job)
            row = dispatch.store_plan(session, desk.settings, "DEP-01", open_day, job, result, now)
            plates = {v.fetches: route.plate for route in row.routes for v in route.visits if v.order_id}
        return job, result, plates

    return plan


def the_order(desk, shop="Back"):
    with desk.database.read() as session:
        return session.scalars(select(TradeInOrder).where(TradeInOrder.retailer == shop)).one()


def hours(desk, start, end):
    return f"{desk.clock.local(start):%H:%M}-{desk.clock.local(end):%H:%M}"


def test_the_second_visit_comes_when_the_delivery_is_over(bring, desk):
    bring(1)
    order = the_order(desk)
    assert (order.old_goods, order.fetch_state) == ("return", "open")
    assert hours(desk, order.fetch_start, order.fetch_end) in ("12:30-15:30", "13:00-16:00")
    bring(2, shop="Door")
    door = the_order(desk, "Door")
    assert (door.old_goods, door.fetch_start, door.fetch_state) == ("door", None, "")
    assert door.minutes > order.minutes, "what is carried out later takes no time now"


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"取旧时段": "11:00-13:00"}, "fetch_window", "no-hours-to-fetch"),
        ({"取旧时段": "later"}, "fetch_window", "bad-hours"),
        ({"时段": "15:00-18:00"}, "window", "no-hours-to-fetch"),
        ({"shop": "Door", "取旧时段": "14:00-16:00"}, "fetch_window", "no-second-visit"),
    ],
)
def test_hours_that_cannot_be_are_told_at_their_column(bring, changes, where, code):
    (refused,) = bring(1, **changes)
    assert [(f.where, f.code) for f in refused.faults] == [(where, code)]


def test_the_shop_may_name_its_hours_and_both_visits_take_room(bring, desk, open_day):
    bring(1, 取旧时段="14:00-17:00")
    order = the_order(desk)
    assert hours(desk, order.fetch_start, order.fetch_end) == "14:00-17:00"
    many = bring(*range(2, 60), 时段="09:00-10:00", 取旧时段="14:00-17:00")
    refused = {fault.code for one in many for fault in one.faults}
    assert refused == {"window-full"}
    with desk.database.read() as session:
        slots = session.scalars(select(Slot).where(Slot.service_day == open_day)).all()
    assert all(slot.taken <= slot.capacity for slot in slots)


def test_nothing_old_is_loaded_before_the_last_new_thing_is_gone(bring, desk, planned, open_day):
    """A day of deliveries and second visits, judged by `routing.check`, in kilograms and litres at each door."""
    bring(1, 2, 3)
    bring(4, shop="Mixed")
    job, result, _ = planned()
    stops = {stop.id: stop for stop in job.stops}
    assert [s.backhaul for s in stops.values()].count(True) == 3
    assert not any(any(s.pickup) for name, s in stops.items() if name.startswith("t:"))
    assert not result.plan.unserved
    begins = {v.id: v.start for route in result.plan.routes for v in route.visits}
    for route in result.plan.routes:
        names = [v.id for v in route.visits if v.kind == "stop"]
        last = max((k for k, name in enumerate(names) if any(stops[name].delivery)), default=-1)
        assert all(k > last for k, name in enumerate(names) if stops[name].backhaul)
    for name in stops:
        if name.startswith("f:"):
            brought = "t:" + name[2:]
            assert begins[name] >= begins[brought] + stops[brought].service


def test_one_order_with_two_visits_in_the_record(bring, desk, planned, open_day, now):
    bring(1)
    planned()
    with desk.database.read() as session:
        order = the_order(desk)
        standing = deliveries.standing_of(session, [order])[order.id]
        plan = session.scalars(select(dispatch.Plan)).one()
        kinds = [line.order.kind for route in schedule_of(session, plan, "en").routes for line in route.lines]
        assert plan_figures(plan).deliveries == 1
        told = set(session.scalars(select(Message.change)))
    assert (standing.state, standing.fetch_state) == ("planned", "planned")
    assert standing.fetch_at > standing.begins_at
    assert sorted(k for k in kinds if k != "unload") == ["delivery", "fetch"]
    assert {"order_taken", "order_fetch", "order_planned", "order_fetch_planned"} <= told
    assert hooks.events.fetch_standing(order) == "planned"
    json.dumps(hooks.events._fetch(order))


def test_what_is_fetched_is_on_the_truck_once(bring, desk, planned, open_day):
    bring(1)
    _, _, plates = planned()
    order, at = the_order(desk), desk.clock.at(open_day, desk.settings.service.window_spans[0].end) + timedelta(hours=4)
    vehicle = known_vehicle(desk.fleet, plates[True])
    with desk.database.read() as session:
        early = desk.clock.at(open_day, desk.settings.service.window_spans[0].start)
        ahead = ahead_of(session, desk.settings, desk.catalogue, vehicle, open_day, early)
        assert [stop.kind for stop in ahead if stop.loads] == ["fetch"]
    with desk.database.write() as session:
        outcome.delivered(session, desk, order.id, plates[False], "", STAFF, at)
        assert not stocks_of(session, (plates[False],))[plates[False]].loads
        with pytest.raises(BadRequestError):
            fetching.not_fetched(session, desk, order.id, plates[True], "rain", STAFF, at)
        fetching.set_off(session, desk, order.id, plates[True], STAFF, at)
        fetching.turned_back(session, desk, order.id, plates[True], STAFF, at)
        fetching.fetched(session, desk, order.id, plates[True], "", STAFF, at)
        fetching.fetched(session, desk, order.id, plates[True], "", STAFF, at)
    order = the_order(desk)
    assert (order.state, order.fetch_state, hooks.events.old_of(order)) == ("delivered", "fetched", "taken")
    with desk.database.read() as session:
        (load,) = stocks_of(session, (plates[True],))[plates[True]].loads
    assert load.grams == 1000 * order.old_kg
    with desk.database.write() as session, pytest.raises(ConflictError):
        fetching.not_fetched(session, desk, order.id, plates[True], "old-kept", STAFF, at)
    with desk.database.write() as session, pytest.raises(NotFoundError):
        fetching.fetched(session, desk, order.id, "nobody", "", STAFF, at)


@pytest.mark.parametrize("word", ["failed", "kept"])
def test_nobody_comes_for_what_will_not_be_given(bring, desk, planned, open_day, word):
    bring(1)
    _, _, plates = planned()
    order, at = the_order(desk), desk.clock.at(open_day, desk.settings.service.window_spans[0].end)
    with desk.database.write() as session:
        if word == "failed":
            outcome.not_delivered(session, desk, order.id, plates[False], "damaged", STAFF, at)
        else:
            outcome.delivered(session, desk, order.id, plates[False], "old-kept", STAFF, at)
        told = list(session.scalars(select(Message.change)))
    order = the_order(desk)
    assert (order.fetch_state, order.fetch_reason) == (
        ("cancelled", "not-brought") if word == "failed" else ("failed", "old-kept")
    )
    assert told.count("order_fetch_cancelled") == 1
    with desk.database.read() as session:
        assert not dispatch.orders_of(session, "DEP-01", open_day).trade_ins


def test_an_order_is_cancelled_with_both_visits(bring, desk, now):
    bring(1)
    with desk.database.write() as session:
        deliveries.cancel(session, desk, deliveries.the_order(session, "Back", "SO-1", lock=True), "x", STAFF, now)
    assert (the_order(desk).state, the_order(desk).fetch_state) == ("cancelled", "cancelled")
    bring(1)
    assert (the_order(desk).state, the_order(desk).fetch_state) == ("open", "open")
