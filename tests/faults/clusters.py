"""A Dask cluster of real processes on this machine: a scheduler, and workers that nobody begins anew."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor
from contextlib import contextmanager

import numpy as np

from routing.problem import Matrix, Problem, Stop, TimeWindow, Vehicle

ALWAYS = TimeWindow(0, 86_400)


class Cluster:
    """Processes that are killed by name."""

    def __init__(self, folder):
        self.file, self.log = folder / "scheduler.json", folder / "dask.log"
        self.processes = {}

    def begin(self, name, *words):
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *words, "--scheduler-file", self.file, "--no-dashboard", "--host", "127.0.0.1"],
                stdout=log,
                stderr=log,
            )

    def kill(self, name):
        """Kill a process that is at work, and see it dead."""
        assert self.processes[name].poll() is None, self.log.read_text()
        os.kill(self.processes[name].pid, signal.SIGKILL)
        assert self.processes[name].wait(60) == -signal.SIGKILL

    def end(self):
        for process in self.processes.values():
            process.kill()
            process.wait(60)

    @property
    def address(self):
        return json.loads(self.file.read_text())["address"]


@contextmanager
def cluster(folder, workers):
    """Begin a scheduler and so many workers of one thread each; give them when they know each other."""
    from distributed import Client

    made = Cluster(folder)
    try:
        made.begin("scheduler", "distributed.cli.dask_scheduler", "--port", "0")
        end = time.monotonic() + 120
        while not made.file.exists():
            assert time.monotonic() < end, made.log.read_text()
            time.sleep(0.05)
        for number in range(workers):
            made.begin(f"worker {number}", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny")
        with Client(made.address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=300)
        yield made
    finally:
        made.end()


class Telling(Executor):
    """Passes pieces on, and does something before the piece of a number."""

    def __init__(self, executor, before, deed):
        self.executor, self.before, self.deed, self.sent = executor, before, deed, 0

    def submit(self, fn, /, *args, **kwargs):
        self.sent += 1
        if self.sent == self.before:
            self.deed()
        return self.executor.submit(fn, *args, **kwargs)


def town():
    """Twenty-four deliveries along a street for six trucks at least: enough for several pieces."""
    at = np.arange(10) * 600
    seconds = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    stops = [
        Stop(f"s{k}", 1 + k % 9, (ALWAYS,), service=100 * k, delivery=(1,), pickup=(0,), prize=1_000_000)
        for k in range(24)
    ]
    trucks = [
        Vehicle(
            id=f"v{k}",
            type="truck",
            capacity=(4,),
            start=0,
            end=0,
            shift=ALWAYS,
            profile="road",
            fixed_cost=0,
            cost_per_km=0,
            cost_per_hour=3600,
        )
        for k in range(8)
    ]
    return Problem(("kg",), tuple(stops), tuple(trucks), (), {"road": Matrix(seconds, seconds * 10)})
