"""`recycling site` on the small town: the best places, given places, and what is wrong told in sentences."""

import json

import pytest
from click.testing import CliRunner

from recycling.cli import main


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    """Return a function that runs the command on the town's record and gives status, output and complaints."""
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))

    def call(*words):
        result = CliRunner().invoke(main, ["site", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_the_best_place_of_the_town_is_proven_and_has_a_runner_up(run, tmp_path):
    out = tmp_path / "sites.geojson"
    status, said, _ = run("optimise", "--model", "p-median", "--p", 1, "--out", out)
    assert status == 0
    assert "STA-01  Example STA-01: 6,500 people" in said
    assert "proven: no answer is better than" in said
    assert "runner-up: A-001 instead of STA-01" in said
    assert "worst-served town: 示例县 示例镇" in said
    assert "within 15 minutes: 6,500 of 6,500 people (100.0 %)" in said
    assert "演示 / demonstration" in said
    drawn = json.loads(out.read_text(encoding="utf-8"))
    assert drawn["notice"] == {"zh": "演示", "en": "demonstration"}
    kinds = [feature["properties"]["kind"] for feature in drawn["features"]]
    assert kinds == ["site", *["community"] * 4]
    assert {f["properties"]["site"] for f in drawn["features"][1:]} == {"STA-01"}


@pytest.mark.parametrize("model", ["p-centre", "cover", "set-cover", "cost"])
def test_every_model_answers_and_is_proven(run, model):
    status, said, _ = run("optimise", "--model", model, *(["--p", 1] if model in ("p-centre", "cover") else []))
    assert status == 0
    assert "proven: no answer is better than" in said
    assert f"{model}: " in said


def test_a_depot_has_its_own_communities(run):
    assert "of 500 people" in run("optimise", "--depot", "DEP-02", "--p", 1)[1]


def test_the_cheapest_network_says_what_its_money_is_for(run):
    said = run("optimise", "--model", "cost")[1]
    assert "(small): 6,500 people" in said  # a small site is cheaper than the centre that stands
    assert "of it fixed 160,000, running 2,7" in said


def test_centres_that_stay_are_in_the_answer(run):
    assert "(standing): 6,500 people" in run("optimise", "--model", "cost", "--keep", "--p", 1)[1]


def test_given_sites_are_judged(run):
    status, said, _ = run("evaluate", "CEN-01", "STA-01:large", "--model", "cost")
    assert status == 0
    assert "STA-01  Example STA-01 (large)" in said
    assert "of it fixed 820,000" in said


def test_wrong_questions_get_sentences(run):
    status, _, complaint = run("optimise", "--p", 9)
    assert (status, "9 sites cannot be chosen: there are 3 candidates" in complaint) == (2, True)
    status, _, complaint = run("evaluate", "STA-99")
    assert (status, "There is no candidate STA-99" in complaint) == (2, True)
    status, _, complaint = run("optimise", "--depot", "DEP-99", "--p", 1)
    assert (status, "There is no depot DEP-99" in complaint) == (2, True)
    status, _, complaint = run("optimise", "--model", "p-median")
    assert (status, "p-median needs the number of sites" in complaint) == (2, True)


def test_a_vehicle_that_the_fleet_lacks_is_named(run, monkeypatch):
    monkeypatch.setenv("RECYCLING_TIMETABLE__VEHICLE", "zeppelin")
    status, _, complaint = run("optimise", "--p", 1)
    assert (status, "no type zeppelin" in complaint) == (2, True)


def test_given_sites_that_are_too_small_are_told_with_the_cheapest_change(run, home):
    path = home / "config" / "default.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('{ name = "small", tonnes = 800,', '{ name = "small", tonnes = 1,'), encoding="utf-8")
    status, _, complaint = run("evaluate", "STA-01:small", "--model", "cost")
    assert status == 2
    assert "1 sites take at most 1 t of recyclables a year" in complaint
    assert "The cheapest change that would do: take STA-01 as large; " in complaint
    assert complaint.rstrip().endswith("yuan a year in all.")
