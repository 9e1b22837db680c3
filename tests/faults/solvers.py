"""What stands in for `routing.day.solve_in_child` in the solving process when a fault is wanted there."""

import os
import signal
import time

from routing import day


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

    def eat(job, progress):
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
