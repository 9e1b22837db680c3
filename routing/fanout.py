"""Many small pieces of work handed out to processes or a cluster; a worker that dies costs none of them.

Results come back in the order in which the work was asked for, in whatever order it is done. Jobs that share a ground
go out together, a few at once, so that handing over costs little beside the work. When a worker dies, what it was at is
done by another one, each job by itself then, so that one which kills its workers is found and named, and no other is
lost with it.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from routing.errors import InputError
from routing.memory import limit_memory

if TYPE_CHECKING:
    from distributed import Client

R = TypeVar("R")

Kind = Literal["here", "local", "dask"]

TRIES = 3
"""How often a job may lose its worker before it is given up and named."""

LOOK_SECONDS = 0.2
PATIENCE = 10.0
"""Seconds in which a cluster must answer."""

ALONE_SECONDS = 60.0
"""How long a cluster may be without any worker before it is given up."""

AHEAD = 3
"""Pieces that are handed out for each worker of a cluster: one that it is at, and others so that it need not wait."""

PIECES = 6
"""Pieces for each worker at least, where there is so much work: what is lost with a worker is small, stopping quick."""

MOST_TOGETHER = 32
"""Jobs of a piece at most."""


@dataclass(frozen=True)
class Job:
    """What is to be done: `task`, over the ground of that number."""

    ground: int
    task: Any


@dataclass(frozen=True)
class Lost:
    """Stands for the result of a job that has lost so many workers."""

    tries: int


class Hands(Protocol):
    """Whoever does the work; ``ahead`` is how many pieces for each of the ``cores`` are handed out at once."""

    cores: int
    ahead: int

    def submit(self, function: Callable[..., Any], ground: Any, tasks: Sequence[Any]) -> Future[list[Any]]:
        """Have `function(ground, task)` called for each task; the future raises `WorkerLostError` for a dead worker."""
        ...

    def look(self) -> None:
        """Raise `InputError` where nobody is left who could do the work."""
        ...


class WorkerLostError(Exception):
    """A worker died over its work; `tries` says of how many workers that is known."""

    def __init__(self, tries: int) -> None:
        super().__init__(tries)
        self.tries = tries


def fan_out(
    hands: Hands,
    function: Callable[[Any, Any], R],
    grounds: Sequence[Any],
    jobs: Sequence[Job],
    told: Callable[[int, int], object] = lambda done, count: None,
    stopped: Callable[[], bool] = lambda: False,
    tries: int = TRIES,
) -> list[R | Lost | None]:
    """Return `function(ground, task)` of each job, in their order.

    Parameters
    ----------
    function
        A function of a module, which workers can import.
    grounds
        What several jobs share, such as arrays; sent with each piece of work.
    told
        Hears how many jobs of all are done.
    stopped
        Asked a few times a second; True ends it with what is done by then.

    Returns
    -------
    Results; `Lost` for a job that lost its worker `tries` times; None for what was not done when it was stopped.

    Raises
    ------
    InputError
        When a cluster is lost as a whole; whatever the function raises.
    """
    work = _Work(hands, function, grounds, jobs, tries)
    try:
        told(0, len(jobs))
        while work.left and not stopped():
            work.hand_out()
            if work.take_in():
                told(len(jobs) - work.left, len(jobs))
    finally:
        work.cancel()
    return work.results


class _Work:
    """What is handed out, what waits for that, and what has come back."""

    def __init__(
        self,
        hands: Hands,
        function: Callable[[Any, Any], Any],
        grounds: Sequence[Any],
        jobs: Sequence[Job],
        tries: int,
    ) -> None:
        self.hands, self.function, self.grounds, self.jobs, self.tries = hands, function, grounds, jobs, tries
        self.results: list[Any] = [None] * len(jobs)
        self.losses = [0] * len(jobs)
        self.left = len(jobs)
        self.waiting = deque(pieces_of(jobs, hands.cores))
        self.out: dict[Future[list[Any]], list[int]] = {}

    def hand_out(self) -> None:
        while self.waiting and len(self.out) < self.hands.ahead * self.hands.cores:
            piece = self.waiting.popleft()
            ground = self.grounds[self.jobs[piece[0]].ground]
            self.out[self.hands.submit(self.function, ground, [self.jobs[k].task for k in piece])] = piece

    def take_in(self) -> bool:
        """Wait a moment for work that is done; tell whether any was."""
        done = wait(self.out, LOOK_SECONDS, "FIRST_COMPLETED").done
        if not done:
            self.hands.look()
        for future in done:
            piece = self.out.pop(future)
            try:
                found = future.result()
            except WorkerLostError as error:
                self._lost(piece, error.tries)
                continue
            self.left -= len(piece)
            for k, result in zip(piece, found, strict=True):
                self.results[k] = result
        return bool(done)

    def cancel(self) -> None:
        for future in self.out:
            future.cancel()

    def _lost(self, piece: list[int], tries: int) -> None:
        """Have each job of a piece tried by itself; which of them the worker died over is not known before that."""
        for k in reversed(piece):
            self.losses[k] += tries if len(piece) == 1 else 1
            if self.losses[k] >= self.tries:
                self.results[k] = Lost(self.losses[k])
                self.left -= 1
            else:
                self.waiting.appendleft([k])


def pieces_of(jobs: Sequence[Job], cores: int) -> list[list[int]]:
    """Return numbers of jobs that go out together: of one ground, in their order, enough pieces for all workers."""
    most = max(1, min(MOST_TOGETHER, len(jobs) // (cores * PIECES)))
    pieces: list[list[int]] = []
    for k, job in enumerate(jobs):
        if pieces and len(pieces[-1]) < most and jobs[pieces[-1][0]].ground == job.ground:
            pieces[-1].append(k)
        else:
            pieces.append([k])
    return pieces


@contextmanager
def hands_of(kind: Kind, cores: int, cluster: str = "", memory_mb: int = 4000) -> Iterator[Hands]:
    """Give who does the work; all that was started ends afterwards.

    Parameters
    ----------
    kind
        ``here``: this process; ``local``: so many processes of this machine; ``dask``: the workers of a cluster.
    cluster
        Address of a Dask scheduler; "" for workers on this machine that end afterwards.
    memory_mb
        What each process of ``local`` may take.

    Raises
    ------
    InputError
        When the cluster does not answer, or has no workers.
    """
    if kind == "here":
        yield _Here()
    elif kind == "local":
        local = _Local(cores, memory_mb)
        try:
            yield local
        finally:
            local.close()
    else:
        from routing.solve.executors import dask_client  # loads the solver, which workers of this machine do not need

        with dask_client(cores, cluster) as client:
            yield _Cluster(client)


def _unpacked(ground: bytes, work: bytes) -> list[Any]:
    """Do a piece that was sent packed, so that a scheduler need not know what is in it."""
    function, tasks = pickle.loads(work)  # noqa: S301 - packed by `_Cluster.submit`; a cluster runs what it is given anyway
    return _piece(function, pickle.loads(ground), tasks)  # noqa: S301


def _piece(function: Callable[..., Any], ground: Any, tasks: Sequence[Any]) -> list[Any]:
    return [function(ground, task) for task in tasks]


class _Here:
    """This process, which does the work as it is handed out."""

    cores = ahead = 1

    def submit(self, function: Callable[..., Any], ground: Any, tasks: Sequence[Any]) -> Future[list[Any]]:
        done: Future[list[Any]] = Future()
        try:
            done.set_result(_piece(function, ground, tasks))
        except Exception as error:  # whatever a job raises is told where its result is asked for
            done.set_exception(error)
        return done

    def look(self) -> None:
        """Whoever asks is there."""


class _Local:
    """Processes of this machine, each with a pipe of its own; one that died, wherever it was, is begun anew.

    Pools of the libraries share a pipe and its lock among their processes, and one that is killed while it holds the
    lock leaves the others waiting for ever.
    """

    ahead = 2  # the second waits here, not in the process

    def __init__(self, cores: int, memory_mb: int) -> None:
        self.cores, self._memory = cores, memory_mb
        self._threads = ThreadPoolExecutor(cores)
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._all: set[_Process] = set()
        self._closed = False
        for _ in range(cores):
            self._idle.put(self._begun())

    def submit(self, function: Callable[..., Any], ground: Any, tasks: Sequence[Any]) -> Future[list[Any]]:
        return self._threads.submit(self._done, function, ground, list(tasks))

    def look(self) -> None:
        """Processes that died are begun anew."""

    def close(self) -> None:
        """End all processes, whatever they are at."""
        self._closed = True
        for process in list(self._all):
            process.kill()
        self._threads.shutdown(cancel_futures=True)

    def _done(self, function: Callable[..., Any], ground: Any, tasks: list[Any]) -> list[Any]:
        process = self._idle.get()
        try:
            found: list[Any] = process.call(function, ground, tasks)
        except WorkerLostError:
            self._all.discard(process)
            process.kill()
            process = self._begun()
            raise
        finally:
            self._idle.put(process)
        return found

    def _begun(self) -> _Process:
        process = _Process(self._memory)
        self._all.add(process)
        if self._closed:
            process.kill()
        return process


class _Process:
    """A process that does what it is sent, one piece after the other."""

    def __init__(self, memory_mb: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, its = context.Pipe()
        self._process = context.Process(target=_serve, args=(its, memory_mb), daemon=True)
        self._process.start()
        its.close()  # so that the end of the process is the end of the pipe

    def call(self, function: Callable[..., Any], ground: Any, tasks: list[Any]) -> list[Any]:
        """Return what a piece gives; `WorkerLostError` where the process dies."""
        try:
            self._pipe.send((function, ground, tasks))
            found, error = self._pipe.recv()
        except (EOFError, OSError) as lost:
            raise WorkerLostError(1) from lost
        if error is not None:
            raise error
        result: list[Any] = found
        return result

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, memory_mb: int) -> None:
    """Do what comes through the pipe until it is closed; Ctrl-C is for the one that waits for the answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory(memory_mb)
    while True:
        try:
            function, ground, tasks = pipe.recv()
        except EOFError:
            return
        try:
            answer: tuple[Any, Any] = _piece(function, ground, tasks), None
        except Exception as error:  # goes back through the pipe, and is told where the result is asked for
            answer = None, error
        pipe.send(answer)


