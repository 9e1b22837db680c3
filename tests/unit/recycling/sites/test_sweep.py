"""Variants of scenarios: every combination once and in order, each worth what it is worth by itself."""

import csv
import io
import json
import re
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner
from test_trying import HEADS, SITES
from test_worth import ASSUMED, TWO

from recycling.cli import main
from recycling.errors import BadRequestError
from recycling.sites import sweep as sweeping
from recycling.sites.cuts import Cut
from recycling.sites.editing import choose_sites
from recycling.sites.scenarios import the_scenario
from recycling.sites.sweep import plan, sweep, workers_for
from recycling.sites.sweep_export import HEAD, table
from recycling.sites.trying import MORE_PERCENT, stresses, swings
from recycling.sites.variants import MOST, Asked, Ground, Place, Task, evaluate, variants
from routing.fanout import hands_of
from routing.roads.changes import Where

GROUND = Ground(
    HEADS, None, ASSUMED, tuple(Place(one.code, one.lon, one.lat, one.size, one.is_open) for one in SITES), TWO
)
AT = Cut("桥梁施工", Where(edges=tuple(range(100, 108))))
DAY = date(2026, 3, 2)


def test_every_combination_stands_once_in_order():
    asked = Asked((100, 130), {"fuel": (80, 120)}, ("each",), ("R1",))
    found = variants(asked, {"a": ["A", "B"], "b": ["A"]})
    assert len(found) == len(set(found)) == 2 * 2 * 2 * (3 + 2)
    assert found[0].task == Task(100, (("fuel", 80),), "")
    assert [v.scenario for v in found] == ["a"] * 24 + ["b"] * 16
    assert [v.cut for v in found[:24]] == [""] * 12 + ["R1"] * 12
    assert {v.task.closed for v in found[24:]} == {"", "A"}


def test_a_site_that_is_out_counts_where_it_is_open():
    found = variants(Asked(closed=("B",)), {"a": ["A", "B"], "b": ["A"]})
    assert [(v.scenario, v.task.closed) for v in found] == [("a", ""), ("a", "B"), ("b", "")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked(assumed={"weather": (80,)}), "no-assumption"),
        (Asked(demand=(0,)), "bad-percent"),
        (Asked(assumed={"fuel": (1001,)}), "bad-percent"),
        (Asked(closed=("Z",)), "not-open"),
        (Asked(demand=tuple(range(1, 1000)), closed=("each",), cuts=("x", "y")), "too-many-variants"),
    ],
)
def test_what_cannot_be_combined_is_told(asked, code):
    with pytest.raises(BadRequestError) as caught:
        variants(asked, {"a": ["A", "B"]})
    assert caught.value.faults[0].code == code
    assert len(variants(Asked(demand=tuple(range(1, 1001)), cuts=("x", "y", "z", "w")), {"a": []})) == MOST


def test_a_variant_is_worth_what_the_stress_set_and_the_tornado_say():
    stress = {one.code: one.worth for one in stresses(HEADS, None, ASSUMED, SITES, TWO)}
    assert evaluate(GROUND, Task()).figures["yuan"] == pytest.approx(stress["none"].yuan)
    assert evaluate(GROUND, Task(MORE_PERCENT)).figures["yuan"] == pytest.approx(stress["more"].yuan)
    out = evaluate(GROUND, Task(closed="B"))
    assert out.figures["minutes"] == pytest.approx(stress["out"].minutes)
    assert out.figures["open"] == 1
    for swing in swings(HEADS, None, ASSUMED, SITES, TWO):
        if swing.code != "demand":
            for percent, yuan in ((80, swing.less), (120, swing.more)):
                found = evaluate(GROUND, Task(assumed=((swing.code, percent),)))
                assert found.figures["yuan"] == pytest.approx(yuan), swing.code


def test_the_range_of_a_cost_holds_it_and_grows_with_what_hangs_on_demand():
    low, high = evaluate(GROUND, Task()), evaluate(GROUND, Task(300))
    assert low.low < low.figures["yuan"] < low.high
    assert high.high - high.low == pytest.approx(3 * (low.high - low.low))


@pytest.fixture
def planned(sqlite_record, settings, fleet, desk, drawn, edit):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})

    def make(asked, cuts=()):
        with sqlite_record.read() as session:
            scenarios = [the_scenario(session, drawn)]
            return plan(session, settings, fleet, desk, scenarios, asked, cuts, DAY)

    return make


