"""Functions in processes of their own, begun anew and not copied from this one.

A copy of a process with threads may wait for ever for what one of them held when it was copied, and a server has many.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

from pebble import ProcessExpired, concurrent

from recycling.errors import DomainError
from routing.errors import InputError

CONTEXT = multiprocessing.get_context("spawn")
"""How processes begin; also for the pipes to them."""


def apart(function: Callable[..., Any], timeout: float | None = None) -> Callable[..., Any]:
    """Return what begins a process that calls the function, and returns what ends with its result.

    After `timeout` seconds the process is ended. The library says ``mp_context`` in its own description and reads
    ``context`` (5.2), so both are given; a test holds it to what is meant.
    """
    anew: dict[str, Any] = {"context": CONTEXT, "mp_context": CONTEXT}
    begins: Callable[..., Any] = concurrent.process(timeout=timeout, **anew)(function)
    return begins


def why_lost(error: Exception, memory_mb: int) -> tuple[str, str]:
    """Return the code and the sentence for what became of a search in a process of its own.

    The code is ``fault`` for what nobody has thought of.
    """
    match error:
        case DomainError():
            return error.faults[0].code, str(error)
        case InputError():
            return error.code, str(error)
        case TimeoutError():
            return "too-slow", "the search did not end in time and was ended"
        case MemoryError():
            return "memory", f"the search needed more than {memory_mb} MB"
        case ProcessExpired():
            return "solver-died", f"the searching process ended with {error.exitcode}"
        case ChildProcessError():
            return "solver-died", "the searching process on the cluster ended without an answer"
    return "fault", f"{type(error).__name__}: {error}".splitlines()[0]
