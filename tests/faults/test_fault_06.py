"""FAULT 6: a worker is stopped (SIGSTOP) past its lease and wakes when another has its run. The plan is there once."""

import os
import signal
from datetime import timedelta

import pytest
import runners
from sqlalchemy import func, select

from recycling import runs
from recycling.models import Plan, PlanRun
from recycling.runs import LEASE


@pytest.fixture
def sleeper(record, booked, settings, fleet, day, now):
    """A worker that was stopped in the middle of its search, its run, and where its answer comes."""
    booked(record, 6)
    with record.write() as session:
        asked = runs.ask(session, "DEP-01", day, "dispatcher", now, settings)
    runner, answers = runners.begun(record, runners.searching(settings, 4.0), fleet)
    assert answers.get(timeout=300) == 1

    def run():
        with record.read() as session:
            return runs.the_run(session, asked.id)

    runners.until(lambda: run().progress >= 0.12)
    os.kill(runner.pid, signal.SIGSTOP)
    yield runner, run, answers
    os.kill(runner.pid, signal.SIGCONT) if runner.is_alive() else None
    runners.ended(runner)


def wake(sleeper):
    runner, _, answers = sleeper
    os.kill(runner.pid, signal.SIGCONT)
    answer = answers.get(timeout=300)
    runner.join(300)
    assert runner.exitcode == 0
    return answer


def plans(record):
    with record.read() as session:
        return list(session.scalars(select(Plan.id).order_by(Plan.version)))


def test_fault_06_who_wakes_after_another_has_published_publishes_nothing(record, sleeper, settings, fleet):
    _, run, _ = sleeper
    taken = runs.claim(record, run().lease_until + timedelta(seconds=1))
    assert taken.fence == 2
    published = runs.work(record, settings, fleet, taken)
    assert plans(record) == [published]
    assert wake(sleeper) is None
    assert plans(record) == [published]
    ended = run()
    assert (ended.state, ended.fence, ended.plan_id, ended.error) == ("done", 2, published, "")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_fault_06_who_wakes_while_another_works_does_not_disturb_it(record, sleeper, settings, fleet):
    _, run, _ = sleeper
    taken = runs.claim(record, run().lease_until + timedelta(seconds=1))
    lease = run().lease_until
    assert wake(sleeper) is None
    now = run()
    assert (now.state, now.fence, now.lease_until, now.progress) == ("running", 2, lease, 0.0), "nothing is renewed"
    assert plans(record) == []
    published = runs.work(record, settings, fleet, taken)
    assert plans(record) == [published]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_fault_06_who_wakes_within_its_lease_or_before_anybody_else_publishes(record, sleeper):
    """The control: without another worker the same sleeper does publish."""
    _, run, _ = sleeper
    assert runs.claim(record, run().lease_until - LEASE) is None
    published = wake(sleeper)
    assert plans(record) == [published]
    with record.read() as session:
        assert session.scalar(select(func.count()).select_from(PlanRun)) == 1
    assert run().fence == 1
