"""Timetables made by the server: asked for on a page, searched in a process of their own, each kept as a draft.

A run is a row, as plan runs are (`recycling.runs`): whoever works on it raises its fence and renews a lease; where the
server ends meanwhile, the next one takes it up again when the lease is over. The draft is written in one transaction
with the end of the run, and only while the fence is still its own.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from recycling import audit, clock, network
from recycling.accounts.actors import Actor
from recycling.apart import CONTEXT, apart, why_lost
from recycling.db import Database, hold
from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.fleet import Fleet
from recycling.models import TimetableRun
from recycling.runs import LEASE, LOADING_SECONDS, MOST_ATTEMPTS, Worker, until_closed
from recycling.settings import Settings
from recycling.timetable.making_apart import PROVING_SECONDS, Heard, make_apart

SECONDS = (60, 300, 900)
"""How long a timetable may be searched from the page."""

STORING_SECONDS = 60.0
"""What judging and writing the draft may take after the search."""

OPEN = ("queued", "running")
log = structlog.get_logger()


def ask(session: Session, depot: str, seconds: int, actor: Actor, now: datetime) -> TimetableRun:
    """Queue a run for a depot's timetable; one that already waits or works is returned instead of a second.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot, and for a time that is not offered.
    """
    network.the_depot(session, depot)
    if seconds not in SECONDS:
        raise BadRequestError.one("bad-seconds", N_("Choose from the list how long to search."), where="seconds")
    hold(session, f"timetable-run/{depot}")
    query = select(TimetableRun).where(TimetableRun.depot_code == depot, TimetableRun.state.in_(OPEN))
    active = session.scalar(query)
    if active is not None:
        return active
    run = TimetableRun(depot_code=depot, asked_by=actor.id, asked_at=now, seconds=seconds)
    session.add(run)
    session.flush()
    audit.record(session, actor, "timetable.asked", "timetable-run", run.id, None, {"depot": depot}, now, first=True)
    return run


def the_run(session: Session, depot: str, key: uuid.UUID) -> TimetableRun:
    """Return a depot's run of that key."""
    run = session.get(TimetableRun, key)
    if run is None or run.depot_code != depot:
        raise NotFoundError.one("no-run", N_("There is no such planning run."))
    return run


def newest_run(session: Session, depot: str) -> TimetableRun | None:
    """Return the depot's run that was asked for last."""
    mine = select(TimetableRun).where(TimetableRun.depot_code == depot)
    return session.scalar(mine.order_by(TimetableRun.asked_at.desc()).limit(1))


def stop(session: Session, run: TimetableRun, actor: Actor, now: datetime) -> None:
    """Let the search end and keep its best; a run that still waits ends at once, without any."""
    if run.state not in OPEN or run.stop_asked:
        return
    waiting = (
        update(TimetableRun)
        .where(TimetableRun.id == run.id, TimetableRun.state == "queued")
        .values(state="done", finished_at=now, stop_asked=True)
    )
    if cast(CursorResult[Any], session.execute(waiting)).rowcount == 0:
        session.execute(update(TimetableRun).where(TimetableRun.id == run.id).values(stop_asked=True))
    audit.record(session, actor, "timetable.stopped", "timetable-run", run.id, None, {"depot": run.depot_code}, now)


def claim(database: Database, now: datetime) -> TimetableRun | None:
    """Take the oldest run that waits or whose worker is lost, or None when there is nothing."""
    lost = and_(TimetableRun.state == "running", TimetableRun.lease_until < now)
    with database.write() as session:
        query = select(TimetableRun).where(or_(TimetableRun.state == "queued", lost))
        run = session.scalar(query.order_by(TimetableRun.asked_at).limit(1).with_for_update(skip_locked=True))
        if run is None:
            return None
        if run.attempts >= MOST_ATTEMPTS:
            run.state, run.finished_at = "failed", now
            run.error_code, run.error = "attempts", f"given up after {MOST_ATTEMPTS} attempts that came to no end"
            return None
        run.state, run.progress, run.fen_a_week, run.left_out, run.people_left_out = "running", 0.0, None, None, None
        run.hindrances = []
        run.attempts, run.fence = run.attempts + 1, run.fence + 1
        run.lease_until = now + LEASE
        return run


