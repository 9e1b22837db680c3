"""A booking that staff change once its route is made: what no vehicle there could do is refused, the rest is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from made_plans import make_plan
from sqlalchemy import select

from recycling.booking import amend, move, wish_of
from recycling.booking.outgrown import outgrown, outgrown_of
from recycling.booking.visits import kg_of, litres_of, visit_seconds
from recycling.errors import ConflictError
from recycling.in_force import in_force
from recycling.models import PlanRoute, PlanVisit

from .conftest import CLERK, fresh


@pytest.fixture
def on_route(desk, taken, bring, now):
    """Return a function that makes a booking which stands on a route made for just what it says."""

    def make(plate="T-BOX-1", version=1, **changes):
        booking = bring(desk, taken(desk, **changes), "planned", now)
        plan_for(desk, booking, version, plate)
        return booking

    return make


def plan_for(desk, booking, version, plate="T-BOX-1"):
    make_plan(desk.database, booking, version, plate=plate)
    with desk.database.write() as session:
        plan = session.scalar(in_force(booking.depot_code, booking.service_day))
        routes = select(PlanRoute.id).where(PlanRoute.plan_id == plan.id)
        (visit,) = session.scalars(
            select(PlanVisit).where(PlanVisit.route_id.in_(routes), PlanVisit.booking_id == booking.id)
        )
        visit.lon, visit.lat = booking.lon, booking.lat
        visit.ends_at = visit.begins_at + timedelta(seconds=visit_seconds(desk.settings, booking))
        visit.collected_kg, visit.collected_litres = kg_of(booking.lines), litres_of(booking.lines)


def told(desk, booking):
    with desk.database.read() as session:
        return outgrown(
            session, desk.settings, session.scalar(in_force(booking.depot_code, booking.service_day))
        ), outgrown_of(session, desk.settings, [fresh(desk, booking)])


def test_what_a_route_does_not_know_is_told_until_it_is_made_anew(desk, on_route, now):
    booking = on_route(items={"paper": 2})
    assert told(desk, booking) == ([], [])
    done = amend(desk, booking, replace(wish_of(booking), items={"paper": 2, "washer": 1}, floor=4), CLERK, now)
    ((one,), (same,)) = told(desk, done)
    assert one == same
    assert (one.reference, one.plate, one.metres) == (booking.reference, "T-BOX-1", 0)
    extra = visit_seconds(desk.settings, done) - visit_seconds(desk.settings, booking)
    assert one.minutes == round(extra / 60) > 0
    assert one.kg == kg_of(done.lines) - kg_of(booking.lines) > 0
    assert one.litres == litres_of(done.lines) - litres_of(booking.lines) > 0
    plan_for(desk, done, 2)
    assert told(desk, done) == ([], [])


def test_another_door_is_told_and_words_or_less_are_not(desk, on_route, now):
    booking = on_route(items={"paper": 5})
    less = amend(desk, booking, replace(wish_of(booking), items={"paper": 3}, note="两只纸箱"), CLERK, now)
    assert told(desk, less) == ([], [])
    there = replace(wish_of(less), lon=less.lon + 0.005, lat=less.lat)
    ((one,), _) = told(desk, amend(desk, less, there, CLERK, now))
    assert (one.minutes, one.kg, one.litres) == (0, 0, 0)
    assert 450 < one.metres < 500


@pytest.mark.parametrize(
    "changes",
    [
        {"items": {"fridge": 1}},  # takes two people
        {"items": {"sofa": 1, "table": 1, "wardrobe": 2, "mattress": 3}},
    ],
)
def test_what_the_vehicle_of_the_route_cannot_do_is_refused(desk, on_route, now, day, changes):
    booking = on_route("T-VAN", items={"paper": 2})
    with pytest.raises(ConflictError, match="Move the booking first") as caught:
        amend(desk, booking, replace(wish_of(booking), **changes), CLERK, now)
    assert caught.value.faults[0].code == "route-vehicle"
    moved = move(desk, booking, day + timedelta(days=1), "10:00-12:00", CLERK, now)
    assert amend(desk, moved, replace(wish_of(moved), **changes), CLERK, now).state == "booked"


def test_a_low_gate_keeps_the_box_truck_of_the_route_out_and_not_the_van(desk, on_route, now):
    low = {"height_limit": 2.2}
    in_the_van = on_route("T-VAN", items={"paper": 2})
    assert amend(desk, in_the_van, replace(wish_of(in_the_van), **low), CLERK, now).height_limit == 2.2
    in_the_box = on_route("T-BOX-1", 2, items={"paper": 2}, phone="13900001111", address="另一栋101")
    with pytest.raises(ConflictError) as caught:
        amend(desk, in_the_box, replace(wish_of(in_the_box), **low), CLERK, now)
    assert caught.value.faults[0].code == "route-vehicle"
