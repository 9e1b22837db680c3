import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import osmium
import pytest
from osmium.osm.mutable import Node, Way
from sqlalchemy import text

from recycling import cli, runs
from recycling.cli import main
from recycling.db import Database
from recycling.demo import orders


def files_of(home):
    """Every file that the command has made; a network that was built from a layer counts as one."""
    found = (p.relative_to(home) for p in (home / "var").rglob("*") if p.is_file())
    return sorted({str(next((q for q in p.parents if q.suffix == ".network"), p)) for p in found})


def commands(command=main, path=()):
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))


ALL_COMMANDS = [pytest.param(path, command, id=" ".join(path) or "recycling") for path, command in commands()]


# -- help ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "command"), ALL_COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_teaches(run, path, command, flag):
    status, out, _ = run(*path, flag)
    assert status == 0
    first = command.help.strip().splitlines()[0]
    assert first.split("\n")[0][:40] in out
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} is not explained"
        else:
            assert parameter.human_readable_name in command.help or parameter.name.upper() in command.help
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            assert name in out
            assert inner.get_short_help_str(60)
    else:
        assert len(command.help) > 60, "a sentence is not enough to act on"


def test_help_makes_nothing(run, home):
    for path, _ in commands():
        run(*path, "--help")
    assert not (home / "var").exists()


def test_the_main_help_shows_the_first_look(run):
    _, out, _ = run("--help")
    for line in ("recycling demo", "recycling roads import FILE.osm.pbf --name NAME", "recycling db upgrade"):
        assert line in out


def test_version(run):
    assert run("--version")[1].startswith("recycling, version ")


@pytest.mark.parametrize(
    "words",
    [
        ["dmo"],
        ["db"],
        ["db", "upgarde"],
        ["roads", "import"],
        ["roads", "import", "x.osm.pbf"],
        ["demo", "--seconds", "0"],
        ["demo", "--seconds", "soon"],
        ["demo", "--seed", "one"],
        ["demo", "--seconds", "nan"],
        ["demo", "--port", "65536"],
        ["serve", "--port", "http"],
        ["serve", "--port", "-1"],
    ],
)
def test_a_slip_of_the_pen_is_status_2(run, home, words):
    status, _, err = run(*words)
    assert status == 2
    assert "Usage:" in err
    assert not (home / "var").exists()


# -- database and network ------------------------------------------------------------------------------------------


def test_upgrade_and_check(run, home):
    status, _, err = run("db", "check")
    assert (status, err) == (2, "recycling: The database holds no tables yet. Run: recycling db upgrade\n")
    status, out, _ = run("db", "upgrade")
    assert (status, out) == (0, f"The database is ready: sqlite:///{home}/var/recycling.db\n")
    assert run("db", "upgrade")[0] == 0
    assert run("db", "check") == (0, "The database fits this version.\n", "")


@pytest.mark.parametrize("command", ["check", "upgrade"])
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM alembic_version", "half-migrated"),
        ("UPDATE alembic_version SET version_num = 'ffff'", "newer version (revision ffff)"),
        ("DROP TABLE booking_line", "half-migrated: it does not match its revision at booking_line"),
    ],
)
def test_a_database_that_cannot_be_used(run, upgraded, command, statement, words):
    with upgraded.engine.execution_options(write=True).begin() as connection:
        connection.execute(text(statement))
    status, _, err = run("db", command)
    assert status == 2
    assert words in err
    assert err.count("\n") == 1


def test_an_address_that_cannot_be_used_shows_no_password(run, monkeypatch):
    monkeypatch.setenv("RECYCLING_DATABASE__URL", "postgresql+psycopg://planner:secret@127.0.0.1:1/x")
    for words in (["db", "check"], ["db", "upgrade"], ["network", "load"]):
        status, out, err = run(*words)
        assert status == 2
        assert "planner:***@127.0.0.1:1/x cannot be reached" in err
        assert "secret" not in out + err


def test_the_network_is_loaded_once(run, upgraded):
    assert run("network", "load")[0] == 0
    with upgraded.read() as session:
        before = session.scalar(text("SELECT count(*) FROM community"))
    status, out, err = run("network", "load")
    assert (status, out) == (2, "")
    assert err == "recycling: The database holds a network already. Nothing was changed.\n"
    with upgraded.read() as session:
        assert session.scalar(text("SELECT count(*) FROM community")) == before > 1000


