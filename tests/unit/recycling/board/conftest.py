"""A day that is being driven, its plan written by hand: no search plays a part."""

from datetime import UTC, datetime, timedelta

import pytest
from made_plans import make_plan
from sqlalchemy import select

from recycling import deliveries
from recycling.accounts.actors import Actor, Role
from recycling.booking import Office
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import Message, Plan, TradeInOrder
from recycling.settings import load_settings

HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "取旧时段"]
ANN = Actor("person", "ann", Role.DISPATCHER, every_depot=True)


@pytest.fixture
def at():
    """Return a function that gives a moment of the day at its depot."""
    return lambda hour, minute=0: datetime(2026, 3, 5, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.fixture
def planned(record, booked, at):
    """A version of the day: bookings of a truck at 9:30, 9:50, an unload at 9:50 and the last at 10:00."""
    found = booked(record, 3)
    make_plan(record, found[-1], 1, at(10), found[:-1])
    return found


@pytest.fixture
def changed_plan(record):
    """Return a function that sets what happened in the day's newest version, and when it was made."""

    def change(happened=None, made_at=None):
        with record.write() as session:
            plan = session.scalars(select(Plan).order_by(Plan.version.desc())).first()
            plan.happened = plan.happened if happened is None else happened
            plan.made_at = made_at or plan.made_at

    return change


@pytest.fixture
def desk(record, catalogue, fleet):
    """The counter of shops whose old goods a second visit fetches."""
    return Office(record, load_settings(deliveries={"shops": {"Back": "return"}}), catalogue, fleet)


@pytest.fixture
def second_visit(record, desk, day, now, at):
    """An order of which the new thing was brought, its old one being the last visit of a truck's route at 14:20."""
    row = ["SO-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1"]
    table = read_table(csv_bytes(HEAD, [[*row, day.isoformat(), "09:00-12:00", "14:00-17:00"]]))
    (taken,) = deliveries.take_in(desk, table, "Back", ANN, now).outcomes
    assert taken.faults == ()
    with record.write() as session:
        order = session.scalars(select(TradeInOrder)).one()
        order.state, order.changed_at = "delivered", at(11)
        for message in session.scalars(select(Message)):
            session.delete(message)
        make_route(record_session=session, order=order, begins=at(14, 20), made_at=at(6))
        return order.id


def make_route(record_session, order, begins, made_at):
    """Write a version of the day with one route: the second visit of an order."""
    from recycling.models import PlanRoute, PlanVisit

    plan = Plan(
        depot_code=order.depot_code, service_day=order.service_day, version=1, made_at=made_at, engine="test",
        search_seconds=0, cost=0, roads="",
    )  # fmt: skip
    route = PlanRoute(
        number=1, plate="T-BOX", vehicle_type="box", capacity_kg=1, capacity_litres=1, load_kg=0, load_litres=0,
        starts_at=begins - timedelta(hours=5), ends_at=begins + timedelta(hours=1), distance=0, driving=0, cost=0,
        way_home=[],
    )  # fmt: skip
    route.visits.append(
        PlanVisit(
            position=0, order_id=order.id, fetches=True, lon=order.lon, lat=order.lat, arrives_at=begins,
            begins_at=begins, ends_at=begins + timedelta(minutes=10), load_kg=0, load_litres=0, collected_kg=0,
            collected_litres=0, way=[],
        )
    )  # fmt: skip
    plan.routes.append(route)
    record_session.add(plan)
