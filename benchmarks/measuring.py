"""In the process of one engine: take a job, measure its cases, leave the answers as files.

Loads next to nothing but the standard library, so that a process which measures an import loads what that needs and no
more.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from routing.errors import InputError

if TYPE_CHECKING:
    from benchmarks.arcs import Arcs
    from benchmarks.cases import Case

T = TypeVar("T")
REPORT, TASK = "report.jsonl", "task.json"
LONG = 5.0
"""Seconds; what takes longer is measured once."""


class Job:
    """A folder with what an engine is to do (`benchmarks.running` makes it) and what it has reported.

    Attributes
    ----------
    task
        What the caller has written for this engine, plain data.
    cores, repeat
        Cores that may be used; how often a short case is measured.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.task: dict[str, Any] = json.loads((folder / TASK).read_text())
        self.cores: int = self.task["cores"]
        self.repeat: int = self.task["repeat"]
        self._answers = 0

    @property
    def arcs(self) -> Arcs:
        """The network."""
        from benchmarks.arcs import Arcs

        return Arcs.load(Path(self.task["arcs"]))

    def cases(self, kind: str) -> list[Case]:
        """Give the cases of a kind, in the order of their size."""
        from benchmarks.cases import read_cases

        return [case for case in read_cases(Path(self.task["cases"])) if case.kind == kind]

    def measure(
        self,
        case: str,
        call: Callable[[], T],
        note: Callable[[T], str] | str = "",
        answers: Callable[[T], Any] | None = None,
        other_mb: Callable[[], float] = lambda: 0.0,
        before: Callable[[], object] = lambda: None,
    ) -> T:
        """Measure a call, report it, give its result.

        A call of less than `LONG` seconds is repeated; the shortest time counts.

        Parameters
        ----------
        note
            For the row; or made from the result.
        answers
            Takes from the result what is to be compared: int32 milliseconds, -1 where there is no way.
        other_mb
            Megabytes that programs started by the call held at most; the larger of their peak and ours counts.
        before
            Called before each time, not measured.
        """
        memory, times, said = Memory(), [], ""
        while True:
            before()
            start = time.perf_counter()
            result = call()
            times.append(time.perf_counter() - start)
            if times[-1] == min(times):
                said = note(result) if callable(note) else note
            if len(times) >= self.repeat or times[0] > LONG:
                break
            result = None
        notes = [said]
        if times[0] > 2 * min(times) and times[0] - min(times) > 0.01:
            notes.append(f"first time {times[0]:.2g} s")
        peak = max(memory.peak_mb(), other_mb())
        file = self.keep(answers(result)) if answers else None
        self.tell(case, min(times), peak, "; ".join(filter(None, notes)), answers=file)
        return result

    def keep(self, answers: Any) -> str:
        """Write an array to a file for the caller and give its path."""
        import numpy as np

        self._answers += 1
        path = self.folder / f"answers{self._answers}.npy"
        np.save(path, answers)
        return str(path)

    def tell(self, case: str, seconds: float, peak_mb: float | None, note: str = "", **more: Any) -> None:
        """Report one measured case."""
        self._write({"case": case, "seconds": seconds, "peak_mb": peak_mb, "note": note, **more})

    def used(self, *packages: str) -> None:
        """Report the versions of the packages that do the work."""
        self._write({"versions": {name: importlib.metadata.version(name) for name in packages}})

    def refuse(self, error: InputError) -> None:
        """Report input that cannot be used."""
        self._write({"refused": str(error)})

    def _write(self, line: dict[str, Any]) -> None:
        with (self.folder / REPORT).open("a") as file:
            file.write(json.dumps(line) + "\n")


def work(do: Callable[[Job], None]) -> None:
    """Do the job whose folder is the first word of the command line, on its number of cores."""
    job = Job(Path(sys.argv[1]))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: job.cores])
    try:
        do(job)
    except InputError as error:
        job.refuse(error)


class Memory:
    """The most memory this process has held since now, all it has loaded included.

    Linux can forget the peak before now. Elsewhere it is the peak since the process began; and what a small process
    inherits from the one that started it may then count too.
    """

    def __init__(self) -> None:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")

    def peak_mb(self) -> float:
        """Megabytes of 2**20 bytes."""
        try:
            status = Path("/proc/self/status").read_text()
            return int(status.split("VmHWM:")[1].split()[0]) / 1024
        except (OSError, IndexError):
            import resource

            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
