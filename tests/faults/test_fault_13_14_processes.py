"""FAULTS 13 and 14 with schedulers as servers run them: one is killed, others come at once. The day is planned once."""

from datetime import timedelta

import pytest
import runners
from sqlalchemy import delete, select

from recycling import clock
from recycling.models import JobTick, PlanRun
from recycling.settings import load_settings


@pytest.fixture
def settings():
    """The cut-off was an hour ago, whatever time it is."""
    hour = load_settings().clock.local(clock.utc_now() - timedelta(hours=1))
    return load_settings(service={"evening_cut_off": f"{hour:%H:%M}"})


@pytest.fixture
def scheduler(record, settings):
    """Return a function that begins a scheduler in a process of its own and waits until it has looked at the clock."""
    begun = []

    def call():
        process, answers = runners.scheduling(record, settings)
        begun.append(process)
        assert answers.get(timeout=300) == "looked"
        return process

    yield call
    for process in begun:
        runners.ended(process)


def planned(record):
    with record.read() as session:
        return [run.depot_code for run in session.scalars(select(PlanRun).order_by(PlanRun.depot_code))]


def ticks(record):
    with record.read() as session:
        return len(session.scalars(select(JobTick).where(JobTick.job == "plan-next-day")).all())


def test_fault_13_14_down_over_a_cut_off_killed_and_begun_twice_at_once(record, scheduler):
    assert planned(record) == [], "nobody was there at the cut-off"
    first = scheduler()
    assert (planned(record), ticks(record)) == (["DEP-01", "DEP-02"], 1)
    first.kill()
    first.join(300)
    assert first.exitcode == -9
    both = [scheduler(), scheduler()]
    assert (planned(record), ticks(record)) == (["DEP-01", "DEP-02"], 1)
    assert all(process.is_alive() for process in both)

    with record.write() as session:  # the control: without the tick's row another scheduler plans it again
        session.execute(delete(JobTick))
        for run in session.scalars(select(PlanRun)):
            run.state, run.finished_at = "done", clock.utc_now()
    scheduler()
    assert len(planned(record)) == 4
