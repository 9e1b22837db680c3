"""Whose turn it is to write to an SQLite file: writers wait here until the one before them is ready.

SQLite itself has no queue: a writer that finds the file taken sleeps and looks again, and many who do so keep each
other from work, or sleep while nobody writes. So whoever writes takes a lock on a file beside the record first, for
which the system lets the others wait. It is only about order: what SQLite locks is what keeps writers apart, and who
has waited here for as long as one may wait goes on to it. The lock ends with its process, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from pathlib import Path
from queue import SimpleQueue

ENDING = "-turn"
"""What the name of the file with the lock has behind that of the record."""


class Turn:
    """Whose turn it is to write, among the threads of a process and among the processes on one machine.

    Parameters
    ----------
    record
        The file; None for one that only this process knows.
    longest
        Seconds after which nobody waits any longer.
    """

    def __init__(self, record: Path | None, longest: float) -> None:
        self._lock, self._longest = threading.Lock(), longest
        self._beside = None if record is None else record.with_name(record.name + ENDING)
        self._mine = threading.local()
        self._keeper = _Keeper()

    def __enter__(self) -> None:
        until = time.monotonic() + self._longest
        self._mine.held, self._mine.file = self._lock.acquire(timeout=self._longest), None
        if self._mine.held and self._beside is not None:
            self._mine.file = self._keeper.lock(self._beside, until)

    def __exit__(self, *_: object) -> None:
        if self._mine.file is not None:
            _give_up(self._mine.file)
        if self._mine.held:
            self._lock.release()


class _Keeper:
    """Takes locks of files, within a time.

    The system lets one wait for such a lock for ever or not at all. So a thread of its own waits, and whoever asked
    for the lock waits for that thread as long as he likes.
    """

    def __init__(self) -> None:
        self._asked: SimpleQueue[_Waiting] = SimpleQueue()
        self._process = 0

    def lock(self, path: Path, until: float) -> int | None:
        """Return the open file when the lock is ours; None when it is not by then, or there can be none."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:  # a folder in which nothing may be made: whoever can write to the record looks again and again
            return None
        _open_files.add(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._waited(_Waiting(file), until)
        except OSError:
            _give_up(file)
            return None
        return file

    def _waited(self, waiting: _Waiting, until: float) -> int | None:
        if self._process != os.getpid():  # threads do not come along into a copy of the process
            self._process, self._asked = os.getpid(), SimpleQueue()
            threading.Thread(target=_wait_for_all, args=(self._asked,), name="turns", daemon=True).start()
        self._asked.put(waiting)
        waiting.ended.acquire(timeout=max(0.0, until - time.monotonic()))
        return waiting.file if waiting.is_ours() else None


class _Waiting:
    """Somebody who waits for the lock of an open file."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.ended = threading.Lock()
        self.ended.acquire()
        self._guard = threading.Lock()
        self._locked = self._left = False

    def wait(self) -> None:
        """Wait until the lock is there, for ever if need be; who has left does not get it any more."""
        with contextlib.suppress(OSError):
            fcntl.flock(self.file, fcntl.LOCK_EX)
            with self._guard:
                self._locked = not self._left
        if not self._locked:
            _give_up(self.file)
        self.ended.release()

    def is_ours(self) -> bool:
        """Tell whether the lock is there; when it is not, it is not wanted any more."""
        with self._guard:
            self._left = not self._locked
            return self._locked


def _wait_for_all(asked: SimpleQueue[_Waiting]) -> None:
    while True:
        asked.get().wait()


_open_files: set[int] = set()


def _give_up(file: int) -> None:
    """Unlock and close; a copy of the process that still has the file open keeps no lock by that."""
    if file not in _open_files:
        return  # in a copy of the process, which has closed it
    _open_files.discard(file)
    with contextlib.suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_UN)
    os.close(file)


def _close_all() -> None:
    """Close in a copy of a process what belongs to the original, whose lock would last as long as the copy."""
    while _open_files:
        os.close(_open_files.pop())


os.register_at_fork(after_in_child=_close_all)
