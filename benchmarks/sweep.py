"""``python -m benchmarks.sweep``: hundreds of variants of a made-up network, by one process, by two, by a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import tabular, words
from recycling.settings.siting import SiteSize
from recycling.sites.assumed import Assumed
from recycling.sites.people import People
from recycling.sites.variants import Asked, Ground, Place, evaluate, variants
from routing.fanout import Hands, Job, Kind, fan_out, hands_of

COMMUNITIES, TOWNS, SITES = 2283, 200, 20
"""As many as Dazhou has, and sites beside its centres."""

WORKERS = 2
BEGIN_SECONDS = 300.0
TEXT = frozenset({"case", "note"})


@dataclass(frozen=True)
class Row:
    """One way to do all of it.

    Attributes
    ----------
    start, seconds
        Until workers are there and know the work, and then for all evaluations.
    per_second
        Evaluations by `seconds`.
    to_local
        Seconds by those of the local pool in the same run, less 1.
    results, equal
        How many came, and whether all are what one process found.
    """

    case: str
    workers: int
    start: float
    seconds: float
    per_second: float
    to_local: float | None
    results: int
    equal: bool
    note: str


@dataclass(frozen=True)
class Work:
    """What is evaluated."""

    grounds: list[Ground]
    jobs: list[Job]


def made_up(evaluations: int, seed: int) -> Work:
    """Return so many variants of two scenarios in a network of the size of Dazhou: sites out, demand, costs, roads."""
    random = np.random.default_rng(seed)
    at = random.random((COMMUNITIES, 2)) * 100
    spots = random.random((SITES, 2)) * 100
    away = np.hypot(*(at[None] - spots[:, None]).transpose(2, 0, 1)) * 1.35  # km by road
    ways = {
        (round(107 + k / 100, 6), 31.0): np.stack([one / 40 * 3600, one * 1000]).astype(np.int32)
        for k, one in enumerate(away)
    }
    people = People(
        codes=tuple(f"c{k}" for k in range(COMMUNITIES)),
        names=tuple(f"n{k}" for k in range(COMMUNITIES)),
        depots=("D",) * COMMUNITIES,
        town=random.integers(0, TOWNS, COMMUNITIES),
        towns=tuple(("K", f"T{k}") for k in range(TOWNS)),
        people=np.round(random.lognormal(7.3, 0.8, COMMUNITIES)),
        urban=random.random(COMMUNITIES) < 0.3,
        lonlat=tuple((107 + x / 100, 31 + y / 100) for x, y in at.tolist()),
        key=f"made-up-{seed}",
    )
    assumed = Assumed(
        reach_minutes=15, vehicle="box", load_tonnes=0.5, cost_per_km=250, cost_per_hour=6000, grams_co2_per_km=300,
        grams_a_week_urban=100, grams_a_week_rural=50, standing_yuan=400_000, yuan_a_tonne=180, capacities={},
        sizes=(SiteSize(name="small", tonnes=5000, yuan=240_000),),
    )  # fmt: skip
    places = [Place(f"S{k}", lon, lat, "small") for k, (lon, lat) in enumerate(ways)]
    grounds = [Ground(people, None, assumed, tuple(places[: SITES - less]), ways) for less in (0, 5)]
    opened = {str(k): [place.code for place in ground.places] for k, ground in enumerate(grounds)}
    percents = tuple(range(60, 160, 10))
    every = variants(Asked(percents, {"fuel": (80, 100, 120), "roads": (100, 120)}, ("each",)), opened)
    step = max(1, len(every) // evaluations)
    chosen = (every[::step] + every)[:evaluations]
    return Work(grounds, [Job(int(one.scenario), one.task) for one in chosen])


class Cluster:
    """A scheduler and two workers of one thread on this machine, of which one can be killed."""

    def __init__(self, folder: Path) -> None:
        self.file, self.log = folder / "scheduler.json", folder / "dask.log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def begin(self) -> str:
        """Begin them; return the address once the scheduler has one."""
        self._begin("dask_scheduler", "--port", "0")
        until = time.monotonic() + BEGIN_SECONDS
        while not self.file.exists():
            if time.monotonic() > until:
                raise TimeoutError(self.log.read_text())
            time.sleep(0.05)
        for _ in range(WORKERS):
            self._begin("dask_worker", "--nthreads", "1", "--no-nanny")
        address: str = json.loads(self.file.read_text())["address"]
        return address

    def _begin(self, what: str, *options: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{what}", "--scheduler-file", str(self.file)]
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [*command, *options, "--no-dashboard", "--host", "127.0.0.1"],
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                )
            )

    def kill(self) -> None:
        """Kill one worker, and see it dead."""
        self.processes[-1].send_signal(signal.SIGKILL)
        self.processes[-1].wait(60)

    def end(self) -> None:
        """End all of them."""
        for process in self.processes:
            process.kill()
            process.wait(60)


@contextmanager
def cluster_hands() -> Iterator[tuple[Hands, Callable[[], None]]]:
    """Give a cluster's workers, and what kills one of them."""
    from distributed import Client

    with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
        cluster = Cluster(Path(folder))
        try:
            address = cluster.begin()
            with Client(address, timeout=BEGIN_SECONDS) as client:
                client.wait_for_workers(WORKERS, timeout=BEGIN_SECONDS)
            with hands_of("dask", WORKERS, address) as hands:
                yield hands, cluster.kill
        finally:
            cluster.end()


