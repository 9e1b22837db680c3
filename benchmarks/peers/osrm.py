"""OSRM by its multi-level Dijkstra (MLD), through its Python binding; its programs come with the package.

It reads the network from an OpenStreetMap file of ours (`benchmarks.osm_writing`) with a profile that takes speeds from
tags and charges nothing for turns. Its search always knows turns, ours only where a turn is restricted. New weights and
closures go in as a file of speeds for ``osrm-customize``; the data is then loaded again.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osrm
from numpy.typing import NDArray

from benchmarks.arcs import Arcs
from benchmarks.cases import then
from benchmarks.measuring import Job, work
from benchmarks.osm_writing import SLOWER, osrm_kmh

_PROGRAMS = Path(osrm.__file__).parent / "bin"
_TILE = 4_000_000
_PROFILE = Path(__file__).with_suffix(".lua")


class Server:
    """OSRM's data of one network in a folder."""

    def __init__(self, source: Path, folder: Path, cores: int) -> None:
        self.source, self.cores, self.peak_mb = source, cores, 0.0
        self.folder, self.kept = folder / "osrm", folder / "prepared"
        self.data = self.folder / "network.osrm"

    def prepare(self) -> None:
        """Read the file and build all that the first answer needs."""
        self.folder.mkdir(exist_ok=True)
        out = ["--output", str(self.data)]
        self._program("osrm-extract", "--profile", str(_PROFILE), *out, str(self.source))
        self._program("osrm-partition", str(self.data))
        self._program("osrm-customize", str(self.data))

    def customise(self, speeds: Path) -> None:
        """Weigh all again, with speeds from a file for some road pieces."""
        self._program("osrm-customize", str(self.data), "--segment-speed-file", str(speeds))

    def keep(self) -> None:
        """Keep the data as it is now."""
        shutil.copytree(self.folder, self.kept)

    def restore(self) -> None:
        """Bring back the data that was kept; speeds from a file stay in it otherwise."""
        self.peak_mb = 0.0
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)

    def open(self) -> Any:
        """Load the data; maps as many positions as asked."""
        return osrm.OSRM(
            storage_config=str(self.data), algorithm="MLD", use_shared_memory=False, max_locations_distance_table=10**6
        )

    def _program(self, name: str, *words: str) -> None:
        command = [str(_PROGRAMS / name), "--threads", str(self.cores), *words]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peak_mb = max(self.peak_mb, used.ru_maxrss / 1024)
        if process.returncode:
            raise SystemExit(f"{name} ended with status {process.returncode}")


def table(engine: Any, places: NDArray[np.float64], sources: Any, targets: Any) -> NDArray[np.int32]:
    """Ask for milliseconds (sources, targets), -1 where there is no way; to the array, not only to its lists.

    In one question up to `_TILE` pairs, its lists take 0.7 kB a pair; the longer side is cut for more.
    """
    out = np.empty((len(sources), len(targets)), np.int32)
    if len(sources) > len(targets):
        step = max(1, _TILE // len(targets))
        for at in range(0, len(sources), step):
            out[at : at + step] = _ask(engine, places, sources[at : at + step], targets)
    else:
        step = max(1, _TILE // len(sources))
        for at in range(0, len(targets), step):
            out[:, at : at + step] = _ask(engine, places, sources, targets[at : at + step])
    return out


def _ask(engine: Any, places: NDArray[np.float64], sources: Any, targets: Any) -> NDArray[np.int32]:
    same = np.array_equal(sources, targets)
    asked = places[sources if same else np.concatenate([sources, targets])]
    first = range(len(sources))
    parameters = osrm.TableParameters(
        coordinates=[tuple(place) for place in asked.tolist()],
        sources=list(first),
        destinations=list(first if same else range(len(sources), len(asked))),
        annotations=["duration"],
        generate_hints=False,
    )
    rows: Sequence[Any] = engine.Table(parameters)["durations"]
    values = (np.nan if value is None else value for value in itertools.chain.from_iterable(rows))
    seconds = np.fromiter(values, np.float64, len(sources) * len(targets)).reshape(len(sources), len(targets))
    return np.where(np.isfinite(seconds), np.rint(seconds * (1000 / SLOWER)), -1).astype(np.int32)


def draw(engine: Any, places: NDArray[np.float64], sources: Any, targets: Any) -> int:
    """Ask for one way after another with its geometry; gives the number of its points."""
    points = 0
    for pair in np.stack([places[sources], places[targets]], axis=1).tolist():
        parameters = osrm.RouteParameters(
            coordinates=[tuple(place) for place in pair],
            geometries="geojson",
            overview="full",
            generate_hints=False,
        )
        points += len(engine.Route(parameters)["routes"][0]["geometry"]["coordinates"])
    return points


def write_speeds(arcs: Arcs, chosen: NDArray[Any], kmh: Any, path: Path) -> None:
    """Write a file of speeds for arcs; 0 closes."""
    tail, head = (ends[chosen] + 1 for ends in (arcs.tail, arcs.head))
    rows = zip(tail.tolist(), head.tolist(), np.broadcast_to(kmh, len(chosen)).tolist(), strict=True)
    path.write_text("".join(f"{a},{b},{speed:.9g}\n" for a, b, speed in rows))


def _drawn(points: int) -> str:
    return f"{points} points; its lines are straight from junction to junction"


def _answer(job: Job, engine: Any, places: NDArray[np.float64]) -> None:
    for case in job.cases("matrix"):
        job.measure(case.name, lambda c=case: table(engine, places, c.sources, c.targets), answers=np.asarray)
    for case in job.cases("paths"):
        job.measure(case.name, lambda c=case: draw(engine, places, c.sources, c.targets), _drawn)


def main(job: Job) -> None:
    """Do the job."""
    job.used("osrm-bindings")
    arcs = job.arcs
    places = arcs.lonlat
    server = Server(Path(job.task["osm"]), job.folder, job.cores)
    speeds = job.folder / "speeds.csv"

    def anew(chosen: NDArray[Any], kmh: Any) -> Any:
        write_speeds(arcs, chosen, kmh, speeds)
        server.customise(speeds)
        return server.open()

    job.measure("prepare", server.prepare, other_mb=lambda: server.peak_mb)
    server.keep()
    _answer(job, job.measure("open", server.open), places)
    every = arcs.fastest()
    kmh = osrm_kmh(arcs, arcs.ms)[every]
    change = {"other_mb": lambda: server.peak_mb, "before": server.restore}
    job.measure("customise", lambda: anew(every, kmh / 1.1), **change)
    for case in job.cases("closure"):
        engine = job.measure(case.name, lambda c=case: anew(c.closed, 0.0), **change)
        job.measure(then(case), lambda c=case, e=engine: table(e, places, c.sources, c.targets), answers=np.asarray)


if __name__ == "__main__":
    work(main)
