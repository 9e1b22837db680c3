"""A vehicle that is out: what lies on it is taken over by another, and who is served is a matter of rank."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from made_plans import plan_of_day
from sqlalchemy import select

from recycling import deliveries
from recycling.accounts.actors import Actor, Role
from recycling.board import drafts
from recycling.board.agreements import agreed
from recycling.board.comparing import the_version
from recycling.board.desk import BoardDesk
from recycling.board.happenings import Happening
from recycling.board.office import Board
from recycling.board.running import Running
from recycling.booking import Office, life
from recycling.exports.tables import csv_bytes
from recycling.figures import newest_plan
from recycling.intake import read_table
from recycling.models import Booking, TradeInOrder
from recycling.settings import load_settings
from recycling.stock.loads import Load
from recycling.stock.movements import PICKUP, Deed, collect, hand_over
from recycling.stock.vehicle import the_vehicle
from recycling.stop_names import service_of, stop_of, subject_of

LATE = datetime(2026, 3, 4, 12, tzinfo=UTC)  # 20:00 of the evening before
ANN = Actor("person", "ann", Role.DISPATCHER, every_depot=True)
CREW = Actor("person", "crew", Role.DRIVER, every_depot=True)

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段"]
ROW = ["王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1"]


def at(hour, minute=0):
    """A clock of the day's depot that stands still."""
    moment = datetime(2026, 3, 5, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    return partial(datetime.fromtimestamp, moment.timestamp(), UTC)


@pytest.fixture(scope="module")
def desk_of(fleet):
    """One process for all tests of this file, whatever their settings."""
    made = {}

    def desk(settings):
        return made.setdefault("desk", BoardDesk(settings, fleet))

    yield desk
    for one in made.values():
        one.close()


@pytest.fixture
def running_of(record, fleet, day, desk_of):
    """Return a function that plans the day as it stands, and gives its board."""

    def plan(settings):
        plan_of_day(record, settings, fleet, day, LATE)
        return Running(Board(record, settings, desk_of(settings), "DEP-01", day), fleet)

    return plan


def routes(running, version=None):
    """The visits of each vehicle, in a version or in the plan in force, with their kilograms on leaving."""
    with running.board.database.read() as session:
        if version is None:
            version = newest_plan(session, "DEP-01", running.board.day).version
        plan = the_version(session, "DEP-01", running.board.day, version)
        return {r.plate: [(service_of(v), v) for v in sorted(r.visits, key=lambda v: v.position)] for r in plan.routes}


def happened(running, version):
    with running.board.database.read() as session:
        return drafts.the_draft(session, "DEP-01", running.board.day, version).happened


def left_out(running, version):
    with running.board.database.read() as session:
        return {stop_of(one) for one in the_version(session, "DEP-01", running.board.day, version).left_out}


def test_what_was_collected_is_taken_over_where_the_truck_stands(running_of, booked, settings, record, fleet):
    booked(record, 8)
    running = running_of(settings)
    before = routes(running)
    plate = max(before, key=lambda name: len(before[name]))
    other = "T-VAN" if plate == "T-BOX" else "T-BOX"
    (_, stop), first = before[plate][0]
    clock = partial(datetime.fromtimestamp, (first.ends_at + timedelta(minutes=1)).timestamp(), UTC)
    with record.write() as session:
        booking = session.get_one(Booking, first.booking_id)
        life.collected(session, booking, 40, CREW, first.ends_at)
        deed = Deed("a-pickup-of-paper", "crew", first.ends_at)
        collect(session, the_vehicle(fleet, plate), [Load("paper", 40_000, 300_000)], "A-001", PICKUP, deed, stop)
    version = running.proposed(Happening("out", vehicle=plate, why="engine"), ANN, clock)
    (over,) = agreed(happened(running, version))
    assert (over.giver, over.taker, over.kg, dict(over.materials)) == (plate, other, 40, {"paper": 40_000})
    assert over.at == (first.lon, first.lat), "where its last visit was"
    assert clock() < over.arrives < over.ends
    assert over.ends - over.arrives >= timedelta(minutes=settings.planning.take_over_minutes)
    later = [v for _, v in routes(running, version)[other] if v.begins_at >= over.ends]
    assert later, "it unloads at least"
    for (_, before_it), (_, visit) in zip(
        routes(running, version)[other], routes(running, version)[other][1:], strict=False
    ):
        apart = visit.arrives_at < over.arrives or before_it.ends_at > over.arrives
        assert apart or visit.arrives_at >= over.ends, "nothing is done while it takes over"
    running.accepted(version, ANN, clock)
    again = running.proposed(Happening("anew"), ANN, clock)
    (still,) = agreed(happened(running, again))
    assert (still.giver, still.kg) == (plate, 40), "it is not done before the book says so"
    with record.write() as session:
        deed = Deed("taken-over-in-the-street", "crew", clock())
        hand_over(session, the_vehicle(fleet, plate), the_vehicle(fleet, other), None, deed)
    running.dropped(again, ANN, clock)
    done = running.proposed(Happening("anew"), ANN, clock)
    assert agreed(happened(running, done)) == []


@pytest.fixture
def brought(record, catalogue, fleet, day):
    """Return a function that orders a refrigerator for the day's morning or afternoon, and gives its stop."""

    def order(hours):
        settings = load_settings()
        office = Office(record, settings, catalogue, fleet)
        table = read_table(csv_bytes(HEAD, [["SO-1", *ROW, day.isoformat(), hours]]))
        assert [
            one.faults for one in deliveries.take_in(office, table, "Shop", ANN, LATE - timedelta(days=1)).outcomes
        ] == [()]
        with record.read() as session:
            return f"t:{session.scalars(select(TradeInOrder.id)).one()}"

    return order


@pytest.fixture
def two_boxes(fleet):
    """Two box trucks: what rides on one fits on the other."""
    box = next(group for group in fleet.fleets if group.type == "box")
    return fleet.model_copy(update={"fleets": (box.model_copy(update={"plates": ("T-BOX", "T-TWO")}),)})


def test_a_new_thing_on_it_is_taken_over_and_brought(record, booked, brought, two_boxes, day):
    settings = load_settings()
    stop = brought("13:00-17:00")
    booked(record, 2)
    plan_of_day(record, settings, two_boxes, day, LATE)
    desk = BoardDesk(settings, two_boxes)
    try:
        running = Running(Board(record, settings, desk, "DEP-01", day), two_boxes)
        where = {name: plate for plate, visits in routes(running).items() for (_, name), _ in visits}
        plate = where[stop]
        start = min(visit.arrives_at for _, visit in routes(running)[plate])
        clock = partial(datetime.fromtimestamp, max(at(8, 30)(), start).timestamp(), UTC)
        version = running.proposed(Happening("out", vehicle=plate, why="engine", done=0), ANN, clock)
        after = routes(running, version)
        other = next(name for name in ("T-BOX", "T-TWO") if name != plate)
        assert stop in [name for (_, name), _ in after[other]]
        (over,) = agreed(happened(running, version))
        assert over.things == (stop,)
        assert over.ends <= next(v.arrives_at for (_, name), v in after[other] if name == stop)
        assert stop not in left_out(running, version)
        running.accepted(version, ANN, clock)
        again = running.proposed(Happening("late", vehicle=other, minutes=10), ANN, clock)
        assert [one.things for one in agreed(happened(running, again))] == [(stop,)], "not taken over yet"
        assert stop not in left_out(running, again)
    finally:
        desk.close()


def test_whom_we_have_let_down_is_kept_first(running_of, booked, record, fleet):
    settings = load_settings(planning={"later_minutes": 0})
    booked(record, 6, window="15:00-17:00")
    running = running_of(settings)
    plates = list(routes(running))
    before = {name for visits in routes(running).values() for (kind, name), _ in visits if kind == "stop"}
    for plate in plates[1:]:
        running.accepted(running.proposed(Happening("out", vehicle=plate), ANN, at(14)), ANN, at(14))
    with record.write() as session:
        for booking in session.scalars(select(Booking)):
            booking.expected_at = None
    late = Happening("late", vehicle=plates[0], minutes=105, done=0)
    version = running.proposed(late, ANN, at(16, 40))
    left = left_out(running, version)
    assert left
    assert left < before
    chosen = max(left)
    assert {whys[0] for whys in happened(running, version)["ranks"].values()} == {"other"}
    with record.write() as session:
        session.get_one(Booking, subject_of(chosen)["booking_id"]).first = True
    version = running.proposed(late, ANN, at(16, 40))
    assert chosen not in left_out(running, version)
    with record.write() as session:
        session.get_one(Booking, subject_of(chosen)["booking_id"]).first = False
    version = running.proposed(late, ANN, at(16, 40))
    assert left_out(running, version) != set(), "the same truck cannot do them all"