@contextmanager
def own_hands(kind: Kind) -> Iterator[tuple[Hands, Callable[[], None]]]:
    """Give this process or two others, and what kills one of these."""
    import psutil

    def kill() -> None:
        at_work = [one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())]
        at_work[0].kill()

    with hands_of(kind, WORKERS) as hands:
        yield hands, kill


def measured(case: str, work: Work, kill: bool, base: list[Any] | None, local: float | None) -> tuple[Row, list[Any]]:
    """Let one kind of workers do it; they have done a few evaluations before the clock starts."""
    began = time.perf_counter()
    killed: list[bool] = []
    with cluster_hands() if case == "dask" else own_hands("here" if case == "here" else "local") as (hands, deed):
        # as many pieces as there are workers, and again, so that all of them have loaded what they need
        fan_out(hands, evaluate, work.grounds, [Job(0, work.jobs[k].task) for k in range(4 * WORKERS)])
        ready = time.perf_counter()

        def told(done: int, count: int) -> None:
            if kill and done >= count / 2 and not killed:
                killed.append(True)
                deed()

        found = fan_out(hands, evaluate, work.grounds, work.jobs, told)
        seconds = time.perf_counter() - ready
    count = sum(one is not None and hasattr(one, "figures") for one in found)
    return Row(
        case=case,
        workers=1 if case == "here" else WORKERS,
        start=ready - began,
        seconds=seconds,
        per_second=len(found) / seconds,
        to_local=None if local is None else seconds / local - 1,
        results=count,
        equal=found == (base if base is not None else found),
        note="a worker killed at the half" if killed else "",
    ), found


@click.command(context_settings=words.CONTEXT)
@click.option("--evaluations", type=click.IntRange(20, 5000), default=300, show_default=True, help="Variants.")
@click.option("--kill", is_flag=True, help="Once more each, with a worker killed when half of it is done.")
@click.option("--repeat", type=click.IntRange(1, 20), default=1, show_default=True, help="Local and cluster in turn.")
@words.seed_option
@words.json_option
def main(evaluations: int, kill: bool, repeat: int, seed: int, json_file: Path | None) -> None:
    """Evaluate variants of scenarios by one process, by two processes, and by a Dask cluster of two workers here.

    \b
    First look:
      python -m benchmarks.sweep --evaluations 300
    And with a worker killed in the middle:
      python -m benchmarks.sweep --evaluations 300 --kill

    seconds are those of the evaluations, start those until the workers are there and have loaded what they need.
    to_local is what a row takes more than the local pool before it (JSON: 0.3 for 30 %). equal: all results
    are those of one process, in the same order.
    """
    with words.faults_told("sweep"):
        words.must_be_writable(json_file)
        work = made_up(evaluations, seed)
        row, base = measured("here", work, False, None, None)
        rows = [row]
        for killing in (False, True) if kill else (False,):
            for _ in range(repeat):
                words.say(f"{evaluations} evaluations{', a worker is killed' if killing else ''}")
                local, _ = measured("local", work, killing, base, None)
                rows += [local, measured("dask", work, killing, base, local.seconds)[0]]
        click.echo(tabular.table(rows, TEXT, {"to_local"}, lambda _, value: f"{value:.2f}"))
        if json_file is not None:
            from importlib.metadata import version

            versions = {name: version(name) for name in ("distributed", "pebble", "numpy")}
            json_file.write_text(tabular.as_json("sweep", sys.argv[1:], versions, rows=rows))


if __name__ == "__main__":
    main()
