"""A town with a partner that announces trips of its own."""

from datetime import timedelta

import pytest
from carriers import STAFF, company
from searching_here import search_here
from sqlalchemy import select

from recycling import spare
from recycling.models import SpareOffer
from recycling.partner_companies import Partners
from recycling.spare.wish import PlaceWish, TripWish


@pytest.fixture
def settings(settings):
    vars(settings)["partners"] = Partners(partner=(company("carry"), company("other")))
    return settings


@pytest.fixture
def trip_wish(day):
    """Return a function that makes a sound announcement, changed where the test says."""

    def make(**changes):
        sound = {
            "external": "T-1",
            "day": day,
            "window": "08:00-18:00",
            "start": PlaceWish("A-001"),
            "end": None,
            "places": (PlaceWish("A-003", window="09:00-12:00", minutes=10, kg=20, litres=100),),
            "vehicle": "van",
            "kg": 300,
            "litres": 2000,
            "materials": ("paper", "appliances"),
            "drops": ("CEN-01",),
            "people": 2,
            "tail_lift": True,
            "ask_visit": 1.0,
            "detour_minutes": 60,
            "most": 5,
        }
        return TripWish(**{**sound, **changes})

    return make


@pytest.fixture
def announce(office, trip_wish, now):
    """Return a function that announces a trip in a record and returns it."""

    def make(database, partner="carry", at=now, **changes):
        desk = office(database)
        with database.write() as session:
            company_of = desk.settings.partners.find(partner)
            trip = spare.checked(session, desk, trip_wish(**changes), company_of, at)
            return spare.enter(session, desk, trip, STAFF, at)[1]

    return make


@pytest.fixture
def on_the_day(now):
    return now + timedelta(days=1)


@pytest.fixture
def accepted(record, office, booked, announce, now, day):
    """Return a function that has a trip accept a pickup, and returns the offer."""

    def make(**changes):
        booked(record, 1, window="10:00-12:00")
        announce(record, **changes)
        spare.look(office(record), "DEP-01", day, now)
        with record.read() as session:
            offer = session.scalars(select(SpareOffer)).one()
        return spare.accept(office(record), offer.id, STAFF, now)

    return make


@pytest.fixture
def in_this_process(monkeypatch):
    """Let the search work here, which takes a moment where a process of its own takes seconds to begin."""

    search_here(monkeypatch)
