"""A planner with a scenario, whose searches are begun by nobody."""

import re

import pytest

from recycling.accounts.actors import system
from recycling.sites.scenarios import make
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services


@pytest.fixture
def begun(monkeypatch):
    """Keys of searches that would have been begun."""
    keys = []
    monkeypatch.setattr("recycling.sites.searching.start", lambda *values: keys.append(values[4]))
    return keys


@pytest.fixture
def planner(sqlite_record, settings, catalogue, fleet, at_now, home, signed_in, begun):
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, ways=WaysDesk(apart=False)))
    client = signed_in(app, "planner")
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def key(sqlite_record, settings, fleet, now):
    with sqlite_record.write() as session:
        return make(session, settings, fleet, "现状", None, system("test"), now).id


@pytest.fixture
def post(planner):
    def send(path, **form):
        page = planner.get("/plan/sites").text
        form["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return planner.post(path, data=form)

    return send
