"""The small town with a scenario of it as it stands."""

import pytest

from recycling.accounts.actors import system
from recycling.sites.scenarios import make, the_scenario
from recycling.sites.ways import WaysDesk

WHO = system("test")


@pytest.fixture
def desk(home):
    """Ways found in the test's own process, kept in its own home."""
    return WaysDesk(apart=False)


@pytest.fixture
def drawn(sqlite_record, settings, fleet, now):
    """The key of a scenario of the town as it stands."""
    with sqlite_record.write() as session:
        return make(session, settings, fleet, "现状", None, WHO, now).id


@pytest.fixture
def edit(sqlite_record):
    """Return a function that changes a scenario: `edit(key, function, ...)` calls it with the values that follow."""

    def call(key, function, *values, version=None, at=None):
        with sqlite_record.write() as session:
            scenario = the_scenario(session, key)
            return function(session, scenario, version or scenario.version, *values, WHO, at or scenario.changed_at)

    return call


@pytest.fixture
def scenario_of(sqlite_record):
    """Return a function that reads a scenario."""

    def read(key):
        with sqlite_record.read() as session:
            return the_scenario(session, key)

    return read
