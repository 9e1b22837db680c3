"""FAULT 21: an engine answers with garbage, or with a plan that cannot be driven. The judge refuses it.

The engine sits where engines sit: in a process of its own below the solving process of a run. The next one plans the
day; where there is none, nothing is published and the run says why.
"""

import pytest
import solvers
import structlog
from sqlalchemy import func, select

from recycling import clock, runs
from recycling.figures import plan_figures, the_plan
from recycling.models import LeftOut, Plan, PlanRoute, PlanVisit


@pytest.fixture
def work(sqlite_record, booked, settings, catalogue, fleet, day, now):
    """Return a function that works the day off and returns the run, with the notes of its plan.

    Its vehicles hold one booking at a time.
    """
    booked(sqlite_record, 4)
    paper = catalogue.items["paper"]
    room = {"kg": 2 * paper.kg, "litres": 2 * paper.litres, "compartments": ()}
    small = {code: kind.model_copy(update=room) for code, kind in fleet.types.items()}
    fleet = fleet.model_copy(update={"types": small})

    def call():
        with sqlite_record.write() as session:
            asked = runs.ask(session, "DEP-01", day, "dispatcher", now, settings)
        with structlog.testing.capture_logs() as log:
            runs.work(sqlite_record, settings, fleet, runs.claim(sqlite_record, clock.utc_now()))
        with sqlite_record.read() as session:
            run = runs.the_run(session, asked.id)
        return run, [line["note"] for line in log if line["event"] == "a note of the plan"]

    return call


def rows(record):
    with record.read() as session:
        return [session.scalar(select(func.count()).select_from(m)) for m in (Plan, PlanRoute, PlanVisit, LeftOut)]


def overfull(plan):
    """Visits after which more is on board than the vehicle holds, by the record alone."""
    return [
        visit
        for route in plan.routes
        for visit in route.visits
        if visit.load_kg > route.capacity_kg or visit.load_litres > route.capacity_litres
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("first_overloads", "its plan breaks rules: "),
        ("first_comes_late", "its plan breaks rules: "),
        ("first_forgets", "its plan breaks rules: "),
        ("first_understates", "its plan breaks rules: "),
        ("first_answers_garbage", "it returned no plan but str"),
    ],
)
def test_fault_21_a_plan_that_cannot_be_driven_is_refused_and_the_next_engine_plans(
    sqlite_record, work, monkeypatch, day, name, words
):
    monkeypatch.setattr(runs, "solve_in_child", getattr(solvers, name))
    run, notes = work()
    assert (run.state, run.error) == ("done", "")
    assert notes[0].startswith("first was dropped")
    assert words in notes[0]
    with sqlite_record.read() as session:
        plan = the_plan(session, "DEP-01", day)
    assert plan.engine == "ortools"
    assert plan_figures(plan).bookings + plan_figures(plan).left_out_total == 4
    assert overfull(plan) == []
    assert rows(sqlite_record)[0] == 1


def test_fault_21_where_no_engine_has_a_sound_plan_nothing_is_published(sqlite_record, work, monkeypatch):
    monkeypatch.setattr(runs, "solve_in_child", solvers.all_overload)
    run, _ = work()
    assert (run.state, run.plan_id) == ("failed", None)
    assert "breaks rules" in run.error
    assert rows(sqlite_record) == [0, 0, 0, 0]

    monkeypatch.undo()
    again, notes = work()  # what the person does next
    assert (again.state, notes) == ("done", [])
    assert rows(sqlite_record)[0] == 1


def test_fault_21_without_the_judge_it_would_be_published(sqlite_record, work, monkeypatch, day):
    """The control: the same engine, nobody who judges, and a vehicle too full stands in the record."""
    monkeypatch.setattr(runs, "solve_in_child", solvers.all_overload_unjudged)
    run, _ = work()
    assert (run.state, run.error) == ("done", "")
    with sqlite_record.read() as session:
        assert overfull(the_plan(session, "DEP-01", day))
