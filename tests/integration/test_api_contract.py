"""Made-up calls against the description: no server error, and nothing that the description does not say.

A few examples an operation here; the soak trial takes SOAK_CALLS (100) for each.
"""

import os
import shutil
from datetime import timedelta

import hypothesis
import pytest
import schemathesis
import time_machine
from hypothesis import HealthCheck, Phase
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from sqlalchemy import select

from recycling import network as layers
from recycling.db import Database
from recycling.models import Booking
from recycling.settings import load_settings
from web.app import create_app
from web.services import Services

CALLS = int(os.environ.get("SOAK_CALLS", "100"))
KEY = "a-key-of-a-program-0001"
MANY = dict.fromkeys(("reads_a_minute", "writes_a_minute", "key_reads_a_minute", "key_writes_a_minute"), 10**9)
OPERATIONS = [
    "items",
    "prices",
    "places",
    "slots",
    "keep",
    "renew",
    "book",
    "show",
    "change",
    "cancel",
    "missed",
    "consents",
    "ask",
    "asked",
    "photos_of_booking",
    "add_photo",
    "photo",
    "remove_photo",
    "wait",
    "waits",
    "leave",
    "accept",
    "list_rounds",
    "wait_for_round",
    "waits_for_round",
    "leave_round",
]  # fmt: skip
PLANNED_REFUSALS = ["2xx", "400", "401", "404", "409", "412", "415", "422", "428"]
"""What is sound in shape can still be refused: a window in the past, an unknown community, an old version."""


@pytest.fixture
def app(migrated_file, tmp_path, town, catalogue, fleet, now):
    database = Database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'record.db')}")
    with database.write() as session:
        layers.store(session, town())
    settings = load_settings(planning={"seconds": 0.1}, api=MANY, booking={"most_kept_per_address": 100_000})
    with time_machine.travel(now, tick=False):
        yield create_app(Services(database, settings, catalogue, fleet))
    database.close()


@pytest.fixture
def described(app):
    config = SchemathesisConfig.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": PLANNED_REFUSALS}}}
    )
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)


@pytest.fixture
def token(app, day):
    """The token of a booking, so that operations on one find one."""
    body = {
        "items": {"fridge": 1},
        "community": "A-001",
        "address": "3栋2单元501",
        "contact": "王女士",
        "phone": "13800138000",
    }
    made = app.test_client().post(
        "/api/v1/bookings",
        json={**body, "day": str(day), "window": "08:00-10:00"},
        headers={"Idempotency-Key": KEY},
    )
    return made.json["token"]


def try_out(described, token, name, most):
    """Make up calls of one operation and judge each answer; return the statuses that came back."""
    found = next(o.ok() for o in described.get_all_operations() if o.ok().definition.raw["operationId"] == name)
    seen = []

    @hypothesis.given(case=found.as_strategy())
    @hypothesis.settings(
        max_examples=most,
        deadline=None,
        derandomize=most < 50,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def one(case):
        if "token" in case.path_parameters and len(seen) % 2:
            case.path_parameters["token"] = token
        response = case.call()
        seen.append(response.status_code)
        case.validate_response(response, checks=list(CHECKS.get_all()))
        assert response.status_code < 500

    one()
    return seen


@pytest.fixture
def late(app, token, now, day):
    """The same token on the day itself, when the dispatcher says that the crew comes late after a closed day."""
    s = app.extensions["recycling"]
    with time_machine.travel(s.settings.clock.midnight(day) + timedelta(hours=9), tick=False):
        with s.database.write() as session:
            found = session.scalar(select(Booking).where(Booking.token == token))
            found.state, found.expected_at = "planned", found.promise_end + timedelta(minutes=20)
            found.moved_from_start = found.promise_start - timedelta(days=1)
            found.moved_from_end = found.promise_end - timedelta(days=1)
            found.closed_zh = "暴雨"
        yield token


@pytest.mark.parametrize(("name", "status"), [("ask", 201), ("asked", 200), ("show", 200)])
def test_a_few_calls_after_the_cut_off_break_nothing(described, late, name, status):
    assert status in try_out(described, late, name, 10), "the control: what is judged was answered"


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_few_calls_break_nothing(described, token, name):
    assert try_out(described, token, name, 5)


def test_the_judge_sees_an_answer_that_is_not_described(app, described, token, monkeypatch):
    """The control."""
    monkeypatch.setattr("web.api.goods.suggest", lambda *_: [{"label": 1}])
    with pytest.raises(BaseException, match=r"(?s)schema"):
        try_out(described, token, "places", 10)


@pytest.mark.soak
@pytest.mark.parametrize("name", OPERATIONS)
def test_many_calls_break_nothing(described, token, name, capsys):
    seen = try_out(described, token, name, CALLS)
    with capsys.disabled():
        print(f"\n{name}: {len(seen)} calls, { ({s: seen.count(s) for s in sorted(set(seen))}) }")
