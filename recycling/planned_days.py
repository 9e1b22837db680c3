"""Days whose routes are made, and what still fits them: `booking.office.PlannedDays` over a process of its own.

The process keeps the days ready that it was asked about (`routing.planned_day`), each under a key that says which
version of the plan it is and which of its visits are gone. It begins at the first question. Whoever asks for windows
does not wait until a day is ready, and is shown those of other days.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar, cast

import structlog
from pebble import ProcessExpired, ProcessPool
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, selectinload

from recycling import day_stops, dispatch, network, tracking
from recycling.amending import amended
from recycling.board.standing import allowances_of
from recycling.booking import holds
from recycling.booking.capacity import Window, full
from recycling.booking.life import planned
from recycling.booking.office import Placed, PlannedRoom
from recycling.booking.workload import Need
from recycling.clock import Span
from recycling.db import Database
from recycling.deliveries.planning import narrowed
from recycling.fleet import Fleet
from recycling.in_force import in_force
from recycling.kept_answers import KeptAnswers
from recycling.models import Booking, Hold, Plan, PlanRoute, PlanRun, PlanVisit, Site
from recycling.settings import Settings
from recycling.shut_today import shut_by
from recycling.stop_names import service_of
from routing import planned_day
from routing.allowances import allowed_stops, allowed_vehicles
from routing.day import DayJob
from routing.errors import InputError
from routing.planned_day import NewStop, PlannedDay, Room, Taken
from routing.problem import TimeWindow

SHORT_SECONDS = 0.25
"""How long somebody who asks for windows waits for those of planned days."""

MOST_AHEAD = 2
"""Behind more open questions than this nobody waits for windows of planned days: the answer would come too late."""

MOST_OPEN = 20
"""So many questions may be open; whoever asks another one is shown the windows of other days."""

MOST_ANSWERS = 1000
"""Answers that are kept, while the plan and what is held on it stay as they are."""

TRIES = 2
"""A place is looked for again when the process was gone, which nobody may have noticed before."""

LONG_SECONDS = 60.0
"""How long somebody who has chosen one waits at most."""

TROUBLE = (ProcessExpired, BrokenExecutor, TimeoutError, InputError, MemoryError)
"""What may become of a question; the log says it, and the day has no room until it is asked again."""

Answer = TypeVar("Answer")
log = structlog.get_logger()


@dataclass(frozen=True)
class PlaceInPlan(Placed):
    """A place for visits in one version of a plan, and what the route of each is with it and those before it."""

    plan: uuid.UUID
    puts: int
    key: str
    stops: tuple[NewStop, ...]
    taken: tuple[Taken, ...]
    job: DayJob

    @property
    def depot(self) -> tuple[float, float]:
        """See `Placed`."""
        return self.job.positions[0]

    @property
    def cost(self) -> int:
        """See `Placed`."""
        an_hour = {vehicle.id: vehicle.cost_per_hour for vehicle in self.job.vehicles}
        return sum(
            taken.cost - round(new.stop.service * an_hour[taken.route.vehicle] / 3600)
            for new, taken in zip(self.stops, self.taken, strict=True)
        )


@dataclass(frozen=True)
class _Seen:
    """A plan as it stands in the record: which version, what it is kept ready under, and what is held beside it."""

    plan: uuid.UUID
    puts: int
    key: str
    held: tuple[NewStop, ...]


class DeskOfPlannedDays:
    """Answers for planned days; close it when it is no longer needed."""

    def __init__(self, database: Database, settings: Settings, fleet: Fleet) -> None:
        self._database, self._settings, self._fleet = database, settings, fleet
        self._lock = threading.Lock()
        self._pool: Any = None
        self._ready: dict[str, Future[None]] = {}
        self._answers = KeptAnswers[Mapping[TimeWindow, Room] | None](MOST_ANSWERS, MOST_OPEN)

    def rooms(self, session: Session, need: Need, day: date, owner: str, now: datetime) -> list[PlannedRoom]:
        """See `PlannedDays.rooms`."""
        seen = self._seen(session, need.depot, day, owner, now)
        if seen is None or not self._made_ready(session, seen, need.depot, day).done():
            return []
        spans = {
            day_stops.promised(self._settings, day, start, end): str(span)
            for span in self._settings.service.window_spans
            for start, end in [self._hours(day, span)]
            if start > now
        }
        new = [self._stop(f"h:new-{number}", part, spans) for number, part in enumerate(need.each)]
        found = self._rooms_of(seen, new)
        if found is None:
            return []
        return [
            PlannedRoom(spans[window], room.cost, room.seconds, room.metres, room.grams)
            for window, room in found.items()
        ]

    def place(self, need: Need, window: Window, owner: str, now: datetime, stops: Sequence[str]) -> PlaceInPlan:
        """See `PlannedDays.place`."""
        start, end = self._hours(window.day, Span.parse(window.span))
        there = [day_stops.promised(self._settings, window.day, start, end)]
        new = tuple(self._stop(stop, part, there) for stop, part in zip(stops, need.each, strict=True))
        for _ in range(TRIES):
            with self._database.read() as session:
                seen = self._seen(session, window.depot, window.day, owner, now)
                ready = None if seen is None else self._made_ready(session, seen, window.depot, window.day)
            if seen is None or ready is None or start <= now:
                break
            self._answer(ready, LONG_SECONDS)
            found = self._asked(seen.key, LONG_SECONDS, planned_day.take, seen.held, new)
            if found is not None and found[0]:
                return PlaceInPlan(seen.plan, seen.puts, seen.key, new, tuple(found[0]), found[1])
            if found is not None or seen.key in self._ready:
                break  # there is no place, or nobody said so in time
        raise full(window)

    def claim(self, session: Session, placed: Placed) -> bool:
        """See `PlannedDays.claim`."""
        at = cast(PlaceInPlan, placed)
        plan = session.get_one(Plan, at.plan)
        # As whoever asks for a plan does, so that none is begun between this and the end of the unit.
        session.execute(select(Site.code).where(Site.code == plan.depot_code).with_for_update(key_share=True))
        newest = _newest(session, plan.depot_code, plan.service_day)
        if newest is None or newest.id != at.plan:
            return False
        counting = update(Plan).where(Plan.id == at.plan, Plan.puts == at.puts).values(puts=Plan.puts + 1)
        return cast(CursorResult[Any], session.execute(counting)).rowcount == 1

    def write(self, session: Session, placed: Placed, visits: Sequence[Booking], now: datetime) -> None:
        """See `PlannedDays.write`; each visit is a version of the plan."""
        at = cast(PlaceInPlan, placed)
        row, job = session.get_one(Plan, at.plan), at.job
        for new, taken in zip(at.stops, at.taken, strict=True):
            job = _with_stop(job, new)
            row = amended(session, self._settings, row, taken, job, now)
        begins = {v.booking_id: v.begins_at for r in row.routes for v in r.visits}
        told = [narrowed(self._settings, visit, begins[visit.id]) for visit in visits]
        links = tracking.links(self._settings, row.root, now)
        each = [(visit, *hours) for visit, hours in zip(visits, told, strict=True)]
        planned(session, each, now, links, self._settings)
        self._go_on(at, row, told)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            pool, self._pool = self._pool, None
            self._ready.clear()
        if pool is not None:
            pool.stop()
            pool.join()

    # -- what the record says --------------------------------------------------------------------------------------

    def _seen(self, session: Session, depot: str, day: date, owner: str, now: datetime) -> _Seen | None:
        """Return the day's plan; None when there is none, or another is being made."""
        plan = _newest(session, depot, day)
        if plan is None:
            return None
        gone = select(PlanVisit.booking_id).join(PlanRoute).join(Booking, Booking.id == PlanVisit.booking_id)
        gone = gone.where(PlanRoute.plan_id == plan.id)
        changed = ~dispatch.TO_COLLECT | (Booking.service_day != day)
        missing = sorted(str(key) for key in session.scalars(gone.where(changed)))
        key = f"{plan.id}:{hashlib.sha256(' '.join(missing).encode()).hexdigest()[:16]}"
        held = session.scalars(
            select(Hold)
            .where(
                Hold.depot_code == depot,
                Hold.service_day == day,
                Hold.seconds == 0,
                Hold.until > now,
                Hold.owner != owner,
            )
            .order_by(Hold.made_at, Hold.id)
        )
        return _Seen(plan.id, plan.puts, key, tuple(self._held(day, hold) for hold in held))

    def _held(self, day: date, hold: Hold) -> NewStop:
        window = day_stops.promised(self._settings, day, *self._hours(day, Span.parse(hold.window)))
        return self._stop(f"h:{hold.id}", holds.need_of(hold), [window])

    def _hours(self, day: date, span: Span) -> tuple[datetime, datetime]:
        clock = self._settings.clock
        return clock.at(day, span.start), clock.at(day, span.end)

    def _stop(self, name: str, need: Need, windows: Iterable[TimeWindow]) -> NewStop:
        prize, load = self._settings.planning.prize_booking, (need.kg, need.litres)
        in_order = tuple(sorted(windows, key=lambda window: window.start))
        skills = day_stops.skills_for(need.people, need.tail_lift)
        too_high = self._fleet.higher_than(need.depot, need.height_limit)
        stop = day_stops.pickup_stop(name, 0, in_order, need.service, load, prize, skills, too_high)
        return NewStop(stop, (need.lon, need.lat))

    def _day(self, session: Session, plan: uuid.UUID, depot: str, day: date) -> PlannedDay:
        job = dispatch.day_job(session, self._settings, self._fleet, network.the_depot(session, depot), day, told=True)
        out = shut_by(session.get_one(Plan, plan)).out
        allowances = allowances_of(session.get_one(Plan, plan).allowances)
        job = replace(
            job,
            stops=allowed_stops(job.stops, allowances),
            vehicles=tuple(allowed_vehicles(job.vehicles, allowances)),
        )
        known = {("stop", stop.id) for stop in job.stops} | {("unload", site.id) for site in job.unload_sites}
        routes = select(PlanRoute).where(PlanRoute.plan_id == plan).options(selectinload(PlanRoute.visits))
        return PlannedDay(
            job,
            [
                (route.plate, [at for at in map(service_of, route.visits) if at in known])
                for route in session.scalars(routes.order_by(PlanRoute.number))
                if route.plate not in out
            ],
        )

    # -- what the process is asked ---------------------------------------------------------------------------------

    def _made_ready(self, session: Session, seen: _Seen, depot: str, day: date) -> Future[None]:
        """Return what ends when the day is ready, and let that begin unless it has."""
        with self._lock:
            known = self._ready.get(seen.key)
        if known is not None and not (known.done() and known.exception() is not None):
            return known
        stated = self._day(session, seen.plan, depot, day)
        return self._begun(seen.key, planned_day.open_day, stated)

    def _begun(self, key: str, function: Callable[..., None], *values: object) -> Future[None]:
        begun = self._schedule(LONG_SECONDS, function, key, *values)
        with self._lock:
            self._ready[key] = begun
            while len(self._ready) > planned_day.MOST_DAYS:
                self._ready.pop(next(iter(self._ready)))
        return begun

    def _go_on(self, at: PlaceInPlan, row: Plan, told: Sequence[tuple[datetime, datetime]]) -> None:
        """Make the next version ready from this one, so that nobody waits for its roads."""
        new = []
        for one, taken, hours in zip(at.stops, at.taken, told, strict=True):
            window, working = one.stop.windows[0], day_stops.seconds_of(self._settings, row.service_day, *hours)
            kept = TimeWindow(max(window.start, working.start), min(window.end, working.end))
            order = [(visit.kind, visit.id) for visit in taken.route.visits]
            new.append((replace(one, stop=replace(one.stop, windows=(kept,))), taken.route.vehicle, order))
        key = f"{row.id}:{at.key.partition(':')[2]}"
        self._begun(key, planned_day.open_day_with, at.key, new)

    def _rooms_of(self, seen: _Seen, new: Sequence[NewStop]) -> Mapping[TimeWindow, Room] | None:
        """Return where new stops find room; None when it is not known in time.

        The same question about the same version of a plan is asked once. Behind many others nobody waits: who asks
        again a moment later finds the answer.
        """
        question = seen.key, repr((seen.held, new))
        asked = self._answers.ask(
            question, lambda: self._schedule(LONG_SECONDS, planned_day.rooms, seen.key, seen.held, new)
        )
        if asked.answer is None or (asked.ahead > MOST_AHEAD and not asked.answer.done()):
            return None
        found = self._answer(asked.answer, SHORT_SECONDS)
        if found is None and asked.answer.done():
            self._answers.forget(question)
            with self._lock:
                self._ready.pop(seen.key, None)
        return found

    def _asked(
        self, key: str, seconds: float, function: Callable[..., Answer | None], *values: object
    ) -> Answer | None:
        """Return the answer; None when there is none in time, or the day is not ready any more.

        Who does not wait for it, because many ask at once, leaves the day ready for the others.
        """
        asked = self._schedule(LONG_SECONDS, function, key, *values)
        found = self._answer(asked, seconds)
        if found is None and asked.done():
            with self._lock:
                self._ready.pop(key, None)
        return found

    def _answer(self, asked: Future[Answer], seconds: float) -> Answer | None:
        try:
            return asked.result(timeout=seconds)
        except TROUBLE as trouble:
            log.warning("no answer for a planned day", why=f"{type(trouble).__name__}: {trouble}")
            return None

    def _schedule(self, seconds: float, function: Callable[..., Answer], *values: object) -> Future[Answer]:
        with self._lock:
            if self._pool is not None and not self._pool.active:  # its process was killed while it had nothing to do
                self._pool = None
                self._ready.clear()
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                memory = self._settings.planning.memory_mb
                self._pool = ProcessPool(
                    max_workers=1, initializer=planned_day.begin, initargs=(memory,), context=context
                )
            return cast("Future[Answer]", self._pool.schedule(function, args=list(values), timeout=seconds))


def _newest(session: Session, depot: str, day: date) -> Plan | None:
    """Return the plan of a day that is in force; None while another is being made."""
    active = select(PlanRun.id).where(
        PlanRun.depot_code == depot, PlanRun.service_day == day, PlanRun.state.in_(("queued", "running"))
    )
    if session.scalar(active.limit(1)) is not None:
        return None
    return session.scalar(in_force(depot, day))


def _with_stop(job: DayJob, new: NewStop) -> DayJob:
    """Return the job with a stop at a position of its own."""
    stop = replace(planned_day.fitting(job, new).stop, location=len(job.positions))
    return replace(job, stops=(*job.stops, stop), positions=[*job.positions, new.lonlat])
