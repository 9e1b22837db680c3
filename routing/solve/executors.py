"""Who searches the pieces of a large day: threads, processes, or a Dask cluster, all as executors of one interface."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from routing.errors import InputError
from routing.solve import load

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

KINDS = ("threads", "processes", "dask")

PATIENCE = 10
"""Seconds in which a cluster must answer."""


class Workers(NamedTuple):
    """An executor for `routing.solve.solve`, and how many pieces it searches at once."""

    executor: Executor
    cores: int


@contextmanager
def workers(kind: str, cores: int, cluster: str = "") -> Iterator[Workers]:
    """Give the executor of a kind of `KINDS`; all that it started ends afterwards.

    The engine's loops are loaded in every process before it is given, so that no search waits for them. Threads and
    processes are of this machine, and so are Dask's, ``cores`` of them, unless ``cluster`` is the address of a
    scheduler. Whoever reaches a scheduler can run programs on its workers: give it a closed network or TLS, which the
    configuration of Dask turns on for every client.

    Raises
    ------
    InputError
        When the cluster does not answer, or has no workers.
    """
    if kind == "threads":
        with ThreadPoolExecutor(cores) as threads:
            yield Workers(threads, cores)
    elif kind == "processes":
        with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _begin) as processes:
            wait([processes.submit(load) for _ in range(cores)])
            yield Workers(processes, cores)
    elif kind == "dask":
        with dask_client(cores, cluster, load) as client:
            yield Workers(_Cluster(client), sum(client.nthreads().values()))
    else:
        raise ValueError(f"executors are {', '.join(KINDS)}, not {kind!r}")


def _begin() -> None:
    """Get a process ready; Ctrl-C is for the one that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()


@contextmanager
def dask_client(cores: int, address: str, ready: Callable[[], object] | None = None) -> Iterator[Client]:
    """Give a client of the scheduler at an address, or ("") of so many workers begun here; it ends afterwards.

    ``ready`` is called in every worker before the client is given.

    Raises
    ------
    InputError
        When Dask is not installed, and when the cluster does not answer or has no workers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError(
            "no-dask", "Dask is not installed. Run: pip install 'recycling[cluster]', or take --executor processes."
        ) from error

    if not address:
        alone = {"host": "127.0.0.1", "dashboard_address": None, "threads_per_worker": 1}
        with LocalCluster(n_workers=cores, **alone) as own, Client(own) as client:
            if ready is not None:
                client.run(ready)
            yield client
        return
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            "no-cluster",
            "No Dask scheduler answers at %(address)s: %(why)s. Give the address that it printed when it was started.",
            address=address,
            why=error,
        ) from error
    with client:
        if not client.nthreads():
            raise InputError(
                "no-workers",
                "The Dask scheduler at %(address)s has no workers. Start some with: dask worker %(address)s",
                address=address,
            )
        if ready is not None:
            client.run(ready)
        yield client


class _Cluster(Executor):
    """A Dask client as an executor; what goes wrong in the cluster is told as an executor that is broken."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Let a worker call the function; the arguments go to a worker straight, not through the scheduler."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()
        try:
            sent = [self.client.scatter(argument, hash=False) for argument in args]
            asked = self.client.submit(fn, *sent, **kwargs, pure=False)
        except (OSError, TimeoutError) as error:
            done.set_exception(BrokenExecutor(f"the cluster is lost: {error}"))
            return done
        asked.add_done_callback(lambda answer: _settle(done, answer))
        return done


def _settle(done: Future[T], answer: Any) -> None:
    """Hand over what a worker has answered."""
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    try:
        done.set_result(answer.result())
    except (KilledWorker, CancelledError, OSError, TimeoutError) as error:
        done.set_exception(BrokenExecutor(f"the cluster is lost: {type(error).__name__} {error}"))
    except Exception as error:
        done.set_exception(error)
