"""CP-SAT in a process of its own: whatever happens to it, the caller goes on.

The process reads the day from its standard input, writes a line for each thing that it finds out, and ends when it is
done, when its time is over, or when the caller closes the input, as the end of the caller does.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from routing.problem import Problem
from routing.schedule import Orders
from routing.solve.exact.search import MEMORY, Found, best_of

START = 0.6
"""Seconds of the time that go into starting the process."""

GRACE = 1.0
"""Seconds after its time until the process is killed."""

POLL = 0.1
"""Seconds between looks at whether the caller wants to stop."""


class ProofFailedError(RuntimeError):
    """The process ended without an answer; the message is what it said last."""


def best_apart(
    problem: Problem,
    start: Orders,
    seconds: float,
    cores: int = 1,
    must: Collection[str] = (),
    stop: Callable[[], object] | None = None,
) -> Found:
    """Do as `routing.solve.exact.search.best_of` does, in another process, for ``seconds`` in all.

    When ``stop`` answers true the search ends; what is known then is returned.

    Raises
    ------
    ProofFailedError
        When the process fails, is killed, or the day is too large for it.
    """
    until = time.monotonic() + seconds
    known: list[Found] = []
    with tempfile.TemporaryFile() as complaints:
        path = os.pathsep.join(p for p in sys.path if p)
        process = subprocess.Popen(
            [sys.executable, "-m", "routing.solve.exact.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, "PYTHONPATH": path},
        )
        reader = threading.Thread(target=_read, args=(process, known), daemon=True)
        reader.start()
        try:
            _give(process, (problem, start, seconds, cores, tuple(must)))
            while reader.is_alive() and time.monotonic() < until + GRACE and not (stop is not None and stop()):
                reader.join(POLL)
        finally:
            ended = not reader.is_alive()
            process.kill()
            process.wait()
            reader.join()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
        if not known:
            complaints.seek(0)
            said = complaints.read().decode("utf-8", "replace").strip().splitlines()
            raise ProofFailedError(said[-1][:200] if said else "it ended at once" if ended else "there was no time")
    return known[-1]


def _give(process: subprocess.Popen[bytes], day: tuple[object, ...]) -> None:
    data = pickle.dumps(day)
    try:
        if process.stdin is not None:
            process.stdin.write(len(data).to_bytes(8, "big") + data)
            process.stdin.flush()
    except OSError:  # it is dead already, and has said why
        return


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        return


def _read(process: subprocess.Popen[bytes], known: list[Found]) -> None:
    for line in process.stdout or ():
        try:
            values = json.loads(line)
            orders = values.pop("orders")
            named = None if orders is None else [(name, [(kind, key) for kind, key in order]) for name, order in orders]
            known.append(Found(named, **{**values, "relaxed": tuple(values["relaxed"])}))
        except (ValueError, TypeError, KeyError):  # cut off
            continue


def _serve() -> None:
    """Be the other process."""
    given = sys.stdin.buffer
    day = pickle.loads(given.read(int.from_bytes(given.read(8), "big")))  # noqa: S301 - the caller's own
    threading.Thread(target=_end_with_the_caller, args=(given,), daemon=True).start()
    _limit_memory()
    problem, start, seconds, cores, must = day
    _say(best_of(problem, start, seconds - START, cores, must, _say))


def _end_with_the_caller(given: Any) -> None:
    given.read()
    os._exit(0)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows, where CP-SAT's own limit has to do
        return
    limit = (MEMORY + 1_000) * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _say(found: Found) -> None:
    sys.stdout.write(json.dumps(found.__dict__) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
