"""What the counter shows beside the windows: truck calls nearby, how many vehicles it takes, what is taken apart."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Booking, Call

ENGLISH = {"Accept-Language": "en"}
PLACE = "lon=107.473&lat=31.203"


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk", ["DEP-01"])


@pytest.fixture
def called(sqlite_record, settings, day):
    """Return a function that puts a truck call beside the caller's door, so many degrees of latitude away."""

    def make(north=0.0):
        call = Call(
            depot_code="DEP-01", community_code="A-001", service_day=day, dwell_minutes=60,
            starts_at=settings.clock.at(day, settings.service.window_spans[0].start),
            expected_kg=1, expected_litres=1, lon=107.473, lat=31.203 + north,
        )  # fmt: skip
        with sqlite_record.write() as session:
            session.add(call)

    return make


def asked(clerk, things):
    answer = clerk.get(f"/clerk/windows?{things}&{PLACE}", headers=ENGLISH)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_calls_within_walking_distance_are_said_as_the_resident_s_page_says_them(clerk, client, called):
    called(north=0.001)
    called(north=0.1)
    said = asked(clerk, "item-paper=1")
    (call,) = said["calls"]
    assert call["community"] == "社区A-001"
    assert 100 < call["metres"] < 130
    assert call["hours"]
    assert said["calls"] == client.get(f"/windows?item-paper=1&{PLACE}", headers=ENGLISH).json["calls"]


def test_the_truck_in_the_caller_s_own_community_is_not_zero_metres_away(clerk, client, called):
    called()
    called(north=0.001)
    assert [call["here"] for call in asked(clerk, "item-paper=1")["calls"]] == [True, False]
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk").text).group(1)
    entries = {"csrf_token": token, "key": "a-form-of-the-counter", "phone": "13800138000"}
    shown = clerk.post("/clerk/book", data=entries, headers=ENGLISH)
    for page in (shown.text, client.get("/book", headers=ENGLISH).text):
        (said,) = re.findall(r'data-call-here="([^"]+)"', page)
        assert "{metres}" not in said
        assert "community" in said.rpartition("}")[2]


def test_two_visits_are_said_before_one_books(clerk):
    said = asked(clerk, "item-fridge=1&item-sofa=1")
    assert len(said["visits"]) == 2
    assert any("Refrigerator × 1" in text for text in said["visits"])
    assert asked(clerk, "item-fridge=1")["visits"] == []


def test_taking_apart_is_offered_where_it_can_be_and_takes_its_time(clerk):
    offers = {
        t["value"]: t["apart"] for q in ("air-conditioner", "paper") for t in clerk.get(f"/clerk/things?q={q}").json
    }
    assert (offers["air-conditioner"], offers["paper"]) == (True, False)


def test_a_tick_at_a_thing_is_kept_with_a_fault_and_booked(clerk, sqlite_record, day):
    page = clerk.get("/clerk").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    entries = {
        "csrf_token": token, "key": "a-form-of-the-counter", "phone": "13800138000", "item-air-conditioner": "1",
        "apart-air-conditioner": "yes", "item-paper": "1", "lon": "107.473", "lat": "31.203", "address": "3栋2单元501",
        "slot": f"{day} 08:00-10:00", "contact": "", "pin": "given",
    }  # fmt: skip
    refused = clerk.post("/clerk/book", data=entries)
    assert refused.status_code == 422
    assert re.search(r'name="apart-air-conditioner" value="yes" checked', refused.text)
    assert 'name="apart-paper"' not in refused.text
    assert clerk.post("/clerk/book", data={**entries, "contact": "王女士"}).status_code == 303
    with sqlite_record.read() as session:
        lines = [line for made in session.scalars(select(Booking)) for line in made.lines]
        assert {line.item: line.dismantle for line in lines} == {"air-conditioner": True, "paper": False}
