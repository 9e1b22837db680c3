"""A Dask cluster of real processes: a scheduler on a port of its own, workers under it, each to be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "import sys; from distributed.cli.dask_{0} import main; sys.exit(main())"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes, self.workers = [], []
        self.begin_scheduler()
        for _ in range(2):
            self.begin_worker()

    def _begin(self, what, *arguments):
        log = (self.folder / f"{what}-{len(self.processes)}.log").open("w")
        command = [sys.executable, "-c", BEGIN.format(what), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)
        self.processes.append(process)
        return process

    def begin_scheduler(self):
        self.scheduler = self._begin(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show"
        )

    def begin_worker(self):
        more = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "120")
        self.workers.append(self._begin("worker", self.address, *more))

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait(30)

    def busy_worker(self):
        """The worker under which a planning program runs."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for worker in self.workers:
                if worker.poll() is None and planning_under(worker.pid):
                    return worker
            time.sleep(0.1)
        raise AssertionError("no worker plans")

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(30)


def planning_under(pid):
    """Process numbers of planning programs that a process has begun."""
    return [child.pid for child in psutil.Process(pid).children() if "routing.solving_program" in child.cmdline()]


@contextmanager
def cluster(folder):
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.end()