def work(database: Database, settings: Settings, fleet: Fleet, run: TimetableRun) -> None:
    """Make the timetable of a claimed run in a process of its own; the reason of a failure is written into the run.

    Only when the database itself fails the error is raised, and the run is open again once its lease has ended.
    """
    try:
        _make(database, settings, fleet, run)
    except OperationalError:
        raise
    except _LostError:
        log.warning("timetable run was lost to another worker", run=str(run.id), fence=run.fence)
    except Exception as error:  # the run must not stay "running" whatever a search does
        code, reason = why_lost(error, settings.planning.memory_mb)
        if code == "fault":
            log.exception("timetable run failed", run=str(run.id))
        _fail(database, run, code, reason)


class _LostError(Exception):
    """Another worker holds the run by now."""


def _make(database: Database, settings: Settings, fleet: Fleet, run: TimetableRun) -> None:
    """Watch the process: pass on how far it is and that it shall stop, and renew the lease."""
    ours, theirs = CONTEXT.Pipe()
    url = database.engine.url.render_as_string(hide_password=False)
    future: Any = apart(make_apart)(theirs, url, settings, fleet, run.id, run.fence, run.depot_code, run.seconds)
    heard, told = Heard(), False
    until = time.monotonic() + LOADING_SECONDS
    next_report = 0.0
    try:
        while not future.done():
            if time.monotonic() > until:
                raise TimeoutError
            if ours.poll(0.2):
                before, heard = heard, ours.recv()
                if heard.ready and not before.ready:
                    until = (
                        time.monotonic()
                        + run.seconds * 1.5
                        + settings.planning.extra_seconds
                        + PROVING_SECONDS
                        + STORING_SECONDS
                    )
            if time.monotonic() >= next_report:
                next_report = time.monotonic() + 1.0
                if _renewed(database, run, heard) and not told:
                    told = True
                    ours.send("stop")
    finally:
        future.cancel()  # ends the process if something failed here; changes nothing when it is done
        theirs.close()
        until_closed(ours)
    future.result()


def _renewed(database: Database, run: TimetableRun, heard: Heard) -> bool:
    """Write how far the run is, renew its lease, and return whether it shall stop."""
    now = clock.utc_now()
    mine = (
        update(TimetableRun)
        .where(TimetableRun.id == run.id, TimetableRun.fence == run.fence, TimetableRun.state == "running")
        .values(
            progress=min(1.0, max(0.0, heard.share)),
            fen_a_week=heard.fen_a_week,
            left_out=heard.left_out,
            people_left_out=heard.people,
            lease_until=now + LEASE,
        )
        .returning(TimetableRun.stop_asked)
    )
    with database.write() as session:
        found = session.execute(mine).scalars().all()
    if found:
        return found[0]
    if heard.ended:
        return False  # the process has written the end of the run by now
    with database.read() as session:
        row = session.get(TimetableRun, run.id)
        if row is not None and row.fence == run.fence and row.state == "done":
            return False
    raise _LostError


def _fail(database: Database, run: TimetableRun, code: str, reason: object) -> None:
    log.error("timetable run failed", run=str(run.id), code=code, reason=str(reason))
    closing = (
        update(TimetableRun)
        .where(TimetableRun.id == run.id, TimetableRun.fence == run.fence, TimetableRun.state == "running")
        .values(state="failed", finished_at=clock.utc_now(), lease_until=None, error_code=code, error=str(reason))
    )
    with database.write() as session:
        session.execute(closing)


class TimetableWorker(Worker):
    """A thread that works off timetable runs beside the one of the plan runs, which never wait for them."""

    name = "timetable-runs"

    def one(self) -> bool:
        """Work off the next run; false when there is none."""
        run = claim(self._database, clock.utc_now())
        if run is not None:
            work(self._database, self._settings, self._fleet, run)
        return run is not None
