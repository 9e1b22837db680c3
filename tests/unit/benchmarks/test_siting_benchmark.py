"""The benchmark of siting on an instance made here: its reader, its optimum, its rows."""

import json

import pytest
from click.testing import CliRunner

from benchmarks.instances.orlib_cfl import instances, read_cfl
from benchmarks.siting import main
from routing.errors import InputError

SMALL = "2 3\n10 5.\n10 7.\n4\n4. 8.\n4\n8. 4.\n4\n2. 9.\n"
"""Both sites must open: 12 to bring, room for 10 each; fixed 12, then 4 + 4 + 2."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cap1.txt").write_text(SMALL)
    (tmp_path / "capx.txt").write_text(SMALL)
    told = "Data file   Optimal\ncap1       22.000\ncapx   22.000 (capacity 10)\n       29.000 (capacity 12)\n"
    (tmp_path / "optimal.txt").write_text(told)
    return tmp_path


def test_a_cost_is_that_of_all_of_a_demand(folder):
    problem = read_cfl(folder / "cap1.txt")
    assert problem.costs.tolist() == [[1.0, 2.0], [2.0, 1.0], [0.5, 2.25]]
    assert [c.sizes[0].fixed for c in problem.candidates] == [5.0, 7.0]


def test_a_file_with_several_capacities_is_several_instances(folder):
    found = instances(folder / "capx.txt")
    assert [(one.name, one.optimum) for one in found] == [("capx-10", 22.0), ("capx-12", 29.0)]
    assert found[1].problem.candidates[0].sizes[0].capacity == (12.0,)


def test_a_file_that_is_cut_short_says_what_is_missing(folder):
    (folder / "cap1.txt").write_text(SMALL[:-4])
    with pytest.raises(InputError, match="has 14 numbers, where 2 sites and 3 customers take 15"):
        read_cfl(folder / "cap1.txt")
    (folder / "cap1.txt").write_text("a b")
    with pytest.raises(InputError, match="is no file of OR-Library"):
        read_cfl(folder / "cap1.txt")


def test_both_engines_reach_the_optimum(folder):
    out = folder / "rows.json"
    result = CliRunner().invoke(main, [str(folder / "cap1.txt"), "--seconds", "5", "--json", str(out)])
    assert result.exit_code == 0
    rows = {row["engine"]: row for row in json.loads(out.read_text())["rows"]}
    assert rows["ours"]["objective"] == pytest.approx(22)
    assert rows["highs"]["objective"] == pytest.approx(22)
    assert (rows["ours"]["faults"], rows["ours"]["optimum"]) == (0, 22.0)
    assert rows["ours"]["gap"] < 1e-6
    assert "1 of 1" in result.output


def test_an_empty_folder_is_told(tmp_path):
    result = CliRunner().invoke(main, [str(tmp_path)])
    assert (result.exit_code, "There is no file cap*.txt" in result.output) == (2, True)
