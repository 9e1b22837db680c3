"""A search for sites in a process of its own, which can be told to stop."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

from routing.memory import limit_memory
from routing.siting.answer import SitingAnswer
from routing.siting.problem import Aim, SitingProblem

AT_WORK = "at work"
"""What the process says once it is loaded, and its seconds begin."""

LOOKS_A_SECOND = 4


class Stop:
    """Says whether anything has come by a pipe; looks a few times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._looked, self._told = pipe, 0.0, False

    def __call__(self) -> bool:
        """Look if that is due."""
        return self._told if time.monotonic() - self._looked < 1 / LOOKS_A_SECOND else self.now()

    def now(self) -> bool:
        """Look at once."""
        if not self._told:
            self._looked, self._told = time.monotonic(), self._pipe.poll(0)
        return self._told


def search_in_child(
    teller: Connection, stop: Connection, problem: SitingProblem, aim: Aim, seconds: float, memory_mb: int
) -> tuple[SitingAnswer, SitingAnswer | None]:
    """Return the best answer and the runner-up, None where there is none or the search was stopped.

    Says `AT_WORK` to ``teller`` when it begins; anything that comes by ``stop`` ends it with the best so far.

    Raises
    ------
    InputError
        As `routing.siting.optimise.optimise`.
    """
    limit_memory(memory_mb)
    from routing.siting.check import check_siting
    from routing.siting.loading import load
    from routing.siting.optimise import optimise, runner_up

    load()
    teller.send(AT_WORK)
    stopped = Stop(stop)
    answer = optimise(problem, aim, seconds, stopped=stopped)
    faults = check_siting(problem, answer)
    if faults:
        raise RuntimeError(f"the answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    return answer, None if stopped.now() else runner_up(problem, answer, max(1.0, seconds / 3))
