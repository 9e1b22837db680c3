"""A day under way over real roads and a real process: a proposal is made, accepted or dropped."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from made_plans import plan_of_day
from sqlalchemy import select

from recycling import deliveries
from recycling.accounts.actors import Actor, Role
from recycling.board import drafts
from recycling.board.comparing import the_version
from recycling.board.desk import BoardDesk
from recycling.board.happenings import Happening
from recycling.board.office import Board
from recycling.board.running import Running
from recycling.booking import Office, life
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.exports.tables import csv_bytes
from recycling.figures import newest_plan
from recycling.intake import read_table
from recycling.models import AuditEvent, Booking, Message, TradeInOrder
from recycling.settings import load_settings
from recycling.stop_names import service_of, stop_of, subject_of

LATE = datetime(2026, 3, 4, 12, tzinfo=UTC)  # 20:00 of the evening before
ANN, BEN = (Actor("person", name, Role.DISPATCHER, every_depot=True) for name in ("ann", "ben"))
CREW = Actor("person", "crew", Role.DRIVER, every_depot=True)


def at(hour, minute=0, after=0):
    """A clock of the day's depot that stands still."""
    moment = datetime(2026, 3, 5, hour, minute, tzinfo=UTC) - timedelta(hours=8) + timedelta(minutes=after)
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


