"""Stand-ins for the process that makes a timetable: what it says, how it ends. They run in a process of their own."""

import os
import signal
import time
from datetime import UTC, datetime

from made_timetables import TOWN, draft

from recycling.db import Database
from recycling.errors import BadRequestError
from recycling.models import TimetableRun
from recycling.timetable.making_apart import Heard

PATIENCE = 60


def until_told(connection, url, settings, fleet, key, fence, depot, seconds):
    """Say a share and a best, go on until told to stop, then write a draft."""
    connection.send(Heard(True, 0.25, 123_400, 2))
    assert connection.poll(PATIENCE), "nobody said stop"
    connection.recv()
    connection.send(Heard(True, 1.0, 123_400, 2, ended=True))
    return _write(url, key, fence)


def at_once(connection, url, settings, fleet, key, fence, depot, seconds):
    """Write a draft without a word."""
    return _write(url, key, fence)


def refused(connection, url, settings, fleet, key, fence, depot, seconds):
    raise BadRequestError.one("no-trucks", "Depot %(depot)s has no trucks.", depot=depot)


def broken(connection, url, settings, fleet, key, fence, depot, seconds):
    raise RuntimeError("in the middle")


def out_of_memory(connection, url, settings, fleet, key, fence, depot, seconds):
    raise MemoryError


def killed(connection, url, settings, fleet, key, fence, depot, seconds):
    os.kill(os.getpid(), signal.SIGKILL)


def for_ever(connection, url, settings, fleet, key, fence, depot, seconds):
    connection.send(Heard(True))
    time.sleep(3600)


def _write(url, key, fence):
    database = Database(url)
    try:
        with database.write() as session:
            run = session.get(TimetableRun, key)
            if run.fence != fence or run.state != "running":
                return None
            table = draft(session, TOWN, datetime.now(UTC), 1)
            run.state, run.version, run.finished_at, run.lease_until = "done", table.version, datetime.now(UTC), None
            return table.version
    finally:
        database.close()
