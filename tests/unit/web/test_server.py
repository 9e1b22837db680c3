"""The server as a process of its own."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_without_a_complaint_however_often_it_is_asked_to(home, migrated_file, number):
    (home / "var").mkdir()
    shutil.copy(migrated_file, home / "var" / "recycling.db")
    command = [sys.executable, "-c", "from recycling.cli import main; main()", "serve", "--port", "18460"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline().startswith("Open http://127.0.0.1:")
        while server.poll() is None:
            server.send_signal(number)
            time.sleep(0.002)
        assert (server.returncode, server.stderr.read()) == (0, "")
