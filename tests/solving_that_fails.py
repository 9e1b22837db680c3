"""What stands in for a planning process where one that fails is wanted; begun anew, so it is found by its name."""

import os
import signal
import time


def kills_itself(connection, *_):
    """Be killed by the system, as its out-of-memory killer would."""
    connection.send((0.3, 100))
    os.kill(os.getpid(), signal.SIGKILL)


def raises(connection, *_):
    """Meet a fault that no one thought of."""
    raise ZeroDivisionError("by nought")


def never_ends(connection, *_):
    """Search for ever, and do not listen when asked to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection.send((0.5, None))
    time.sleep(600)
