"""FAULT 2: the process that plans is killed in mid-search. The run waits for its lease; another worker takes it up."""

from datetime import timedelta

import pytest
import runners
from sqlalchemy import func, select

from recycling import clock, runs
from recycling.figures import plan_figures, the_plan
from recycling.models import Booking, LeftOut, Plan, PlanRoute, PlanRun, PlanVisit
from recycling.runs import LEASE, MOST_ATTEMPTS


def counts(record, *models):
    with record.read() as session:
        return [session.scalar(select(func.count()).select_from(model)) for model in models]


@pytest.fixture
def asked(record, booked, settings, day, now):
    """A run for a day of six bookings."""
    booked(record, 6)
    with record.write() as session:
        return runs.ask(session, "DEP-01", day, "dispatcher", now, settings).id


@pytest.fixture
def kill(record, settings, fleet, asked):
    """Return a function that lets a worker search, kills it in the middle of it, and returns the run as it is then."""
    runners_begun = []

    def look():
        with record.read() as session:
            return runs.the_run(session, asked)

    def call():
        runner, answers = runners.begun(record, runners.searching(settings, 60.0), fleet)
        runners_begun.append(runner)
        fence = answers.get(timeout=300)
        runners.until(lambda: look().progress >= 0.12)  # the roads and the matrix stand for a tenth
        children = runners.below(runner.pid)
        assert children, "the solver is a process of its own"
        runner.kill()
        runner.join(300)
        runners.until(lambda: not runners.left(children), 60.0)
        return fence, look()

    yield call
    for runner in runners_begun:
        runners.ended(runner)


def test_fault_02_a_runner_killed_in_mid_search_loses_nothing(record, kill, asked, settings, fleet, day):
    fence, run = kill()
    assert (fence, run.state, run.plan_id) == (1, "running", None)
    assert counts(record, Plan, PlanRoute, PlanVisit, LeftOut) == [0, 0, 0, 0]
    assert counts(record, Booking, PlanRun) == [6, 1]
    assert runs.claim(record, run.lease_until - timedelta(seconds=1)) is None, "its lease is not over"

    taken = runs.claim(record, run.lease_until + timedelta(seconds=1))
    assert (taken.id, taken.fence, taken.attempts) == (asked, 2, 2)
    assert runs.work(record, settings, fleet, taken) is not None
    with record.read() as session:
        plan, run = the_plan(session, "DEP-01", day), runs.the_run(session, asked)
    assert (run.state, run.plan_id) == ("done", plan.id)
    assert (plan.version, plan_figures(plan).bookings) == (1, 6)
    assert counts(record, Plan) == [1]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_fault_02_a_run_that_kills_each_runner_is_given_up_and_says_so(record, kill, asked):
    """The record's own hours are moved, so that each lease is over at once."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        fence, run = kill()
        assert (fence, run.attempts) == (attempt, attempt)
        with record.write() as session:
            runs.the_run(session, asked).lease_until = clock.utc_now() - LEASE
    assert runs.claim(record, clock.utc_now()) is None
    with record.read() as session:
        run = runs.the_run(session, asked)
    assert (run.state, run.error_code) == ("failed", "attempts")
    assert "3 attempts" in run.error
    assert counts(record, Plan, Booking) == [0, 6]
