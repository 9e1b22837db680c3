"""FAULT 3: the solving process is killed. A person sees a failed run with its reason, and can ask again."""

import multiprocessing
import os
import signal
import time

import pytest
import structlog
from sqlalchemy import func, select

from recycling import clock, runs
from recycling.figures import plan_figures, the_plan
from recycling.models import Booking, LeftOut, Plan, PlanRoute, PlanRun, PlanVisit


def until_no_child_is_left():
    for _ in range(15_000):
        if not multiprocessing.active_children():
            return
        time.sleep(0.02)
    pytest.fail("a solving process is left over")


@pytest.fixture
def work(sqlite_record, booked, settings, fleet, day, now):
    """Return a function that asks for the day, works it off in a process of its own and returns the run."""
    booked(sqlite_record, 3)

    def call(watch=None):
        with sqlite_record.write() as session:
            asked = runs.ask(session, "DEP-01", day, "dispatcher", now, settings)
        runs.work(sqlite_record, settings, fleet, runs.claim(sqlite_record, clock.utc_now()), watch)
        until_no_child_is_left()
        with sqlite_record.read() as session:
            return runs.the_run(session, asked.id)

    return call


def count(record, model):
    with record.read() as session:
        return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("from_share", [0.0, 0.1])
def test_fault_03_solver_killed(sqlite_record, work, day, from_share):
    killed = []

    def kill(share, cost):
        if not killed and share >= from_share:
            (child,) = multiprocessing.active_children()
            os.kill(child.pid, signal.SIGKILL)
            killed.append(share)

    run = work(kill)
    assert killed
    assert (run.state, run.error_code, run.plan_id) == ("failed", "solver-died", None)
    assert "-9" in run.error
    assert [count(sqlite_record, m) for m in (Plan, PlanRoute, PlanVisit, LeftOut)] == [0, 0, 0, 0]
    assert count(sqlite_record, Booking) == 3

    again = work()  # the control, and what the person does next
    assert (again.state, again.error) == ("done", "")
    assert again.id != run.id
    with sqlite_record.read() as session:
        plan = the_plan(session, "DEP-01", day)
    assert (plan.version, plan_figures(plan).bookings) == (1, 3)
    assert count(sqlite_record, PlanRun) == 2


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("kills_itself", "solver-died", "the searching process ended with -9"),
        ("cannot_be_sent", "solver-died", "the searching process ended with "),
        ("raises", "fault", "ZeroDivisionError: by nought"),
    ],
)
def test_fault_03_solver_ends_otherwise(sqlite_record, work, monkeypatch, name, code, error):
    import solvers

    monkeypatch.setattr(runs, "solve_in_child", getattr(solvers, name))
    run = work()
    assert run.state == "failed"
    assert run.error_code == code
    assert run.error.startswith(error)  # who ends a process that has nothing to say any more, is a race
    assert count(sqlite_record, Plan) == 0


def test_fault_03_an_engine_is_killed_and_the_next_one_plans(sqlite_record, work, monkeypatch, day):
    import solvers

    monkeypatch.setattr(runs, "solve_in_child", solvers.engine_kills_itself)
    with structlog.testing.capture_logs() as log:
        run = work()
    assert (run.state, run.error) == ("done", "")
    with sqlite_record.read() as session:
        plan = the_plan(session, "DEP-01", day)
    assert (plan.engine, plan_figures(plan).bookings) == ("ortools", 3)
    assert [line["note"] for line in log if line["event"] == "a note of the plan"][:1] == [
        "first was dropped: its process was killed, as the system does when memory runs out"
    ]


def test_fault_03_a_report_that_fails_ends_the_solver_too(work, monkeypatch):
    """Nobody searches on for a run that nobody watches; `work` itself checks that no child is left."""
    import solvers

    monkeypatch.setattr(runs, "solve_in_child", solvers.never_ends)
    monkeypatch.setattr("pebble.common.process.CONSTS.term_timeout", 0.1)

    def watch(share, cost):
        if share:
            raise RuntimeError("the screen is gone")

    run = work(watch)
    assert (run.state, run.error) == ("failed", "RuntimeError: the screen is gone")
