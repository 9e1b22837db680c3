"""Plan runs: asking for one, working it off in a process of its own, and writing its plan exactly once.

A worker claims a run by raising its fence and taking a lease, renews the lease while the solver works, and writes
the plan only if the fence is still its own: a worker that was asleep past its lease changes nothing.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from recycling import clock, dispatch, network
from recycling.apart import CONTEXT, apart, why_lost
from recycling.board.proposing import rest_of, store_proposal
from recycling.board.situation import begins
from recycling.db import Database
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.fleet import Fleet
from recycling.in_force import in_force
from recycling.models import Plan, PlanRoute, PlanRun, Site
from recycling.settings import Settings
from routing.cluster import ClusterLostError, solve_on_cluster
from routing.day import DayJob, DayResult, solve_in_child
from routing.plain_day import plain_in_child

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3

LOADING_SECONDS = 900.0
"""What a solver may take until it is at work: where its sources are new, its loops are compiled first."""

LOADING_SHORT = 10.0
"""When it takes longer than this, the log says why it may."""

ENDING_SECONDS = 10.0
"""How long is waited for a process that is told to end; it is killed after three."""

OUT_ALREADY = N_(
    "The vehicles of this day are out. A whole new plan would forget what they have done: plan the rest of the day on"
    " the page of the day under way."
)

log = structlog.get_logger()

Watch = Callable[[float, int | None], None]
Report = Watch
"""Is told the share of the time that is over, and the cost of the best so far."""


def ask(
    session: Session,
    depot: str,
    day: date,
    asked_by: str,
    now: datetime,
    settings: Settings,
    proposes: bool = False,
    draft: uuid.UUID | None = None,
    plain: bool = False,
) -> PlanRun:
    """Queue a run for a depot's day; one that already waits or works is returned instead of a second.

    With `proposes` its result is a draft, which somebody looks at and publishes; the schedule's runs only propose where
    the plan in force was published by hand, so that nobody's work is undone. `draft` is one whose locked routes and
    visits stay. A `plain` run searches nothing and puts each order where it is cheapest; it always proposes only.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot, and for a day that is over.
    ConflictError
        When the day's vehicles are out with a plan: a whole new one would forget what is driven.
    """
    network.the_depot(session, depot)
    if day < settings.clock.today(now):
        raise BadRequestError.one("day-over", N_("%(day)s is over. Choose today or a later day."), where="day", day=day)
    if being_driven(session, settings, depot, day, now):
        raise ConflictError.one("day-begun", OUT_ALREADY, where="day")
    # On PostgreSQL two that ask at once take turns at the depot's row; SQLite has one writer anyway.
    session.execute(select(Site.code).where(Site.code == depot).with_for_update(key_share=True))
    active = session.scalar(
        select(PlanRun).where(
            PlanRun.depot_code == depot, PlanRun.service_day == day, PlanRun.state.in_(("queued", "running"))
        )
    )
    if active is not None:
        return active
    if asked_by == "schedule":
        newest = session.scalar(in_force(depot, day))
        proposes = proposes or (newest is not None and newest.published_by != "")
    run = PlanRun(
        depot_code=depot,
        service_day=day,
        asked_by=asked_by,
        asked_at=now,
        proposes=proposes or plain,
        draft_id=draft,
        plain=plain,
    )
    session.add(run)
    session.flush()
    return run


def being_driven(session: Session, settings: Settings, depot: str, day: date, now: datetime) -> bool:
    """Tell whether vehicles of a depot may be out on a day with routes of the plan in force."""
    if now < begins(settings, day):
        return False
    newest = session.scalar(in_force(depot, day))
    routes = select(PlanRoute.id).where(PlanRoute.plan_id == newest.id).limit(1) if newest is not None else None
    return routes is not None and session.scalar(routes) is not None


def the_run(session: Session, key: uuid.UUID) -> PlanRun:
    """Return the run of that key."""
    run = session.get(PlanRun, key)
    if run is None:
        raise NotFoundError.one("no-run", N_("There is no such planning run."))
    return run


def version_of(session: Session, run: PlanRun) -> int | None:
    """Return the version that a run has written, None while there is none."""
    return session.scalar(select(Plan.version).where(Plan.id == run.plan_id)) if run.plan_id else None


def newest_run(session: Session, depot: str, day: date) -> PlanRun | None:
    """Return the run that was asked for last."""
    mine = select(PlanRun).where(PlanRun.depot_code == depot, PlanRun.service_day == day)
    return session.scalar(mine.order_by(PlanRun.asked_at.desc()).limit(1))


def claim(database: Database, now: datetime, key: uuid.UUID | None = None) -> PlanRun | None:
    """Take the oldest run that waits or whose worker is lost (or the run `key`), or None when there is nothing."""
    open_to_us = or_(PlanRun.state == "queued", and_(PlanRun.state == "running", PlanRun.lease_until < now))
    with database.write() as session:
        query = select(PlanRun).where(open_to_us).order_by(PlanRun.asked_at).limit(1)
        if key is not None:
            query = query.where(PlanRun.id == key)
        run = session.scalar(query.with_for_update(skip_locked=True))
        if run is None:
            return None
        if run.attempts >= MOST_ATTEMPTS:
            run.state, run.finished_at = "failed", now
            run.error_code, run.error = "attempts", f"given up after {MOST_ATTEMPTS} attempts that came to no end"
            return None
        run.state, run.progress, run.best_cost = "running", 0.0, None
        run.attempts, run.fence = run.attempts + 1, run.fence + 1
        run.lease_until = now + LEASE
        return run


def work(
    database: Database, settings: Settings, fleet: Fleet, run: PlanRun, watch: Watch | None = None
) -> uuid.UUID | None:
    """Solve a claimed run and write its plan; returns the plan's key, or None when the run failed or was lost.

    The reason of a failure is written into the run; only when the database itself fails, or the cluster is lost, the
    error is raised, and the run is open again once its lease has ended.
    """
    report = _Reporter(database, run, watch)
    try:
        with database.read() as session:
            depot = network.the_depot(session, run.depot_code)
            job = dispatch.day_job(session, settings, fleet, depot, run.service_day)
            draft = session.get(Plan, run.draft_id) if run.draft_id else None
            if draft is not None:
                job = rest_of(session, settings, job, draft)
        result = _plain(job, settings, report) if run.plain else _solve(job, settings, report)
        for note in result.plan.notes:
            log.info("a note of the plan", run=str(run.id), note=note)
        return _publish(database, settings, run, job, result)
    except (OperationalError, ClusterLostError):
        raise  # the database or the cluster is away: the run is taken up again when its lease ends
    except Exception as error:  # the run must not stay "running" whatever a solver does
        code, reason = why_lost(error, settings.planning.memory_mb)
        if code == "fault":
            log.exception("plan run failed", run=str(run.id))
        _fail(database, run, code, reason)
    return None


PLAIN_SECONDS_A_STOP = 0.5
"""What a plain plan may take for each stop; on the demonstration's day it takes a twentieth of that."""


