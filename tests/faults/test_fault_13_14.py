"""FAULTS 13 and 14, first form: nobody was there at the cut-off; two were there at once."""

import multiprocessing
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from recycling import jobs
from recycling.db import Database
from recycling.jobs import plan_next_day
from recycling.models import JobTick, PlanRun

CUT_OFF = datetime(2026, 3, 4, 12, tzinfo=UTC)
BOTH = [("DEP-01", date(2026, 3, 5)), ("DEP-02", date(2026, 3, 5))]


def planned(record):
    with record.read() as session:
        return [(r.depot_code, r.service_day) for r in session.scalars(select(PlanRun).order_by(PlanRun.depot_code))]


def ticks(record):
    with record.read() as session:
        return list(session.scalars(select(JobTick.scheduled_for)))


@pytest.mark.parametrize("late", [timedelta(minutes=4), timedelta(hours=3), timedelta(hours=11, minutes=29)])
def test_fault_13_down_over_a_cut_off_is_caught_up(record, settings, late):
    assert plan_next_day(record, settings, CUT_OFF - timedelta(minutes=10)) == []  # yesterday's: its day has begun
    assert len(plan_next_day(record, settings, CUT_OFF + late)) == 2
    assert plan_next_day(record, settings, CUT_OFF + late) == []
    assert (planned(record), ticks(record)) == (BOTH, [CUT_OFF])


def test_fault_13_down_over_several_cut_offs_only_the_day_to_come_is_planned(record, settings):
    plan_next_day(record, settings, CUT_OFF - timedelta(days=5))
    made = plan_next_day(record, settings, CUT_OFF + timedelta(hours=1))
    assert {r.service_day for r in made} == {date(2026, 3, 5)}
    assert {d for _, d in planned(record)} == {date(2026, 2, 28), date(2026, 3, 5)}


def test_fault_13_a_day_that_began_meanwhile_is_not_planned_behind_the_crews_backs(record, settings):
    assert plan_next_day(record, settings, CUT_OFF + timedelta(hours=11, minutes=30)) == []
    assert (planned(record), ticks(record)) == ([], [])


def test_fault_14_two_schedulers_in_two_threads(record, settings, at_once):
    for evening in range(3):
        moment = CUT_OFF + timedelta(days=evening)
        found = at_once(*[lambda moment=moment: plan_next_day(record, settings, moment)] * 2)
        assert sorted(len(f) for f in found) == [0, 2], found
    assert len(planned(record)) == 6
    assert len(ticks(record)) == 3


def tick_in_a_process(url, settings, gate, answers):
    database = Database(url)
    gate.wait(300)
    try:
        answers.put(len(plan_next_day(database, settings, CUT_OFF)))
    except Exception as error:
        answers.put(repr(error))
    database.close()


def test_fault_14_four_schedulers_in_four_processes(record, settings):
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(4), context.Queue()
    url = record.engine.url.render_as_string(hide_password=False)
    children = [
        context.Process(target=tick_in_a_process, args=(url, settings, gate, answers), daemon=True) for _ in range(4)
    ]
    for child in children:
        child.start()
    found = [answers.get(timeout=300) for _ in children]
    for child in children:
        child.join(300)
    assert sorted(map(str, found)) == ["0", "0", "0", "2"]
    assert planned(record) == BOTH


def test_fault_14_without_the_row_both_would_plan(record, settings, monkeypatch):
    """The control: each scheduler has a tick of its own, the first one's runs are over, and it is done twice."""
    names = iter(["first", "second"])
    for _ in range(2):
        monkeypatch.setattr(jobs, "NIGHTLY", next(names))
        assert len(plan_next_day(record, settings, CUT_OFF)) == 2
        with record.write() as session:
            for run in session.scalars(select(PlanRun)):
                run.state = "done"
    assert len(planned(record)) == 4
