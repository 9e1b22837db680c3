"""How a visit goes, said on the truck's page: the crew's own doors, and the number to call on demand."""

import re

import pytest
import time_machine
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select

from recycling import audit
from recycling.models import Booking

TRUCK = "/crew/T-BOX/2026-03-05"
AT = NINE + 10 * MINUTE
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def route(sqlite_record, booked, at_now):
    """Three bookings: two on the truck's route, planned to begin at 09:20 and 09:40, and one on no route."""
    made = booked(sqlite_record, 3)
    make_plan(sqlite_record, made[1], 1, begins=NINE + 40 * MINUTE, before=made[:1])
    with sqlite_record.write() as session:
        for booking in made:
            session.get(Booking, booking.id).state = "planned"
    with time_machine.travel(AT, tick=False):
        yield made


@pytest.fixture
def crew(app, signed_in, route):
    return signed_in(app, "driver", ["DEP-01"], at=AT)


def send(client, booking, path, **entries):
    hidden = re.search(r'name="csrf_token" value="([^"]+)"', client.get(TRUCK).text).group(1)
    return client.post(
        f"{TRUCK}/{path}", data={"csrf_token": hidden, "booking": booking.id, **entries}, headers=ENGLISH
    )


def door_of(page, booking):
    found = re.search(rf'data-reference="{booking.reference}".*?</li>', page, re.S)
    return found.group(0) if found else ""


def state(record, booking):
    with record.read() as session:
        found = session.get(Booking, booking.id)
        return found.state, found.reason


def test_the_crew_sees_the_doors_of_its_route_with_masked_numbers(crew, route):
    page = crew.get(TRUCK, headers=ENGLISH).text
    for booking in route[:2]:
        door = door_of(page, booking)
        assert booking.address in door
        assert "138****8000" in door
    assert door_of(page, route[2]) == ""
    assert "13800138000" not in page
    assert "data-reference" not in crew.get(TRUCK.replace("BOX", "VAN"), headers=ENGLISH).text


def test_a_crew_says_that_it_sets_off_and_that_nobody_was_met(crew, route, sqlite_record):
    answer = send(crew, route[0], "visit", word="set_off")
    assert answer.status_code == 200
    assert "the crew is on its way" in answer.text
    assert "On the way" in door_of(answer.text, route[0])
    assert send(crew, route[0], "visit", word="turned_back").status_code == 200
    answer = send(crew, route[0], "visit", word="failed", reason="absent")
    assert "nobody answered the door" in door_of(answer.text, route[0])
    assert state(sqlite_record, route[0]) == ("failed", "absent")


@pytest.mark.parametrize("path", ["visit", "number"])
def test_of_doors_on_no_route_of_this_truck_nothing_is_said(crew, route, sqlite_record, path):
    answer = send(crew, route[2], path, word="failed", reason="absent")
    assert answer.status_code == 404
    assert "no such booking" in answer.text
    assert "13800138000" not in answer.text
    assert state(sqlite_record, route[2]) == ("planned", "")


def test_a_number_is_shown_on_demand_and_that_is_written_down(crew, route, sqlite_record):
    page = send(crew, route[0], "number").text
    assert 'href="tel:+8613800138000"' in door_of(page, route[0])
    assert "13800138000" not in door_of(page, route[1])
    assert "13800138000" not in crew.get(TRUCK).text
    with sqlite_record.read() as session:
        seen = audit.events(session, "booking", route[0].id)[-1]
    assert (seen.action, seen.actor_role) == ("caller.seen", "driver")


def test_crews_say_it_on_the_day_and_of_their_depot(app, signed_in, crew, route, sqlite_record):
    other = signed_in(app, "driver", ["DEP-02"], at=AT)
    hidden = re.search(r'name="csrf_token" value="([^"]+)"', other.get("/crew").text)
    entries = {"csrf_token": hidden.group(1) if hidden else "", "booking": route[0].id}
    for path in ("visit", "number"):
        assert other.post(f"{TRUCK}/{path}", data={**entries, "word": "set_off"}).status_code in (400, 403)
    with time_machine.travel(AT + 24 * 60 * MINUTE, tick=False):
        late = signed_in(app, "driver", ["DEP-01"], at=AT + 24 * 60 * MINUTE)
        assert late.get(TRUCK).status_code == 403
    assert state(sqlite_record, route[0]) == ("planned", "")
    with sqlite_record.read() as session:
        assert session.scalars(select(Booking.state).where(Booking.state != "planned")).all() == []
