"""`recycling offer` and `replan`, as an integrator uses them."""

import json

import pytest
from click.testing import CliRunner
from test_cli_solve import street

from recycling.cli import main
from routing.plan import Plan
from routing.problem import Problem
from routing.replan import Moment
from routing.schedule import plan_of

NEW = {"id": "new", "location": 4, "windows": [{"start": 28_800, "end": 64_800}], "service": 300, "delivery": [0]}


@pytest.fixture
def run(tmp_path):
    problem = street()
    order = [*(("stop", f"s{k}") for k in range(3)), ("unload", "centre"), ("stop", "s3"), ("stop", "s4")]
    plan = plan_of(problem, [("van", [*order, ("unload", "centre")])])
    (tmp_path / "day.json").write_text(problem.to_json(), encoding="utf-8")
    (tmp_path / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    (tmp_path / "stop.json").write_text(json.dumps(NEW | {"pickup": [0], "prize": 0}), encoding="utf-8")

    def call(*words):
        named = [str(tmp_path / w) if str(w).endswith(".json") or w == "taken" else str(w) for w in words]
        result = CliRunner().invoke(main, named, prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_offers_the_cheapest_first_and_takes_one(run, tmp_path):
    code, said, _ = run("offer", "day.json", "plan.json", "stop.json", "--limit", 2, "--accept", "taken")
    first, *_, last = said.splitlines()
    assert code == 0
    assert first.startswith("van after ")
    assert "+5.0 min, +0.0 km" in first
    assert last == f"written to {tmp_path / 'taken'}"
    assert len(said.splitlines()) == 3
    assert run("check", "taken/day.json", "taken/plan.json")[0] == 0


def test_a_stop_that_can_go_nowhere(run, tmp_path):
    (tmp_path / "stop.json").write_text(json.dumps(NEW | {"pickup": [0], "prize": 0, "skills": ["crane"]}))
    assert run("offer", "day.json", "plan.json", "stop.json") == (1, "", "it can go nowhere\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not JSON"), (json.dumps(NEW), "prize: is missing"), (json.dumps(NEW | {"pickup": [1, 1]}), "prize")],
)
def test_a_wrong_stop_is_told(run, tmp_path, text, words):
    (tmp_path / "stop.json").write_text(text)
    code, _, complaint = run("offer", "day.json", "plan.json", "stop.json")
    assert code == 2
    assert words in complaint


def test_the_rest_of_a_day(run, tmp_path):
    """While the van drives to the third door; s4 is cancelled."""
    (tmp_path / "moment.json").write_text(json.dumps({"second": 31_000, "cancelled": ["s4"]}))
    code, said, _ = run("replan", "day.json", "plan.json", "moment.json", "--seconds", 0.3, "-o", "new.json")
    assert code == 0
    assert said.splitlines()[0] == "s4: no longer, was van"
    day, plan, new = (
        kind.from_json((tmp_path / name).read_text(encoding="utf-8"))
        for kind, name in ((Problem, "day.json"), (Plan, "plan.json"), (Plan, "new.json"))
    )
    done = Moment.of(day, plan, 31_000).vehicles["van"].visits
    assert done
    assert [(v.id, v.start) for v in new.routes[0].visits][: len(done)] == [(v.id, v.start) for v in done]
    assert "s4" not in [v.id for v in new.routes[0].visits]


def test_a_moment_that_knows_the_vehicles_is_taken_as_it_is(run, tmp_path):
    day = Problem.from_json((tmp_path / "day.json").read_text(encoding="utf-8"))
    plan = Plan.from_json((tmp_path / "plan.json").read_text(encoding="utf-8"))
    moment = Moment.of(day, plan, 31_000).late("van", 600)
    (tmp_path / "moment.json").write_text(moment.to_json(), encoding="utf-8")
    code, said, _ = run("replan", "day.json", "plan.json", "moment.json", "--seconds", 0.3, "-o", "new.json")
    assert code == 0
    assert ": van, +10.0 min" in said
