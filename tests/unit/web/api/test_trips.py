"""Trips of partners by program: announced, listed, answered, reported, settled, each partner's own."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from recycling import spare
from recycling.accounts import keys
from recycling.accounts.actors import Role, system
from recycling.models import SpareOffer, SpareTrip
from recycling.partner_companies import Partners
from recycling.spare.looking import _write
from routing.spare import Match

TRIP = {
    "day": "2026-03-05",
    "window": "08:00-18:00",
    "start": {"community": "A-001"},
    "places": [{"community": "A-003", "window": "09:00-12:00", "minutes": 10, "kg": 20, "litres": 100}],
    "vehicle": "van",
    "kg": 300,
    "litres": 2000,
    "people": 2,
    "materials": ["paper", "appliances"],
    "drops": ["CEN-01"],
    "ask_visit_yuan": 2,
    "ask_kg_yuan": 0.1,
}


@pytest.fixture
def app(app, settings):
    """The interface, with two partners that collect paper in the town."""
    first, *_ = settings.partners.partner
    mine = first.model_copy(update={"areas": ("A-",), "materials": ("paper", "appliances")})
    both = Partners(
        partner=(mine, mine.model_copy(update={"code": "other", "zh": "别家", "en": "Other", "accounts": ()}))
    )
    vars(settings)["partners"] = vars(app.extensions["recycling"].settings)["partners"] = both
    return app


@pytest.fixture
def as_partner(call, sqlite_record, at_now):
    """Return a function that gives what calls as a partner."""

    def named(name):
        with sqlite_record.write() as session:
            made = keys.make(session, system("test"), name, Role.PARTNER, ["spare.send"], ["DEP-01"], 30, at_now)
        return lambda method, path, body=None: call(method, path, body, Authorization=f"Bearer {made[1]}")

    return named


@pytest.fixture
def partner(as_partner):
    return as_partner("example-appliances")


@pytest.fixture
def offer(partner, sqlite_record, booked, office, at_now, day):
    """A pickup that is offered to the trip, as the search would."""
    (booking,) = booked(sqlite_record, 1, window="10:00-12:00")
    assert partner("PUT", "/trips/T-1", TRIP).status_code == 200
    desk = office(sqlite_record)
    with sqlite_record.write() as session:
        trip = session.scalars(select(SpareTrip)).one()
        (candidate,) = spare.candidates.candidates(session, desk, "DEP-01", day)
        match = Match(f"b:{booking.id}", 10 * 3600, 300, 2000, 900, 400, False)
        until = at_now + timedelta(hours=1)
        assert _write(session, desk, trip, match, candidate, 1, until, system("test"), at_now)
        return session.scalars(select(SpareOffer)).one()


def test_a_trip_is_taken_once_and_changed_by_sending_it_again(partner):
    made = partner("PUT", "/trips/T-1", TRIP)
    assert made.status_code == 200, made.text
    assert (made.json["outcome"], made.json["partner"], made.json["offers"]) == ("taken", "example-appliances", [])
    assert made.json["hours"]["start"] == "2026-03-05T08:00:00+08:00"
    assert partner("PUT", "/trips/T-1", TRIP).json["outcome"] == "known"
    changed = partner("PUT", "/trips/T-1", {**TRIP, "kg": 200})
    assert (changed.json["outcome"], changed.json["version"]) == ("changed", 2)
    assert [one["number"] for one in partner("GET", "/trips?day=2026-03-05").json["trips"]] == ["T-1"]
    assert partner("DELETE", "/trips/T-1?reason=ill").json["state"] == "cancelled"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"day": "2027-03-05"}, "day"),
        ({"start": {}}, "start"),
        ({"materials": ["gold"]}, "materials"),
        ({"drops": ["CEN-99"]}, "drops"),
        ({"vehicle": "tank"}, "vehicle"),
        ({"kg": 10_000}, "kg"),
        ({"kg": "many"}, "kg"),
        ({"places": [{"nowhere": 1}]}, "places"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(partner, changes, where):
    answer = partner("PUT", "/trips/T-1", {**TRIP, **changes})
    assert answer.status_code == 422
    assert any(where in error["pointer"] for error in answer.json["errors"]), answer.json


def test_accepting_shows_the_door_and_reporting_hides_it(partner, offer, now):
    path = f"/trip-offers/{offer.id}"
    shown = partner("GET", "/trips/T-1").json["offers"][0]
    assert (shown["state"], shown["pays_yuan"], shown["address"], shown["lon"]) == ("offered", 4.0, "", None)
    assert partner("POST", f"{path}/contact").status_code == 409
    accepted = partner("PUT", f"{path}/answer", {"answer": "accept"})
    assert (accepted.json["state"], accepted.json["contact"]) == ("accepted", "王女士")
    assert partner("POST", f"{path}/contact").json == {"phone": "+8613800138000"}
    assert partner("PUT", f"{path}/answer", {"answer": "accept"}).json["state"] == "accepted"
    with time_machine.travel(now + timedelta(hours=20), tick=False):
        report = {"outcome": "collected", "kg": {"paper": 21.5}}
        done = partner("PUT", f"{path}/outcome", report)
        assert (done.status_code, done.json["state"], done.json["contact"]) == (200, "collected", "")
        assert partner("PUT", f"{path}/outcome", report).json["pays_yuan"] == 4.15
        assert partner("PUT", f"{path}/outcome", {"outcome": "failed", "reason": "no-time"}).status_code == 409
        paid = partner("GET", "/trip-statement?first=2026-03-01&last=2026-03-31").json
    assert (paid["yuan"], [line["kg"] for line in paid["lines"]]) == (4.15, [21.5])


def test_giving_back(partner, offer):
    path = f"/trip-offers/{offer.id}"
    partner("PUT", f"{path}/answer", {"answer": "accept"})
    assert partner("PUT", f"{path}/outcome", {"outcome": "failed", "reason": "vehicle-out"}).json["state"] == "failed"
    assert partner("PUT", f"{path}/answer", {"answer": "accept"}).status_code == 409


def test_another_partner_and_other_keys_are_refused(as_partner, offer, call, sqlite_record, at_now):
    other = as_partner("other")
    assert other("GET", "/trips/T-1").status_code == 404
    assert other("PUT", f"/trip-offers/{offer.id}/answer", {"answer": "accept"}).status_code == 403
    assert other("POST", f"/trip-offers/{offer.id}/contact").status_code == 403
    assert call("GET", "/trips").status_code == 401
    with sqlite_record.write() as session:
        made = keys.make(session, system("test"), "S", Role.RETAILER, ["order.send"], ["DEP-01"], 30, at_now)
    assert call("GET", "/trips", None, Authorization=f"Bearer {made[1]}").status_code == 403