ONE_KIND = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For tests in which the kind of database plays no part."""


@pytest.fixture
def running(record, booked, settings, fleet, day, desk_of):
    """A planned day of eight bookings, on the board of a day under way; nothing waits to be told."""
    booked(record, 8)
    plan_of_day(record, settings, fleet, day, LATE)
    with record.write() as session:
        for message in session.scalars(select(Message)):
            session.delete(message)
    return Running(Board(record, settings, desk_of(settings), "DEP-01", day), fleet)


def rows(running, version=None):
    """The services of each vehicle with their hours and roads, in a version or in the plan in force."""
    board = running.board
    with board.database.read() as session:
        if version is None:
            version = newest_plan(session, "DEP-01", board.day).version
        plan = the_version(session, "DEP-01", board.day, version)
        return {
            route.plate: [(service_of(v), v.begins_at, v.ends_at) for v in drafts_visits(session, route)]
            for route in plan.routes
        }


def drafts_visits(session, route):
    return sorted(route.visits, key=lambda visit: visit.position)


def busiest(running):
    found = rows(running)
    plate = max(found, key=lambda name: len(found[name]))
    return plate, found[plate]


def doors(visits):
    return [key for (kind, key), *_ in visits if kind == "stop"]


def plan_of(running, version):
    with running.board.database.read() as session:
        return drafts.the_draft(session, "DEP-01", running.board.day, version)


def messages(running):
    with running.board.database.read() as session:
        return [(m.change, m.booking_id) for m in session.scalars(select(Message).order_by(Message.created_at))]


def key_of(stop):
    return subject_of(stop)["booking_id"]


def test_a_vehicle_that_breaks_down_hands_its_visits_over(running):
    plate, visits = busiest(running)
    stops = doors(visits)
    second_begins = visits[1][1]
    clock = partial(datetime.fromtimestamp, (second_begins + timedelta(minutes=1)).timestamp(), UTC)
    version = running.proposed(Happening("out", vehicle=plate, why="engine"), ANN, clock)
    plan = plan_of(running, version)
    assert (plan.draft, plan.owner, plan.engine) == (True, "ann", "replan")
    assert plan.happened["known"][plate]["by"] == "plan"
    after = rows(running, version)
    assert doors(after[plate]) == stops[:1], "what was not finished is its own no more"
    assert after[plate][0] == visits[0], "what is done stays as it was"
    elsewhere = [stop for name, there in after.items() if name != plate for stop in doors(there)]
    with running.board.database.read() as session:
        left = {stop_of(one) for one in the_version(session, "DEP-01", running.board.day, version).left_out}
    assert sorted([*stops[:1], *elsewhere, *left]) == sorted(
        stop for there in rows(running).values() for stop in doors(there)
    ), "no stop is lost, none twice"
    assert rows(running)[plate] == visits, "a proposal changes nothing"
    assert not messages(running)
    told = running.accepted(version, ANN, clock)
    assert rows(running) == after
    assert told.told + told.late + told.unserved == len({key for _, key in messages(running)})
    assert len(messages(running)) == len(set(messages(running)))
    with running.board.database.read() as session:
        plan = newest_plan(session, "DEP-01", running.board.day)
        assert (plan.version, plan.published_by, plan.happened["out"]) == (version, "ann", [plate])
        actions = set(session.scalars(select(AuditEvent.action).where(AuditEvent.subject_kind == "plan")))
        assert {"plan.replanned", "plan.accepted"} <= actions
    with pytest.raises(ConflictError, match="out already"):
        running.proposed(Happening("out", vehicle=plate), BEN, clock)


@ONE_KIND
def test_a_late_truck_keeps_what_it_finishes_and_a_dropped_proposal_leaves_nothing(running):
    plate, visits = busiest(running)
    clock = partial(datetime.fromtimestamp, (visits[1][1] + timedelta(minutes=1)).timestamp(), UTC)
    before = rows(running)
    version = running.proposed(Happening("late", vehicle=plate, minutes=30), ANN, clock)
    after = rows(running, version)
    assert doors(after[plate])[0] == doors(visits)[0]
    assert all(begins >= clock() - timedelta(hours=2) for _, begins, _ in after[plate])
    running.dropped(version, ANN, clock)
    assert rows(running) == before
    with pytest.raises(NotFoundError, match="there no more"):
        running.accepted(version, ANN, clock)
    assert not messages(running)


@ONE_KIND
def test_a_second_dispatcher_and_a_crew_meanwhile_are_no_matter_of_luck(running):
    plate, visits = busiest(running)
    clock = partial(datetime.fromtimestamp, (visits[0][1] - timedelta(minutes=30)).timestamp(), UTC)
    if clock() < at(8)():
        clock = at(8, 1)
    mine = running.proposed(Happening("out", vehicle=plate), ANN, clock)
    his = running.proposed(Happening("out", vehicle=plate), BEN, clock)
    with pytest.raises(ConflictError, match="somebody else"):
        running.accepted(his, ANN, clock)
    later = partial(datetime.fromtimestamp, (clock() + timedelta(minutes=11)).timestamp(), UTC)
    with pytest.raises(ConflictError, match="older than 10 minutes"):
        running.accepted(mine, ANN, later)
    running.accepted(mine, ANN, clock)
    with pytest.raises(ConflictError, match="Another plan came into force"):
        running.accepted(his, BEN, clock)


def test_what_a_crew_reported_meanwhile_stops_the_proposal(running):
    plate, visits = busiest(running)
    clock = partial(datetime.fromtimestamp, (visits[0][2] + timedelta(minutes=1)).timestamp(), UTC)
    version = running.proposed(Happening("out", vehicle=plate), ANN, clock)
    stop = doors(visits)[-1]
    with running.board.database.write() as session:
        booking = session.get_one(Booking, key_of(stop))
        life.collected(session, booking, 10, CREW, clock())
    with pytest.raises(ConflictError, match="Something was reported"):
        running.accepted(version, ANN, clock)


@ONE_KIND
@pytest.mark.parametrize(
    ("happening", "hour", "error", "sentence"),
    [
        (Happening("out", vehicle="X-1"), 9, BadRequestError, "no vehicle X-1"),
        (Happening("out", vehicle="T-BOX"), 5, ConflictError, "have not left yet"),
        (Happening("closed", site="NOWHERE"), 9, BadRequestError, "No vehicle of this day unloads there"),
        (Happening("urgent", stop="b:none"), 9, BadRequestError, "on a route already"),
        (Happening("out", vehicle="T-BOX", done=99), 9, BadRequestError, "which visits are done"),
        (Happening("full", vehicle="X-1"), 9, BadRequestError, "no vehicle X-1"),
        (Happening("anew", also=("b:none",)), 9, BadRequestError, "on a route already"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(running, happening, hour, error, sentence):
    with pytest.raises(error, match=sentence):
        running.proposed(happening, ANN, at(hour))
    with running.board.database.read() as session:
        assert not drafts.drafts_of(session, "DEP-01", running.board.day)


@ONE_KIND
def test_nobody_is_left_to_take_over(running):
    clock = at(8, 1)
    plates = [plate for plate, _, _ in running.fleet.at("DEP-01")]
    for plate in plates:
        version = running.proposed(Happening("out", vehicle=plate), ANN, clock)
        running.accepted(version, ANN, clock)
    served = {stop for there in rows(running).values() for stop in doors(there)}
    with running.board.database.read() as session:
        plan = newest_plan(session, "DEP-01", running.board.day)
        left = {stop_of(one) for one in plan.left_out}
    assert len(served | left) == 8
    assert not served & left
    assert sum(change == "unserved" for change, _ in messages(running)) == len(left)


@pytest.fixture
def two_visits(running, catalogue, fleet):
    """An order whose old thing is fetched by a second visit, on the planned day; nothing waits to be told."""
    settings = load_settings(deliveries={"shops": {"Back": "return"}})
    office = Office(running.board.database, settings, catalogue, fleet)
    head = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "取旧时段"]
    day = running.board.day
    row = ["SO-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1"]
    table = read_table(csv_bytes(head, [[*row, day.isoformat(), "09:00-12:00", "14:00-17:00"]]))
    taken = deliveries.take_in(office, table, "Back", ANN, LATE - timedelta(days=1)).outcomes
    assert [one.faults for one in taken] == [()]
    plan_of_day(running.board.database, settings, fleet, day, LATE)
    with running.board.database.write() as session:
        for message in session.scalars(select(Message)):
            session.delete(message)
        return session.scalars(select(TradeInOrder.id)).one()


@ONE_KIND
def test_what_was_brought_stays_and_its_old_thing_is_fetched_by_another(running, two_visits):
    brings, fetches = f"t:{two_visits}", f"f:{two_visits}"
    where = {stop: plate for plate, visits in rows(running).items() for stop in doors(visits)}
    assert {brings, fetches} <= set(where)
    with running.board.database.write() as session:
        order = session.get_one(TradeInOrder, two_visits)
        order.state, order.changed_at = "delivered", at(12)()
    before = {stop: begins for visits in rows(running).values() for (_, stop), begins, _ in visits}
    version = running.proposed(Happening("out", vehicle=where[fetches], why="engine"), ANN, at(13))
    after = {stop: plate for plate, visits in rows(running, version).items() for stop in doors(visits)}
    assert after[brings] == where[brings], "what is brought is brought"
    assert after.get(fetches) != where[fetches]
    running.accepted(version, ANN, at(13))
    now = {stop: begins for visits in rows(running).values() for (_, stop), begins, _ in visits}
    with running.board.database.read() as session:
        said = session.scalars(select(Message.change).where(Message.subject == two_visits)).all()
        order = session.get_one(TradeInOrder, two_visits)
    if fetches not in now:
        assert said == ["order_fetch_unserved"]
        assert order.fetch_planned_start is None
    elif order.fetch_planned_start <= before[fetches] <= order.fetch_planned_end:
        assert said == [], "the same hours: nobody is told again"
    else:
        assert said == ["order_fetch_planned"]
    assert order.state == "delivered"
