"""`recycling site robust` on the small town: two choices, proven, what robustness costs; scenarios read and refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from recycling.cli import main
from recycling.demand_cases import demand_cases, read_demand, read_demands
from recycling.errors import BadRequestError
from recycling.siting import ground
from routing.siting.robust.cases import ELSEWHERE

MATERIALS = ("paper", "plastic", "metal", "glass", "textiles")


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    """Return a function that runs the command on the town's record and gives status, output and complaints."""
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))

    def call(*words):
        result = CliRunner().invoke(main, ["site", "robust", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def lay(sqlite_record, settings, fleet, day, home):
    with sqlite_record.read() as session:
        return ground(session, settings, fleet, day, None, 10)


def test_both_choices_are_told_proven_with_what_robustness_costs(run, tmp_path):
    out = tmp_path / "robust.json"
    status, said, _ = run("--by", "community", "--json", out)
    assert status == 0
    assert "least expected cost: " in said
    assert said.count("proven: no choice has less") == 2
    assert "robustness costs" in said
    for name in ("less (20 %)", "as expected (50 %)", "more (20 %)", "holiday (10 %)", "best for holiday"):
        assert name in said
    assert "演示 / demonstration" in said
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["least_expected_cost"]["proven"] is told["least_worst_regret"]["proven"] is True
    assert sum(one["weight"] for one in told["scenarios"]) == pytest.approx(1)
    tonnes = [one["tonnes"] for one in told["scenarios"]]
    assert tonnes == pytest.approx([tonnes[1] * share for share in (0.8, 1, 1.3, 1.6)], rel=1e-3)
    for one in ("least_expected_cost", "least_worst_regret"):
        mean = sum(s["weight"] * v for s, v in zip(told["scenarios"], told[one]["values"], strict=True))
        assert told[one]["expected"] == pytest.approx(mean, abs=1)
        best = [s["best_alone"]["values"][k] for k, s in enumerate(told["scenarios"])]
        regrets = [v - b for v, b in zip(told[one]["values"], best, strict=True)]
        assert told[one]["regrets"] == pytest.approx(regrets, abs=1)
    difference = told["least_worst_regret"]["expected"] - told["least_expected_cost"]["expected"]
    assert told["robustness_costs"] == pytest.approx(difference, abs=1)


@pytest.mark.parametrize("model", [("--model", "cost"), ("--model", "p-median", "--p", 1)])
def test_towns_as_points_say_how_far_their_proofs_hold_for_communities(run, tmp_path, model):
    by_town, by_community = tmp_path / "town.json", tmp_path / "community.json"
    said = run(*model, "--json", by_town)[1]
    assert "Were its communities to go different ways, no choice could have less than" in said
    run(*model, "--by", "community", "--json", by_community)
    town, each = (json.loads(path.read_text(encoding="utf-8")) for path in (by_town, by_community))
    cost, regret = town["bounds_by_community"]
    assert cost <= each["least_expected_cost"]["bound"] + 1
    assert regret <= each["least_worst_regret"]["bound"] + 1
    assert each["bounds_by_community"] is None


def test_driving_can_be_weighed_too(run):
    status, said, _ = run("--model", "p-median", "--p", 1, "--scenario", "a:1:100,rural=300", "--scenario", "b:1:100")
    assert status == 0
    assert "hours of driving of all people" in said
    assert "STA-01  Example STA-01: both\n" in said
    assert "proven: no choice has less" in said


def test_scenarios_that_cannot_be_kept_or_read_are_told(run):
    status, _, complaint = run("--depot", "DEP-99")
    assert (status, "There is no depot DEP-99" in complaint) == (2, True)
    for line, words in (
        ("now", "cannot be read"),
        ("now:1", "cannot be read"),
        ("now:0:100", "cannot be read"),
        (":1:100", "cannot be read"),
        ("now:1:100,paper", "cannot be read"),
        ("now:1:-5", "cannot be read"),
        ("now:1:nan", "cannot be read"),
        ("now:1:100,gold=5", "It can name urban, rural, paper"),
    ):
        status, _, complaint = run("--scenario", line)
        assert (status, words in complaint) == (2, True), line
    status, _, complaint = run("--scenario", "a:1:100", "--scenario", "a:1:80")
    assert (status, "Two scenarios are called a" in complaint) == (2, True)
    status, _, complaint = run(*[word for n in range(13) for word in ("--scenario", f"{n}:1:100")])
    assert (status, "Give 12 at most" in complaint) == (2, True)
    status, _, complaint = run("--model", "p-median")
    assert (status, "p-median needs the number of sites" in complaint) == (2, True)


def test_a_scenario_says_what_is_brought_by_material_and_area(settings, lay):
    demands = read_demands(["now:1:100", "parcels:1:110,paper=150,urban=120,rural=50"], settings)
    now, parcels = demand_cases(lay, settings, demands, by_town=False)
    assert now.problem.materials == ("paper", "plastic+metal+glass+textiles")
    for point, more, community in zip(now.problem.points, parcels.problem.points, lay.communities, strict=True):
        area = 1.2 if community.urban else 0.5
        assert more.tonnes == pytest.approx((point.tonnes[0] * 1.65 * area, point.tonnes[1] * 1.1 * area))
        assert more.people == pytest.approx(point.people * 1.1 * area)
    for whole, divided in zip(lay.problem.candidates, now.problem.candidates, strict=True):
        for size, parts in zip(whole.sizes, divided.sizes, strict=True):
            assert parts.capacity == pytest.approx((size.capacity[0] / 2, size.capacity[0] / 2))


def test_a_town_is_as_far_as_its_communities_are_by_what_they_bring(settings, lay):
    demands = read_demands(["now:1:100", "rural:1:100,rural=400"], settings)
    cases = demand_cases(lay, settings, demands, elsewhere=90.0)
    tonnes = np.array([point.tonnes[0] for point in lay.problem.points])
    more = tonnes * np.array([1.0 if c.urban else 4.0 for c in lay.communities])
    assert cases[0].problem.candidates[-1].id == ELSEWHERE
    assert cases[0].problem.candidates[-1].sizes[0].running == 9000
    for case, brought in zip(cases, (tonnes, more), strict=True):
        names = [f"{c.county} {c.town}" for c in lay.communities]
        assert [p.id for p in case.problem.points] == list(dict.fromkeys(names))
        for number, point in enumerate(case.problem.points):
            rows = [k for k, name in enumerate(names) if name == point.id]
            assert point.tonnes[0] == pytest.approx(brought[rows].sum())
            mean = (brought[rows] @ lay.problem.costs[rows]) / brought[rows].sum()
            assert case.problem.costs[number][:-1] == pytest.approx(mean)


def test_a_town_with_a_community_without_a_way_has_none(settings, lay):
    costs = lay.problem.costs.copy()
    costs[0, 1] = -1
    lost = replace(lay, problem=replace(lay.problem, costs=costs))
    (case,) = demand_cases(lost, settings, read_demands(["now:1:100"], settings))
    name = f"{lay.communities[0].county} {lay.communities[0].town}"
    row = [p.id for p in case.problem.points].index(name)
    assert case.problem.costs[row, 1] == -1
    assert case.problem.costs[row, 0] >= 0


def test_a_line_is_read_to_its_end():
    found = read_demand(" more : 20 : 130 , paper = 150 ,rural=80", MATERIALS)
    assert (found.name, found.weight, found.percent) == ("more", 20, 130)
    assert [found.share(word) for word in ("paper", "rural", "urban")] == [1.5, 0.8, 1.0]
    with pytest.raises(BadRequestError):
        read_demand("more:20:130,=5", MATERIALS)
