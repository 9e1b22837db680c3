"""How much memory a process and all that it has started hold together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from benchmarks.measuring import Memory

EVERY = 0.5
"""Seconds between looks."""


class TreeMemory:
    """The most megabytes of 2**20 bytes that were held at a look; pages that processes share count once.

    What one process held between two looks counts as well, if it is more than all held at any look.
    """

    def __init__(self) -> None:
        self.own = Memory()
        self.most = 0.0

    def look(self) -> None:
        """Add up what this process and its descendants hold now."""
        held = sum(_held_kb(pid) for pid in [os.getpid(), *descendants(os.getpid())])
        self.most = max(self.most, held / 1024)

    def peak_mb(self) -> float:
        """Megabytes until now."""
        return max(self.most, self.own.peak_mb())


@contextmanager
def watched() -> Iterator[TreeMemory]:
    """Look now and then, as long as this lasts."""
    memory, done = TreeMemory(), Event()

    def watch() -> None:
        while not done.wait(EVERY):
            memory.look()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found = list(children.get(pid, ()))
    for one in found:  # grows as it goes
        found += children.get(one, ())
    return found


def _held_kb(pid: int) -> int:
    """Kilobytes of a process, of shared pages its part; 0 when it has ended or the system does not tell."""
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("\nPss:")[1].split()[0])
    return 0
