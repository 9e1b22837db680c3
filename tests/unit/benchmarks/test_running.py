"""Engines that crash or hang end as rows without figures; what they did before stays."""

import json
import sys
import time
from pathlib import Path

import pytest

from benchmarks import running
from benchmarks.interpreters import HINTS, VARIABLE, interpreter_of, not_found, peer_pythons
from routing.errors import InputError

TASK = {"cores": 1, "repeat": 1}
HEAD = "import json, os, signal, sys, time\nfile = open(sys.argv[1] + '/report.jsonl', 'a')\n"
ONE = "print(json.dumps({'case': 'open', 'seconds': 0.1, 'peak_mb': 1, 'note': ''}), file=file, flush=True)\n"


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "ROOT", tmp_path)

    def run(code, **options):
        (tmp_path / "engine.py").write_text(HEAD + code)
        return running.run("engine", tmp_path / "job", TASK, **options)

    return run


def test_rows_and_versions(engine):
    told = engine(ONE + "print(json.dumps({'versions': {'scipy': '1'}}), file=file)")
    assert [row["case"] for row in told.rows] == ["open"]
    assert told.versions == {"scipy": "1"}
    assert told.ended == ""


def test_crash(engine):
    told = engine(ONE + "file.write('{\"case\": \"half'); file.flush()\nraise MemoryError('too large')")
    assert [row["case"] for row in told.rows] == ["open"]
    assert told.ended == "ended with: MemoryError: too large"


def test_killed(engine):
    assert engine("os.kill(os.getpid(), signal.SIGKILL)").ended == "ended by SIGKILL"


def test_hangs(engine):
    told = engine(ONE + "time.sleep(600)", seconds=0.3)
    assert [row["case"] for row in told.rows] == ["open"]
    assert told.ended == "no answer within 0.3 s"


def test_its_own_programs_end_with_it(engine, tmp_path):
    code = "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nopen('pid', 'w').write(str(child.pid))\n"
    engine(code + "time.sleep(600)", seconds=1)
    pid = int((tmp_path / "job" / "pid").read_text())
    deadline = time.monotonic() + 20
    while alive(pid):
        assert time.monotonic() < deadline, "still running"
        time.sleep(0.05)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_refused_input(engine):
    with pytest.raises(InputError, match="no roads"):
        engine("print(json.dumps({'refused': 'x.osm has no roads.'}), file=file)")


def test_task_is_handed_over(engine, tmp_path):
    engine("pass")
    assert json.loads((tmp_path / "job" / "task.json").read_text()) == TASK


def test_finds_a_peer_in_this_interpreter():
    assert interpreter_of("scipy", peer_pythons([])) == sys.executable


def test_a_peer_that_is_nowhere():
    assert interpreter_of("no_such_package", [sys.executable]) is None
    assert "Python 3.12 or newer) and name that interpreter by --peer-python" in not_found("osrm")
    assert all(not_found(peer).startswith(f"{peer}: not found; install it with pip install") for peer in HINTS)


def test_interpreters_come_from_the_environment_too(monkeypatch):
    monkeypatch.setenv(VARIABLE, sys.executable)
    assert peer_pythons([sys.executable]) == [sys.executable] * 3


def test_no_interpreter(monkeypatch):
    with pytest.raises(InputError, match="is no program"):
        peer_pythons(["absent/python"])
