"""Ctrl-C on a sweep, by a real signal to a real process and all its workers: what was evaluated is kept, all end."""

import csv
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from ended import gone

from recycling.sites.editing import choose_sites

PATIENCE = 120
"""Seconds that anything may take on a slow machine; nothing here is about how long it takes."""

COUNT = 20 * 10 * 8 * 3
"""Variants, so many that the signal comes in the middle."""

WORDS = (
    "--demand", ",".join(str(percent) for percent in range(80, 100)),
    "--assume", "fuel=" + ",".join(str(percent) for percent in range(100, 110)),
    "--assume", "wages=" + ",".join(str(percent) for percent in range(100, 108)), "--closed", "each",
)  # fmt: skip


@pytest.fixture
def environment(sqlite_record, home):
    url = sqlite_record.engine.url.render_as_string(hide_password=False)
    return {**os.environ, "RECYCLING_DATABASE__URL": url, "RECYCLING_PLANNING__CORES": "2", "TERM": "xterm"}


@contextmanager
def sweeping(environment, file):
    """Begin a sweep whose errors a terminal shows, in a group of its own; give it and what reads the terminal."""
    command = [Path(sys.executable).parent / "recycling", "site", "scenarios", "sweep", "现状", *WORDS, "--csv", file]
    screen, its = os.openpty()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=its, start_new_session=True
    ) as process:
        os.close(its)
        try:
            yield process, screen
        finally:
            process.kill()
            os.close(screen)


def shown(process, screen, pattern):
    """Read the terminal until the pattern stands there, and return what was shown."""
    text, until = "", time.monotonic() + PATIENCE
    while not re.search(pattern, text):
        assert time.monotonic() < until, text
        assert process.poll() is None, text
        if select.select([screen], [], [], 0.1)[0]:
            text += os.read(screen, 65536).decode("utf-8", "replace")
    return text


def test_the_first_ctrl_c_keeps_what_was_evaluated_and_leaves_no_process(environment, drawn, edit, tmp_path):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    file = tmp_path / "variants.csv"
    with sweeping(environment, file) as (process, screen):
        shown(process, screen, r" [1-9]\d? %")
        workers = psutil.Process(process.pid).children(recursive=True)
        assert len(workers) >= 2
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everybody of the group gets it
        told = shown(process, screen, "stopped: ")
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "ending with the best so far" in told
        assert gone(workers) == set()
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    done = [row for row in rows if row["yuan"]]
    assert len(rows) == COUNT
    assert 0 < len(done) < COUNT
    assert {row["note"] for row in rows if not row["yuan"]} == {"stopped"}
    assert f"stopped: {len(done):,} of" in told.replace(f"{len(done)} of", f"{len(done):,} of")
    assert f"Written {file}" in said.decode()


def test_a_second_ctrl_c_ends_it_at_once(environment, drawn, edit, tmp_path):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    file = tmp_path / "variants.csv"
    with sweeping(environment, file) as (process, screen):
        shown(process, screen, r" [1-9]\d? %")
        workers = psutil.Process(process.pid).children(recursive=True)
        for worker in workers:
            if "spawn_main" in " ".join(worker.cmdline()):
                worker.suspend()  # what it is at is never done
        os.killpg(process.pid, signal.SIGINT)
        shown(process, screen, "ending with the best so far")
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode not in (0, None)
        assert gone(workers) == set()
    assert not file.exists()
