"""Searches for better sites: asked for, worked off in a process of its own, stopped; what is found becomes a scenario.

One search runs at a time in a server. Its row says how far it is and holds a lease, so that one whose server has ended
does not seem to run for ever.
"""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import structlog
from pydantic import Field, ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from recycling import clock
from recycling.accounts.actors import Actor
from recycling.apart import CONTEXT, apart, why_lost
from recycling.db import Database, hold
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError
from recycling.fleet import Fleet
from recycling.models import Scenario, ScenarioSite, SiteSearch
from recycling.settings import Settings
from recycling.settings.base import Section
from recycling.sites.assumed import STANDING, Assumed
from recycling.sites.candidates import candidates_of, problem_of
from recycling.sites.people import People, people_of
from recycling.sites.scenarios import free_name, put_in, the_scenario
from recycling.sites.ways import WaysDesk, question
from recycling.sites.worth import worth

if TYPE_CHECKING:
    from routing.siting.answer import SitingAnswer
    from routing.siting.problem import Aim, SitingProblem

Model = Literal["p-median", "p-centre", "cover", "set-cover", "cost"]
MODELS: tuple[Model, ...] = ("p-median", "p-centre", "cover", "set-cover", "cost")
NEED_COUNT = ("p-median", "p-centre", "cover")

LEASE = timedelta(seconds=60)
LOADING_SECONDS = 900.0
"""What a process may take until it is at work: where its sources are new, its loops are compiled first."""

EXTRA_SECONDS = 60.0
WAYS_SECONDS = 900.0
STOP_SECONDS = 15.0
"""How long is waited for the best so far, after which the process is ended without it."""

log = structlog.get_logger()
_one_searches = threading.Lock()


class Question(Section):
    """What is asked: the model, how many sites (at most so many where it counts money or reach), and within what.

    Attributes
    ----------
    budget
        Most yuan a year for new sites; of ``cost`` alone.
    keep
        Centres that stand stay open.
    towns
        Towns whose largest community is a candidate beside the scenario's sites.
    seconds
        How long is searched, after which the best so far counts.
    """

    model: Model
    count: int | None = Field(default=None, ge=1, le=200)
    budget: float | None = Field(default=None, ge=0)
    keep: bool = False
    towns: int = Field(default=60, ge=0, le=300)
    seconds: int = Field(default=30, ge=1, le=600)

    @property
    def name(self) -> str:
        """What is asked in a word and a number."""
        return f"{self.model} {self.count}" if self.count else self.model


