"""The whole command on the smallest day, and rows made of canned answers. No cost of a search is asserted."""

import json
from dataclasses import replace

import pytest
from command_line import assert_refused, benchmark

from benchmarks import searching
from benchmarks.days import FEWEST, everyday_day
from benchmarks.days.rules import without
from benchmarks.everyday_comparison import Comparison, Options, repriced, with_gaps
from benchmarks.everyday_table import REPORT, Row, means
from benchmarks.running import Outcome
from benchmarks.searching import Search
from routing.check import check
from routing.problem import TimeWindow
from routing.schedule import orders_of, plan_of
from routing.solve.finish import complete

FIELDS = ["day", "stops", "engine", "rule", "seconds", "cores", "seed", "cost", "cheaper", "price", "gap", "valid"]
FIELDS += ["unserved", "lost", "note"]


def test_the_command_end_to_end(tmp_path):
    rows = tmp_path / "rows.json"
    words = ("--stops", FEWEST, "--seconds", 0.5, "--rules", "windows", "--json", rows)
    done = benchmark("everyday", *words)
    assert done.returncode == 0, done.stderr
    told = json.loads(rows.read_text())
    assert [(row["engine"], row["rule"]) for row in told["rows"]] == [
        ("ours", ""),
        ("ortools", ""),
        ("relaxed", "windows"),
    ]
    for row in told["rows"]:
        assert list(row) == FIELDS
        assert row["valid"] is True or row["engine"] == "ortools", row
    ours, ortools, relaxed = told["rows"]
    assert ortools["cheaper"] == pytest.approx(1 - ours["cost"] / ortools["cost"])
    assert relaxed["price"] == pytest.approx(ours["cost"] / relaxed["cost"] - 1)
    assert "ortools" in told["versions"]
    lines = done.stdout.splitlines()
    assert lines[0].split() == FIELDS
    assert len(lines) == 2 + 3 + 1 + 2 + 3


# -- canned answers ----------------------------------------------------------------------------------------------

DAY = everyday_day(FEWEST)
PLAN = complete(DAY, [])


def without_a_door(day):
    """The plan without one of the doors that it serves."""
    orders = orders_of(PLAN)
    door = next(name for _, order in orders for kind, name in order if name.startswith("door-") and not required(name))
    plan = plan_of(day, [(vehicle, [key for key in order if key[1] != door]) for vehicle, order in orders])
    assert check(day, plan) == []
    return door, plan


def required(name):
    return any(s.required for s in DAY.stops if s.id == name)


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The rows when each engine's process answers as its module's entry says."""

    def rows(answers, **options):
        def run(module, folder, task, python, seconds):
            found = answers[module]
            return found(task) if callable(found) else found

        monkeypatch.setattr(searching, "run", run)
        asked = replace(Options(["ortools", "relaxed"], ["breaks"], None, Search(1.0, 1, 1)), **options)
        return {(r.engine, r.rule): r for r in Comparison(FEWEST, 1, asked, tmp_path, lambda line: None).run()}

    return rows


def answer(plan, note=""):
    return Outcome([{"case": "search", "seconds": 2.0, "note": note, "plan": plan.to_json()}])


OURS, ORTOOLS = "benchmarks.everyday_ours", "benchmarks.peers.everyday_ortools"


def test_a_crash_leaves_an_empty_row(told):
    rows = told({OURS: answer(PLAN), ORTOOLS: Outcome(ended="ended by SIGKILL")})
    row = rows["ortools", ""]
    assert (row.cost, row.valid, row.cheaper, row.lost, row.note) == (None, None, None, None, "ended by SIGKILL")


def test_a_plan_that_breaks_a_rule_is_compared_with_nothing(told):
    rows = told({OURS: answer(PLAN), ORTOOLS: answer(replace(PLAN, cost=1))}, reference_seconds=2.0)
    row = rows["ortools", ""]
    assert (row.valid, row.cheaper, row.gap) == (False, None, None)
    assert "cost of the plan" in row.note
    assert rows["ours", ""].gap == 0


def test_stops_that_the_peer_serves_and_we_leave_out_are_counted(told):
    _, fewer = without_a_door(DAY)
    rows = told({OURS: answer(fewer), ORTOOLS: answer(PLAN)})
    assert rows["ortools", ""].lost == 1
    assert rows["ours", ""].unserved == len(PLAN.unserved) + 1


def test_a_peer_that_leaves_out_a_required_stop_pays_its_prize(told):
    orders = orders_of(PLAN)
    name = next(name for _, order in orders for _, name in order if required(name))
    plan = plan_of(DAY, [(vehicle, [key for key in order if key[1] != name]) for vehicle, order in orders])
    row = told({OURS: answer(PLAN), ORTOOLS: answer(plan)})["ortools", ""]
    assert row.valid is False
    assert "required stop left out" in row.note
    assert row.cheaper == pytest.approx(1 - PLAN.cost / plan.cost)


def test_the_plan_under_the_rule_counts_where_it_is_cheaper(told):
    _, fewer = without_a_door(without(DAY, "breaks"))
    rows = told({OURS: lambda task: answer(fewer if task["without"] else PLAN), ORTOOLS: answer(PLAN)})
    row = rows["relaxed", "breaks"]
    assert row.note == "the plan under the rule"
    assert row.valid is True
    assert row.cost == repriced(without(DAY, "breaks"), PLAN).cost < fewer.cost
    assert row.price == pytest.approx(PLAN.cost / row.cost - 1)


def test_a_plan_is_no_plan_of_a_day_whose_rules_it_breaks():
    assert repriced(DAY, PLAN).cost == PLAN.cost
    late = tuple(replace(s, windows=(TimeWindow(0, 0),)) for s in DAY.stops)
    assert repriced(replace(DAY, stops=late), PLAN) is None
    assert repriced(replace(DAY, unload_sites=()), PLAN) is None


def test_gaps_are_to_the_cheapest_valid_plan():
    row = Row("d", 20, "ours", "", 1.0, 1, 1, cost=110, valid=True)
    found = with_gaps([row, replace(row, cost=100), replace(row, cost=50, valid=False)])
    assert [r.gap for r in found] == [pytest.approx(0.1), 0, None]


def test_means():
    row = Row("d", 20, "ours", "", 1.0, 1, 1, cost=110, valid=True, gap=0.005)
    found = means([row, replace(row, day="e", gap=0.03), replace(row, engine="ortools", cheaper=0.2, gap=None, lost=2)])
    assert [(m.engine, m.days, m.gap, m.near, m.cheaper, m.lost) for m in found] == [
        ("ours", 2, pytest.approx(0.0175), 0.5, None, None),
        ("ortools", 1, None, None, 0.2, 2),
    ]
    assert "20.000 %" in REPORT.table(found)


WRONG = {
    "peer": (["--against", "google"], "--against knows ortools, relaxed, not 'google'"),
    "rule": (["--rules", "gravity"], "--rules knows breaks"),
    "too few stops": (["--stops", "50,3"], "--stops takes whole numbers from 20 up"),
    "no number": (["--stops", "many"], "not 'many'"),
    "folder for rows": (["--json", "absent/rows.json"], "no folder"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_words(case):
    words, sentence = WRONG[case]
    assert_refused(benchmark("everyday", *words), sentence)
