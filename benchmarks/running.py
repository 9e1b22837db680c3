"""Run an engine in a process of its own and collect what it reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring import REPORT, TASK
from routing.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
_POLL = 0.05


@dataclass
class Outcome:
    """What an engine has reported.

    Attributes
    ----------
    rows
        One for each measured case: case, seconds, peak_mb, note, perhaps answers.
    versions
        Of the packages it used.
    ended
        Why it ended early, "" when it did not.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    ended: str = ""


def run(
    module: str, folder: Path, task: dict[str, Any], python: str = sys.executable, seconds: float | None = None
) -> Outcome:
    """Run ``python -m module FOLDER`` and wait for it.

    Parameters
    ----------
    folder
        Made for this run; task, report, answers and log are in it.
    task
        Plain data for the engine; ``cores`` and ``repeat`` must be there.
    seconds
        End the process when it has reported nothing new for so long.

    Raises
    ------
    InputError
        When the engine, one of ours, could not use its input.
    """
    folder.mkdir(parents=True)
    (folder / TASK).write_text(json.dumps(task))
    report, log = folder / REPORT, folder / "log.txt"
    report.touch()
    ended = ""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [python, "-m", module, str(folder)],
            cwd=folder,
            env=_environment(python, task["cores"]),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not _wait(process, report, seconds):
                ended = f"no answer within {seconds:g} s"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode and not ended:
        ended = _last_words(log, process.returncode)
    outcome = Outcome(ended=ended)
    for line in report.read_text().splitlines():
        with suppress(json.JSONDecodeError):  # the last line of a process that was killed
            told = json.loads(line)
            if "refused" in told:
                raise InputError("refused", "%(sentence)s", sentence=told["refused"])
            if "versions" in told:
                outcome.versions |= told["versions"]
            else:
                outcome.rows.append(told)
    return outcome


def _wait(process: subprocess.Popen[bytes], report: Path, seconds: float | None) -> bool:
    size, since = 0, time.monotonic()
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
        if report.stat().st_size != size:
            size, since = report.stat().st_size, time.monotonic()
        if seconds is not None and time.monotonic() - since > seconds:
            return False
    return True


def _environment(python: str, cores: int) -> dict[str, str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), str(cores))
    own = {} if python == sys.executable else {"PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **threads, **own, "PYTHONPATH": str(ROOT)}


def _last_words(log: Path, status: int) -> str:
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1].strip().replace(f"{log.parent}{os.sep}", "")[:200] if lines else ""
    return f"ended with: {last}" if last else f"ended with status {status}"
