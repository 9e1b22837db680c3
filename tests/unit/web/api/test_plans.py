"""A program has a day planned, watches the run and reads the plan; people stay out of it."""

import pytest

from recycling import clock, runs
from recycling.accounts import keys
from recycling.accounts.actors import Role, system


@pytest.fixture
def key_of(sqlite_record, at_now):
    """Return a function that makes a key of a role with scopes, as it is presented."""

    def make(role, *scopes):
        with sqlite_record.write() as session:
            made = keys.make(session, system("test"), "dispatch", role, scopes, ["DEP-01"], 30, at_now)
        return f"Bearer {made[1]}"

    return make


@pytest.fixture
def planner(call, key_of):
    """Calls as a program of the dispatcher."""
    key = key_of(Role.DISPATCHER, "day.plan", "day.read")
    return lambda method, path, body=None: call(method, path, body, Authorization=key)


def test_a_day_is_planned_watched_and_read(planner, made, sqlite_record, settings, fleet, day):
    asked = planner("POST", "/plan-runs", {"depot": "DEP-01", "day": str(day)})
    assert asked.status_code == 202, asked.text
    assert (asked.json["state"], asked.json["version"]) == ("queued", None)
    again = planner("POST", "/plan-runs", {"depot": "DEP-01", "day": str(day)})
    assert again.json["run"] == asked.json["run"], "one that waits is returned instead of a second"
    assert planner("GET", f"/plans?depot=DEP-01&day={day}").status_code == 404
    run = runs.claim(sqlite_record, clock.utc_now())
    runs.work(sqlite_record, settings, fleet, run)
    ended = planner("GET", f"/plan-runs/{asked.json['run']}").json
    assert (ended["state"], ended["progress"], ended["version"], ended["error"]) == ("done", 1.0, 1, "")
    answer = planner("GET", f"/plans?depot=DEP-01&day={day}")
    (route,) = answer.json["routes"]
    visit = route["visits"][0]
    assert (visit["kind"], visit["reference"]) == ("booking", made["reference"])
    assert visit["promise"]["start"] <= visit["begins_at"] <= visit["promise"]["end"]
    assert answer.json["left_out"] == []
    assert answer.json["waiting"] == 0
    for secret in ("王女士", "13800138000", "3栋2单元501"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"depot": "DEP-01"}, 422, "day"),
        ({"depot": "DEP-01", "day": "yesterday"}, 422, "day"),
        ({"depot": "DEP-01", "day": "2020-01-01"}, 422, "day"),
        ({"depot": "DEP-77", "day": "2026-03-05"}, 404, ""),
        ({"depot": "DEP-01", "day": "2026-03-05", "how": "magic"}, 422, "how"),
    ],
)
def test_what_cannot_be_asked(planner, body, status, where):
    answer = planner("POST", "/plan-runs", body)
    assert answer.status_code == status, answer.text
    assert where in answer.text


def test_only_with_the_scope_and_for_its_own_depots(call, key_of, day):
    body = {"depot": "DEP-01", "day": str(day)}
    assert call("POST", "/plan-runs", body).status_code == 401
    reader = key_of(Role.DISPATCHER, "day.read")
    assert call("POST", "/plan-runs", body, Authorization=reader).status_code == 403
    assert call("GET", "/plan-runs/00000000-0000-0000-0000-000000000000", Authorization=reader).status_code == 404
