import json
from dataclasses import replace

import pytest

from benchmarks.routing_table import REPORT, Row, means

OURS = Row("A", "x", "ours", 10.02, 2, 1, 1020, 1000, 0.02, True, 0)
PYVRP = replace(OURS, engine="pyvrp", cost=1010, gap=0.01)
ROWS = [
    OURS,
    PYVRP,
    replace(OURS, instance="y", cost=2300, best_known=2000, gap=0.15),
    replace(PYVRP, instance="y", cost=10**9, best_known=2000, gap=None, valid=False, unserved=1, note="unserved"),
    replace(OURS, family="B", cost=1500, best_known=None, gap=None),
    replace(PYVRP, family="B", cost=1000, best_known=None, gap=None),
    replace(PYVRP, family="B", engine="ortools", seconds=None, cost=None, best_known=None, gap=None, valid=None),
]


def by_engine(found, family):
    return {mean.engine: mean for mean in found if mean.family == family}


def test_means_compare_only_where_both_have_a_valid_plan():
    ours = by_engine(means(ROWS), "A")["ours"]
    assert (ours.instances, ours.valid) == (2, 2)
    assert ours.gap == pytest.approx(0.085)
    assert ours.gap_to_pyvrp == pytest.approx(2)
    assert ours.cost_to_pyvrp == pytest.approx(1020 / 1010)
    pyvrp = by_engine(means(ROWS), "A")["pyvrp"]
    assert (pyvrp.valid, pyvrp.gap, pyvrp.gap_to_pyvrp, pyvrp.cost_to_pyvrp) == (1, 0.01, None, None)


def test_a_family_without_best_known_values_compares_costs():
    found = by_engine(means(ROWS), "B")
    assert (found["ours"].gap, found["ours"].gap_to_pyvrp, found["ours"].cost_to_pyvrp) == (None, None, 1.5)
    assert (found["ortools"].instances, found["ortools"].valid, found["ortools"].cost_to_pyvrp) == (1, 0, None)


def test_all_families_together_where_there_are_several():
    assert {mean.family for mean in means(ROWS)} == {"A", "B", "all"}
    assert by_engine(means(ROWS), "all")["ours"].instances == 3
    assert {mean.family for mean in means(ROWS[:4])} == {"A"}
    assert means([]) == []


def test_no_ratio_to_a_gap_of_nothing():
    optimal = replace(PYVRP, cost=1000, gap=0.0)
    assert means([OURS, optimal])[0].gap_to_pyvrp is None


def test_table():
    head, line, *rows = REPORT.table(ROWS).splitlines()
    assert head.split() == list(vars(OURS))
    assert set(line) == {"-"}
    assert rows[0].split() == ["A", "x", "ours", "10.0", "2", "1", "1020", "1000", "2.000", "%", "yes", "0"]
    assert rows[3].split()[-4:] == ["-", "no", "1", "unserved"]
    assert rows[6].split()[3] == "-"
    assert "-0.000" not in REPORT.table([replace(OURS, gap=-1e-9)])
    assert REPORT.table(means(ROWS)).splitlines()[0].split()[-1] == "cost_to_pyvrp"
    assert REPORT.table([]) == ""


def test_json():
    told = json.loads(REPORT.as_json(ROWS, ["A", "--seconds", "10"], {"pyvrp": "0.14"}))
    assert list(told) == ["machine", "versions", "command", "rows", "means"]
    assert told["command"] == "python -m benchmarks.routing A --seconds 10"
    assert told["rows"][0] == vars(OURS)
    assert told["rows"][6]["seconds"] is None
