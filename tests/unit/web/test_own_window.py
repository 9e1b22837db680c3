"""A window that a form keeps, or a booking stands in, is on offer to it, and it is no neighbour of itself."""

import re

import pytest
from sqlalchemy import update

from recycling.models import Slot

THINGS = "item-fridge=1&lon=107.473&lat=31.203"
NEARBY = "greenest"


@pytest.fixture
def last_room(client, form, sqlite_record):
    """Keep a window through the form, so that nothing is left of it; return the form's key."""

    def keep():
        asked = form(**dict(part.split("=") for part in THINGS.split("&")))
        assert client.post("/holds", data=asked).status_code == 200
        fill(sqlite_record)
        return asked["key"]

    return keep


def fill(database):
    with database.write() as session:
        session.execute(update(Slot).where(Slot.window == "08:00-10:00").values(capacity=Slot.taken))


def spans(found, day):
    return {w["window"]: w["near"] for group in found["days"] if group["day"] == str(day) for w in group["windows"]}


def test_the_form_sees_its_window(client, last_room, day):
    key = last_room()
    assert spans(client.get(f"/windows?{THINGS}&key={key}").json, day)["08:00-10:00"] is False
    assert "08:00-10:00" not in spans(client.get(f"/windows?{THINGS}").json, day)


def test_the_counter_sees_the_window_that_it_keeps(app, signed_in, last_room, day):
    clerk, key = signed_in(app, "clerk"), last_room()
    found = {w["value"]: w["near"] for w in clerk.get(f"/clerk/windows?{THINGS}&key={key}").json["windows"]}
    assert found[f"{day} 08:00-10:00"] is False
    assert not any(found.values())


def test_a_booking_that_is_moved_sees_its_own_window(client, booked, sqlite_record, day):
    made = booked(sqlite_record, 1)[0]
    fill(sqlite_record)
    page = client.get(f"/b/{made.token}/move", headers={"Accept-Language": "en"}).text
    assert re.search(rf'value="{day} 08:00-10:00" checked', page)
    assert NEARBY not in page
