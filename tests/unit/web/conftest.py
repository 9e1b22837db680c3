"""The application over the small town, with its clock standing at the tests' own moment."""

import pytest
import time_machine

from web.app import create_app
from web.services import Services


@pytest.fixture
def at_now(now):
    with time_machine.travel(now, tick=False):
        yield now


@pytest.fixture
def app(sqlite_record, settings, catalogue, fleet, at_now):
    return create_app(Services(sqlite_record, settings, catalogue, fleet))


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def form(client, day):
    """Return a function that makes a sound booking form with its tokens, changed where the test says."""
    import re

    def make(**changes):
        page = client.get("/book").text
        hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
        entries = {
            **hidden,
            "item-fridge": "1",
            "item-paper": "2",
            "community": "社区A-001 · 示例镇",
            "address": "3栋2单元501",
            "floor": "5",
            "day": str(day),
            "window": "08:00-10:00",
            "contact": "王女士",
            "phone": "13800138000",
        }
        return {**entries, **changes}

    return make


@pytest.fixture
def token(client):
    import re

    def get(path="/"):
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
        return found.group(1)

    return get
