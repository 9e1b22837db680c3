"""Where vehicles may stand overnight with what they collected, the next day begins with that."""

from datetime import UTC, datetime, timedelta

import pytest

from recycling import dispatch, network
from recycling.overnight import loads_at_start
from recycling.settings import load_settings
from recycling.stock.loads import Load
from recycling.stock.movements import HAND_IN, Deed, collect
from recycling.stock.vehicle import the_vehicle
from routing.check import check
from routing.day import plan_day, stated

KG_LITRES = ("kg", "litres")
EVENING = datetime(2026, 3, 5, 12, tzinfo=UTC)
"""20:00 at the depot on the day of the tests, whose routes are driven then."""


@pytest.fixture(scope="module")
def keeping(clean_environment):
    """Settings by which vehicles may stand overnight with what they have."""
    return load_settings(planning={"seconds": 0.3}, stock={"overnight": "kept"})


@pytest.fixture
def van(fleet):
    """The town's fleet without the truck."""
    return fleet.model_copy(update={"fleets": fleet.fleets[1:]})


@pytest.fixture
def put_on_board(fleet):
    """Return a function that puts paper on board of the van at a moment."""

    def call(record, kg, at, litres=None):
        loads = [Load("paper", 1000 * kg, 1000 * (7 * kg if litres is None else litres))]
        with record.write() as session:
            vehicle = the_vehicle(fleet, "T-VAN")
            collect(session, vehicle, loads, "A-001", HAND_IN, Deed(f"made-{kg}-{at:%d%H}", "driver", at), "R-1")

    return call


def begins_with(record, settings, fleet, day, now=EVENING, dimensions=KG_LITRES):
    with record.read() as session:
        return dict(loads_at_start(session, settings, fleet, "DEP-01", day, dimensions, now))


def job_of(record, settings, fleet, day):
    with record.read() as session:
        return dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)


def test_the_book_says_what_is_on_board_in_the_morning(sqlite_record, keeping, fleet, put_on_board, day):
    put_on_board(sqlite_record, 30, EVENING)
    put_on_board(sqlite_record, 50, EVENING + timedelta(hours=13))
    mornings = [begins_with(sqlite_record, keeping, fleet, day + timedelta(days=days)) for days in range(3)]
    assert [loads["T-VAN"] for loads in mornings] == [(0, 0), (30, 210), (80, 560)]
    assert {loads["T-BOX"] for loads in mornings} == {(0, 0)}


def test_who_comes_home_empty_begins_empty(sqlite_record, settings, fleet, put_on_board, day):
    put_on_board(sqlite_record, 30, EVENING)
    assert begins_with(sqlite_record, settings, fleet, day + timedelta(days=1)) == {}
    job = job_of(sqlite_record, settings, fleet, day + timedelta(days=1))
    assert {(v.load, v.keeps_stock) for v in job.vehicles} == {((), False)}


def test_no_more_is_on_board_than_the_vehicle_holds(sqlite_record, keeping, van, put_on_board, day):
    """What lies loosely is counted as more than there is room for."""
    put_on_board(sqlite_record, 30, EVENING, litres=9_000)
    tomorrow = begins_with(sqlite_record, keeping, van, day + timedelta(days=1))
    assert tomorrow == {"T-VAN": (30, van.types["van"].litres)}


def test_goods_told_apart_are_so_on_board(sqlite_record, keeping, van, put_on_board, day):
    put_on_board(sqlite_record, 30, EVENING)
    own = ("kg", "litres", "kg paper", "litres paper")
    tomorrow = begins_with(sqlite_record, keeping, van, day + timedelta(days=1), dimensions=own)
    assert tomorrow == {"T-VAN": (0, 0, 30, 210)}


def test_what_today_brings_home_is_there_tomorrow_before_today_is_driven(
    sqlite_record, booked, settings, keeping, van, day, now
):
    """The van takes all home, since it need not unload; once the day is driven, the book has the word."""
    booked(sqlite_record, 3)
    job = job_of(sqlite_record, keeping, van, day)
    assert [(v.id, v.keeps_stock, v.load) for v in job.vehicles] == [("T-VAN", True, (0, 0))]
    result = plan_day(job)
    brought = sum(stop.pickup[0] for stop in job.stops), sum(stop.pickup[1] for stop in job.stops)
    assert result.plan.unserved == ()
    assert result.plan.routes[0].visits[-1].collected == brought
    with sqlite_record.write() as session:
        dispatch.store_plan(session, keeping, "DEP-01", day, job, result, now)

    tomorrow = day + timedelta(days=1)
    assert begins_with(sqlite_record, keeping, van, tomorrow, now) == {"T-VAN": brought}
    assert begins_with(sqlite_record, keeping, van, day, now) == {"T-VAN": (0, 0)}
    assert begins_with(sqlite_record, keeping, van, tomorrow, EVENING) == {"T-VAN": (0, 0)}
    assert begins_with(sqlite_record, settings, van, tomorrow, now) == {}


def test_the_next_day_is_planned_with_what_is_on_board(sqlite_record, booked, keeping, van, put_on_board, day):
    """A van that is full unloads before its first visit, and the plan keeps every rule."""
    kind = van.types["van"]
    booked(sqlite_record, 2)
    put_on_board(sqlite_record, kind.kg, EVENING - timedelta(days=1))
    job = job_of(sqlite_record, keeping, van, day)
    assert job.vehicles[0].load == (kind.kg, kind.litres)
    plan = plan_day(job).plan
    assert check(stated(job).problem, plan) == []
    assert plan.unserved == ()
    assert [visit.kind for visit in plan.routes[0].visits] == ["unload", "stop", "stop"]
