"""The benchmark of p-median: its random roads, its rows, and a peer that is not there."""

import json

import numpy as np
from click.testing import CliRunner

from benchmarks.median import main, road_like


def test_random_roads_join_all_places_and_are_the_same_for_a_seed():
    seconds, people = road_like(60, 12, 3)
    assert seconds.shape == (60, 12)
    assert np.all(seconds >= 0)
    assert sorted(np.argmin(seconds, axis=0)) == sorted(set(np.argmin(seconds, axis=0)))  # each candidate is a place
    assert np.all(people >= 1)
    again, _ = road_like(60, 12, 3)
    assert np.array_equal(seconds, again)
    assert not np.array_equal(seconds, road_like(60, 12, 4)[0])


def test_ours_is_proven_and_a_missing_peer_is_told(tmp_path):
    out = tmp_path / "rows.json"
    result = CliRunner().invoke(main, ["--limit", "1", "--seconds", "20", "--json", str(out)])
    assert result.exit_code == 0
    rows = {row["engine"]: row for row in json.loads(out.read_text())["rows"]}
    assert (rows["ours"]["faults"], rows["ours"]["ratio"]) == (0, 1.0)
    assert rows["ours"]["gap"] < 1e-6
    if "spopt" not in rows:
        assert "install it with pip install spopt" in result.output