def test_missing_ways_are_found_once_kept_and_not_looked_for_again(planned, monkeypatch):
    asked = Asked(demand=(80, 130), closed=("each",))
    first = planned(asked, [AT])
    assert len(first.asked) == 1
    with hands_of("here", 1) as hands:
        told = []
        lines = sweep(first, hands, told.append)
        assert told == sorted(told)
        assert told[-1] == 1.0
        again = planned(asked, [AT])
        assert again.asked == {}
        monkeypatch.setattr(sweeping, "ways_of", lambda *_: pytest.fail("these ways are kept"))
        assert sweep(again, hands) == lines
    assert len(lines) == 2 * 3 * 2
    minutes = {(line.variant.cut, line.variant.task.closed): line.outcome.figures["minutes"] for line in lines}
    assert minutes[AT.name, ""] > minutes["", ""]


def test_a_cut_where_there_is_no_road_is_told_by_its_name(planned):
    nowhere = Cut("0.00000, 0.00000", Where(near=((0.0, 0.0),)))
    with hands_of("here", 1) as hands, pytest.raises(BadRequestError, match="is no road that could be cut"):
        sweep(planned(Asked(), [nowhere]), hands)


def test_few_variants_need_no_processes_and_many_get_them(planned, settings):
    with workers_for(planned(Asked()), settings) as few:
        assert type(few).__name__ == "_Here"
    with workers_for(planned(Asked(demand=tuple(range(50, 160)))), settings) as many:
        assert type(many).__name__ == "_Local"
        assert many.cores == settings.planning.cores


def test_processes_find_what_one_finds(planned, tmp_path):
    asked = Asked(demand=(80, 100, 130), assumed={"fuel": (80, 120), "roads": (90, 110)}, closed=("each",))
    with hands_of("here", 1) as here, hands_of("local", 2) as local:
        both = planned(asked, [AT])
        lines = sweep(both, local)
        assert sweep(both, here) == lines
    assert len(lines) == 3 * 4 * 3 * 2
    assert all(line.outcome is not None for line in lines)
    rows = list(csv.DictReader(io.StringIO(table(lines, {"zh": "演示", "en": "demo"}).decode("utf-8-sig"))))
    assert list(rows[0]) == list(HEAD)
    assert len(rows) == len(lines)
    assert {row["roads"] for row in rows} == {"演示 / demo"}
    assert np.isfinite([float(row["yuan"]) for row in rows]).all()


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))

    def call(*words):
        result = CliRunner().invoke(main, ["site", "scenarios", "sweep", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_the_command_prints_a_table_and_writes_files(run, drawn, edit, tmp_path):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    words = ("--demand", "80,130", "--closed", "each", "--assume", "fuel=100,120", "--cut", "107.4745,31.2")
    files = ("--csv", tmp_path / "v.csv", "--json", tmp_path / "v.json")
    status, said, _ = run("现状", *words, *files)
    assert status == 0
    lines = [line for line in said.splitlines() if line.startswith("现状")]
    assert len(lines) == 2 * 3 * 2 * 2
    assert any(re.match(r"现状, demand 130 %, fuel 120 %, without STA-01, .* cut +\d", line) for line in lines)
    assert "演示 / demonstration" in said
    told = json.loads((tmp_path / "v.json").read_text())
    assert len(told["variants"]) == len(lines)
    assert {row["fuel_percent"] for row in told["variants"]} == {100, 120}
    assert len((tmp_path / "v.csv").read_text("utf-8-sig").splitlines()) == len(lines) + 1


def test_the_command_prints_the_first_of_many(run, drawn):
    status, said, _ = run("现状", "--demand", ",".join(map(str, range(50, 130))))
    assert status == 0
    assert ".. and 20 more; --csv or --json writes all 80" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("x",), "There is no scenario 'x'"),
        (("现状", "--demand", "much"), "write percents as whole numbers"),
        (("现状", "--assume", "fuel"), "write an assumption and percents"),
        (("现状", "--assume", "rain=80"), "There is no assumption 'rain'"),
        (("现状", "--closed", "STA-99"), "STA-99 is no open site"),
        (("现状", "--cut", "No such road"), "No such road is no road that could be cut"),
        (("现状", "--csv", "/no/such/folder/v.csv"), "there is no folder for"),
    ],
)
def test_what_is_wrong_gets_a_sentence(run, drawn, words, sentence):
    status, _, told = run(*words)
    assert status == 2
    assert sentence in told
