"""A whole demonstration day by the command, on the shipped layers and on a real extract."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from recycling.cli import main
from recycling.db import Database
from recycling.demo.day import BOOKINGS, CALLS, DELIVERIES
from recycling.figures import plan_figures, the_plan
from recycling.models import Plan

MONACO = Path(__file__).resolve().parents[2].parent / "shared" / "osm" / "monaco.osm.pbf"
NOTICE = {"zh": "演示路网(合成)，不可用于导航", "en": "demonstration roads, not for navigation"}


def run(*words):
    result = CliRunner().invoke(main, [str(w) for w in words], prog_name="recycling")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def checked(summary, record, roads):
    """The summary has every field, and says what the record says."""
    assert set(summary) >= {"depot", "day", "version", "roads", "notice", "engine", "search_seconds"}
    assert (summary["depot"], summary["version"], summary["roads"]) == ("DEP-01", 1, roads)
    asked = BOOKINGS + CALLS + DELIVERIES
    assert 0.95 * asked <= summary["stops"] + sum(summary["left_out"].values()) <= asked, "few find no window"
    assert summary["stops"] == summary["bookings"] + summary["calls"] + summary["deliveries"]
    assert summary["routes"] >= 1
    assert summary["unloads"] >= 1
    assert min(summary["km"], summary["hours"], summary["kg"], summary["litres"], summary["cost"]) > 0
    database = Database(f"sqlite:///{record}")
    with database.read() as session:
        (day,) = session.scalars(select(Plan.service_day))
        figures = plan_figures(the_plan(session, "DEP-01", day))
    database.close()
    assert day.isoformat() == summary["day"]
    assert {k: summary[k] for k in figures.to_dict()} == figures.to_dict()


def test_the_shipped_day(home, tmp_path):
    file = tmp_path / "summary.json"
    result = run("demo", "--no-serve", "--json", file, "--seconds", "2")
    assert result.exit_code == 0, result.output
    summary = json.loads(file.read_text(encoding="utf-8"))
    checked(summary, home / "var" / "demo.db", "dazhou")
    assert summary["notice"] == NOTICE
    for word in ("routes", "stops", "left out", "km", NOTICE["zh"], NOTICE["en"]):
        assert word in result.stdout
    assert re.search(rf"1[45]\d bookings, {CALLS} truck calls, {DELIVERIES} deliveries", result.stdout)
    assert "%(" not in result.stdout


def test_a_day_on_a_real_extract(home, tmp_path):
    if not MONACO.is_file():
        pytest.skip("monaco.osm.pbf is not here: put it into ../shared/osm beside the repository")
    assert run("roads", "import", MONACO, "--name", "monaco").exit_code == 0
    file = tmp_path / "summary.json"
    result = run("demo", "--no-serve", "--roads", "monaco", "--json", file, "--seconds", "2")
    assert result.exit_code == 0, result.output
    summary = json.loads(file.read_text(encoding="utf-8"))
    checked(summary, home / "var" / "demo-monaco.db", "monaco")
    assert summary["notice"] is None, "real roads carry no warning"
    assert not (home / "var" / "demo.db").exists()
