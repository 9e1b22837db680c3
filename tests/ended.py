"""Whether processes that were to be ended are gone; the system takes a moment for that on a busy machine."""

import multiprocessing
import time

import psutil

PATIENCE = 30.0
"""Seconds after which a process that is still there was not ended."""


def left_over(before=frozenset()):
    """Return the children of this process that live on, besides those of `before`."""
    until = time.monotonic() + PATIENCE
    while (left := {c for c in multiprocessing.active_children() if c.is_alive()} - set(before)) and (
        time.monotonic() < until
    ):
        time.sleep(0.05)
    return left


def gone(processes):
    """Return those of these processes (of psutil) that live on."""
    return set(psutil.wait_procs(processes, PATIENCE)[1])
