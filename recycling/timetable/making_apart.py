"""What the process of a timetable run does: search, say how far it is, stop when told, write the draft."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from multiprocessing.connection import Connection

from sqlalchemy import update

from recycling import clock
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.models import TimetableRun
from recycling.settings import Settings
from recycling.timetable.hindrances import Row
from routing.memory import limit_memory

MADE_BY = "timetable page"

PROVING_SECONDS = 60.0
"""How long it is looked for what stands in the way of communities without a call."""


@dataclass(frozen=True)
class Heard:
    """How far a search is.

    Attributes
    ----------
    ready
        The roads are known and the loops loaded: the search has begun.
    share
        Of its time.
    fen_a_week, left_out, people
        Of the best so far, how many communities have no call in it, and their people; None while there is none.
    ended
        The search is over; what it found is being written.
    """

    ready: bool = False
    share: float = 0.0
    fen_a_week: int | None = None
    left_out: int | None = None
    people: int | None = None
    ended: bool = False


def make_apart(
    connection: Connection,
    url: str,
    settings: Settings,
    fleet: Fleet,
    key: uuid.UUID,
    fence: int,
    depot: str,
    seconds: float,
) -> int | None:
    """Make the timetable of a run and return its version; None where nothing was found, or the run is another's by now.

    The record is opened by its address. Anything that comes through the connection ends the search; where nobody is
    at its other end any more, the process ends without writing anything.
    """
    os.nice(5)
    from recycling.timetable.hindrances import hindrances
    from recycling.timetable.making import store
    from recycling.timetable.searching import Best, best_of, search

    database = Database(url)
    told: list[object] = []

    def ready() -> None:
        limit_memory(settings.planning.memory_mb)
        connection.send(Heard(True))

    def tell(share: float, best: Best | None) -> bool:
        figures = (best.fen_a_week, best.left_out, best.people) if best is not None else ()
        connection.send(Heard(True, share, *figures))
        if connection.poll():
            told.append(connection.recv())
        return bool(told)

    now = clock.utc_now()
    cores = settings.planning.cores
    try:
        found = search(database, settings, fleet, depot, now, seconds, tell, cores=cores, ready=ready)
        without = [point.id for point in found.problem.points if point.id not in found.answer.chosen]
        best = best_of(settings, found.ask, found.problem, found.answer.cost, without)
        rows: list[Row] = []
        if best.left_out:
            until = time.monotonic() + PROVING_SECONDS
            rows = hindrances(
                found.problem, found.off_road, fleet, lambda: time.monotonic() < until and not tell(1.0, best)
            )
        connection.send(Heard(True, 1.0, ended=True))
        ending = (
            update(TimetableRun)
            .where(TimetableRun.id == key, TimetableRun.fence == fence, TimetableRun.state == "running")
            .values(state="done", finished_at=clock.utc_now(), lease_until=None, progress=1.0)
            .returning(TimetableRun.id)
        )
        with database.write() as session:
            if session.scalar(ending) is None:
                return None
            written = update(TimetableRun).where(TimetableRun.id == key)
            session.execute(written.values(left_out=best.left_out, people_left_out=best.people, hindrances=rows))
            if not found.answer.chosen:
                return None
            table = store(session, settings, found.ask, found.problem, found.answer, MADE_BY, clock.utc_now())
            figures = {"fen_a_week": table.fen_a_week, "left_out": table.left_out}
            session.execute(written.values(version=table.version, **figures))
            return table.version
    finally:
        database.close()
