"""A day planned by a worker of a Dask cluster: sent there, watched, and told how far it is.

When the worker dies another one begins anew; when the scheduler is away for long the cluster is lost, and whoever asked
tries again later.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from routing.day import DayJob, DayResult
from routing.errors import InputError
from routing.solving_program import Report, solved

if TYPE_CHECKING:
    from distributed import Client

ANSWERS_WITHIN = 10
"""Seconds in which a scheduler must answer, and after which one that is away is lost."""

LOOKS = 0.2
"""Seconds after which it is looked again how far a worker is."""


class ClusterLostError(ConnectionError):
    """The scheduler does not answer, or no worker is left that could do the work: to be tried again later."""


def solve_on_cluster(
    address: str, job: DayJob, memory_mb: int, planner: str, seconds: float, loading: float, report: Report
) -> DayResult:
    """Have a worker plan a day; it reads the road layer from the path that the job names.

    Parameters
    ----------
    planner
        One of `routing.solving_program.PLANNERS`.
    seconds, loading
        How long it may take from when it is at work, and until it is.
    report
        Told a few times a second how far the work is, as share and cost.

    Raises
    ------
    ClusterLostError
        When the cluster does not answer (any more).
    TimeoutError, InputError, MemoryError
        When it takes longer than it may, or as the planner does.
    """
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    topic = f"plan-{uuid.uuid4().hex}"
    seen = _Seen()
    with _connected(address) as client:
        client.subscribe_topic(topic, lambda event: seen.told(*event[1]))
        asked = client.submit(solve_on_worker, topic, job, memory_mb, planner, key=topic, pure=False)
        try:
            while not asked.done():
                _in_time(client, seen, seconds, loading)
                report(seen.share, seen.cost)
                time.sleep(LOOKS)
            result: DayResult = asked.result(timeout=ANSWERS_WITHIN)
        except (KilledWorker, CancelledError, OSError) as error:
            if isinstance(error, ClusterLostError | TimeoutError):
                raise
            raise ClusterLostError(f"the cluster at {address} is lost: {type(error).__name__} {error}") from error
        finally:
            asked.cancel(force=True)
    return result


def solve_on_worker(topic: str, job: DayJob, memory_mb: int, planner: str) -> DayResult:
    """Plan a day in a program beside the worker, which tells the topic how far it is."""
    from distributed import get_worker

    worker = get_worker()
    return solved(job, memory_mb, planner, lambda share, cost: worker.log_event(topic, [share, cost]))


class _Seen:
    """What was told last, and since when the work is done; one that begins anew is at work anew."""

    def __init__(self) -> None:
        self.share = 0.0
        self.cost: int | None = None
        self.begun: float | None = None
        self.asked = self.here = time.monotonic()

    def told(self, share: float, cost: int | None) -> None:
        if self.begun is None or share < self.share:
            self.begun = time.monotonic()
        self.share, self.cost = share, cost


def _in_time(client: Client, seen: _Seen, seconds: float, loading: float) -> None:
    now = time.monotonic()
    if client.status == "running":
        seen.here = now
    elif now - seen.here > ANSWERS_WITHIN:
        raise ClusterLostError(f"the scheduler is away: {client.status}")
    if now > (seen.asked + loading if seen.begun is None else seen.begun + seconds):
        raise TimeoutError


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            "no-dask",
            "Dask is not installed. Run: pip install 'recycling[cluster]', or set planning.executor to local.",
        ) from error

    try:
        client = Client(address, timeout=ANSWERS_WITHIN, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ClusterLostError(f"no scheduler answers at {address}: {error}") from error
    try:
        yield client
    finally:
        client.close(timeout=ANSWERS_WITHIN)
