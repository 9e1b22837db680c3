import json
from dataclasses import replace

from benchmarks.table import Row, as_json, means, table, with_ratios

OURS = Row("NY", 10, 20, "matrix 5x5", "ours", 1, 0.25, None, 40.0, 0)
ROWS = [
    OURS,
    replace(OURS, engine="osrm", seconds=2.0, peak_mb=100.5, disagreements=3, note="of 25 pairs"),
    replace(OURS, engine="pandana", seconds=None, peak_mb=None, disagreements=None, note="pandana: not found"),
    replace(OURS, engine="osrm", seconds=1.0, cores=2),
    replace(OURS, engine="ours", seconds=0.5, cores=2),
]


def test_ratios_are_to_ours_in_the_same_case_and_cores():
    assert [row.ratio for row in with_ratios(ROWS)] == [1.0, 8.0, None, 2.0, 1.0]


def test_no_ratio_without_ours():
    assert [row.ratio for row in with_ratios(ROWS[1:3])] == [None, None]


def test_table():
    head, line, *rows = table(with_ratios(ROWS)).splitlines()
    assert head.split() == list(vars(OURS))
    assert set(line) == {"-"}
    assert rows[1].split()[:10] == ["NY", "10", "20", "matrix", "5x5", "osrm", "1", "2.00", "8.00", "100"]
    assert rows[2].endswith("pandana: not found")
    assert rows[2].split()[7] == "-"


def test_means():
    assert means(with_ratios(ROWS)) == "Geometric mean of the ratios over matrices (how many): osrm 4.00 (2)"
    assert means([]).endswith("none")


def test_json():
    told = json.loads(as_json(with_ratios(ROWS), ["NY.gr", "--points", "5"], {"scipy": "1.17"}))
    assert list(told) == ["machine", "versions", "command", "rows"]
    assert told["command"] == "python -m benchmarks.roads NY.gr --points 5"
    assert told["versions"]["scipy"] == "1.17"
    assert told["rows"][2]["seconds"] is None
    assert list(told["rows"][0]) == list(vars(OURS))
