"""`recycling solve`, `check` and `explain`, as an integrator uses them."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from recycling.cli import main
from routing.files import write_problem
from routing.plan import Plan
from routing.problem import Matrix, Problem, Stop, TimeWindow, UnloadSite, Vehicle
from routing.solve import apart, portfolio
from routing.solve.finish import complete


def street(stops=6, prize=50_000):
    """A depot, a site and doors along one street, five minutes from each to the next; one door is out of hours."""
    at = np.arange(stops + 2) * 300
    seconds = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    day = TimeWindow(28_800, 64_800)
    doors = [Stop(f"s{k}", k + 2, (day,), 600, (0,), (10,), prize) for k in range(stops - 1)]
    doors.append(Stop("night", stops + 1, (TimeWindow(80_000, 82_000),), 600, (0,), (10,), prize))
    van = Vehicle("van", "van", (30,), 0, 0, day, "road", 10_000, 200, 4_000)
    return Problem(
        ("kg",), tuple(doors), (van,), (UnloadSite("centre", 1, day, 900),), {"road": Matrix(seconds, seconds * 8)}
    )


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(apart.threading, "active_count", lambda: 1)  # the command has no other threads; pytest may
    (tmp_path / "day.json").write_text(street().to_json(), encoding="utf-8")

    def call(*words):
        result = CliRunner().invoke(main, [str(w) for w in words], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result.exit_code, result.stdout, result.stderr

    return call


def test_a_day_is_planned_judged_and_explained(run, tmp_path):
    code, said, _ = run("solve", tmp_path / "day.json", "--seconds", 0.5, "-o", tmp_path / "plan.json")
    assert code == 0
    assert "5 of 6 stops, 1 vehicles" in said
    assert "left out: night (outside-hours)" in said
    assert sorted(os.listdir(tmp_path)) == ["day.json", "plan.json"]
    code, said, complaint = run("check", tmp_path / "day.json", tmp_path / "plan.json")
    assert (code, said, complaint) == (0, "", "keeps every rule\n")
    code, said, _ = run("explain", tmp_path / "plan.json", "s3")
    assert code == 0
    assert said.startswith("s3: van, there ")
    said = run("explain", tmp_path / "plan.json", "night")[1].splitlines()
    assert said[0].startswith("night: left out, outside-hours (vehicle van")
    assert said[1].startswith("  Even as the only stop of van it would be ")
    assert any(line.startswith("  van could serve it at ") and line.endswith(" yuan)") for line in said[2:])
    asked = run("explain", tmp_path / "day.json", tmp_path / "plan.json", "night", "--seconds", 6)[1].splitlines()
    assert asked[:2] == said[:2]
    assert asked[2] == "  Proven: no plan serves it as well without a change, or at a lower price."


def test_the_cost_is_told_term_by_term(run, tmp_path):
    said = run("solve", tmp_path / "day.json", "--seconds", 0.3, "-o", tmp_path / "plan.json")[1].splitlines()
    plan = Plan.from_json((tmp_path / "plan.json").read_text(encoding="utf-8"))
    terms = [line.removesuffix(" yuan").split() for line in said if line.startswith("  ") and line.endswith(" yuan")]
    assert terms == [[name, f"{fen / 100:,.2f}"] for name, fen in plan.prices.items()]
    assert {"fixed", "distance", "hours", "prizes"} <= plan.prices.keys()
    assert f" {plan.cost / 100:,.2f} yuan ({plan.engine})" in said[0]


@pytest.mark.parametrize(
    ("above", "words"),
    [(1_000, ["proven: it costs at most 10.00 yuan (1.3 %) more than the best plan"]), (0, [])],
)
def test_how_far_a_plan_may_be_from_the_best_is_told(run, tmp_path, monkeypatch, above, words):
    def planned(day, *_, **__):
        plan = complete(day, [])
        return replace(plan, bound=plan.cost - above)

    monkeypatch.setattr("routing.solve.solve", planned)
    said = run("solve", tmp_path / "day.json")[1].splitlines()
    assert [line for line in said if "proven" in line] == words


def test_a_plan_that_breaks_rules_is_told_line_by_line(run, tmp_path):
    run("solve", tmp_path / "day.json", "--seconds", 0.3, "-o", tmp_path / "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    plan["routes"][0]["visits"].pop()
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    code, said, complaint = run("check", tmp_path / "day.json", tmp_path / "plan.json")
    assert code == 1
    assert "van at -: comes home with collected goods by" in said
    assert complaint.endswith("rules broken\n")


def test_the_plan_goes_beside_the_problem(run, tmp_path):
    assert run("solve", tmp_path / "day.json", "--seconds", 0.3)[1].endswith(
        f"written to {tmp_path / 'day.plan.json'}\n"
    )


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_day_with_large_matrices_is_planned_judged_and_explained(run, tmp_path, monkeypatch, executor):
    monkeypatch.setattr("routing.files.LARGE", 1)
    write_problem(street(), tmp_path / "day.json")
    assert (tmp_path / "day.2.npy").exists()
    words = ("--seconds", 0.5, "--executor", executor, "--cores", 2, "-o", tmp_path / "plan.json")
    assert "5 of 6 stops, 1 vehicles" in run("solve", tmp_path / "day.json", *words)[1]
    assert run("check", tmp_path / "day.json", tmp_path / "plan.json")[0] == 0
    said = run("explain", tmp_path / "day.json", tmp_path / "plan.json", "night", "--seconds", 1)[1]
    assert said.startswith("night: left out, outside-hours")


def test_an_engine_that_crashes_is_named_and_another_one_plans(run, tmp_path, monkeypatch):
    def is_killed(problem, search):
        os.kill(os.getpid(), signal.SIGKILL)

    first = portfolio.Engine("first", frozenset(portfolio.FEATURES), is_killed)
    monkeypatch.setattr(portfolio, "ENGINES", [first, *portfolio.ENGINES[1:]])
    code, said, _ = run("solve", tmp_path / "day.json", "--seconds", 0.5)
    assert code == 0
    assert "5 of 6 stops" in said
    assert "note: first was dropped: its process was killed" in said


def test_a_cluster_is_for_dask_alone(run, tmp_path):
    code, _, complaint = run("solve", tmp_path / "day.json", "--cluster", "tcp://127.0.0.1:1")
    assert code == 2
    assert "--cluster goes with --executor dask" in complaint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON: line 1"),
        ("{}", "stops: is missing"),
        ('{"stops": 3}', "stops: 3 is no list"),
    ],
)
def test_what_cannot_be_read_is_said(run, tmp_path, text, words):
    (tmp_path / "day.json").write_text(text, encoding="utf-8")
    code, _, complaint = run("solve", tmp_path / "day.json")
    assert code == 2
    assert words in complaint
    assert os.listdir(tmp_path) == ["day.json"]


def test_every_fault_of_a_day_is_said(run, tmp_path):
    day = json.loads(street(stops=30).to_json())
    for door in day["stops"]:
        door["service"] = -1
    (tmp_path / "day.json").write_text(json.dumps(day), encoding="utf-8")
    for words in (("solve", tmp_path / "day.json"), ("check", tmp_path / "day.json", tmp_path / "day.json")):
        code, _, complaint = run(*words)
        assert code == 2
        assert [complaint.count(f"stops[{k}].service: is negative") for k in range(30)] == [1] * 30


def test_missing_files_and_stops_are_said(run, tmp_path):
    assert "none.json cannot be read" in run("check", tmp_path / "none.json", tmp_path / "none.json")[2]
    run("solve", tmp_path / "day.json", "--seconds", 0.3)
    code, _, complaint = run("explain", tmp_path / "day.plan.json", "s99")
    assert code == 2
    assert "knows no stop s99" in complaint
    many = [tmp_path / "day.json", tmp_path / "day.json", tmp_path / "day.plan.json"]
    assert "at most one PROBLEM" in run("explain", *many, "s3")[2]


def test_an_interrupt_keeps_the_best_plan(tmp_path):
    """An hour is asked for; the process is told to stop once it plans."""
    (tmp_path / "day.json").write_text(street().to_json(), encoding="utf-8")
    command = [Path(sys.executable).parent / "recycling", "solve", tmp_path / "day.json", "--seconds", "3600"]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=alone, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not planning(process.pid):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        try:
            said, _ = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == 0
    assert b"5 of 6 stops" in said
    assert len(Plan.from_json((tmp_path / "day.plan.json").read_text(encoding="utf-8")).routes) == 1


def planning(pid):
    """Tell whether the process hears its engine, which it does in a thread of its own."""
    return len(os.listdir(f"/proc/{pid}/task")) > 1
