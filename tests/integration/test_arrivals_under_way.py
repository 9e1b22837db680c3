"""What comes while a day is driven is taken in, or told; closures, full trucks and every stop, on both databases."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from made_plans import plan_of_day
from sqlalchemy import delete, select

from benchmarks.under_way import proposed, questions_of
from recycling import deliveries, dispatch, network
from recycling.accounts.actors import Actor, Role
from recycling.board.accepting import arrivals
from recycling.board.comparing import newest_version, the_version
from recycling.board.desk import BoardDesk
from recycling.board.happenings import Happening
from recycling.board.office import Board
from recycling.board.running import Running
from recycling.board.standing import loaded_standing
from recycling.booking import Office
from recycling.deliveries import fetching
from recycling.errors import ConflictError
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import Message, Site, TradeInOrder, TruckPosition
from recycling.settings import load_settings
from recycling.stock import collect, load_of, the_vehicle
from recycling.stock.movements import HAND_IN, Deed
from recycling.whereabouts.grid import snapped

LATE = datetime(2026, 3, 4, 12, tzinfo=UTC)  # 20:00 of the evening before
ANN = Actor("person", "ann", Role.DISPATCHER, every_depot=True)
HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "取旧时段"]
WINDOWS = ("08:00-10:00", "10:00-12:00", "13:00-15:00")
ONE_KIND = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For tests in which the kind of database plays no part."""


