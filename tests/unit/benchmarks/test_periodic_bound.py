"""The benchmark of timetables proves bounds: beside what is published, and never above the best timetable."""

import json

import pytest
from click.testing import CliRunner

from benchmarks.periodic import Known, main, shortest
from benchmarks.periodic_bound import BoundRow, means

PLACES = [(0, 0), (9, 1), (4, 8), (7, 12), (12, 6), (2, 15), (14, 14)]


@pytest.fixture
def folder(tmp_path):
    """One instance in the form of PVRPIF: a depot, a facility and five points on four days."""
    kinds = ["depot", "intermediateFacility"] + ["customer"] * 5
    often = [0, 0, 2, 2, 2, 4, 1]
    features = [
        {"properties": {"type": kind, "id": k, "service": 3 if k > 1 else 0, "demand": 4, "frequency": often[k]}}
        for k, kind in enumerate(kinds)
    ]
    ways = [[abs(a - c) + abs(b - d) for c, d in PLACES] for a, b in PLACES]
    info = {"planningHorizon": 4, "numVehicles": 1, "maxCapacity": 10, "maxDuration": 200}
    document = {"info": info, "features": features, "duration": ways}
    (tmp_path / "Toy_005_4_0.geojson").write_text(json.dumps(document))
    return tmp_path


def test_bounds_stand_beside_what_is_known(folder):
    rows = folder / "rows.json"
    command = [str(folder), "--bound", "--seconds", "300", "--json", str(rows)]
    first = CliRunner().invoke(main, command, catch_exceptions=False)
    assert first.exit_code == 0
    (row,) = json.loads(rows.read_text())["rows"]
    assert row["upper"] is None
    assert not row["proven"]
    found = CliRunner().invoke(main, [str(folder), "--seconds", "2", "--json", str(rows)], catch_exceptions=False)
    assert found.exit_code == 0
    (made,) = json.loads(rows.read_text())["rows"]
    assert made["faults"] == 0
    assert 0.8 * made["ours"] <= row["ours"] <= made["ours"]
    lines = f"instance\tupper\tlower\nToy_005_4_0\t{made['ours']}\t{row['ours'] / 2}\n"
    (folder / "known.tsv").write_text(lines)
    again = CliRunner().invoke(main, command, catch_exceptions=False)
    assert "closed" in again.output
    (row,) = json.loads(rows.read_text())["rows"]
    assert row["gap"] == pytest.approx(1 - row["ours"] / made["ours"])
    published = made["ours"] - row["published"]
    assert row["closed"] == pytest.approx((row["ours"] - row["published"]) / published)


def row(published, ours, upper, closed, proven=False):
    return BoundRow("x", published, ours, upper, 1 - ours / upper, closed, proven, 1, 1, True, 1.0)


def test_means_count_what_was_open():
    (found,) = means(
        [row(90, 96, 100, 0.6), row(90, 80, 100, 0.0), row(100, 100, 100, None, True), row(90, 100, 100, 1.0, True)]
    )
    assert (found.open, found.higher, found.halved, found.newly_proven) == (3, 2, 2, 1)
    assert (found.proven, found.above_upper) == (2, 0)
    assert found.closed == pytest.approx(1.6 / 3)
    (wrong,) = means([row(90, 101, 100, 1.0, True)])
    assert wrong.above_upper == 1


def test_the_shortest_known_is_never_below_what_is_proven():
    assert shortest(Known(700, 650, 690)) == (690, 650)
    assert shortest(Known(539, 545, 545)) == (545, 545)
    assert shortest(Known()) == (None, None)
