"""FAULT 22: the solver takes more time or more memory than it may. It is ended, and the run says why.

Where it is an engine that does, that engine is ended, and another one plans the day.
"""

import multiprocessing

import pytest
import solvers
import structlog
from ended import left_over
from sqlalchemy import func, select

from recycling import clock, runs
from recycling.models import Plan


@pytest.fixture
def work(sqlite_record, booked, settings, fleet, day, now):
    """Return a function that works a day off under limits, and returns the run."""
    booked(sqlite_record, 2)

    def call(**limits):
        before = set(multiprocessing.active_children())  # others' processes are kept for what comes next
        tight = settings.model_copy(update={"planning": settings.planning.model_copy(update=limits)})
        with sqlite_record.write() as session:
            asked = runs.ask(session, "DEP-01", day, "dispatcher", now, settings)
        runs.work(sqlite_record, tight, fleet, runs.claim(sqlite_record, clock.utc_now()))
        assert not left_over(before)
        with sqlite_record.read() as session:
            run = runs.the_run(session, asked.id)
            assert session.scalar(select(func.count()).select_from(Plan)) == (run.state == "done")
            return run

    return call


def test_fault_22_too_long(work, monkeypatch):
    monkeypatch.setattr(runs, "solve_in_child", solvers.never_ends)
    monkeypatch.setattr("pebble.common.process.CONSTS.term_timeout", 0.1)
    run = work(extra_seconds=2.0)
    assert (run.state, run.error_code) == ("failed", "too-slow")
    assert run.progress == 0.5, "it was at work until then"


def test_fault_22_loading_is_not_counted(work, monkeypatch):
    """After an update the loops are compiled, which a slow machine takes longer for than for the search."""
    monkeypatch.setattr(runs, "solve_in_child", solvers.ends_before_it_is_at_work)
    run = work(extra_seconds=0.5)
    assert (run.state, run.error) == ("failed", "ZeroDivisionError: by nought")


def test_fault_22_never_loaded(work, monkeypatch):
    monkeypatch.setattr(runs, "solve_in_child", solvers.never_loaded)
    monkeypatch.setattr(runs, "LOADING_SECONDS", 1.0)
    monkeypatch.setattr(runs, "LOADING_SHORT", 0.1)
    with structlog.testing.capture_logs() as log:
        run = work()
    assert (run.state, run.error_code, run.progress) == ("failed", "too-slow", 0.0)
    assert [line["event"] for line in log if "compiled first" in line["event"]] == [
        "the solver is being loaded; after an update it is compiled first, which takes a minute or two"
    ]


def test_fault_22_too_much_memory(work, monkeypatch):
    monkeypatch.setattr(runs, "solve_in_child", solvers.hungry)
    run = work(memory_mb=700)
    assert (run.state, run.error_code) == ("failed", "memory")
    assert "700 MB" in run.error


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("engine_never_ends", "first was dropped: it did not end in time"),
        ("engine_is_hungry", "first was dropped: it needed more memory than there is"),
    ],
)
def test_fault_22_an_engine_is_ended_and_the_next_one_plans(work, monkeypatch, name, note):
    monkeypatch.setattr(runs, "solve_in_child", getattr(solvers, name))
    with structlog.testing.capture_logs() as log:
        run = work(memory_mb=600, extra_seconds=300)  # however long a busy machine takes to begin them
    assert (run.state, run.error) == ("done", "")
    assert [line["note"] for line in log if line["event"] == "a note of the plan"][:1] == [note]
