"""Past days that people replay on a page: asked for, planned in a process of its own, shown, forgotten.

Nothing of a file is written anywhere: what was read of it and what came of it stay in the memory of the server, for
`KEPT` after the end, until whoever sent it forgets it, sends another file, or the server ends.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from recycling import clock, runs
from recycling.apart import why_lost
from recycling.booking import Office
from recycling.errors import N_, BadRequestError, NotFoundError, TooOftenError
from recycling.replay.apart import Outcome, replay_apart
from recycling.replay.comparing import stated_job
from recycling.replay.visits import Visit, depot_of

KEPT = timedelta(hours=1)
"""How long a replayed day is kept after its end."""

MOST_KEPT = 12
MOST_VISITS = 1000
SECONDS = (10, 30, 120)
"""How long a past day may be searched from the page."""

log = structlog.get_logger()


@dataclass
class Past:
    """A past day that somebody has sent; `state` is ``queued``, ``running``, ``done``, ``failed`` or ``stopped``.

    Attributes
    ----------
    owner
        The account that sent it; nobody else sees it.
    cost
        Fen of the best so far, None while there is none.
    error
        Why it failed, in English.
    """

    owner: str
    depot: str
    day: date
    seconds: int
    visits: Sequence[Visit]
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    state: str = "queued"
    progress: float = 0.0
    cost: int | None = None
    stop_asked: bool = False
    error_code: str = ""
    error: str = ""
    ended_at: datetime | None = None
    outcome: Outcome | None = None

    @property
    def open(self) -> bool:
        """It waits or is planned."""
        return self.state in ("queued", "running")


class _StoppedError(Exception):
    """Whoever asked for it does not want it any more."""


class ReplayDesk:
    """Plans one past day after the other, and keeps each for whoever sent it."""

    def __init__(self) -> None:
        self._kept: dict[uuid.UUID, Past] = {}
        self._lock, self._one = threading.Lock(), threading.Lock()

    def ask(
        self, office: Office, owner: str, visits: Sequence[Visit], depot: str, day: date, seconds: int, now: datetime
    ) -> Past:
        """Begin to plan a past day; what the same person sent before is stopped and forgotten.

        Parameters
        ----------
        depot
            Whose vehicles drive; empty for the one nearest to the visits.

        Raises
        ------
        BadRequestError
            For more visits than are taken here, and for a time that is not offered.
        NotFoundError
            For an unknown depot.
        TooOftenError
            When too many others wait or look at theirs.
        """
        if len(visits) > MOST_VISITS:
            raise BadRequestError.one(
                "too-many-visits",
                N_("The file has %(count)s visits; here up to %(most)s are planned. Send a part, or use the command."),
                where="file",
                count=len(visits),
                most=MOST_VISITS,
            )
        if seconds not in SECONDS:
            raise BadRequestError.one("bad-seconds", N_("Choose from the list how long to search."), where="seconds")
        with office.database.read() as session:
            depot = depot or depot_of(session, visits)
            job = replace(stated_job(session, office, depot, day, visits), seconds=float(seconds))
        past = Past(owner, depot, day, seconds, visits)
        with self._lock:
            self._forget_old(now)
            mine = [one for one in self._kept.values() if one.owner == owner]
            if len(self._kept) - len(mine) >= MOST_KEPT:
                raise TooOftenError.one(
                    "desk-full", N_("Too many past days are being looked at. Try again in some minutes.")
                )
            for one in mine:
                one.stop_asked = True
                del self._kept[one.key]
            self._kept[past.key] = past
        values = (job, office.settings.planning.memory_mb, office.settings, depot, visits)
        threading.Thread(target=self._work, args=(office, past, values), name="replay", daemon=True).start()
        return past

    def the(self, key: uuid.UUID, owner: str, now: datetime) -> Past:
        """Return somebody's past day; NotFoundError when there is none of that key, or it is forgotten."""
        with self._lock:
            self._forget_old(now)
            past = self._kept.get(key)
        if past is None or past.owner != owner:
            raise NotFoundError.one(
                "no-replay", N_("This past day is not here any more: it is kept for an hour. Send the file again.")
            )
        return past

    def newest(self, owner: str, now: datetime) -> Past | None:
        """Return what somebody has sent last, while it is kept."""
        with self._lock:
            self._forget_old(now)
            return next((one for one in self._kept.values() if one.owner == owner), None)

    def stop(self, key: uuid.UUID, owner: str, now: datetime) -> None:
        """End the planning of a past day; NotFoundError as `the`."""
        self.the(key, owner, now).stop_asked = True

    def forget(self, key: uuid.UUID, owner: str, now: datetime) -> None:
        """End and forget a past day; NotFoundError as `the`."""
        past = self.the(key, owner, now)
        past.stop_asked = True
        with self._lock:
            self._kept.pop(key, None)

    def close(self) -> None:
        """Forget everything; what is planned ends."""
        with self._lock:
            for one in self._kept.values():
                one.stop_asked = True
            self._kept.clear()

    def _forget_old(self, now: datetime) -> None:
        for one in list(self._kept.values()):
            if one.ended_at is not None and one.ended_at + KEPT <= now:
                del self._kept[one.key]

    def _work(self, office: Office, past: Past, values: Sequence[object]) -> None:
        """Plan a past day once those before it have ended; whatever becomes of it is said in `past`."""

        def report(share: float, cost: int | None) -> None:
            past.progress, past.cost = min(1.0, max(0.0, share)), cost
            if past.stop_asked:
                raise _StoppedError

        try:
            while not self._one.acquire(timeout=0.2):
                if past.stop_asked:
                    raise _StoppedError
            try:
                report(0.0, None)
                past.state = "running"
                past.outcome = runs.watched(replay_apart, values, past.seconds, office.settings, report)
            finally:
                self._one.release()
            past.progress, past.state = 1.0, "done"
        except _StoppedError:
            past.state = "stopped"
        except Exception as error:  # the page must not wait for ever, whatever a search does
            past.error_code, past.error = why_lost(error, office.settings.planning.memory_mb)
            if past.error_code == "fault":
                log.exception("a past day could not be planned")
            past.state = "failed"
        past.ended_at = clock.utc_now()
        forgetting = threading.Timer(KEPT.total_seconds(), self._drop, (past.key,))
        forgetting.daemon = True
        forgetting.start()

    def _drop(self, key: uuid.UUID) -> None:
        with self._lock:
            self._kept.pop(key, None)