def ask(session: Session, scenario: Scenario, asked: Mapping[str, object], actor: Actor, now: datetime) -> SiteSearch:
    """Ask for a search from a scenario; one that is under way is answered with ConflictError.

    Raises
    ------
    BadRequestError
        For a question that cannot be asked, by the field that is wrong.
    """
    hold(session, "site-search")
    try:
        wanted = Question.model_validate(dict(asked))
    except ValidationError as error:
        raise BadRequestError(*(_fault(str(one["loc"][0])) for one in error.errors())) from error
    if wanted.model in NEED_COUNT and wanted.count is None:
        raise BadRequestError.one("count-missing", N_("This model needs the number of sites. Write it."), where="count")
    active = session.scalar(
        select(SiteSearch).where(SiteSearch.state.in_(("queued", "running")), SiteSearch.lease_until > now)
    )
    if active is not None:
        raise ConflictError.one("searching", N_("Another search is under way. Wait until it ends, or stop it."))
    row = SiteSearch(
        scenario_id=scenario.id,
        asked=wanted.model_dump(mode="json"),
        asked_by=actor.id,
        asked_at=now,
        lease_until=now + LEASE,
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
    """Return the last searches from a scenario, the newest first."""
    query = select(SiteSearch).where(SiteSearch.scenario_id == scenario)
    return list(session.scalars(query.order_by(SiteSearch.asked_at.desc()).limit(most)))


def stop(session: Session, key: uuid.UUID) -> None:
    """Ask a search to end; the best that it has found until then counts."""
    the_search(session, key).stop_asked = True


def lost(search: SiteSearch, now: datetime) -> bool:
    """Tell whether whoever searched is gone."""
    return search.state in ("queued", "running") and (search.lease_until is None or search.lease_until < now)


def start(
    database: Database, settings: Settings, fleet: Fleet, desk: WaysDesk, key: uuid.UUID, actor: Actor
) -> threading.Thread:
    """Work a search off in a thread of its own, which waits for a process that does the work."""
    thread = threading.Thread(
        target=work, args=(database, settings, fleet, desk, key, actor), name="site-search", daemon=True
    )
    thread.start()
    return thread


def work(database: Database, settings: Settings, fleet: Fleet, desk: WaysDesk, key: uuid.UUID, actor: Actor) -> None:
    """Work a search off; whatever becomes of it is written into its row."""
    with _one_searches:
        told = _Row(database, key)
        try:
            with database.read() as session:
                search = the_search(session, key)
                if search.finished_at is not None:
                    return None
                if search.scenario_id is None:
                    raise NotFoundError.one("no-scenario", N_("There is no such scenario. It may have been deleted."))
                scenario = the_scenario(session, search.scenario_id)
                asked, assumed = Question(**search.asked), Assumed(**scenario.assumed)
                people = people_of(session)
                today = settings.clock.today(clock.utc_now())
                roads = question(session, settings, fleet, people, assumed.vehicle, today)
            told(0.0)
            rows = candidates_of(scenario, people, asked.towns)
            until, ways = time.monotonic() + WAYS_SECONDS, desk.ways(roads, [])
            while any((row.lon, row.lat) not in ways for row in rows):
                ways = desk.ways(roads, [(row.lon, row.lat) for row in rows], 1.0)
                if told(0.0) or time.monotonic() > until:
                    return _end(database, key, "stopped")
            problem = problem_of(people, scenario.depot_code, assumed, rows, ways, asked.keep)
            best, second = _searched(problem, asked, assumed, settings.planning.memory_mb, told)
            if best is None:
                return _end(database, key, "stopped")
            answer, chosen = _told(problem, rows, best, second), _fitted(best, rows, people, scenario, assumed, ways)
            _publish(database, key, scenario, asked, answer, chosen, actor)
        except Exception as error:  # the row must not stay "running" whatever the search does
            code, reason = why_lost(error, settings.planning.memory_mb)
            if code == "fault":
                log.exception("a search for sites failed", search=str(key))
            _end(database, key, "failed", reason)
    return None


class _Row:
    """Writes how far a search is, and renews its lease, at most once a second; says whether it is to stop."""

    def __init__(self, database: Database, key: uuid.UUID) -> None:
        self.database, self.key, self.written, self.stopped = database, key, float("-inf"), False

    def __call__(self, share: float) -> bool:
        if time.monotonic() - self.written >= 1.0:
            self.written = time.monotonic()
            with self.database.write() as session:
                search = the_search(session, self.key)
                search.state, search.progress = "running", min(1.0, max(0.0, share))
                search.lease_until = clock.utc_now() + LEASE
                self.stopped = search.stop_asked
        return self.stopped


def _searched(
    problem: SitingProblem, asked: Question, assumed: Assumed, memory_mb: int, told: _Row
) -> tuple[SitingAnswer | None, SitingAnswer | None]:
    """Run the search in a process of its own; no answer when it was stopped before it had one."""
    from routing.siting.apart import search_in_child

    teller, tells = CONTEXT.Pipe(duplex=False)
    stops, stopper = CONTEXT.Pipe(duplex=False)
    aim = _aim(asked, assumed)
    future: Any = apart(search_in_child)(tells, stops, problem, aim, float(asked.seconds), memory_mb)
    begun, at_work, stopped = time.monotonic(), 0.0, 0.0
    try:
        while not future.done():
            if not at_work and teller.poll(0.2):
                teller.recv()
                at_work = time.monotonic()
            now = time.monotonic()
            whole = asked.seconds * 4 / 3
            if told((now - at_work) / whole if at_work else 0.0) and not stopped:
                stopped = now
                stopper.send(True)
            if stopped and now - stopped > STOP_SECONDS:
                return None, None
            if now - (at_work or begun) > (2 * whole + EXTRA_SECONDS if at_work else LOADING_SECONDS):
                raise TimeoutError
            if at_work:
                time.sleep(0.2)
    finally:
        future.cancel()
        for end in (teller, tells, stops, stopper):
            end.close()
    best, second = future.result()
    return best, second


def _aim(asked: Question, assumed: Assumed) -> Aim:
    from routing.siting.problem import Aim

    budget = None if asked.budget is None or asked.model != "cost" else asked.budget * 100
    return Aim(asked.model, asked.count, assumed.reach_minutes * 60, budget)


def _told(
    problem: SitingProblem, rows: Sequence[ScenarioSite], best: SitingAnswer, second: SitingAnswer | None
) -> dict[str, Any]:
    """Return what is kept of an answer, as JSON takes it; bound and gap are None where none was proven."""
    names = {row.code: row.name for row in rows}

    def named(codes: set[str]) -> list[list[str]]:
        return [[code, names[code]] for code in sorted(codes)]

    people = sum(point.people for point in problem.points)
    return {
        "value": best.value,
        "bound": best.bound if math.isfinite(best.bound) else None,
        "gap": best.gap if math.isfinite(best.gap) else None,
        "proven": best.proven,
        "people": people,
        "candidates": len(problem.candidates),
        "opened": named(set(best.opened)),
        "second": None
        if second is None
        else {
            "value": second.value,
            "proven": second.proven,
            "opened": named(set(second.opened) - set(best.opened)),
            "closed": named(set(best.opened) - set(second.opened)),
            "worse": abs(second.value - best.value) / max(1.0, abs(best.value)),
        },
    }


def _fitted(
    best: SitingAnswer,
    rows: Sequence[ScenarioSite],
    people: People,
    scenario: Scenario,
    assumed: Assumed,
    ways: Mapping[tuple[float, float], Any],
) -> list[ScenarioSite]:
    """Return the sites of the new scenario: the chosen ones open, in a size that holds what they get."""
    chosen = []
    for row in rows:
        row.is_open = row.code in best.opened
        if row.is_open and row.size != STANDING and best.aim.kind == "cost":
            row.size = best.opened[row.code]
        if row.is_open or row.kind != "town" or any(row.code == one.code for one in scenario.sites):
            chosen.append(row)
    if best.aim.kind != "cost":
        gets = {one.code: one.tonnes for one in worth(people, scenario.depot_code, assumed, chosen, ways).sites}
        sizes = sorted(assumed.sizes, key=lambda size: size.tonnes)
        for row in chosen:
            if row.is_open and row.size != STANDING:
                row.size = next((s.name for s in sizes if s.tonnes >= gets.get(row.code, 0.0)), sizes[-1].name)
    return chosen


def _publish(
    database: Database,
    key: uuid.UUID,
    scenario: Scenario,
    asked: Question,
    answer: dict[str, Any],
    rows: Sequence[ScenarioSite],
    actor: Actor,
) -> None:
    now = clock.utc_now()
    with database.write() as session:
        search = the_search(session, key)
        name = free_name(session, f"{asked.name} · {scenario.name}")
        made = put_in(session, name, scenario.depot_code, Assumed(**scenario.assumed), rows, actor, now)
        search.state, search.answer, search.made_id = "done", answer, made.id
        search.progress, search.finished_at, search.lease_until = 1.0, now, None


def _end(database: Database, key: uuid.UUID, state: str, error: str = "") -> None:
    with database.write() as session:
        session.execute(
            update(SiteSearch)
            .where(SiteSearch.id == key, SiteSearch.state.in_(("queued", "running")))
            .values(state=state, error=error, finished_at=clock.utc_now(), lease_until=None)
        )


def _fault(where: str) -> Fault:
    least, most = {"count": (1, 200), "towns": (0, 300), "seconds": (1, 600)}.get(where, (0, 0))
    if most:
        values: dict[str, object] = {"least": least, "most": most}
        return Fault(where, "out-of-range", N_("Write a whole number from %(least)s to %(most)s."), values)
    if where == "budget":
        return Fault(where, "bad-budget", N_("Write the budget in yuan a year, such as 500000."))
    return Fault(where, "no-model", N_("Choose what is searched for."))
