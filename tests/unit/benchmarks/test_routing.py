"""The whole command on tiny instances. No cost of a search is asserted but where all plans cost the same."""

import json
import sys
from pathlib import Path

import dialect
import pytest
from command_line import ROOT, assert_refused, benchmark

from benchmarks import routing_comparison, searching
from benchmarks.instances.finding import find
from benchmarks.routing_comparison import HINTS, Comparison, Options
from benchmarks.running import Outcome
from benchmarks.searching import Search

FIELDS = ["family", "instance", "engine", "seconds", "cores", "seed", "cost", "best_known", "gap", "valid", "unserved"]
FIELDS += ["note"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two families: the first has one instance of which everything is known."""
    folder = tmp_path_factory.mktemp("instances")
    for family, text, solution in (
        ("VRPTW", dialect.VRPTW, "Route #1: 1 2\nRoute #2: 3\n"),
        ("CVRP", dialect.CVRP, ""),
    ):
        (folder / family).mkdir()
        (folder / family / "tiny.vrp").write_text(text)
        if solution:
            (folder / family / "tiny.sol").write_text(solution)
    (folder / "best_known.tsv").write_text("family\tinstance\trounding\tupper\nVRPTW\ttiny\tdimacs\t200\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    rows, plans = folder / "rows.json", folder / "plans"
    words = ("--seconds", 1, "--against", "known,pyvrp", "--seed", 3, "--json", rows, "--solutions", plans)
    done = benchmark("routing", folder, *words)
    assert done.returncode == 0, done.stderr
    return done, json.loads(rows.read_text()), plans


def row(told, family, engine):
    (found,) = [row for row in told["rows"] if (row["family"], row["engine"]) == (family, engine)]
    return found


def test_rows(run):
    _, told, _ = run
    assert [(row["family"], row["engine"]) for row in told["rows"]] == [
        (family, engine) for family in ("CVRP", "VRPTW") for engine in ("ours", "known", "pyvrp")
    ]
    for found in told["rows"]:
        assert list(found) == FIELDS
        assert (found["instance"], found["cores"], found["seed"]) == ("tiny", 1, 3)


def test_the_solution_beside_the_instance_is_judged(run):
    _, told, _ = run
    known = row(told, "VRPTW", "known")
    assert (known["cost"], known["best_known"], known["gap"], known["valid"], known["unserved"]) == (
        200,
        200,
        0,
        True,
        0,
    )
    assert row(told, "CVRP", "known")["note"] == "tiny.sol is not there"
    assert row(told, "CVRP", "known")["cost"] is None


def test_our_plan_is_judged_and_written(run):
    """The known plan of the tiny instance is its best."""
    _, told, plans = run
    ours = row(told, "VRPTW", "ours")
    assert ours["valid"] is True, ours
    assert ours["unserved"] == 0
    assert ours["cost"] >= 200
    assert ours["gap"] == pytest.approx(ours["cost"] / 200 - 1)
    assert ours["seconds"] >= 0
    assert (plans / "VRPTW" / "tiny.sol").read_text().startswith("Route #1: ")
    assert (plans / "VRPTW" / "tiny.sol").read_text().endswith(f"Cost: {ours['cost']}\n")
    without = row(told, "CVRP", "ours")
    assert (without["best_known"], without["gap"], without["valid"]) == (None, None, True)


def test_a_peer_that_is_not_installed_gets_empty_rows_and_a_hint(run):
    done, told, _ = run
    peer = row(told, "VRPTW", "pyvrp")
    if peer["cost"] is not None:
        pytest.skip("pyvrp is installed here")
    assert [peer[name] for name in ("seconds", "cost", "gap", "valid", "unserved")] == [None] * 5
    assert peer["note"].startswith("pyvrp: not found; install it with pip install pyvrp")
    assert "pyvrp: not found" in done.stderr


def test_table_and_means_for_people(run):
    done, told, _ = run
    lines = done.stdout.splitlines()
    assert lines[0].split() == FIELDS
    assert len(lines) == 2 + len(told["rows"]) + 1 + 2 + len(told["means"])
    assert [mean["family"] for mean in told["means"]] == ["CVRP"] * 3 + ["VRPTW"] * 3 + ["all"] * 3


def test_machine_versions_command(run):
    _, told, _ = run
    assert told["machine"]["cores"] >= 1
    assert "python" in told["versions"]
    assert told["command"].startswith("python -m benchmarks.routing ")


# -- engines that give no plan ---------------------------------------------------------------------------------


@pytest.fixture
def told(folder, tmp_path, monkeypatch):
    """The rows on the VRPTW instance when every engine's process ends with the same outcome."""

    def rows(outcome):
        monkeypatch.setattr(searching, "run", lambda *words: outcome)
        monkeypatch.setattr(routing_comparison, "interpreter_of", lambda peer, pythons: sys.executable)
        (source,) = find([folder / "VRPTW"])
        comparison = Comparison(source, Options(["ortools"], [], None, Search(1.0, 1, 1)), tmp_path, lambda line: None)
        if not outcome.rows:
            return comparison.run()
        return [comparison.peer("ortools")]

    return rows


def answer(tours, cost=None):
    return Outcome([{"case": "search", "seconds": 2.0, "note": "canned", "tours": tours, "cost": cost}])


def test_an_engine_that_crashes(told):
    for found in told(Outcome(ended="ended by SIGKILL")):
        assert (found.seconds, found.cost, found.valid, found.note) == (None, None, None, "ended by SIGKILL")


def test_an_engine_that_has_no_plan(told):
    (found,) = told(answer(None))
    assert (found.seconds, found.cost, found.valid, found.note) == (2.0, None, None, "canned")


def test_a_peers_plan_is_judged_by_us(told):
    (found,) = told(answer([[1, [1, 2]], [2, [3]]], 200))
    assert (found.cost, found.gap, found.valid, found.unserved, found.note) == (200, 0, True, 0, "canned")


def test_a_peer_that_is_wrong_about_its_cost(told):
    (found,) = told(answer([[1, [1, 2]], [2, [3]]], 180))
    assert (found.cost, found.note) == (200, "canned; 180 by its own account")


def test_a_plan_that_breaks_a_rule_has_no_gap(told):
    (found,) = told(answer([[1, [1, 2, 3]]]))
    assert (found.valid, found.gap) == (False, None)
    assert "capacity" in found.note


def test_a_plan_for_another_instance(told):
    (found,) = told(answer([[1, [9]]]))
    assert (found.cost, found.valid) == (None, None)
    assert "Route #1 names 9, which is no client" in found.note


@pytest.mark.parametrize("peer", HINTS)
def test_every_peer_has_a_module(peer):
    module = routing_comparison.MODULES[peer]
    assert (ROOT / Path(*module.split("."))).with_suffix(".py").is_file()


WRONG = {
    "nothing": (["absent"], "no file or folder absent"),
    "no instances": (["{folder}/VRPTW/tiny.sol"], "tiny.sol has no instances"),
    "peer": (["{folder}", "--against", "google"], "--against knows"),
    "cores": (["{folder}", "--cores", "4096"], "--cores takes"),
    "interpreter": (["{folder}", "--peer-python", "absent/python"], "is no program"),
    "folder for rows": (["{folder}", "--json", "absent/rows.json"], "no folder"),
    "no words": ([], "Missing argument"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_words_end_with_a_sentence(case, folder):
    words, sentence = WRONG[case]
    assert_refused(benchmark("routing", *(word.format(folder=folder) for word in words)), sentence)


def test_a_broken_instance_ends_with_a_sentence(tmp_path):
    (tmp_path / "bad.vrp").write_text(dialect.CVRP.replace("3\t20", "3\ttwenty"))
    done = benchmark("routing", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "routing: bad.vrp, line 15: numbers are expected here.\n"


def test_help_teaches():
    done = benchmark("routing", "--help")
    assert done.returncode == 0
    assert "python -m benchmarks.routing instances/MTVRPTWR" in done.stdout
    assert "--peer-python" in done.stdout
