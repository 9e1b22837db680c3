"""The whole command on a tiny network and a tiny extract. No time is asserted."""

import json

import pytest
from command_line import assert_refused, benchmark
from toy import FILES, HEIGHT, WIDTH, grid, texts

FIELDS = [
    "network",
    "nodes",
    "edges",
    "case",
    "engine",
    "cores",
    "seconds",
    "ratio",
    "peak_mb",
    "disagreements",
    "note",
]
CASES = ["prepare", "open", "matrix 4x9", "matrix 12x12", "paths 1000", "customise", "closure 1"]


def measure(path, *words):
    file = path.parent / "rows.json"
    done = benchmark("roads", path, "--points", "12,4x9", "--repeat", 2, "--json", file, *words)
    assert done.returncode == 0, done.stderr
    return done, json.loads(file.read_text())


def by_case(told, engine):
    return {row["case"]: row for row in told["rows"] if row["engine"] == engine}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    for name, text in texts().items():
        (folder / name).write_text(text)
    return measure(folder / FILES[0], "--against", "scipy,pandana", "--turns", 5, "--seed", 3)


def test_every_case_is_measured(tiny):
    _, told = tiny
    after = f"closure 1, then {WIDTH * HEIGHT}x{WIDTH * HEIGHT}"
    assert list(by_case(told, "ours")) == list(by_case(told, "ours-turns")) == [*CASES, after]
    assert list(by_case(told, "scipy")) == ["prepare", "matrix 4x9", "matrix 12x12", "closure 1", after]
    for row in told["rows"]:
        assert list(row) == FIELDS
        assert (row["network"], row["nodes"], row["edges"]) == ("TOY", WIDTH * HEIGHT, len(grid()[0]))
        if row["engine"] != "pandana":
            assert row["seconds"] > 0
            assert row["ratio"] > 0
            assert row["peak_mb"] > 1


def test_all_agree(tiny):
    _, told = tiny
    for case, row in by_case(told, "ours").items():
        asked = "matrix" in case or "then" in case
        assert row["disagreements"] == (0 if asked else None), row
    for case, row in by_case(told, "ours-turns").items():
        assert row["disagreements"] == (0 if "matrix" in case else None), row


def test_machine_versions_command(tiny):
    _, told = tiny
    assert told["machine"]["cores"] >= 1
    assert {"python", "numpy", "scipy"} <= set(told["versions"])
    assert told["command"].startswith("python -m benchmarks.roads ")


def test_table_for_people(tiny):
    done, told = tiny
    lines = done.stdout.splitlines()
    assert lines[0].split() == FIELDS
    assert len(lines) == len(told["rows"]) + 3
    assert lines[-1].startswith("Geometric mean")


def test_a_peer_that_is_not_installed_gets_empty_rows_and_a_hint(tiny):
    done, told = tiny
    rows = by_case(told, "pandana")
    if rows["prepare"]["seconds"] is not None:
        pytest.skip("pandana is installed here")
    for row in rows.values():
        assert (row["seconds"], row["ratio"], row["peak_mb"], row["disagreements"]) == (None,) * 4
        assert row["note"].startswith("pandana: not found; install it with pip install pandana")
    assert done.stderr.count("pandana: not found") == 1


TOWN = """<osm version="0.6">
{nodes}
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
<way id="2"><nd ref="4"/><nd ref="5"/><nd ref="6"/><tag k="highway" v="residential"/></way>
<way id="3"><nd ref="1"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<way id="4"><nd ref="2"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="access" v="destination"/></way>
<way id="5"><nd ref="3"/><nd ref="6"/><tag k="highway" v="tertiary"/></way>
<way id="6"><nd ref="6"/><nd ref="7"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<relation id="1"><member type="way" ref="1" role="from"/><member type="node" ref="3" role="via"/>
<member type="way" ref="5" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_right_turn"/></relation>
</osm>"""


@pytest.fixture
def town(tmp_path):
    places = [(107.500, 31.200), (107.504, 31.2001), (107.509, 31.2), (107.5, 31.196), (107.5041, 31.196)]
    places += [(107.5091, 31.1961), (107.504, 31.192)]
    nodes = "\n".join(f'<node id="{i}" lon="{x}" lat="{y}"/>' for i, (x, y) in enumerate(places, 1))
    (tmp_path / "town.osm").write_text(TOWN.format(nodes=nodes))
    return tmp_path / "town.osm"


def test_an_extract(town):
    """Its import is measured; restrictions and roads not for through traffic are only in ours-turns, and hold."""
    _, told = measure(town, "--against", "scipy", "--repeat", 1, "--work", town.parent / "work")
    ours, turns = by_case(told, "ours"), by_case(told, "ours-turns")
    assert ours["import"]["seconds"] > 0
    assert "import" not in turns
    assert turns["prepare"]["note"].endswith("1 turns forbidden")
    for rows in (ours, turns):
        for case in ("matrix 4x9", "matrix 12x12"):
            assert rows[case]["disagreements"] == 0, rows[case]
    assert list((town.parent / "work").glob("roads-*/1-town/*.npz")), "kept where it was asked for"


WRONG = {
    "nothing": (["absent.osm.pbf"], "no file or folder absent.osm.pbf"),
    "peer": (["{toy}", "--against", "google"], "--against knows"),
    "points": (["{toy}", "--points", "many"], "--points takes"),
    "cores": (["{toy}", "--cores", "0"], "--cores takes"),
    "too many cores": (["{toy}", "--cores", "4096"], "--cores takes"),
    "interpreter": (["{toy}", "--peer-python", "absent/python"], "is no program"),
    "folder for rows": (["{toy}", "--json", "absent/rows.json"], "no folder"),
    "no words": ([], "Missing argument"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_words_end_with_a_sentence(case, toy):
    words, sentence = WRONG[case]
    assert_refused(benchmark("roads", *(word.format(toy=toy() / FILES[0]) for word in words)), sentence)


def test_wrong_files_end_with_a_sentence(toy, tmp_path):
    done = benchmark("roads", toy({FILES[0]: "p sp 30 98\n"}) / FILES[0])
    assert (done.returncode, done.stdout) == (2, "")
    assert "promises 98 arcs" in done.stderr
    (tmp_path / "page.osm.pbf").write_text("<html>not found</html>")
    done = benchmark("roads", tmp_path / "page.osm.pbf", "--against", "")
    assert (done.returncode, done.stdout) == (2, "")
    assert "roads: page.osm.pbf" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_teaches():
    done = benchmark("roads", "--help")
    assert done.returncode == 0
    assert "python -m benchmarks.roads andorra.osm.pbf" in done.stdout
    assert "--peer-python" in done.stdout
