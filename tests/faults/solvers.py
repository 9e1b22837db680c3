"""What stands in for `routing.day.solve_in_child` in the solving process when a fault is wanted there."""

import os
import signal
import time

from routing import day
from routing.solve import apart, portfolio


def never_ends(connection, job, memory_mb):
    """Search for ever, and do not listen when asked to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection.send((0.5, None))
    time.sleep(600)


def ends_before_it_is_at_work(connection, job, memory_mb):
    """Take long to be loaded, say nothing, and fail."""
    time.sleep(2.0)
    raise ZeroDivisionError("by nought")


def never_loaded(connection, job, memory_mb):
    """Say nothing for ever."""
    time.sleep(600)


def hungry(connection, job, memory_mb):
    """Take memory until the system gives no more."""

    def eat(job, progress, guarded):
        eaten = []
        while True:
            eaten.append(bytearray(64 * 1024 * 1024))
            progress(0.5, None)

    day.plan_day = eat
    return day.solve_in_child(connection, job, memory_mb)


def raises(connection, job, memory_mb):
    """Meet a fault that no one thought of."""
    raise ZeroDivisionError("by nought")


def cannot_be_sent(connection, job, memory_mb):
    """Answer with something that does not fit through a pipe."""
    return lambda: None


def kills_itself(connection, job, memory_mb):
    """Be killed by the system, as its out-of-memory killer would."""
    connection.send((0.3, 100))
    os.kill(os.getpid(), signal.SIGKILL)


def _with_first(plan, connection, job, memory_mb):
    """Solve as ever, but with another engine before the next best one."""
    apart.GRACE = 5.0
    first = portfolio.Engine("first", frozenset(portfolio.FEATURES), plan)
    portfolio.ENGINES = (first, *portfolio.ENGINES[1:])
    return day.solve_in_child(connection, job, memory_mb)


def engine_kills_itself(connection, job, memory_mb):
    """Have an engine that is killed by the system."""
    return _with_first(lambda *_: os.kill(os.getpid(), signal.SIGKILL), connection, job, memory_mb)


def engine_never_ends(connection, job, memory_mb):
    """Have an engine that does not listen when its time is over."""
    return _with_first(lambda *_: time.sleep(600), connection, job, memory_mb)


def engine_is_hungry(connection, job, memory_mb):
    """Have an engine that takes memory until the system gives no more."""

    def eat(problem, search):
        eaten = []
        while True:
            eaten.append(bytearray(64 * 1024 * 1024))

    return _with_first(eat, connection, job, memory_mb)
