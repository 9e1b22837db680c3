"""What everybody may see of trucks, and when nothing is shown."""

from datetime import timedelta

import pytest
from drivers import DRIVER, PLACE
from sqlalchemy import update

from recycling.models import Call, TruckPosition
from recycling.stock.vehicle import the_vehicle
from recycling.whereabouts import seen_trucks, snapped, switch_off

SECOND = timedelta(seconds=1)


@pytest.fixture
def seen(town_with_calls, settings):
    """Return a function that looks."""

    def look(now, community=""):
        with town_with_calls.read() as session:
            return seen_trucks(session, settings, now, community)

    return look


@pytest.fixture
def put(town_with_calls, settings, monday):
    """Return a function that writes a position past every rule of taking one."""

    def write(moment, day="09:00", plate="T-BOX"):
        cell = snapped(*PLACE)
        with town_with_calls.write() as session:
            session.add(
                TruckPosition(
                    plate=plate,
                    depot_code="DEP-01",
                    service_day=settings.clock.today(monday(day) if isinstance(day, str) else day),
                    grid_row=cell.row,
                    grid_column=cell.column,
                    seen_at=moment,
                    shared_by="x",
                )
            )

    return write


def test_a_truck_is_seen_in_its_square_with_its_next_call(shares, at, seen, monday):
    shares(monday("08:00"))
    assert seen(monday("09:00")) == []
    at(monday("09:05"))
    (one,) = seen(monday("09:06"))
    assert (one.name, one.cell, one.seen_at, one.metres) == ("BOX", snapped(*PLACE), monday("09:05"), None)
    assert one.call.community_code == "A-001"
    at(monday("10:05"))
    assert seen(monday("10:06"))[0].call.community_code == "A-002"
    at(monday("12:05"))
    assert seen(monday("12:06"))[0].call is None


def test_what_is_older_than_five_minutes_is_not_shown(shares, at, seen, monday):
    shares(monday("08:00"))
    at(monday("09:05"))
    assert seen(monday("09:10"))
    assert seen(monday("09:10") + SECOND) == []
    assert seen(monday("09:05") - SECOND) == [], "nor what is still to come"


@pytest.mark.parametrize(
    ("hour", "there"), [("08:39", False), ("08:40", True), ("12:20", True), ("12:21", False), ("20:00", False)]
)
def test_a_truck_is_shown_only_around_its_round(put, seen, monday, hour, there):
    put(monday(hour))
    assert bool(seen(monday(hour))) is there


def test_a_truck_without_calls_today_is_not_shown(town_with_calls, put, seen, monday):
    put(monday("09:00"), plate="T-OLD")
    assert seen(monday("09:00")) == []
    put(monday("09:00"))
    assert len(seen(monday("09:00"))) == 1
    with town_with_calls.write() as session:
        session.execute(update(Call).where(Call.plate == "T-BOX").values(state="cancelled", reason="rain"))
    assert seen(monday("09:00")) == []


def test_a_row_of_another_day_is_not_shown(put, seen, monday):
    put(monday("09:00"), day=monday("09:00") - timedelta(days=1))
    assert seen(monday("09:00")) == []


def test_a_community_sees_its_truck_until_its_call_is_over(shares, at, seen, monday):
    shares(monday("08:00"))
    at(monday("09:58"))
    (one,) = seen(monday("09:59"), "A-001")
    assert one.metres % 100 == 0
    assert one.metres >= 100
    assert seen(monday("10:00"), "A-001") == []
    assert len(seen(monday("10:00"), "A-002")) == 1
    assert seen(monday("10:00"), "A-003") == [], "another truck's"


def test_two_trucks_are_seen_each_with_its_own_call(shares, at, seen, monday, fleet):
    van = the_vehicle(fleet, "T-VAN")
    shares(monday("08:00"))
    shares(monday("08:00"), vehicle=van)
    at(monday("09:30"))
    at(monday("09:30"), vehicle=van)
    assert [(one.name, one.call.community_code) for one in seen(monday("09:31"))] == [
        ("BOX", "A-001"),
        ("VAN", "A-003"),
    ]


def test_what_is_switched_off_is_gone_at_once(town_with_calls, shares, at, seen, monday, truck):
    shares(monday("08:00"))
    at(monday("09:05"))
    with town_with_calls.write() as session:
        switch_off(session, truck, DRIVER, monday("09:06"))
    assert seen(monday("09:06")) == []
