"""An engine in a process of its own: whether it crashes, hangs or takes all memory, the caller goes on.

The process is a copy of the caller, which has loaded the loops. A copy of a caller with other threads could wait for
ever for what one of them held, so there it is begun anew, which takes some seconds more. It tells its progress, the
best orders that it has found and at last its plan, and is told when to stop; it never outlives the caller.
"""

from __future__ import annotations

import ctypes
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from routing.plan import Plan
from routing.problem import Problem
from routing.solve import load
from routing.solve.portfolio import Engine, Search

GRACE, GRACE_STOP = 10.0, 0.01
"""Seconds after its time, or after it was told to stop, until an engine is ended: so many, and some for each stop.

An engine looks at the clock every half second and keeps 1.5 ms a stop for its end, which a busy machine makes several
times as long, as it does the half second in which OR-Tools is loaded; the first plan of a large day takes some
milliseconds a stop, however short the time is.
"""

BEGINNING = 300.0
"""Seconds in which a process must have begun, the loading of the loops included."""

POLL = 0.1
"""Seconds between looks at whether the caller wants to stop."""

ENDING = 2.0
"""Seconds in which a process that says no more must have ended."""

MEMORY_SHARE = 0.8
"""Share of the machine's memory that a process may take, unless the caller's own limit is less."""

PR_SET_PDEATHSIG = 1


class EngineLostError(RuntimeError):
    """The engine ended without a plan; the message says how."""


class Process(Protocol):
    """What is needed of a process, as `subprocess.Popen` has it."""

    def poll(self) -> int | None:
        """Return how it has ended, less than 0 for a signal; None while it has not."""

    def kill(self) -> None:
        """End it."""


def planned_apart(engine: Engine, problem: Problem, search: Search) -> Plan:
    """Return what an engine answers in a process of its own, which is gone afterwards.

    It may take the seconds of its search and a grace; with ``iterations`` there is no such limit. What the search's
    ``progress`` raises ends it and is raised.

    Raises
    ------
    EngineLostError
        When the engine fails, crashes, is killed, does not end in time or needs too much memory.
    """
    grace = GRACE + GRACE_STOP * len(problem.stops)
    given = replace(search, progress=None, found=None, executor=None)
    messages: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
    process, pipe, first = _begun(engine, problem, given)
    reader = threading.Thread(target=_read, args=(pipe, first, messages), daemon=True)
    reader.start()
    until, share, cost = time.monotonic() + BEGINNING, 0.0, None
    begun = stopping = False
    try:
        while True:
            message = _next(messages, ("told", share, cost))
            match message:
                case None:
                    raise EngineLostError(_how_it_ended(process))
                case ("begun",):
                    begun = True
                    until = time.monotonic() + search.seconds + grace if search.iterations is None else math.inf
                case ("plan", plan):
                    return _a_plan(plan)
                case ("failed", why):
                    raise EngineLostError(why)
                case ("found", orders) if search.found is not None:
                    search.found(orders)
                case ("told", share, cost) if search.progress is not None:
                    if search.progress(share, cost) and not stopping:
                        if not begun:
                            raise EngineLostError("it had not begun when the search was stopped")
                        stopping, until = True, min(until, time.monotonic() + grace)
                        with suppress(OSError):  # it has ended, which is seen next
                            pipe.send("stop")
            if time.monotonic() > until:
                raise EngineLostError("it did not end in time")
    finally:
        process.kill()
        while process.poll() is None:
            time.sleep(0.005)
        reader.join()
        pipe.close()


def _next(messages: SimpleQueue[tuple[Any, ...] | None], otherwise: tuple[Any, ...]) -> tuple[Any, ...] | None:
    try:
        return messages.get(timeout=POLL)
    except Empty:
        return otherwise


def _a_plan(answer: object) -> Plan:
    if not isinstance(answer, Plan):
        raise EngineLostError(f"it returned no plan but {type(answer).__name__}")
    return answer


def _how_it_ended(process: Process) -> str:
    until = time.monotonic() + ENDING
    while (code := process.poll()) is None and time.monotonic() < until:
        time.sleep(0.005)
    if code is None:
        return "it said no more"
    if code == -signal.SIGKILL:
        return "its process was killed, as the system does when memory runs out"
    if code < 0:
        return f"its process crashed with signal {signal.Signals(-code).name}"
    return f"its process ended with status {code}"


def _read(pipe: Connection, first: bytes, messages: SimpleQueue[tuple[Any, ...] | None]) -> None:
    """Give the process what it needs and pass its messages on, and None when there will be no more."""
    try:
        if first:
            pipe.send_bytes(first)
        while True:
            messages.put(pipe.recv())
    except Exception:  # it is gone, or says what nobody can read
        messages.put(None)


# -- the process -------------------------------------------------------------------------------------------------


def _begun(engine: Engine, problem: Problem, search: Search) -> tuple[Process, Connection, bytes]:
    """Begin a process; return it, the pipe to it, and what it is still to be sent."""
    ours, theirs = Pipe()
    # Ctrl-C is for the caller, who then tells the process to stop.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        if threading.active_count() == 1:
            return _copied(ours, theirs, lambda: _serve(theirs, engine, problem, search)), ours, b""
        given = pickle.dumps((engine, problem, search))
        path = os.pathsep.join(p for p in sys.path if p)
        process = subprocess.Popen(
            [sys.executable, "-m", "routing.solve.apart"],
            stdin=theirs.fileno(),
            env={**os.environ, "PYTHONPATH": path},
        )
        return process, ours, given
    finally:
        theirs.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Copy:
    """A process that was copied from this one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _copied(ours: Connection, theirs: Connection, work: Callable[[], None]) -> _Copy:
    caller = os.getpid()
    pid = os.fork()
    if pid:
        return _Copy(pid)
    code = 1
    try:
        ours.close()
        _get_ready(caller)
        work()
        code = 0
    finally:
        os._exit(code)  # whatever happened, nothing of the caller's goes on here


def _get_ready(caller: int) -> None:
    """End with the caller, leave Ctrl-C to it, and take no more memory than there is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != caller:
        os._exit(1)
    _limit_memory()


def _limit_memory() -> None:
    import resource

    limit = int(MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _serve(pipe: Connection, engine: Engine, problem: Problem, search: Search) -> None:
    """Be the process: search, tell of it, and answer."""
    stop = threading.Event()

    def told(share: float, cost: int | None) -> bool:
        pipe.send(("told", share, cost))
        return stop.is_set()

    threading.Thread(target=_listen, args=(pipe, stop), daemon=True).start()
    pipe.send(("begun",))
    why = "it needed more memory than there is"
    try:
        pipe.send(
            ("plan", engine.plan(problem, replace(search, progress=told, found=lambda o: pipe.send(("found", o)))))
        )
        return
    except MemoryError:
        pass  # here all that it holds is let go
    except Exception as error:
        why = f"{type(error).__name__} {error}"
    pipe.send(("failed", why))


def _listen(pipe: Connection, stop: threading.Event) -> None:
    """Hear when the search is to stop; end when the caller is gone, wherever the system does not see to that."""
    try:
        while pipe.recv():
            stop.set()
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    _get_ready(os.getppid())
    pipe = Connection(sys.stdin.fileno())
    given = pickle.loads(pipe.recv_bytes())  # noqa: S301 - the caller's own
    with suppress(Exception):
        load()
    _serve(pipe, *given)
    os._exit(0)