def test_the_network_goes_into_no_empty_database(run):
    status, _, err = run("network", "load")
    assert status == 2
    assert "recycling db upgrade" in err


# -- configuration -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["db", "check"], ["network", "load"], ["demo", "--no-serve"], ["serve"]])
def test_a_bad_configuration_file_is_told_in_full(run, home, words):
    path = home / "config" / "default.toml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("seed = 1", "sead = 1\nseconds_more = 2"), encoding="utf-8")
    status, _, err = run(*words)
    assert status == 2
    lines = err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("recycling: config/default.toml:") for line in lines)
    assert not (home / "var").exists()


@pytest.mark.parametrize("file", ["catalogue.toml", "fleet.toml"])
def test_a_demonstration_with_a_bad_catalogue_or_fleet(run, home, file):
    (home / "config" / file).write_text("x = [\n", encoding="utf-8")
    status, _, err = run("demo", "--no-serve")
    assert status == 2
    assert f"config/{file} is not valid TOML" in err
    assert not (home / "var").exists()


# -- roads ---------------------------------------------------------------------------------------------------------


def write_osm(path, *ways):
    with osmium.SimpleWriter(str(path)) as writer:
        for node in sorted({n for nodes, _ in ways for n in nodes}):
            writer.add_node(Node(id=node, location=(node * 0.001, 0.0)))
        for number, (nodes, tags) in enumerate(ways, 1):
            writer.add_way(Way(id=number, nodes=nodes, tags=tags))
    return path


@pytest.fixture
def extract(tmp_path):
    return write_osm(tmp_path / "town.osm.pbf", ([1, 2, 3], {"highway": "residential"}))


def test_roads_are_imported(run, home, extract):
    status, out, _ = run("roads", "import", extract, "--name", "town")
    assert status == 0
    assert "© OpenStreetMap contributors" in out
    assert "recycling demo --roads town" in out
    assert files_of(home) == ["var/roads/town.gpkg", "var/roads/town.json", "var/roads/town.network"]


@pytest.fixture
def wrong(tmp_path, extract):
    """Files that are no extract."""
    (tmp_path / "empty.osm.pbf").touch()
    (tmp_path / "letter.osm.pbf").write_text("Dear reader, " * 100, encoding="utf-8")
    whole = extract.read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "folder.osm.pbf").mkdir()
    write_osm(tmp_path / "paths.osm.pbf", ([1, 2], {"highway": "footway"}))
    (tmp_path / "page.osm").write_text("<html><body>404</body></html>", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["missing", "empty", "letter", "cut", "folder", "paths", "page.osm"])
def test_a_wrong_file_is_told_and_nothing_is_written(run, home, wrong, name):
    file = wrong / (name if "." in name else f"{name}.osm.pbf")
    status, _, err = run("roads", "import", file, "--name", "town")
    assert status == 2
    sentence = next(line for line in err.splitlines() if line.startswith("recycling: "))
    assert file.name in sentence
    assert sentence.endswith(".")
    assert not (home / "var").exists() or files_of(home) == []


@pytest.mark.parametrize("name", ["", "Town", "a/b", "../town", "-x", "x" * 41, "街"])
def test_a_wrong_name(run, home, extract, name):
    status, _, err = run("roads", "import", extract, f"--name={name}")
    assert status == 2
    assert "recycling: A road layer cannot be called" in err
    assert not (home / "var").exists()


@pytest.mark.parametrize("content", [None, "", "{", '{"type": "Point", "coordinates": [0, 0]}', "[1, 2]"])
def test_a_wrong_area(run, home, extract, tmp_path, content):
    area = tmp_path / "area.geojson"
    if content is not None:
        area.write_text(content, encoding="utf-8")
    status, _, err = run("roads", "import", extract, "--name", "town", "--area", area)
    assert status == 2
    assert "recycling: " in err
    assert "area.geojson" in err
    assert not (home / "var").exists() or files_of(home) == []


