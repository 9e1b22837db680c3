"""`recycling site scenarios drive` on the small town."""

import json

import pytest
from click.testing import CliRunner

from recycling.cli import main


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    """Return a function that runs a command on scenarios and gives status, output and complaints."""
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))

    def call(*words):
        result = CliRunner().invoke(main, ["site", "scenarios", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_routes_stand_beside_estimates_and_put_them_right(run, tmp_path):
    run("make", "As it stands")
    run("copy", "As it stands", "Another")
    table, out = tmp_path / "rounds.csv", tmp_path / "rounds.json"
    words = ("--days", 2, "--iterations", 100, "--correct", "--csv", table, "--json", out)
    status, said, _ = run("drive", "As it stands", "Another", *words)
    assert status == 0
    assert "with routes" in said
    assert "ways there and back" in said
    assert "Another against As it stands: +0 by the estimates, +0 with routes, noise 0: no difference" in said
    assert "演示 / demonstration" in said
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["rows"][0]["rounds"] == told["rows"][1]["rounds"] > 0
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 3
    assert "Another counts ways as its routes do from now on" in said
    shown = run("show", "Another")[1]
    yuan = next(line for line in shown.splitlines() if "yuan" in line).split()
    _, now = (int(word.replace(",", "")) for word in yuan if word.replace(",", "").isdecimal())
    assert now == pytest.approx(told["rows"][1]["yuan"], abs=2)
    assert now > told["rows"][1]["estimate"]


def test_what_cannot_be_driven_is_told(run, tmp_path):
    assert "There is no scenario 'Nobody'" in run("drive", "Nobody")[2]
    run("make", "As it stands")
    status, _, complaint = run("drive", *(f"S{n}" for n in range(5)))
    assert (status, "give 4 scenarios at most" in complaint) == (2, True)
    status, _, complaint = run("drive", "As it stands", "--csv", tmp_path / "none" / "rounds.csv")
    assert (status, "there is no folder for" in complaint) == (2, True)
