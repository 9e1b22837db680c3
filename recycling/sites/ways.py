"""Ways by road from all communities to any place: found once in a process of its own, and kept as files.

A file holds the ways to one place and lies under a key of the roads: the layer, what is closed on it, the vehicle, the
communities. Its time is that of its last use; `recycling.sites.kept_ways` removes what is not needed any more. The
process keeps the roads loaded while somebody works with them, so that a place that is put on the map is answered in a
moment, and ends when nobody has asked for a while. Whoever asks loads none of that.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import multiprocessing
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog
from pebble import ProcessExpired, ProcessPool
from sqlalchemy.orm import Session

from recycling import dispatch, network
from recycling.errors import N_, BadRequestError, UnavailableError
from recycling.fleet import Fleet
from recycling.road_changes import road_changes
from recycling.settings import Settings
from recycling.sites.kept_ways import ways_folder
from recycling.sites.people import People
from routing.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.roads.changes import Where
    from routing.siting.ways import Roads

Lonlat = tuple[float, float]

LONGEST = 900.0
"""Seconds after which a search for ways is given up; where a layer is new, its network is built first."""

IDLE = 900.0
"""Seconds without a question after which the process ends and gives its memory back."""

MOST_KEPT = 2000
"""Places whose ways stay in memory, some 18 kB each for 2,300 communities."""

MORNING = 10 * 3600
"""The hour whose closures and bans hold for the ways: siting is about the roads as they mostly are."""

NOT_THERE = ("no-such-roads", "no-road-there")
"""What `routing` says where roads are closed that there are not."""

TROUBLE = (ProcessExpired, BrokenExecutor, TimeoutError, MemoryError, OSError)

log = structlog.get_logger()


@dataclass(frozen=True, eq=False)
class Question:
    """Roads, and the communities from which ways are asked."""

    roads: Roads
    people: People

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return ways_folder() / self.roads.key


def question(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    people: People,
    vehicle: str,
    day: date,
    cut: Where | None = None,
) -> Question:
    """Return what there is to be asked about the roads of the area, as they are on a day for a type of vehicle.

    ``cut`` are roads that nobody drives besides.
    """
    from routing.roads.changes import Closure, in_force
    from routing.siting.ways import Roads

    area = network.the_area(session)
    layer, server = network.roads_path(area), dispatch.road_server(settings)
    profile, changes = fleet.road_profile("", vehicle), road_changes(area.roads)
    if server is None:
        changes = in_force(changes, profile, day, MORNING)
    if cut is not None:
        changes = (*changes, Closure("cut", cut))
    state = layer.stat() if layer.is_file() else None
    said = [
        f"{layer.stem}-{state.st_size:x}-{state.st_mtime_ns:x}" if state else str(layer),
        server.url if server else "",
        settings.roads.snap_metres,
        asdict(profile),
        [(type(change).__name__, asdict(change)) for change in changes],
        people.key,
    ]
    text = json.dumps(said, default=_plain, sort_keys=True)
    key = f"{layer.stem}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    return Question(Roads(key, layer, server, tuple(changes), profile, settings.roads.snap_metres), people)


class WaysDesk:
    """Answers with ways that are kept, and has a process find the others; close it when it is no longer needed.

    Parameters
    ----------
    memory_mb
        What the process may take.
    apart
        False: ways are found in this process, and whoever asks waits.
    """

    def __init__(self, memory_mb: int = 4000, apart: bool = True) -> None:
        self._memory, self._apart = memory_mb, apart
        self._lock = threading.Lock()
        self._kept: OrderedDict[Path, NDArray[np.int32]] = OrderedDict()
        self._asked: dict[Path, Future[None]] = {}
        self._pool: Any = None
        self._idle: threading.Timer | None = None

    def ways(self, asked: Question, places: Iterable[Lonlat], wait: float = 0.0) -> Mapping[Lonlat, NDArray[np.int32]]:
        """Return the ways to those places for which they are known after so many seconds.

        (2, communities) seconds and metres for each, -1 where there is no way. The others are being found.

        Raises
        ------
        UnavailableError
            When they cannot be found now.
        BadRequestError
            When roads are cut that there are not.
        """
        wanted = list(dict.fromkeys((round(lon, 6), round(lat, 6)) for lon, lat in places))
        found = {place: ways for place in wanted if (ways := self._known(asked, place)) is not None}
        missing = [place for place in wanted if place not in found]
        if missing:
            for future in self._begun(asked, missing):
                try:
                    future.result(timeout=wait)
                except InputError as error:
                    if error.code in NOT_THERE:
                        raise _not_there() from error
                    log.error("ways were not found", why=f"{type(error).__name__}: {error}")
                    raise self._trouble() from error
                except TimeoutError:
                    if future.done():  # the search itself took too long
                        raise self._trouble() from None
                    return found
                except TROUBLE as error:
                    log.error("ways were not found", why=f"{type(error).__name__}: {error}")
                    raise self._trouble() from error
            found |= {place: ways for place in missing if (ways := self._known(asked, place)) is not None}
        return found

    def kept(self, asked: Question, places: Iterable[Lonlat]) -> Mapping[Lonlat, NDArray[np.int32]]:
        """Return the ways to those places for which they are known already; none is looked for."""
        wanted = dict.fromkeys((round(lon, 6), round(lat, 6)) for lon, lat in places)
        return {place: ways for place in wanted if (ways := self._known(asked, place)) is not None}

    def warm(self, asked: Question) -> None:
        """Have the roads loaded, because somebody will ask soon."""
        if self._apart:
            self._begun(asked, [])

    def close(self) -> None:
        """End the process."""
        with self._lock:
            pool, self._pool = self._pool, None
            self._asked.clear()
            if self._idle is not None:
                self._idle.cancel()
        if pool is not None:
            atexit.unregister(self.close)
            pool.stop()
            pool.join()

    @staticmethod
    def _trouble() -> UnavailableError:
        return UnavailableError.one(
            "ways-not-found", N_("The ways by road could not be found just now. Try again in a minute.")
        )

    def _known(self, asked: Question, place: Lonlat) -> NDArray[np.int32] | None:
        path = asked.folder / f"{place[0]:.6f}_{place[1]:.6f}.npy"
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
        import numpy as np

        try:
            ways = np.load(path)
            path.touch()
        except (OSError, ValueError, EOFError):
            return None
        if ways.shape != (2, len(asked.people.codes)):
            return None
        with self._lock:
            self._kept[path] = ways
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return cast("NDArray[np.int32]", ways)

    def _begun(self, asked: Question, places: Sequence[Lonlat]) -> list[Future[None]]:
        """Let those ways be found that nobody is finding yet; return what ends when all are there."""
        if not self._apart:
            try:
                find(asked.roads, asked.people.lonlat, list(places), asked.folder)
            except InputError as error:
                if error.code in NOT_THERE:
                    raise _not_there() from error
                raise
            return []
        with self._lock:
            self._asked = {path: future for path, future in self._asked.items() if not future.done()}
            paths = {asked.folder / f"{lon:.6f}_{lat:.6f}": (lon, lat) for lon, lat in places}
            new = {path: place for path, place in paths.items() if path not in self._asked}
            if new or not places:
                future = self._process().schedule(
                    find, args=[asked.roads, asked.people.lonlat, list(new.values()), asked.folder], timeout=LONGEST
                )
                self._asked |= dict.fromkeys(new, future)
            return list({id(f): f for f in (self._asked[path] for path in paths)}.values())

    def _process(self) -> Any:
        """Return the process, begun where there is none; it ends when nobody asks any more. Under the lock."""
        from routing.siting.ways import begin

        if self._pool is not None and not self._pool.active:
            self._pool = None
            self._asked.clear()
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(max_workers=1, initializer=begin, initargs=(self._memory,), context=context)
            atexit.register(self.close)
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(IDLE, self._rest)
        self._idle.daemon = True
        self._idle.start()
        return self._pool

    def _rest(self) -> None:
        with self._lock:
            busy = any(not future.done() for future in self._asked.values())
        if not busy:
            self.close()


def _not_there() -> BadRequestError:
    return BadRequestError.one(
        "no-road-to-cut",
        N_("There is no road here that could be cut. Mark a position on a road, or choose a road by its name."),
        where="position",
    )


def find(roads: Roads, points: Sequence[Lonlat], places: Sequence[Lonlat], folder: Path) -> None:
    """Find the ways to places and keep each in its file; without places, only load the roads."""
    from routing.siting.ways import ways

    found = ways(roads, points, places or [points[0]])
    if places:
        keep(folder, places, found)


def keep(folder: Path, places: Sequence[Lonlat], found: Iterable[NDArray[np.int32]]) -> None:
    """Keep the ways to places, (2, communities) each, in their files; a file is there whole or not at all."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    for (lon, lat), one in zip(places, found, strict=True):
        path = folder / f"{lon:.6f}_{lat:.6f}.npy"
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with draft.open("wb") as file:
            np.save(file, one)
        draft.replace(path)


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, (frozenset, set)) else str(value)
