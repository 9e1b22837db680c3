"""`recycling site scenarios` on the small town."""

import pytest
from click.testing import CliRunner

from recycling.cli import main
from recycling.sites.editing import choose_sites


@pytest.fixture
def run(sqlite_record, home, monkeypatch):
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))

    def call(*words):
        result = CliRunner().invoke(main, ["site", "scenarios", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_made_listed_copied_deleted(run):
    assert "There are no scenarios yet" in run("list")[1]
    assert run("make", "现状") == (0, "Made 现状: 1 of 2 sites open\n", "")
    assert run("copy", "现状")[1] == "Made 现状 (2)\n"
    assert run("copy", "现状", "北区")[1] == "Made 北区\n"
    assert run("make", "二号", "--depot", "DEP-02")[0] == 0
    said = run("list")[1]
    assert "二号: version 1, DEP-02, 1 of 2 sites open" in said
    assert "北区: version 1, all communities, 1 of 2 sites open" in said
    assert run("delete", "北区")[1] == "Deleted 北区\n"
    assert "北区" not in run("list")[1]


def test_shown_beside_the_network_as_it_stands(run, drawn, edit):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    status, said, _ = run("show", "现状")
    assert status == 0
    assert "STA-01  Example STA-01 (small, 1 communities): 3,000 people" in said
    line = next(line for line in said.splitlines() if line.startswith("Open sites"))
    assert line.split() == ["Open", "sites", "1", "2", "+1"]
    assert "示例县 示例镇" in said
    assert "演示 / demonstration" in said


def test_compared_and_equal_is_said_to_be_no_difference(run, drawn, edit):
    run("copy", "现状", "b")
    said = run("compare", "现状", "b")[1]
    assert said.count("no difference") == 17
    assert "0 towns win with b, 0 people" in said
    edit(drawn, choose_sites, {"STA-01"}, {})
    said = run("compare", "现状", "b")[1]
    assert "of it sites, yuan" in said
    assert "+240,000" in said
    assert "演示 / demonstration" in said


def test_compared_site_by_site_and_by_minutes(run, drawn, edit, settings):
    run("copy", "现状", "b")
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    said = run("compare", "现状", "b")[1]
    lines = {line[:40].strip(): line[40:].split() for line in said.splitlines()}
    first, second = lines["CEN-01 Example CEN-01"], lines["STA-01 Example STA-01"]
    assert (first[1], second[1], second[-1]) == ("t,", "t,", "-")
    share = settings.stock.brought["paper"] / sum(settings.stock.brought.values())
    paper = lines["CEN-01 paper"]
    assert float(paper[0]) == pytest.approx(share * float(first[0]), abs=0.1)
    assert lines["STA-01 glass"][1] == "-"
    assert "  up to 15             6,500       6,500" in said
    other = CliRunner().invoke(main, ["site", "compare", "现状", "b"], prog_name="recycling")
    assert (other.exit_code, other.stdout) == (0, said)


def test_what_is_wrong_gets_a_sentence(run):
    for words in (("show", "x"), ("copy", "x"), ("delete", "x"), ("compare", "x", "y")):
        status, _, told = run(*words)
        assert (status, "There is no scenario 'x'" in told) == (2, True)
    assert "There is no depot DEP-99" in run("make", "x", "--depot", "DEP-99")[2]
    assert "Give the scenario a name" in run("make", " ")[2]


MORE = "A third more is brought"


def test_stresses_and_what_the_cost_hangs_on_are_tables(run, drawn, edit):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    status, said, _ = run("stress", "现状", "--cut", "107.47,31.21")
    assert status == 0
    lines = {line[:40].strip(): line[40:].split() for line in said.splitlines()}
    yuan = {word: float(cells[0].replace(",", "")) for word, cells in lines.items() if word in ("As it is", MORE)}
    assert yuan[MORE] > yuan["As it is"]
    assert lines["The weeks before a holiday"][0] == "-"
    assert any(word.startswith("A road is cut: 107.47,31.21") for word in lines)
    assert any(word.startswith("The site that is missed most is out") for word in lines)
    less, more = (float(word.replace(",", "")) for word in lines["Land, building and staff of sites"])
    assert less < more
    assert "演示 / demonstration" in said


def test_a_position_of_a_cut_that_is_none_is_told(run, drawn):
    status, _, complaint = run("stress", "现状", "--cut", "here")
    assert (status, "write longitude and latitude" in complaint) == (2, True)


def test_what_a_scenario_lacks_is_told_with_the_change_that_mends_it(run, drawn, edit):
    assert "lacks something" not in run("show", "现状")[1]
    edit(drawn, choose_sites, set(), {})
    said = run("show", "现状")[1]
    assert "现状 lacks something:" in said
    assert "  No site is open: 6,500 people have nowhere to bring their things." in said
    assert "mends it all: open STA-01 Example STA-01 (small). The year’s cost changes by +" in said
    assert "mends it all: open STA-01 " in run("stress", "现状")[1]
    edit(drawn, choose_sites, {"STA-01"}, {})
    assert "lacks something" not in run("stress", "现状")[1]


def test_two_compared_say_each_what_it_lacks(run, drawn, edit):
    run("copy", "现状", "b")
    edit(drawn, choose_sites, set(), {})
    said = run("compare", "现状", "b")[1]
    assert said.count("lacks something:") == 1
    assert "现状 lacks something:" in said
