"""A day planned by a program of its own, for workers of a cluster, which may begin no processes but such.

It is given what to plan over the pipe that is its input, and says over it how far it is and what it has found. It ends
when the one that began it does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from routing.day import DayJob, DayResult, solve_in_child
from routing.plain_day import plain_in_child

PLANNERS = {"search": solve_in_child, "plain": plain_in_child}
LOOKS = 0.5
"""Seconds after which the program looks again whether the one that began it is still there."""

Report = Callable[[float, int | None], None]


def solved(job: DayJob, memory_mb: int, planner: str, report: Report) -> DayResult:
    """Plan a day by such a program; `planner` is one of `PLANNERS`.

    Raises
    ------
    InputError, MemoryError
        As the planner does.
    ChildProcessError
        When the program ended without an answer.
    """
    ours, theirs = Pipe()
    with theirs:
        path = os.pathsep.join(p for p in sys.path if p)
        program = subprocess.Popen(
            [sys.executable, "-m", "routing.solving_program"],
            stdin=theirs.fileno(),
            env={**os.environ, "PYTHONPATH": path},
        )
    try:
        with suppress(BrokenPipeError):
            ours.send((job, memory_mb, planner))
        return _answer(ours, report)
    finally:
        program.kill()
        program.wait()
        ours.close()


def _answer(messages: Connection, report: Report) -> DayResult:
    while True:
        try:
            kind, value = messages.recv()
        except (EOFError, ConnectionError) as error:
            raise ChildProcessError("the planning program ended without an answer") from error
        if kind == "progress":
            report(*value)
        elif kind == "error":
            raise value
        else:
            result: DayResult = value
            return result


class _Progress:
    """What a planner sends its progress through."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def send(self, progress: tuple[float, int | None]) -> None:
        self._pipe.send(("progress", progress))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOKS)
    os._exit(1)


def main() -> None:
    """Plan what comes over the pipe."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    pipe = Connection(os.dup(0))
    job, memory_mb, planner = pipe.recv()
    progress: Any = _Progress(pipe)
    try:
        result = PLANNERS[planner](progress, job, memory_mb)
    except Exception as error:
        pipe.send(("error", error))
    else:
        pipe.send(("result", result))


if __name__ == "__main__":
    main()