def _plain(job: DayJob, settings: Settings, report: Report) -> DayResult:
    """Put each order where it is cheapest, under the same limits as a search."""
    long = replace(job, seconds=PLAIN_SECONDS_A_STOP * len(job.stops))
    return _solve(long, settings, report, plain=True)


def _solve(
    job: DayJob,
    settings: Settings,
    report: Report,
    plain: bool = False,
) -> DayResult:
    """Run the solver on a worker of the cluster where the settings name one, else in a process of this machine."""
    planning = settings.planning
    if planning.executor == "dask":
        seconds = job.seconds * 1.5 + planning.extra_seconds
        planner = "plain" if plain else "search"
        return solve_on_cluster(planning.cluster, job, planning.memory_mb, planner, seconds, LOADING_SECONDS, report)
    result: DayResult = watched(
        plain_in_child if plain else solve_in_child, (job, planning.memory_mb), job.seconds, settings, report
    )
    return result


def watched(
    function: Callable[..., Any], values: Sequence[object], seconds: float, settings: Settings, report: Report
) -> Any:
    """Call a function in a process of its own, with hard limits of time and memory, and pass its progress on.

    It is given a connection first, through which it sends (share, cost) of what it has found so far. The limit of
    time, beyond the `seconds` that it searches, is counted from the first that it says of itself, which it does once
    it is loaded. A report that raises ends the process.

    Raises
    ------
    TimeoutError
        When the process does not end in time; and whatever it or the report raises.
    """
    receiver, sender = CONTEXT.Pipe(duplex=False)
    future: Any = apart(function)(sender, *values)
    share, cost = 0.0, None
    try:
        _until_at_work(future, receiver, report)
        until = time.monotonic() + seconds * 1.5 + settings.planning.extra_seconds
        while not future.done():
            if time.monotonic() > until:
                raise TimeoutError
            if receiver.poll(0.2):
                share, cost = receiver.recv()
            while receiver.poll(0):
                share, cost = receiver.recv()
            report(share, cost)
    finally:
        future.cancel()  # ends the process if something failed here; changes nothing when it is done
        sender.close()
        until_closed(receiver)
    return future.result()