class _Cluster:
    """The workers of a Dask cluster. Grounds and tasks stay with the scheduler, so that no dead worker takes them."""

    ahead = AHEAD

    def __init__(self, client: Client) -> None:
        self._client = client
        self.cores = sum(client.nthreads().values())
        self._ground: tuple[Any, bytes] = (None, b"")
        self._here = self._peopled = self._looked = time.monotonic()

    def submit(self, function: Callable[..., Any], ground: Any, tasks: Sequence[Any]) -> Future[list[Any]]:
        done: Future[list[Any]] = Future()
        try:
            asked = self._client.submit(
                _unpacked, self._packed(ground), pickle.dumps((function, list(tasks))), pure=False
            )
        except (OSError, RuntimeError) as error:
            raise _cluster_lost(error) from error
        asked.add_done_callback(lambda answer: _settle_cluster(done, answer))
        done.add_done_callback(lambda answer: asked.cancel() if answer.cancelled() else None)
        return done

    def _packed(self, ground: Any) -> bytes:
        """Return a ground packed; pieces of the same one follow each other."""
        if self._ground[0] is not ground or not self._ground[1]:
            self._ground = ground, pickle.dumps(ground)
        return self._ground[1]

    def look(self) -> None:
        """Look whether the scheduler answers, and has workers."""
        now = time.monotonic()
        if self._client.status == "running":
            self._here = now
        if now - self._here > PATIENCE:
            raise _cluster_lost(self._client.status)
        if now - self._looked < PATIENCE / 2:
            return
        self._looked = now
        try:
            if self._client.nthreads():
                self._peopled = now
        except (OSError, RuntimeError) as error:
            raise _cluster_lost(error) from error
        if now - self._peopled > ALONE_SECONDS:
            raise _cluster_lost("no worker is left")


def _settle_cluster(done: Future[list[Any]], answer: Any) -> None:
    """Hand over what a worker has answered, or that the cluster has given the work up."""
    from distributed import CancelledError as Cancelled
    from distributed.scheduler import KilledWorker

    if not done.set_running_or_notify_cancel():
        return
    try:
        done.set_result(answer.result(timeout=PATIENCE))
    except KilledWorker:
        done.set_exception(WorkerLostError(TRIES))
    except (Cancelled, OSError) as error:
        done.set_exception(_cluster_lost(error))
    except (ImportError, RuntimeError) as error:
        done.set_exception(
            InputError(
                "other-version",
                "The cluster cannot do this: %(why)s. Install the same version of this package on all its machines.",
                why=str(error).split(". ")[0],
            )
        )
    except Exception as error:  # the job's own, told where its result is asked for
        done.set_exception(error)


def _cluster_lost(why: object) -> InputError:
    return InputError(
        "cluster-lost",
        "The cluster is lost: %(why)s. Look whether its scheduler and workers run (docs/operators.md), then try again.",
        why=why if isinstance(why, str) else type(why).__name__,
    )