def test_a_failed_import_leaves_the_layer_that_was_there(run, home, extract, wrong):
    run("roads", "import", extract, "--name", "town")
    layer = home / "var" / "roads" / "town.gpkg"
    before = layer.read_bytes()
    assert run("roads", "import", wrong / "cut.osm.pbf", "--name", "town")[0] == 2
    assert layer.read_bytes() == before
    assert files_of(home) == ["var/roads/town.gpkg", "var/roads/town.json", "var/roads/town.network"]


# -- demonstration -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unknown", "../recycling", "x/../recycling", "/x", ".."])
def test_a_demonstration_on_unknown_roads_writes_nothing(run, home, name):
    (home / "var").mkdir()
    own = home / "var" / "recycling.db"
    own.write_bytes(b"the operator's own record")
    for _ in range(2):
        status, _, err = run("demo", "--no-serve", "--roads", name)
        assert status == 2
        assert "No roads have been imported under the name" in err
        assert "recycling roads import FILE" in err
    assert files_of(home) == ["var/recycling.db"]
    assert own.read_bytes() == b"the operator's own record"


def test_a_summary_that_cannot_be_written_is_told_before_the_work(run, home, tmp_path):
    status, _, err = run("demo", "--no-serve", "--json", tmp_path / "nowhere" / "summary.json")
    assert status == 2
    assert "there is no folder" in err
    assert run("demo", "--no-serve", "--json", tmp_path)[0] == 2
    assert not (home / "var").exists()


def test_seconds_on_the_command_line_are_stronger_than_the_environment(run, home, monkeypatch, road_layer):
    (home / "var" / "roads").mkdir(parents=True)
    shutil.copy(road_layer, home / "var" / "roads" / "grid.gpkg")
    monkeypatch.setenv("RECYCLING_PLANNING__SECONDS", "500")
    monkeypatch.setattr(orders, "bookings", lambda *args: [])
    seen = []

    def work(database, settings, fleet, run, watch):
        seen.append(settings.planning.seconds)
        runs._fail(database, run, "fault", "the solver had a bad day")

    monkeypatch.setattr(runs, "work", work)
    status, _, err = run("demo", "--no-serve", "--roads", "grid", "--seconds", "2")
    assert seen == [2.0]
    assert status == 1
    assert "the day could not be planned: the solver had a bad day" in err
    run("demo", "--no-serve", "--roads", "grid")
    assert seen == [2.0, 500.0]
    served = []
    monkeypatch.setattr(cli, "_serve", lambda *asked: served.append(asked))
    monkeypatch.setattr(cli, "_ways_found", lambda *asked: None)
    status, _, err = run("demo", "--roads", "grid")  # whoever looks at the product gets its pages all the same
    assert status == 0
    assert "could not be planned: the solver had a bad day. Its page plans it again, or makes a plain plan." in err
    assert len(served) == 1


# -- as people start it --------------------------------------------------------------------------------------------


def start(home, *words, **environment):
    """Run the real command in a process of its own."""
    script = Path(sys.executable).with_name("recycling")
    command = [str(script)] if script.is_file() else [sys.executable, "-c", "from recycling.cli import main; main()"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RECYCLING_")}
    return subprocess.run(
        [*command, *words],
        env={**clean, "RECYCLING_HOME": str(home), **environment},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_real_command(home):
    done = start(home, "db", "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "recycling: The database holds no tables yet. Run: recycling db upgrade\n"
    done = start(home, "db", "upgrade")
    assert (done.returncode, done.stderr) == (0, "")
    assert start(home, "db", "check").returncode == 0


def test_the_real_command_refuses_to_serve_half_a_database(home):
    start(home, "db", "upgrade")
    database = Database(f"sqlite:///{home}/var/recycling.db")
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(text("DROP TABLE left_out"))
    database.close()
    done = start(home, "serve")
    assert done.returncode == 2
    assert "half-migrated: it does not match its revision at left_out" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_real_command_with_a_bad_environment(home):
    done = start(home, "db", "check", RECYCLING_PLANNING__SECONDS="-3", RECYCLING_PLANING__SEED="3")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "RECYCLING_PLANNING__SECONDS: planning.seconds cannot be '-3'" in done.stderr