def _until_at_work(future: Any, receiver: Connection, report: Report) -> None:
    """Wait until the process says something, or has ended."""
    began, told = time.monotonic(), False
    while not future.done() and not receiver.poll(0.2):
        report(0.0, None)
        waited = time.monotonic() - began
        if waited > LOADING_SECONDS:
            raise TimeoutError
        if waited > LOADING_SHORT and not told:
            told = True
            log.info("the solver is being loaded; after an update it is compiled first, which takes a minute or two")


def until_closed(receiver: Connection) -> None:
    """Wait until the process at the other end is gone."""
    with suppress(EOFError, OSError):
        while receiver.poll(ENDING_SECONDS):
            receiver.recv()
    receiver.close()


class _Reporter:
    """Writes progress and renews the lease, at most once a second."""

    def __init__(self, database: Database, run: PlanRun, watch: Watch | None) -> None:
        self.database, self.key, self.fence, self.watch = database, run.id, run.fence, watch
        self.written: datetime | None = None

    def __call__(self, share: float, cost: int | None) -> None:
        if self.watch is not None:
            self.watch(share, cost)
        now = clock.utc_now()
        if self.written is not None and now - self.written < timedelta(seconds=1):
            return
        self.written = now
        with self.database.write() as session:
            session.execute(
                update(PlanRun)
                .where(PlanRun.id == self.key, PlanRun.fence == self.fence, PlanRun.state == "running")
                .values(progress=min(1.0, max(0.0, share)), best_cost=cost, lease_until=now + LEASE)
            )


def _publish(database: Database, settings: Settings, run: PlanRun, job: DayJob, result: DayResult) -> uuid.UUID | None:
    now = clock.utc_now()
    with database.write() as session:
        if not run.proposes and being_driven(session, settings, run.depot_code, run.service_day, now):
            # It was asked for before they left. Nothing that is driven is planned over.
            _end(session, run, "failed", now, "day-begun", OUT_ALREADY)
            return None
        if not _end(session, run, "done", now):
            log.warning("plan run was lost to another worker", run=str(run.id), fence=run.fence)
            return None
        if run.proposes:
            plan = store_proposal(session, settings, run, job, result, now)
        else:
            plan = dispatch.store_plan(session, settings, run.depot_code, run.service_day, job, result, now)
        session.execute(update(PlanRun).where(PlanRun.id == run.id).values(plan_id=plan.id, progress=1.0))
        return plan.id


def _fail(database: Database, run: PlanRun, code: str, reason: object) -> None:
    log.error("plan run failed", run=str(run.id), code=code, reason=str(reason))
    with database.write() as session:
        _end(session, run, "failed", clock.utc_now(), code, str(reason))


def _end(session: Session, run: PlanRun, state: str, now: datetime, code: str = "", error: str = "") -> bool:
    """Close the run if it is still ours."""
    closing = (
        update(PlanRun)
        .where(PlanRun.id == run.id, PlanRun.fence == run.fence, PlanRun.state == "running")
        .values(state=state, finished_at=now, lease_until=None, error_code=code, error=error)
    )
    return cast(CursorResult[Any], session.execute(closing)).rowcount == 1


class Worker:
    """A thread that works off runs, one after the other, until it is stopped."""

    name = "plan-runs"

    def __init__(self, database: Database, settings: Settings, fleet: Fleet) -> None:
        self._database, self._settings, self._fleet = database, settings, fleet
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._loop, name=self.name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something new may wait."""
        self._wake.set()

    def stop(self) -> None:
        """Take no further run; one that is under way goes back to the queue when its lease ends."""
        self._stop.set()
        self._wake.set()

    def one(self) -> bool:
        """Work off the next run; false when there is none."""
        run = claim(self._database, clock.utc_now())
        if run is not None:
            work(self._database, self._settings, self._fleet, run)
        return run is not None

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                if self.one():
                    continue
            except Exception:
                log.exception("the planning worker met a fault and goes on", worker=self.name)
            self._wake.wait(2.0)
            self._wake.clear()
