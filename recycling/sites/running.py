"""How searches of planners run: one at a time in a server, each in a process of its own, followed by its row.

The row says how far a search is and holds a lease, so that one whose server has ended does not seem to run for ever.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from recycling import clock
from recycling.accounts.actors import Actor
from recycling.apart import CONTEXT, apart, why_lost
from recycling.db import Database, hold
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError
from recycling.models import Scenario, SiteSearch
from recycling.settings.base import Section
from recycling.sites.reasons import Asked, in_english, parts_of
from recycling.sites.scenarios import the_scenario

LEASE = timedelta(seconds=60)
LOADING_SECONDS = 900.0
"""What a process may take until it is at work: where its sources or roads are new, they are made ready first."""

EXTRA_SECONDS = 60.0
STOP_SECONDS = 15.0
"""How long is waited for the best so far, after which the process is ended without it."""

ALMOST = 0.97
"""Share that a search has done at most until it has ended."""

Asking = TypeVar("Asking", bound=Section)
Place = tuple[int | str, ...]

Told = Callable[[float], bool]
"""Hears how far a search is, from 0 to 1; says whether it is to stop."""

log = structlog.get_logger()
_one_searches = threading.Lock()


class UnsoundError(RuntimeError):
    """An answer that the independent judge does not let pass."""


def sound(
    kind: type[Asking],
    asked: Mapping[str, object],
    fault: Callable[[Place], Fault],
    more: Sequence[Fault] = (),
) -> Asking:
    """Return a question that can be asked.

    Parameters
    ----------
    fault
        Says what is wrong where a field, or a part of it, is none.
    more
        What is wrong besides; a field of which something is wrong already is left out of these.

    Raises
    ------
    BadRequestError
        With everything that is wrong, one fault for each field.
    """
    try:
        found = kind.model_validate(dict(asked))
        faults: dict[str, Fault] = {}
    except ValidationError as error:
        places = [wrong["loc"] for wrong in error.errors()]
        # a list whose parts are wrong is also said to be too short
        near = [place for place in places if not any(o[: len(place)] == place != o for o in places)]
        faults = {}
        for one in map(fault, near):
            faults.setdefault(one.where, one)
    for one in more:
        faults.setdefault(one.where, one)
    if faults:
        raise BadRequestError(*faults.values())
    return found


def begin(
    session: Session, scenario: Scenario, kind: str, asked: dict[str, Any], actor: Actor, now: datetime
) -> SiteSearch:
    """Write the row of a search; ConflictError while another one is under way."""
    hold(session, "site-search")
    active = session.scalar(
        select(SiteSearch.id).where(SiteSearch.state.in_(("queued", "running")), SiteSearch.lease_until > now)
    )
    if active is not None:
        raise ConflictError.one("searching", N_("Another search is under way. Wait until it ends, or stop it."))
    row = SiteSearch(
        scenario_id=scenario.id, kind=kind, asked=asked, asked_by=actor.id, asked_at=now, lease_until=now + LEASE
    )
    session.add(row)
    session.flush()
    return row


def the_search(session: Session, key: uuid.UUID) -> SiteSearch:
    """Return the search of that key."""
    found = session.get(SiteSearch, key)
    if found is None:
        raise NotFoundError.one("no-search", N_("There is no such search."))
    return found


def searches_of(session: Session, scenario: uuid.UUID, most: int = 10) -> list[SiteSearch]:
    """Return the last searches from a scenario without their answers, the newest first."""
    query = select(SiteSearch).where(SiteSearch.scenario_id == scenario).options(defer(SiteSearch.answer))
    return list(session.scalars(query.order_by(SiteSearch.asked_at.desc()).limit(most)))


def stop(session: Session, key: uuid.UUID) -> None:
    """Ask a search to end; the best that it has found until then counts."""
    the_search(session, key).stop_asked = True


def lost(search: SiteSearch, now: datetime) -> bool:
    """Tell whether whoever searched is gone."""
    return search.state in ("queued", "running") and (search.lease_until is None or search.lease_until < now)


def worked(database: Database, key: uuid.UUID, memory_mb: int, do: Callable[[Row, SiteSearch, Scenario], bool]) -> None:
    """Let ``do`` work a search off; whatever becomes of it is written into its row, ``stopped`` where it says False."""
    with _one_searches:
        told = Row(database, key)
        try:
            with database.read() as session:
                search = the_search(session, key)
                if search.finished_at is not None:
                    return
                if search.scenario_id is None:
                    raise NotFoundError.one("no-scenario", N_("There is no such scenario. It may have been deleted."))
                scenario = the_scenario(session, search.scenario_id)
            told(0.0)
            if not do(told, search, scenario):
                end(database, key, "stopped")
        except Exception as error:  # the row must not stay "running" whatever the search does
            code, english = why_lost(error, memory_mb)
            if code == "fault":
                log.exception("a search for sites failed", search=str(key))
            parts = parts_of(error, memory_mb, told.asked)
            end(database, key, "failed", english if code == "fault" else in_english(parts), parts)


class Row:
    """Writes how far a search is, and renews its lease, at most once a second; says whether it is to stop.

    ``asked`` is what is known of the question by then, for the words of a reason.
    """

    def __init__(self, database: Database, key: uuid.UUID) -> None:
        self.database, self.key, self.written, self.stopped = database, key, float("-inf"), False
        self.asked: Asked | None = None

    def __call__(self, share: float) -> bool:
        """Take how far it is."""
        if time.monotonic() - self.written >= 1.0:
            self.written = time.monotonic()
            with self.database.write() as session:
                search = the_search(session, self.key)
                search.state, search.progress = "running", min(1.0, max(0.0, share))
                search.lease_until = clock.utc_now() + LEASE
                self.stopped = search.stop_asked
        return self.stopped


def followed(
    function: Callable[..., Any], values: Sequence[object], seconds: float, told: Told, patience: float = 2.0
) -> Any | None:
    """Run ``function(teller, stop, *values)`` in a process of its own and return its result; None when it was stopped.

    The process says anything to ``teller`` once it is at work, and may say then how far it is, from 0 to 1. Its time
    is expected to be so many ``seconds``; after ``patience`` times as many it is ended.

    Raises
    ------
    TimeoutError
        When it was ended, beside whatever the function raises.
    """
    teller, tells = CONTEXT.Pipe(duplex=False)
    stops, stopper = CONTEXT.Pipe(duplex=False)
    future: Any = apart(function)(tells, stops, *values)
    begun, at_work, stopped, done = time.monotonic(), 0.0, 0.0, 0.0
    try:
        while not future.done():
            if teller.poll(0.2):
                said = teller.recv()
                at_work = at_work or time.monotonic()
                done = said if isinstance(said, float) else done
                continue
            now = time.monotonic()
            if told(min(ALMOST, max(done, (now - at_work) / seconds)) if at_work else 0.0) and not stopped:
                stopped = now
                stopper.send(True)
            if stopped and now - stopped > STOP_SECONDS:
                return None
            if now - (at_work or begun) > (patience * seconds + EXTRA_SECONDS if at_work else LOADING_SECONDS):
                raise TimeoutError
    finally:
        future.cancel()
        for one in (teller, tells, stops, stopper):
            one.close()
    return future.result()


def keep(database: Database, key: uuid.UUID, answer: dict[str, Any]) -> None:
    """Write the answer of a search that has ended with one."""
    with database.write() as session:
        row = the_search(session, key)
        row.state, row.answer, row.progress = "done", answer, 1.0
        row.finished_at, row.lease_until = clock.utc_now(), None


def end(database: Database, key: uuid.UUID, state: str, error: str = "", faults: Sequence[object] = ()) -> None:
    """Write how a search ended that found nothing, unless its end is written already."""
    with database.write() as session:
        session.execute(
            update(SiteSearch)
            .where(SiteSearch.id == key, SiteSearch.state.in_(("queued", "running")))
            .values(state=state, error=error, faults=list(faults), finished_at=clock.utc_now(), lease_until=None)
        )
