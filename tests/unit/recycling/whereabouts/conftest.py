"""The small town on a Monday with calls: the box truck from 09:00 to 12:00, the van from 09:30 to 10:30."""

from datetime import timedelta

import pytest
from drivers import DRIVER, PLACE
from made_timetables import of_the_town

from recycling.stock.vehicle import the_vehicle
from recycling.whereabouts import CONSENT, switch_on, take_position


@pytest.fixture
def town_with_calls(record, settings, now):
    of_the_town(record, settings, now)
    return record


@pytest.fixture
def monday(settings, now):
    """Return a function that gives a moment of that Monday, such as "09:30"."""
    from recycling.clock import parse_hour

    day = settings.clock.today(now + timedelta(days=5))
    return lambda hour: settings.clock.at(day, parse_hour(hour))


@pytest.fixture
def truck(fleet):
    return the_vehicle(fleet, "T-BOX")


@pytest.fixture
def shares(town_with_calls, settings, truck):
    """Return a function that switches the truck's place on."""

    def on(now, actor=DRIVER, version=CONSENT, vehicle=truck, day=None):
        with town_with_calls.write() as session:
            switch_on(session, settings, vehicle, day or settings.clock.today(now), version, actor, now)

    return on


@pytest.fixture
def at(town_with_calls, settings, truck):
    """Return a function that says where the truck is."""

    def say(now, lonlat=PLACE, actor=DRIVER, vehicle=truck):
        with town_with_calls.write() as session:
            take_position(session, settings, vehicle, settings.clock.today(now), lonlat, actor, now)

    return say
