"""`recycling site located` on the small town, and the sampled days that it drives."""

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest
from click.testing import CliRunner
from town_streets import crossing

from recycling.cli import main
from recycling.errors import BadRequestError
from recycling.models import Site
from recycling.sampled_rounds import sampled
from recycling.siting import ground
from recycling.timetable.demand import calls_in_cycle
from routing.check import check
from routing.solve import executors, solve


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    """Return a function that runs the command in this process and gives status, output and complaints."""
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))
    real = executors.workers
    monkeypatch.setattr(executors, "workers", lambda kind, cores, cluster: real("threads", 1))

    def call(*words):
        words = ["site", "located", "--by", "community", "--iterations", 50, *words]
        result = CliRunner().invoke(main, list(map(str, words)), prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def lay(sqlite_record, settings, fleet, day, home):
    with sqlite_record.read() as session:
        return ground(session, settings, fleet, day, None, 10)


@pytest.fixture
def draw(sqlite_record, settings, fleet, day, lay):
    def days(count=6, seed=1, over=lay):
        names = [community.code for community in over.communities]
        with sqlite_record.read() as session:
            return sampled(session, settings, fleet, day, over, names, count, seed)

    return days


def test_every_choice_of_the_town_is_driven_and_told(run, tmp_path):
    out = tmp_path / "located.json"
    status, said, _ = run("--days", 3, "--answers", 9, "--json", out)
    assert status == 0
    assert "yuan a year, by what it costs with rounds on 3 sampled days" in said
    assert "turn 1: " in said
    assert "every choice of sites was driven" in said
    assert "rounds confirm the model" in said or "rounds changed the choice" in said
    assert "演示 / demonstration" in said
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["ended"] == "every"
    routed = [one["routed"] for one in told["answers"]]
    assert routed == sorted(routed)
    sets = [frozenset(one["sites"]) for one in told["answers"]]
    assert len(set(sets)) == len(sets) == 2 ** len(told["places"]) - 1
    for one in told["answers"]:
        assert sum(one["days"]) / 3 == pytest.approx(one["routed"], abs=0.02)
        assert one["left_out"] == 0
    first = next(one for one in told["answers"] if one["sites"] == told["model_first"])
    assert first["model"] == min(one["model"] for one in told["answers"])
    assert told["changed_by_routing"] is (told["answers"][0]["sites"].keys() != first["sites"].keys())


def test_the_turns_end_and_say_what_is_left(run):
    status, said, _ = run("--days", 2, "--answers", 1, "--turns", 1)
    assert status == 0
    assert "turn 1: 1 answers driven" in said
    assert "turn 2" not in said
    assert "only one answer was driven" in said


def test_wrong_questions_get_sentences(run):
    status, _, complaint = run("--p", 9)
    assert (status, "9 sites cannot be chosen" in complaint) == (2, True)
    status, _, complaint = run("--depot", "DEP-99")
    assert (status, "There is no depot DEP-99" in complaint) == (2, True)
    assert run("--days", 1)[0] == 2


def test_ctrl_c_before_anything_was_driven_says_so(run, monkeypatch):
    @contextmanager
    def at_once():
        yield lambda: True

    monkeypatch.setattr("recycling.cli_located.stoppable", at_once)
    status, _, complaint = run()
    assert (status, "It was stopped before" in complaint) == (2, True)


def test_a_week_of_days_has_all_calls_evenly_and_their_cost_is_a_year_s(draw, settings, fleet, lay):
    drawn = draw()
    kind = fleet.types[settings.timetable.vehicle]
    assert {day.depot for day in drawn.days} == {"DEP-01", "DEP-02"}
    for depot in ("DEP-01", "DEP-02"):
        days = [day for day in drawn.days if day.depot == depot]
        mine = {c.code: c for c in lay.communities if c.depot_code == depot}
        assert drawn.points_of[depot] == set(mine)
        calls = Counter(point for day in days for point in day.points)
        for code, community in mine.items():
            times = calls_in_cycle(settings.timetable, community, (kind.kg, kind.litres))
            assert calls[code] == times / settings.timetable.weeks
        counts = [len(day.stops) for day in days]
        assert max(counts) - min(counts) <= 1
        assert days[0].share == pytest.approx(365.25 / 7, rel=0.05)  # a week, but for rounded kilograms


def test_the_same_seed_draws_the_same_days_and_another_other_ones(draw):
    def told(drawn):
        return [(day.depot, day.day, day.points, [stop.pickup for stop in day.stops]) for day in drawn.days]

    assert told(draw()) == told(draw())
    assert told(draw()) != told(draw(seed=2))
    assert told(draw(count=9))[:1] == told(draw())[:1]


def test_days_can_be_driven_to_any_sites(draw):
    drawn = draw()
    for day in drawn.days:
        if not day.stops:
            continue
        for room in (frozenset({("STA-01", None)}), frozenset({("STA-01", day.kg), ("CEN-01", None)})):
            problem = day.problem(room)
            plan = solve(problem, 30.0, 1, iterations=50)
            assert check(problem, plan) == []
            assert plan.unserved == ()


def test_a_candidate_without_a_road_is_no_place_to_unload_and_a_depot_without_one_is_named(draw, lay, monkeypatch):
    far = replace(lay.places[0], lon=crossing(-3, -3)[0], lat=crossing(-3, -3)[1])
    drawn = draw(over=replace(lay, places=[far, *lay.places[1:]]))
    assert all(far.id not in day.sites for day in drawn.days)
    lon, lat = crossing(-3, -3)
    monkeypatch.setattr("recycling.network.the_depot", lambda _, code: Site(code=code, lon=lon, lat=lat))
    with pytest.raises(BadRequestError, match="No road leads to the depot DEP-01"):
        draw()
