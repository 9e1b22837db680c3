"""The benchmark of siting on instances made here: its readers, its optima, its rows, and a peer that is not there."""

import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.instances.location import load
from benchmarks.instances.orlib_cfl import cfl_instances, read_cfl
from benchmarks.instances.orlib_pmed import read_pmed
from benchmarks.instances.road_places import on_network, random_roads
from benchmarks.siting import main, sizes_of
from routing.errors import InputError

SMALL = "2 3\n10 5.\n10 7.\n4\n4. 8.\n4\n8. 4.\n4\n2. 9.\n"
"""Both sites must open: 12 to bring, room for 10 each; fixed 12, then 4 + 4 + 2."""

STAR = "4 4 1\n1 2 9\n1 2 3\n1 3 4\n1 4 5\n"
"""The middle of a star is best; the first length of an edge that stands twice does not count."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cap1.txt").write_text(SMALL)
    (tmp_path / "capx.txt").write_text(SMALL)
    told = "Data file   Optimal\ncap1       22.000\ncapx   22.000 (capacity 10)\n       29.000 (capacity 12)\n"
    (tmp_path / "optimal.txt").write_text(told)
    return tmp_path


def rows_of(out):
    return {row["engine"]: row for row in json.loads(out.read_text())["rows"]}


def test_a_cost_is_that_of_all_of_a_demand(folder):
    location = read_cfl(folder / "cap1.txt")
    assert location.ways.tolist() == [[1.0, 2.0], [2.0, 1.0], [0.5, 2.25]]
    assert [c.sizes[0].fixed for c in location.problem.candidates] == [5.0, 7.0]


def test_a_file_with_several_capacities_is_several_instances(folder):
    found = cfl_instances(folder / "capx.txt")
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
    words = [str(folder / "cap1.txt"), "--seconds", "5", "--against", "highs", "--json", str(out)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    rows = rows_of(out)
    assert rows["ours"]["objective"] == pytest.approx(22)
    assert rows["highs"]["objective"] == pytest.approx(22)
    assert (rows["ours"]["faults"], rows["ours"]["optimum"]) == (0, 22.0)
    assert rows["ours"]["gap"] < 1e-6
    assert rows["ours"]["peak_mb"] > 10
    assert "1 of 1" in result.output


def test_an_empty_folder_is_told(tmp_path):
    result = CliRunner().invoke(main, [str(tmp_path)])
    assert (result.exit_code, "There is no file cap*.txt" in result.output) == (2, True)


def test_a_median_file_counts_the_last_of_two_lengths_and_knows_its_optimum(tmp_path):
    (tmp_path / "pmed7.txt").write_text(STAR)
    (tmp_path / "pmedopt.txt").write_text("Data file  Optimal\npmed7   12\n")
    location = read_pmed(tmp_path / "pmed7.txt")
    assert location.ways[0].tolist() == [0, 3, 4, 5]
    assert location.ways[1, 3] == 8
    out = tmp_path / "rows.json"
    words = [str(tmp_path), "--seconds", "5", "--against", "highs", "--json", str(out)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert {row["objective"] for row in rows_of(out).values()} == {12}
    assert rows_of(out)["ours"]["to_optimum"] == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello", "is no file of OR-Library's p-median"),
        ("4 4 1\n1 2 9\n", "has 3 numbers after its first three, where 4 edges take 12"),
        ("2 1 1\n1 3 9\n", "names nodes outside 1 to 2"),
        ("3 1 1\n1 2 9\n", "Not all nodes of .* can be reached"),
    ],
)
def test_a_broken_median_file_is_told(tmp_path, text, told):
    (tmp_path / "pmed1.txt").write_text(text)
    with pytest.raises(InputError, match=told):
        read_pmed(tmp_path / "pmed1.txt")


def test_random_roads_join_all_places_and_are_the_same_for_a_seed():
    location = random_roads(60, 12, 3, 3)
    assert location.ways.shape == (60, 12)
    assert np.all(location.ways >= 0)
    assert sorted(np.argmin(location.ways, axis=0)) == sorted(set(np.argmin(location.ways, axis=0)))
    assert np.all(location.weight >= 1)
    assert np.array_equal(location.ways, random_roads(60, 12, 3, 3).ways)
    assert not np.array_equal(location.ways, random_roads(60, 12, 3, 4).ways)


def test_an_instance_is_read_as_it_was_written(folder, tmp_path):
    for location in (read_cfl(folder / "cap1.txt"), random_roads(20, 6, 2, 1)):
        location.save(tmp_path / "one.npz")
        again = load(tmp_path / "one.npz")
        assert np.array_equal(again.ways, location.ways)
        assert again.aim == location.aim
        assert again.problem.points == location.problem.points
        assert again.problem.candidates == location.problem.candidates


def test_ours_is_proven_and_a_missing_peer_is_told(tmp_path):
    out = tmp_path / "rows.json"
    result = CliRunner().invoke(main, ["--sizes", "100x30", "--seconds", "20", "--json", str(out)])
    assert result.exit_code == 0
    rows = rows_of(out)
    assert (rows["ours"]["faults"], rows["ours"]["ratio"]) == (0, 1.0)
    assert rows["ours"]["gap"] < 1e-6
    if "spopt" not in rows:
        assert "install it with pip install spopt" in result.output


def test_places_on_a_network_have_their_ways_by_road(tmp_path):
    lines = [(1, 2, 300), (2, 3, 400), (3, 4, 500), (4, 1, 600)]
    both = [*lines, *((head, tail, weight) for tail, head, weight in lines)]
    arcs = "p sp 4 8\n" + "".join(f"a {tail} {head} {weight}\n" for tail, head, weight in both)
    corners = enumerate([(107000, 31000), (107001, 31000), (107001, 31001), (107000, 31001)], 1)
    places = "p aux sp co 4\n" + "".join(f"v {node} {lon}000 {lat}000\n" for node, (lon, lat) in corners)
    for middle, end, text in (("t", "gr", arcs), ("d", "gr", arcs), ("d", "co", places)):
        (tmp_path / f"city-{middle}.SQ.{end}.gz").write_bytes(gzip.compress(text.encode()))
    location = on_network(tmp_path / "city-t.SQ.gr.gz", 4, 2, 1, 1, 1)
    assert (location.family, location.name) == ("road-network", "SQ 4 x 2, p 1")
    assert sorted(location.ways[:, 0].tolist()) in ([0, 3, 6, 7], [0, 3, 4, 7], [0, 4, 5, 9], [0, 5, 6, 9])
    assert location.matrix_seconds > 0
    with pytest.raises(InputError, match="has 4 junctions"):
        on_network(tmp_path / "city-t.SQ.gr.gz", 5, 2, 1, 1, 1)
    (tmp_path / "other.txt").write_text("")
    with pytest.raises(InputError, match="is no network of DIMACS"):
        on_network(tmp_path / "other.txt", 4, 2, 1, 1, 1)


@pytest.mark.parametrize("text", ["500", "10x20", "20x10p10", "20xp1", "a"])
def test_other_words_for_sizes_are_told(text):
    with pytest.raises(InputError, match="Sizes are places x candidates"):
        sizes_of(text)


def test_sizes_say_how_many_are_opened():
    assert sizes_of("500x100,2000x200,50x20,500x100p3") == [(500, 100, 10), (2000, 200, 12), (50, 20, 2), (500, 100, 3)]
