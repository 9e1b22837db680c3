"""The whole command on a small week, rows made of canned answers, and the memory of processes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import assert_refused, benchmark

from benchmarks import searching
from benchmarks.days import FEWEST
from benchmarks.days.week import DAYS, FAR, MIDNIGHT, week
from benchmarks.running import Outcome
from benchmarks.searching import Search
from benchmarks.size_comparison import DAYS as KINDS
from benchmarks.size_comparison import REPORT, Comparison, Options, Row, means, with_gaps
from benchmarks.tree_memory import TreeMemory, descendants
from routing.check import check
from routing.plan import Unserved
from routing.solve.finish import complete

FIELDS = ["day", "stops", "engine", "executor", "seconds", "cores", "seed", "cost", "gap", "valid", "unserved"]
FIELDS += ["required", "peak_mb", "note"]
WEEK = week(150)
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--days", "week"), marks=pytest.mark.soak),
        ("--days", "apart", "--executor", "processes"),
    ],
)
def test_the_command_end_to_end(tmp_path, words):
    rows = tmp_path / "rows.json"
    done = benchmark("size", "--stops", 40, "--seconds", 0.5, "--reference", 1, "--json", rows, *words)
    assert done.returncode == 0, done.stderr
    told = json.loads(rows.read_text())
    ours, reference = told["rows"]
    assert (ours["engine"], reference["engine"]) == ("ours", "reference")
    for row in told["rows"]:
        assert list(row) == FIELDS
        assert row["valid"] is True, row
        assert row["required"] == 0
        assert row["peak_mb"] > 50
    assert ours["gap"] == pytest.approx(ours["cost"] / reference["cost"] - 1)
    assert reference["gap"] == 0
    assert "distributed" in told["versions"]
    assert len(done.stdout.splitlines()) == 2 + 2 + 1 + 2 + 2


WRONG = {
    "few stops": (["--stops", FEWEST - 1], f"--stops takes whole numbers from {FEWEST} up"),
    "cluster": (["--cluster", "tcp://127.0.0.1:1"], "--cluster goes with --executor dask"),
    "folder for rows": (["--json", "absent/rows.json"], "no folder"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_words(case):
    words, sentence = WRONG[case]
    assert_refused(benchmark("size", *words), sentence)


# -- weeks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stops", [FEWEST, 150, 700])
def test_weeks_have_the_stops_that_were_asked_for(stops):
    made = week(stops)
    assert len(made.stops) == stops
    assert (made.matrices["van"].durations >= 0).all()
    assert {v.start for v in made.vehicles} == set(range(6))
    assert {v.shift.start // MIDNIGHT for v in made.vehicles} == set(range(len(DAYS)))


def test_the_same_seed_gives_the_same_week():
    assert week(150).to_json() == WEEK.to_json() != week(150, 2).to_json()


def test_calls_are_at_their_minute_by_a_truck_that_works_then():
    made = week(700)
    calls = [s for s in made.stops if s.vehicles is not None]
    assert len(calls) > 15
    fleet = {v.id: v for v in made.vehicles}
    for call in calls:
        (truck,) = (fleet[name] for name in call.vehicles)
        assert call.required
        assert truck.type == "truck"
        assert truck.shift.start < call.windows[0].start < call.windows[0].end < truck.shift.end


def test_what_must_be_served_is_not_far():
    made = week(700)
    must = [s.location for s in made.stops if s.required]
    assert made.matrices["van"].durations[:6, must].min(axis=0).max() <= FAR
    assert len(must) > 30


def test_some_stops_have_two_days():
    days = [{w.start // MIDNIGHT for w in s.windows} for s in WEEK.stops]
    assert {len(d) for d in days} == {1, 2}


# -- canned answers ----------------------------------------------------------------------------------------------

PLAN = complete(WEEK, [])


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The rows when the processes answer as given, one after the other."""

    def rows(*answers, reference=9.0):
        left = list(answers)
        monkeypatch.setattr(searching, "run", lambda *a: left.pop(0))
        monkeypatch.setitem(KINDS, "week", lambda stops, seed: WEEK)
        asked = Options("week", reference, "threads", "", Search(1.0, 1, 1))
        return Comparison(150, asked, tmp_path / "work", lambda line: None).run()

    return rows


def answer(plan, note=""):
    return Outcome([{"case": "search", "seconds": 2.0, "note": note, "peak_mb": 99.9, "plan": plan.to_json()}])


def test_a_crash_leaves_an_empty_row_and_no_gap(told):
    assert check(WEEK, PLAN) == []
    ours, reference = told(answer(PLAN, "slow"), Outcome(ended="ended by SIGKILL"))
    assert (reference.cost, reference.valid, reference.peak_mb, reference.note) == (
        None,
        None,
        None,
        "ended by SIGKILL",
    )
    assert (ours.cost, ours.gap, ours.valid, ours.peak_mb, ours.note) == (PLAN.cost, None, True, 99.9, "slow")


def test_required_stops_left_out_are_counted(told):
    must = [s.id for s in WEEK.stops if s.required]
    (row,) = told(answer(replace(PLAN, unserved=(*PLAN.unserved, Unserved(must[0], "late")))), reference=None)
    assert (row.required, row.unserved, row.valid) == (1, len(PLAN.unserved) + 1, False)


def test_gaps_are_to_the_valid_reference():
    row = Row("d", 20, "ours", "threads", 1.0, 1, 1, cost=110, valid=True, peak_mb=1.0)
    long = replace(row, engine="reference", cost=100, peak_mb=2.0)
    assert [r.gap for r in with_gaps([row, long])] == [pytest.approx(0.1), 0]
    assert [r.gap for r in with_gaps([row, replace(long, valid=False)])] == [None, None]
    found = means([*with_gaps([row, long]), replace(row, valid=False, peak_mb=3.0)])
    assert [(m.engine, m.days, m.valid, m.peak_mb) for m in found] == [("ours", 2, 1, 3.0), ("reference", 1, 1, 2.0)]
    assert "10.000 %" in REPORT.table(found)


# -- memory ------------------------------------------------------------------------------------------------------


def test_processes_of_processes_count():
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    hold = "import sys; x = bytearray(b'1') * 200_000_000; print(1, flush=True); sys.stdin.read()"
    before = TreeMemory()
    before.look()
    with subprocess.Popen([sys.executable, "-c", code, hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert len(descendants(os.getpid())) >= 2
        during = TreeMemory()
        during.look()
    assert during.most > before.most + 150


HELD = """
import numpy as np
from benchmarks.tree_memory import TreeMemory
memory = TreeMemory()
memory.look()
np.ones(40_000_000)
print(memory.peak_mb() - memory.most)
"""


def test_what_was_held_between_looks_counts():
    """In a process of its own: this one may have held more before."""
    said = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(said.stdout) > 200
