"""`recycling site tiers` and `site front` on the small town: what is chosen, proven, written and refused."""

import csv
import json

import pytest
from click.testing import CliRunner

from recycling.cli import main


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    """Return a function that runs the command on the town's record and gives status, output and complaints."""
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))
    path = home / "config" / "default.toml"
    text = path.read_text(encoding="utf-8")
    with sqlite_record.read() as session:
        from recycling import network

        centre = next(site for site in network.sites(session) if site.code == "CEN-01")
    text = text.replace("lon = 107.4678\nlat = 31.2093", f"lon = {centre.lon}\nlat = {centre.lat}")
    path.write_text(text.replace("lon = 107.2046\nlat = 30.7374", f"lon = {centre.lon}\nlat = {centre.lat}"), "utf-8")

    def call(*words):
        result = CliRunner().invoke(main, ["site", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_stations_and_centres_of_the_town_are_chosen_together_and_proven(run, tmp_path):
    out = tmp_path / "tiers.json"
    status, said, _ = run("tiers", "--by", "community", "--json", out)
    assert status == 0
    assert "station A-001  示例镇 社区A-001 (small): 15 t" in said
    assert "centre A-001" in said
    assert "proven: no answer is better than" in said
    assert "演示 / demonstration" in said
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["proven"] is True
    tonnes = sum(flow["tonnes"] for flow in told["flows"] if flow["to"] == "stations")
    assert tonnes == pytest.approx(sum(flow["tonnes"] for flow in told["flows"] if flow["to"] == "markets"), rel=1e-3)
    assert {flow["material"] for flow in told["flows"]} == {"paper", "plastic", "metal", "glass", "textiles"}


def test_towns_as_points_say_what_their_communities_have_and_how_far_the_proof_holds(run, tmp_path):
    by_town, by_community = tmp_path / "town.json", tmp_path / "community.json"
    said = run("tiers", "--json", by_town)[1]
    assert "counted community by community: " in said
    assert "Were its communities to go different ways, no choice could do better than" in said
    run("tiers", "--by", "community", "--json", by_community)
    town, each = (json.loads(path.read_text(encoding="utf-8")) for path in (by_town, by_community))
    assert town["bound_by_community"] <= each["bound"] + 1e-6
    assert each["value"] <= town["value"] + 1e-6
    assert (each["bound_by_community"], each["by_community"]) == (None, {})
    assert set(town["by_community"]) == {"within", "worst-town", "driving"}
    said = run("front", "--against", "within", "--points", 2)[1]
    assert "a point could be better by" in said


def test_years_are_told_one_by_one(run):
    said = run("tiers", "--years", 2, "--growth", 10, "--budget", 900_000)[1]
    assert said.count(" open") >= 2
    assert "in the mean of the years" in said


def test_rules_that_cannot_be_kept_are_told_with_what_would_do(run):
    status, _, complaint = run("tiers", "--by", "community", "--most-yuan", 10)
    assert status == 2
    assert "yuan a year instead of 10" in complaint


def test_a_front_is_a_table_and_files(run, tmp_path):
    table, out = tmp_path / "front.csv", tmp_path / "front.json"
    status, said, _ = run(
        "front", "--by", "community", "--against", "worst-town", "--points", 4, "--csv", table, "--json", out
    )
    assert status == 0
    assert "worst town, min" in said
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# 演示 / demonstration"
    rows = list(csv.DictReader(lines[1:]))
    assert [row["proven"] for row in rows] == ["True"] * len(rows)
    costs, minutes = ([float(row[name]) for row in rows] for name in ("cost", "worst-town"))
    assert costs == sorted(costs)
    assert minutes == sorted(minutes, reverse=True)
    assert len(json.loads(out.read_text(encoding="utf-8"))["points"]) == len(rows)


def test_the_same_measure_twice_is_refused(run):
    status, _, complaint = run("front", "--against", "cost")
    assert (status, "Choose two different ones" in complaint) == (2, True)


def test_places_that_no_set_of_sites_can_reach_are_named_and_left_out(run):
    status, said, complaint = run("optimise", "--model", "set-cover", "--within", 1)
    assert status == 0
    assert "proven: no answer is better than" in said
    assert "no candidate is within 1 minutes of" in complaint


def test_asked_of_a_scenario_its_own_markets_and_reach_count(run, tmp_path):
    assert run("scenarios", "make", "现状")[0] == 0
    file = tmp_path / "markets.csv"
    prices = "paper=300; plastic=350; metal=600; glass=20; textiles=60"
    file.write_text(f"name,kind,prices,way_km,lon,lat\n重庆市场,market,{prices},230,106.55,29.56\n", "utf-8")
    status, said, _ = run("scenarios", "import", "现状", file, "--crs", "wgs84")
    assert (status, "Taken into 现状: 1 sites" in said) == (0, True)
    out = tmp_path / "tiers.json"
    status, said, _ = run("tiers", "--scenario", "现状", "--by", "community", "--json", out)
    assert status == 0
    assert "market M1  重庆市场" in said
    assert list(json.loads(out.read_text(encoding="utf-8"))["years"][0]["markets"]) == ["M1"]
    assert "MKT-01" in run("tiers", "--by", "community")[1]
    status, _, told = run("tiers", "--scenario", "现状", "--depot", "DEP-02")
    assert (status, "a scenario has its own depot" in told) == (2, True)
    assert "There is no scenario 'x'" in run("tiers", "--scenario", "x")[2]
    assert "15 budgets at most" in run("tiers", "--scenario", "现状", *["--budget", 1] * 16)[2]
