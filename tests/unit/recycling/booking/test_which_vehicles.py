"""What asks for a tail lift, or lies behind a low gate, is promised only where a vehicle of the depot can serve it."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from recycling import dispatch, network
from recycling.booking import Need, Window, book, keep_window, need_of, offers, ways
from recycling.errors import ConflictError
from recycling.fleet import Fleet, load_fleet, typical
from recycling.models import Booking, Hold

LOW = 2.5


@pytest.fixture
def without_lift(office, record):
    """The counter of a depot whose trucks have no tail lift."""
    desk = office(record)
    plain = {code: kind.model_copy(update={"tail_lift": False}) for code, kind in desk.fleet.types.items()}
    return replace(desk, fleet=Fleet(types=plain, fleets=desk.fleet.fleets))


def asked(desk, request, now, day):
    """Windows on offer, and whether the ways say that a vehicle could come at all."""
    from recycling.booking.checks import need_of_wish

    with desk.database.read() as session:
        need = need_of_wish(session, desk, request, now)
        found = offers(session, desk, need, now, [day])
        return need, found, ways(session, desk, need, found, now).vehicle


def refused(call):
    with pytest.raises(ConflictError) as caught:
        call()
    return caught.value.faults[0].code


@pytest.mark.parametrize(
    ("changes", "lift"),
    [({"items": {"fridge.large": 1}}, True), ({"height_limit": LOW}, False), ({"height_limit": 1.9}, False)],
)
def test_nothing_is_promised_that_no_vehicle_can_serve(without_lift, office, record, wish, now, day, changes, lift):
    desk = without_lift if lift else office(record)
    request = wish(**changes)
    need, found, vehicle = asked(desk, request, now, day)
    assert (found, vehicle) == ([], False)
    window = Window("DEP-01", day, "08:00-10:00")
    assert refused(lambda: keep_window(desk, "form-of-mine", need, window, now)) == "no-vehicle"
    assert refused(lambda: book(desk, request, "form-of-mine", now)) == "no-vehicle"
    with record.read() as session:
        assert [session.scalar(select(func.count()).select_from(kind)) for kind in (Booking, Hold)] == [0, 0]


def test_what_some_vehicle_can_serve_is_promised_and_rides_on_no_other(record, office, wish, fleet, settings, now, day):
    desk = office(record)
    tall = wish(items={"fridge.large": 1}, phone="13900139001", address="1栋")
    low = wish(items={"paper": 1}, height_limit=LOW, phone="13900139002", address="2栋")
    made = []
    for number, request in enumerate((tall, low)):
        _, found, vehicle = asked(desk, request, now, day)
        assert len(found) == 4
        assert vehicle
        made.append(book(desk, request, f"form-of-mine-{number}", now))
    with record.read() as session:
        job = dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)
    stops = {stop.id: stop for stop in job.stops}
    able = [{v.id for v in job.vehicles if stops[f"b:{one.id}"].takes(v)} for one in made]
    assert able == [{"T-BOX-1", "T-BOX-2", "T-BOX-3"}, {"T-VAN"}]
    assert stops[f"b:{made[0].id}"].skills == {"crew-2", "tail-lift"}


def test_the_height_of_the_way_in_that_is_said_after_holding_is_heeded(record, office, wish, now, day):
    desk = office(record)
    need, _, _ = asked(desk, wish(), now, day)
    keep_window(desk, "form-of-mine", need, Window("DEP-01", day, "08:00-10:00"), now)
    assert refused(lambda: book(desk, wish(height_limit=LOW), "form-of-mine", now)) == "no-vehicle"


def test_a_booking_with_a_low_way_in_is_split_by_what_can_come(record, office, wish, now):
    desk = office(record)
    made = book(desk, wish(items={"cardboard": 60}, height_limit=LOW), "form-of-mine", now)
    with record.read() as session:
        visits = session.scalars(select(Booking)).all()
        van = desk.fleet.types["van"]
        for visit in visits:
            assert sum(line.litres * line.pieces for line in visit.lines) <= van.litres
        assert need_of(desk, session.get_one(Booking, made.id)).height_limit == LOW


def test_what_asks_for_a_tail_lift_is_served_from_every_shipped_depot(home, catalogue):
    fleet = load_fleet()
    depots = json.loads((home / "data" / "geo" / "depots.geojson").read_text(encoding="utf-8"))["features"]
    asking = [item for item in catalogue.variants.values() if item.tail_lift]
    assert asking
    for depot in (d["properties"]["code"] for d in depots):
        for item in asking:
            assert typical(fleet, depot, item.people, item.litres, item.tail_lift) is not None, (depot, item)


def test_a_way_in_as_high_as_the_vehicle_is_high_enough(fleet):
    van = fleet.types["van"]
    assert van.can_serve(1, height_limit=van.height)
    assert not van.can_serve(1, height_limit=van.height - 0.01)
    assert fleet.higher_than("DEP-01", van.height) == {"T-BOX-1", "T-BOX-2", "T-BOX-3"}
    assert fleet.higher_than("DEP-01", None) == frozenset()
    assert Need("DEP-01", 107.4, 31.2, 1, 60, 1).height_limit is None
