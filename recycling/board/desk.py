"""Days kept ready for the board in a process of their own (`routing.hand_day`), which begins at the first question."""

from __future__ import annotations

import hashlib
import multiprocessing
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast

import structlog
from pebble import ProcessExpired, ProcessPool
from sqlalchemy.orm import Session

from recycling import dispatch, network
from recycling.errors import N_, BadRequestError, UnavailableError
from recycling.fleet import Fleet
from recycling.settings import Settings
from routing import hand_day, running_day
from routing.allowances import Allowance
from routing.day import DayJob
from routing.errors import InputError
from routing.hand_day import Order, Sketch, Whole
from routing.running_day import Asked, Found

SECONDS = 60.0
"""How long an answer is waited for, the roads of a large day included."""

MOST_DAYS = hand_day.MOST_DAYS
TROUBLE = (ProcessExpired, BrokenExecutor, TimeoutError, MemoryError)
TRIES = 2
"""A question is asked again when the process was gone, which nobody may have noticed before."""

SAID = {
    "no-such-stop": N_("This order is not on this day, or lies on no road. Load the page again."),
    "no-vehicle": N_("The day has no vehicle %(vehicle)s."),
    "site-off-road": N_(
        "The %(what)s is %(metres)s m from the nearest road that its vehicles may use, more than the %(limit)s m"
        " allowed. Move it to a road, or raise roads.snap_metres."
    ),
}
"""What may be wrong with a day that is asked about."""

Answer = TypeVar("Answer")
log = structlog.get_logger()


@dataclass(frozen=True)
class Ready:
    """A day as it is in the record, and the key under which it is kept ready."""

    key: str
    job: DayJob


class BoardDesk:
    """Answers for the board; close it when it is no longer needed."""

    def __init__(self, settings: Settings, fleet: Fleet) -> None:
        self._settings, self._fleet = settings, fleet
        self._lock = threading.Lock()
        self._pool: Any = None
        self._jobs: OrderedDict[str, DayJob] = OrderedDict()
        self._opened: OrderedDict[str, Future[None]] = OrderedDict()

    def ready(self, session: Session, depot: str, day: date) -> Ready:
        """State a day as it is in the record now, and let it be made ready; nobody waits for that here."""
        depot_site = network.the_depot(session, depot)
        return self.stated(dispatch.day_job(session, self._settings, self._fleet, depot_site, day))

    def stated(self, job: DayJob) -> Ready:
        """Let a day be made ready; nobody waits for that here."""
        prices = job.balance_price, job.compactness_price
        said = repr((job.roads, job.positions, job.stops, job.vehicles, job.unload_sites, job.day, job.changes, prices))
        key = hashlib.sha256(said.encode()).hexdigest()[:24]
        with self._lock:
            self._jobs[key] = job
            self._jobs.move_to_end(key)
            while len(self._jobs) > MOST_DAYS:
                self._jobs.popitem(last=False)
        self._open(key)
        return Ready(key, job)

    def known(self, key: str) -> Ready | None:
        """Return a day that was stated before, None when it has made room for others."""
        with self._lock:
            job = self._jobs.get(key)
        return None if job is None else Ready(key, job)

    def sketches(
        self, day: Ready, orders: Mapping[str, Order], allowances: Sequence[Allowance], drawn: bool = False
    ) -> list[Sketch]:
        """Return what orders of services come to: `routing.hand_day.HandDay.sketches`."""
        return self._ask(day, hand_day.sketches, orders, tuple(allowances), drawn)

    def fitted(
        self, day: Ready, stop: str, orders: Mapping[str, Order], allowances: Sequence[Allowance]
    ) -> tuple[str, Order] | None:
        """Return who takes a stop most cheaply: `routing.hand_day.HandDay.fitted`."""
        return self._ask(day, hand_day.fitted, stop, orders, tuple(allowances))[0]

    def whole(self, day: Ready, orders: Mapping[str, Order], allowances: Sequence[Allowance]) -> Whole:
        """Return the plan of all orders, judged: `routing.hand_day.HandDay.whole`."""
        return self._ask(day, hand_day.whole, list(orders.items()), tuple(allowances))

    def replanned(self, day: Ready, asked: Asked) -> Found:
        """Return the rest of a day under way planned anew: `routing.running_day.replan`."""
        return self._ask(day, running_day.replanned, asked)

    def warmed_up(self) -> None:
        """Let what a search needs be loaded; nobody waits for that here."""
        self._schedule(running_day.load)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            pool, self._pool = self._pool, None
            self._opened.clear()
        if pool is not None:
            pool.stop()
            pool.join()

    def _ask(self, day: Ready, function: Callable[..., Answer | None], *values: object) -> Answer:
        for _ in range(TRIES):
            opened = self._open(day.key, day.job)
            try:
                opened.result(timeout=SECONDS)
                answer = self._schedule(function, day.key, *values).result(timeout=SECONDS)
            except InputError as error:
                said = cast("dict[str, Any]", error.values)
                raise BadRequestError.one(error.code, SAID.get(error.code, error.template), **said) from error
            except TROUBLE as trouble:
                log.warning("no answer for the board", why=f"{type(trouble).__name__}: {trouble}")
                answer = None
            if answer is not None:
                return answer
            with self._lock:
                self._opened.pop(day.key, None)
        raise UnavailableError.one(
            "board-silent", N_("The board got no answer in time. Nothing was changed; try again in a moment.")
        )

    def _open(self, key: str, job: DayJob | None = None) -> Future[None]:
        """Return what ends when a day is ready, and let that begin unless it has."""
        with self._lock:
            self._begun()
            opened = self._opened.get(key)
            if opened is not None and not (opened.done() and opened.exception() is not None):
                return opened
            job = job or self._jobs[key]
        opened = self._schedule(hand_day.open_day, key, job)
        with self._lock:
            self._opened[key] = opened
            while len(self._opened) > MOST_DAYS:
                self._opened.popitem(last=False)
        return opened

    def _begun(self) -> None:
        """Begin the process unless it is there; the lock is held."""
        if self._pool is not None and not self._pool.active:  # it was killed while it had nothing to do
            self._pool = None
        if self._pool is None:
            self._opened.clear()
            context = multiprocessing.get_context("spawn")
            memory = self._settings.planning.memory_mb
            self._pool = ProcessPool(max_workers=1, initializer=hand_day.begin, initargs=(memory,), context=context)

    def _schedule(self, function: Callable[..., Answer], *values: object) -> Future[Answer]:
        with self._lock:
            self._begun()
            return cast("Future[Answer]", self._pool.schedule(function, args=list(values), timeout=SECONDS))
