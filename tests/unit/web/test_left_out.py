"""What a dispatcher sees of orders that no vehicle takes."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Call, Community, LeftOut, Plan, PlanRoute, PlanVisit

DAY = "/dispatch/DEP-01/2026-03-05"


@pytest.fixture
def bookings(sqlite_record, booked):
    return booked(sqlite_record, 3) + booked(sqlite_record, 7, contact="李先生")


@pytest.fixture
def leave_out(sqlite_record, bookings, day, now):
    """Return a function that writes down a plan of the first three bookings on one vehicle, which leaves others out."""

    def visit(position, booking):
        at = {"lon": booking.lon, "lat": booking.lat, "way": []}
        times = dict.fromkeys(("arrives_at", "begins_at", "ends_at"), now)
        loads = dict.fromkeys(("load_kg", "load_litres", "collected_kg", "collected_litres"), 0)
        return PlanVisit(position=position, booking_id=booking.id, **at, **times, **loads)

    def make(left_out):
        route = PlanRoute(
            number=1, plate="T-BOX", vehicle_type="box", capacity_kg=1800, capacity_litres=16000, starts_at=now,
            ends_at=now, load_kg=0, load_litres=0, distance=1, driving=1, cost=1, way_home=[],
            visits=[visit(k, booking) for k, booking in enumerate(bookings[:3])],
        )  # fmt: skip
        plan = Plan(
            depot_code="DEP-01", service_day=day, version=1, made_at=now, engine="hand", search_seconds=0.0, cost=1,
            roads="grid", routes=[route], left_out=left_out,
        )  # fmt: skip
        with sqlite_record.write() as session:
            session.add(plan)

    return make


@pytest.fixture
def client(app, signed_in):
    """A dispatcher at the desk."""
    return signed_in(app, "dispatcher")


@pytest.fixture
def page(client):
    """Return a function that reads a page of the day in a language."""
    return lambda language="en", view="": client.get(DAY + view, headers={"Accept-Language": language}).text


SAID = {
    "en": (
        "The best place left is on T-BOX, which would then be 2 min late at {place} {reference}."
        " Besides, T-BOX would be overloaded by 9 litres.",
        "T-VAN could serve it at 17:00. +¥\xa012.34",
        "It would fit if the visit to {place} {reference} might be 2 min later. +¥\xa020.00",
    ),
    "zh-CN": (
        "最合适的是 T-BOX，但会使 {place} {reference} 的上门晚 2 分钟。而且 T-BOX 会超载 9 升。",
        "T-VAN 可在 17:00 上门。 +¥\xa012.34",
        "如果 {place} {reference} 的上门可以推迟 2 分钟，就能安排。 +¥\xa020.00",
    ),
}


@pytest.mark.parametrize("language", SAID)
def test_the_whole_reason_and_the_cheapest_remedies(page, bookings, leave_out, language):
    fellow, out = bookings[2:4]
    fixes = [
        {"change": "window", "cost": 1_234, "vehicle": "T-VAN", "start": 61_200},
        {"change": "promise", "cost": 2_000, "at": f"b:{fellow.id}", "seconds": 61},
        {"change": "vehicle", "cost": 13_000, "vehicle": "T-BOX"},
    ]
    load = {"dimension": "litres", "amount": 9}
    figures = {"vehicle": "T-BOX", "seconds": 61, "at": f"b:{fellow.id}", **load, "fixes": fixes}
    leave_out([LeftOut(booking_id=out.id, reason="late", figures=figures)])
    reason, *remedies = (text.format(place=fellow.place, reference=fellow.reference) for text in SAID[language])
    found = page(language)
    (card,) = re.findall(rf'<li id="left-{out.reference}">.*?</li>', found, re.DOTALL)
    assert re.findall(r'<p class="reason">(.*?)</p>', card) == [reason]
    assert [re.sub("<[^>]+>", "", said) for said in re.findall(r'<p class="remedy">(.*?)</p>', card)] == remedies
    assert "<details open>" in found
    assert reason in page(language, "/map")


def test_it_would_be_late_itself(page, bookings, leave_out):
    figures = {"vehicle": "T-BOX", "seconds": 61, "at": f"b:{bookings[3].id}"}
    leave_out([LeftOut(booking_id=bookings[3].id, reason="late", figures=figures)])
    assert "and would serve it 2 min late." in page()
    assert "晚到 2 分钟" in page("zh-CN")


def test_many_do_not_hide_the_routes_and_how_many_vehicles_would_do_is_told(page, bookings, leave_out):
    fixes = [{"change": "vehicle", "cost": 13_000, "vehicle": "T-BOX"}]
    leave_out([LeftOut(booking_id=b.id, reason="unreachable", figures={"fixes": fixes}) for b in bookings[3:]])
    found = page()
    assert found.count('<li id="left-') == 7
    assert "<details >" in found, "closed until it is asked for"
    told = "7 would each fit on one more vehicle. At 3 orders a vehicle, as on this day, about 3 more would be needed."
    assert told in found
    assert "有 7 单，各自再加一辆车就能安排；按当天每车约 3 单计，共需再加约 3 辆。" in page("zh-CN")


def test_a_truck_call_is_named_once(page, sqlite_record, leave_out, day, now):
    with sqlite_record.write() as session:
        community = session.scalars(select(Community)).first()
        call = Call(
            depot_code="DEP-01", community_code=community.code, service_day=day, starts_at=now, dwell_minutes=45,
            expected_kg=90, expected_litres=900, lon=community.lon, lat=community.lat,
        )  # fmt: skip
        session.add(call)
    leave_out([LeftOut(call_id=call.id, reason="no-vehicle", figures={})])
    found = page()
    assert f"<strong>{community.name}</strong>" in found
    assert f"<code>{community.name}</code>" not in found
    assert "config/fleet.toml" in found
