"""`recycling timetable`, as a planner uses it: look, publish, lay out, change single calls, export, search."""

import csv
import json
import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar
from made_timetables import TOWN, draft
from sqlalchemy import select

from recycling import clock
from recycling.cli_timetable import say_why
from recycling.models import Call, Timetable
from recycling.settings import load_settings
from routing.problem import TimeWindow
from tests.unit.routing.periodic.test_timetables import point, problem, truck


@pytest.fixture
def planner(upgraded, network):
    """The record of the command with the town in it, and a draft."""
    network(upgraded)
    with upgraded.write() as session:
        draft(session, TOWN, clock.utc_now())
    return upgraded


def day_ahead(days):
    settings = load_settings()
    return settings.clock.today(clock.utc_now()) + timedelta(days=days)


@pytest.fixture
def published(planner, run):
    assert run("timetable", "publish", "DEP-01", 1, "--from", day_ahead(1))[0] == 0
    return planner


def first_call(database, community="A-001"):
    with database.read() as session:
        query = select(Call).where(Call.community_code == community, Call.state == "planned")
        return session.scalars(query.order_by(Call.starts_at)).first()


def test_list_and_show(run, planner):
    said = "DEP-01 version 1: draft, 4 calls in 1 week, 1,234 yuan a week"
    assert run("timetable", "list", "DEP-01") == (0, said + "\n", "")
    status, out, _ = run("timetable", "show", "DEP-01", 1)
    lines = out.splitlines()
    assert (status, lines[0]) == (0, said)
    assert [line for line in lines if line and not line.startswith(" ")][1:] == [
        "Mon  T-BOX",
        "Mon  T-VAN",
        "Thu  T-BOX",
    ]
    assert lines[3] == "  09:00  60 min  社区A-001 (A-001), 100 kg"
    assert lines[4].endswith("100 kg  then unloads at CEN-01")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("list", "DEP-99"), "DEP-99"),
        (("calls", "DEP-99"), "DEP-99"),
        (("optimise", "DEP-99"), "DEP-99"),
        (("show", "DEP-01", 7), "recycling timetable list"),
        (("publish", "DEP-01", 7, "--from", "2099-01-01"), "recycling timetable list"),
        (("publish", "DEP-01", 1, "--from", "2020-01-01"), "from tomorrow"),
        (("publish", "DEP-01", 1, "--from", "tomorrow"), "--from"),
        (("cancel", "00000000-0000-0000-0000-000000000000", "rain"), "no such truck call"),
        (("move", "00000000-0000-0000-0000-000000000000", "2099-01-01 09:00"), "no such truck call"),
        (("move", "first", "2099-01-01 09:00"), "first"),
        (("export", "calls.xlsx"), ".geojson"),
        (("optimise", "DEP-01", "--seconds", "0"), "--seconds"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_told_and_changes_nothing(run, planner, words, complaint):
    status, out, said = run("timetable", *words)
    assert status in (1, 2)
    assert complaint in said
    assert out == ""
    with planner.read() as session:
        assert session.scalar(select(Timetable.state)) == "draft"
        assert session.scalar(select(Call.id)) is None


def test_publish_lays_the_calls_out_and_calls_does_it_again_without_a_change(run, planner):
    first = day_ahead(1)
    status, out, _ = run("timetable", "publish", "DEP-01", 1, "--from", first)
    assert status == 0
    assert f"version 1: published from {first}" in out
    weeks = load_settings().timetable.weeks_ahead
    assert f"{4 * weeks} calls made, 0 moved, 0 cancelled, 0 as they were" in out
    again = run("timetable", "calls", "DEP-01")
    assert again[:2] == (0, f"0 calls made, 0 moved, 0 cancelled, {4 * weeks} as they were\n")


def test_a_call_is_moved_and_another_cancelled(run, published):
    call, day = first_call(published), day_ahead(3)
    status, out, _ = run("timetable", "move", call.id, f"{day} 10:30")
    assert (status, out) == (0, f"社区A-001: {day} 10:30\n")
    status, out, _ = run("timetable", "cancel", call.id, "heavy rain")
    assert (status, out) == (0, "社区A-001: cancelled, heavy rain\n")
    with published.read() as session:
        changed = session.get(Call, call.id)
    assert (changed.state, changed.reason, changed.moved_from) == ("cancelled", "heavy rain", call.starts_at)
    status, _, said = run("timetable", "move", call.id, f"{day} 11:30")
    assert status != 0
    assert "cancelled" in said


def test_a_call_is_not_given_to_a_vehicle_that_the_depot_has_not(run, published):
    call = first_call(published)
    status, _, said = run("timetable", "move", call.id, f"{day_ahead(3)} 10:30", "--vehicle", "T-NOBODY")
    assert status != 0
    assert "T-NOBODY" in said
    assert first_call(published).changes == 0


def test_a_call_is_cancelled_for_a_reason_only(run, published):
    status, _, said = run("timetable", "cancel", first_call(published).id, "  ")
    assert status != 0
    assert "Say why" in said
    assert first_call(published).state == "planned"


def test_export_in_every_format(run, published, tmp_path):
    files = {form: tmp_path / f"calls.{form}" for form in ("csv", "json", "geojson", "ics")}
    for file in files.values():
        status, out, _ = run("timetable", "export", file)
        assert (status, out.strip().endswith("calls")) == (0, True)
    rows = list(csv.DictReader(files["csv"].read_text(encoding="utf-8-sig").splitlines()))
    with published.read() as session:
        ids = {str(key) for key in session.scalars(select(Call.id))}
    assert {row["id"] for row in rows} == ids, "what move and cancel are told"
    assert len(json.loads(files["json"].read_text())["calls"]) == len(rows)
    assert len(json.loads(files["geojson"].read_text())["features"]) == len(rows)
    assert len(Calendar.from_ical(files["ics"].read_bytes()).walk("VEVENT")) == len(rows)
    run("timetable", "export", files["csv"], "--community", "A-001")
    assert {row["community"] for row in csv.DictReader(files["csv"].open(encoding="utf-8-sig"))} == {"A-001"}


def test_reach_says_whom_calls_reach_and_what_further_points_would_add(run, planner, tmp_path):
    table, layer = tmp_path / "reach.csv", tmp_path / "reach.geojson"
    words = ("timetable", "reach", "DEP-01", "--version", 1, "--further", 1)
    status, out, _ = run(*words, "--out", table)
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "DEP-01, version 1 of its timetable"
    assert lines[1].endswith("66.7 % within 500 m of one at a convenient hour"), "A-002 is called at 11:00 and 14:00"
    assert lines[-2:] == [
        "  further 1: 社区A-002 A-002 adds 2,000 people",
        "  proven: 1 further, wherever they are, reach 6,000 people at most at a convenient hour",
    ]
    rows = {row["community"]: row for row in csv.DictReader(table.open(encoding="utf-8-sig"))}
    assert (rows["A-001"]["reached"], rows["A-002"]["reached"], rows["A-002"]["adds"]) == ("good", "other", "2000")
    assert "100.0 % within 500 m" in run(*words, "--hours", "08:00-15:00", "--out", layer)[1]
    assert len(json.loads(layer.read_text(encoding="utf-8"))["features"]) == 3
    assert run("timetable", "reach", "DEP-01", "--further", 1)[1] == out, "it stands, in force or to be"
    assert run("timetable", "reach", "DEP-02")[1].startswith("DEP-02, stations alone: no timetable")
    status, _, said = run("timetable", "reach", "DEP-01", "--metres", 50)
    assert (status, "Write a number from 100 to 5,000." in said) == (2, True)


def test_optimise_makes_a_draft_that_can_be_published(run, planner):
    status, out, said = run("timetable", "optimise", "DEP-01", "--seconds", 1)
    assert status == 0, said
    assert "DEP-01 version 2: draft" in out
    assert "too full" in out
    with planner.read() as session:
        table = session.scalar(select(Timetable).where(Timetable.version == 2))
        stands = {visit.community_code for visit in table.visits}
    assert stands == {"A-001", "A-002", "A-003"}, "the communities of the depot, and no others"
    assert table.left_out == 0
    assert run("timetable", "publish", "DEP-01", 2, "--from", day_ahead(2))[0] == 0
    assert first_call(planner, "A-003") is not None


def test_ctrl_c_ends_the_search_and_keeps_what_was_found(run, planner, monkeypatch):
    from routing.periodic import engine

    search, told = engine.solve_timetable, []

    def interrupted(problem, seconds, seed=1, cores=1, start=None, tell=None, iterations=None):
        if tell is None:
            return search(problem, seconds, iterations=iterations)

        def listening(share, cost, out):
            if not told:
                os.kill(os.getpid(), signal.SIGINT)
            told.append(tell(share, cost, out))
            return told[-1]

        return search(problem, seconds, seed, cores, start, listening)

    monkeypatch.setattr(engine, "solve_timetable", interrupted)
    status, out, said = run("timetable", "optimise", "DEP-01", "--seconds", 3600)
    assert status == 0, said
    assert "DEP-01 version 2: draft" in out
    assert told[-1] is True
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "given back"


def test_what_is_impossible_is_told_with_what_would_make_it_possible(capsys, fleet):
    vehicles = [truck("a", capacity=(9,), shift=TimeWindow(0, 3000))]
    points = [point(0, ((0,),), 12, dwell=100), point(1, ((0,),), 4, dwell=3500), point(2, ((0,),), 4, dwell=100)]
    places = [(0, 0), (500, 0), (100, 0), (110, 0), (120, 0), (130, 0)]
    asked = problem(points, places, 1, vehicles)
    (site,) = asked.unload_sites
    say_why(replace(asked, unload_sites=(replace(site, capacity=(15,)),)), ["p0", "p1"], fleet)
    _, together, *said = capsys.readouterr().err.splitlines()
    assert together == "proven: all: At least 2 vehicles are needed for all their calls; 1 are there."
    assert said[:3] == [
        "proven: p0: One call brings 3 load more than any vehicle holds.",
        "  would help: A vehicle that holds 12 load (timetable.other_types).",
        "proven: p1: All their calls and the ways there take 9 min more than the shifts of the vehicles last"
        " (vehicles: 1, days: 1).",
    ]
    assert said[3] == "  would help: Shifts that are 9 min longer for each vehicle (service.shift)."
    (site_said,) = [k for k, line in enumerate(said) if line.startswith("proven: p0, p1: They bring ")]
    assert "(days: 1): u0." in said[site_said]
    assert "at one of these: u0." in said[site_said + 1]