def at(hour, minute=0):
    """A clock of the day's depot that stands still."""
    moment = datetime(2026, 3, 5, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    return partial(datetime.fromtimestamp, moment.timestamp(), UTC)


@pytest.fixture(scope="module")
def desk_of(fleet):
    """One process for all tests of this file."""
    made = {}

    def desk(settings):
        return made.setdefault("desk", BoardDesk(settings, fleet))

    yield desk
    for one in made.values():
        one.close()


@pytest.fixture
def running(record, booked, settings, fleet, day, desk_of):
    """A planned day of six bookings from morning to afternoon, as it is driven; nothing waits to be told."""
    for number, window in enumerate(WINDOWS):
        booked(record, 2, window=window, address=f"{number}栋", phone=f"1380013800{number}")
    plan_of_day(record, settings, fleet, day, LATE)
    with record.write() as session:
        session.execute(delete(Message))
    return Running(Board(record, settings, desk_of(settings), "DEP-01", day), fleet)


@pytest.fixture
def arrive(booked, running):
    """Return a function that takes one more booking of the day, and returns its stop."""
    numbers = iter(range(3, 9))

    def come(window="15:00-17:00"):
        number = next(numbers)
        (one,) = booked(running.board.database, 1, window=window, address=f"{number}栋", phone=f"1380013800{number}")
        return f"b:{one.id}"

    return come


def of_version(running, version=0):
    """Stops by vehicle, and those left out, of a version or the plan in force."""
    board = running.board
    with board.database.read() as session:
        plan = newest_version(session, "DEP-01", board.day)
        if version:
            plan = the_version(session, "DEP-01", board.day, version)
        standing = loaded_standing(plan)
        orders = {plate: [key for kind, key in order if kind == "stop"] for plate, order in standing.orders.items()}
        return orders, standing.left, plan.happened


def everywhere(orders):
    return sorted(stop for stops in orders.values() for stop in stops)


def told(running):
    with running.board.database.read() as session:
        return [(m.booking_id, m.change) for m in session.scalars(select(Message)) if m.change != "booked"]


def test_an_order_that_came_is_taken_in_with_whatever_happened(running, arrive):
    new = arrive()
    before, _, _ = of_version(running)
    with running.board.database.read() as session:
        seen = running.seen(session, at(8, 30)())
        assert (seen.new, seen.waiting) == (1, (new,))
    plate = max(before, key=lambda name: len(before[name]))
    version = running.proposed(Happening("late", vehicle=plate, minutes=10, also=(new,)), ANN, at(8, 30))
    orders, _, happened = of_version(running, version)
    assert everywhere(orders) == sorted([*everywhere(before), new]), "all promises are kept, and the new one"
    assert happened["what"]["also"] == [new]
    result = running.accepted(version, ANN, at(8, 31))
    assert result.arrived == ()
    assert [change for key, change in told(running) if f"b:{key}" == new] == ["planned_window"]


def test_what_is_accepted_is_what_was_shown_and_what_came_since_is_told(running, arrive):
    before, _, _ = of_version(running)
    waited = arrive()
    version = running.proposed(Happening("anew"), ANN, at(8, 30))
    shown, _, _ = of_version(running, version)
    new = arrive()
    with running.board.database.read() as session:
        draft = the_version(session, "DEP-01", running.board.day, version)
        assert arrivals(session, draft) == (new,), "what waited already was seen to wait"
    result = running.accepted(version, ANN, at(8, 32))
    assert result.arrived == (new,)
    assert of_version(running)[0] == shown
    assert everywhere(shown) == everywhere(before)
    assert new not in [f"b:{key}" for key, _ in told(running)]
    with running.board.database.read() as session:
        assert set(running.seen(session, at(8, 33)()).waiting) == {waited, new}, "nobody is lost"


@pytest.fixture
def second_visit(running, catalogue, fleet):
    """An order of which the new thing was brought, and whose old one nobody gave at 14:20."""
    day, record = running.board.day, running.board.database
    office = Office(record, load_settings(deliveries={"shops": {"Back": "return"}}), catalogue, fleet)
    row = ["SO-1", "王女士", "13800138099", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1", day.isoformat()]
    table = read_table(csv_bytes(HEAD, [[*row, "09:00-12:00", "14:00-17:00"]]))
    (taken,) = deliveries.take_in(office, table, "Back", ANN, LATE - timedelta(days=1)).outcomes
    assert taken.faults == ()
    plan_of_day(record, running.board.settings, fleet, day, LATE)
    with record.write() as session:
        order = session.scalars(select(TradeInOrder)).one()
        order.state, order.changed_at = "delivered", at(11)()
        key = order.id
        session.execute(delete(Message))
    orders, _, _ = of_version(running)
    plate = next(name for name, stops in orders.items() if f"f:{key}" in stops)
    with record.write() as session:
        fetching.not_fetched(session, office, key, plate, "nobody-there", ANN, at(14, 20)())
    return key


def test_a_visit_that_is_reopened_meanwhile_is_told_and_goes_into_the_next_proposal(running, second_visit):
    stop = f"f:{second_visit}"
    version = running.proposed(Happening("anew"), ANN, at(14, 30))
    running.reopened(second_visit, ANN, at(14, 31))
    assert running.accepted(version, ANN, at(14, 32)).arrived == (stop,)
    with running.board.database.read() as session:
        said = session.scalars(select(Message.change).where(Message.subject == second_visit)).all()
        seen = running.seen(session, at(14, 33)())
        assert "order_fetch_unserved" not in said, "somebody comes after all"
        assert seen.reopened == (stop,)
    version = running.proposed(Happening("anew"), ANN, at(14, 33))
    orders, left, _ = of_version(running, version)
    assert (stop in everywhere(orders)) != (stop in left)
    assert stop in everywhere(orders)
    with running.board.database.read() as session:
        plan = the_version(session, "DEP-01", running.board.day, version)
        assert loaded_standing(plan).begins[stop] > at(14, 33)()
    assert running.accepted(version, ANN, at(14, 34)).arrived == ()
    with running.board.database.read() as session:
        order = session.get_one(TradeInOrder, second_visit)
        said = session.scalars(select(Message.change).where(Message.subject == second_visit)).all()
        assert said.count("order_fetch_planned") == 1
        assert order.fetch_planned_start is not None
        assert running.seen(session, at(14, 35)()).reopened == ()


def test_every_truck_out_or_full_after_every_stop_loses_none_and_doubles_none(running):
    with running.board.database.read() as session:
        plan = newest_version(session, "DEP-01", running.board.day)
    asked = [question for kind in ("out", "full") for question in questions_of(plan, kind)]
    assert len(asked) == 12
    found = [proposed(running, one) for one in asked]
    assert [(one.question.stop, one.refused, one.lost, one.twice) for one in found if one.refused or one.lost] == []
    assert all(one.twice == () for one in found)
    assert not told(running), "nobody hears of a proposal"


@ONE_KIND
def test_a_full_truck_unloads_before_it_takes_more(running):
    orders, _, _ = of_version(running)
    (plate,) = orders
    with running.board.database.read() as session:
        plan = newest_version(session, "DEP-01", running.board.day)
        question = list(questions_of(plan, "full"))[1]
    version = running.proposed(question.happening, ANN, lambda: question.at)
    with running.board.database.read() as session:
        draft = the_version(session, "DEP-01", running.board.day, version)
        kept = draft.happened["known"][plate]["frozen"]
        (route,) = [one for one in draft.routes if one.plate == plate]
        rest = [visit for visit in route.visits if visit.position >= len(kept)]
    assert draft.happened["known"][plate]["full"] is True
    assert rest[0].site_code, "it drives to a centre first"
    assert rest[0].collected_litres < route.capacity_litres


@ONE_KIND
def test_a_place_and_a_book_that_are_newer_than_the_last_report_are_begun_from(running, day, settings):
    orders, _, _ = of_version(running)
    (plate,) = orders
    moment, cell = at(12, 30), snapped(107.479, 31.218)
    with running.board.database.write() as session:
        session.add(
            TruckPosition(
                plate=plate, depot_code="DEP-01", service_day=day, shared_by="x", seen_at=at(12, 28)(),
                grid_row=cell.row, grid_column=cell.column,
            )
        )  # fmt: skip
        loads = [load_of(settings.stock, "paper", 321_000)]
        vehicle = the_vehicle(running.fleet, plate)
        collect(session, vehicle, loads, "A-001", HAND_IN, Deed("of-the-morning", "d", at(12, 20)()), "R-1")
    with running.board.database.read() as session:
        seen = running.seen(session, moment(), Happening("full", vehicle=plate))
        taken = seen.basis(plate)
    assert (taken.place, taken.seen_at, taken.stock, taken.kg) == ("taken", at(12, 28)(), "book", 321)
    version = running.proposed(Happening("full", vehicle=plate), ANN, moment)
    known = of_version(running, version)[2]["known"][plate]
    assert known["at"] == list(cell.centre)
    with running.board.database.read() as session:
        draft = the_version(session, "DEP-01", running.board.day, version)
        (route,) = [one for one in draft.routes if one.plate == plate]
        first = route.visits[len(known["frozen"])]
        lon, lat = first.way[0]
    assert abs(lon - cell.centre[0]) < 0.002, "its way begins at the road where it was seen"
    assert abs(lat - cell.centre[1]) < 0.002


@ONE_KIND
def test_a_closed_centre_stays_closed_for_the_next_proposal_and_the_next_plan(running, settings, fleet, day):
    with running.board.database.write() as session:
        session.get_one(Site, "CEN-02").kind = "comprehensive"
    version = running.proposed(Happening("closed", site="CEN-01", why="no power"), ANN, at(8, 5))
    running.accepted(version, ANN, at(8, 6))
    version = running.proposed(Happening("anew"), ANN, at(8, 10))
    assert of_version(running, version)[2]["closed"] == {"CEN-01": ""}
    with running.board.database.read() as session:
        draft = the_version(session, "DEP-01", day, version)
        assert {visit.site_code for route in draft.routes for visit in route.visits} - {None} == {"CEN-02"}
        job = dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)
        assert "CEN-01" not in {site.id for site in job.unload_sites}
    running.dropped(version, ANN, at(8, 11))
    version = running.proposed(Happening("opens", site="CEN-01", hour="08:30"), ANN, at(8, 12))
    assert of_version(running, version)[2]["closed"] == {"CEN-01": "08:30"}


@ONE_KIND
def test_an_order_put_into_the_plan_meanwhile_is_not_thrown_off_its_route(running, arrive, fleet, settings, day):
    version = running.proposed(Happening("anew"), ANN, at(8, 30))
    arrive()
    plan_of_day(running.board.database, settings, fleet, day, at(8, 31)())
    with pytest.raises(ConflictError, match="Another plan came into force"):
        running.accepted(version, ANN, at(8, 32))
