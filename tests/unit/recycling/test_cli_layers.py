"""`recycling site scenarios import` and `export` on the small town."""

import json

import pytest
from click.testing import CliRunner
from town_streets import crossing

from recycling.cli import main


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))

    def call(*words):
        result = CliRunner().invoke(main, ["site", "scenarios", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def rows(path, *some):
    lines = ["name,lon,lat,people", *(f"{name},{lon},{lat},5" for name, (lon, lat) in some)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_sites_come_in_and_go_out_by_command(run, tmp_path):
    run("make", "甲")
    file = rows(tmp_path / "a.csv", ("城北", crossing(1, 1)), ("远方", (100.0, 20.0)))
    status, _, told = run("import", "甲", file)
    assert (status, "line 2, crs: Say what its coordinates are in" in told) == (1, True)
    assert "2 things are to be mended; nothing was taken" in told
    status, said, _ = run("import", "甲", file, "--crs", "wgs84", "--check")
    assert status == 0
    for words in ("1 new sites, 0 that change", "Columns that were not read: people", "Outside the area: 远方"):
        assert words in said
    assert "Without a road: none" in said
    status, _, told = run("import", "甲", file, "--crs", "wgs84")
    assert (status, "1 places lie outside the area" in told) == (2, True)
    assert "Taken into 甲: 1 sites" in run("import", "甲", file, "--crs", "wgs84", "--leave-outside")[1]
    out = tmp_path / "out.geojson"
    assert run("export", "甲", out)[1] == f"Written {out}: 3 sites\n"
    assert [row["properties"]["code"] for row in json.loads(out.read_text("utf-8"))["features"]] == [
        "CEN-01", "STA-01", "P1",
    ]  # fmt: skip
    assert "0 new sites, 0 that change, 3 that stay as they are" in run("import", "甲", out)[1]


def test_points_come_in_and_go_out_by_command(run, tmp_path):
    run("make", "甲")
    file = rows(tmp_path / "a.csv", ("点", crossing(1, 1)))
    assert "Taken into 甲: 1 points" in run("import", "甲", file, "--crs", "gcj02", "--points", "--leave-outside")[1]
    out = tmp_path / "points.zip"
    assert run("export", "甲", out, "--points")[1] == f"Written {out}: 5 points\n"
    assert "Taken into 甲: 5 points" in run("import", "甲", out, "--points", "--instead")[1]
    status, _, told = run("export", "甲", tmp_path / "a.xyz")
    assert (status, "end it with .geojson, .gpkg, .zip or .csv" in told) == (2, True)
    status, _, told = run("export", "乙", out)
    assert (status, "There is no scenario '乙'" in told) == (2, True)
