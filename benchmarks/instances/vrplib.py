"""The VRPLIB dialect of PyVRP's instances, read as PyVRP's own reader does (its page "supported VRPLIB fields").

Every number but an index and a cost for a distance goes through the rounding convention; times are distances. What the
sections become:

* a demand is a delivery; a BACKHAUL is a pickup, and where TYPE is VRPB it comes after all deliveries of its route,
  no route begins with one, and the vehicle comes home loaded;
* a window of a depot is the shift of the vehicles there;
* a client with a PRIZE may be left out, one without or with 0 may not;
* VEHICLES_RELOAD_DEPOT is a site where vehicles load again, in no time;
* VEHICLES_ALLOWED_CLIENTS of the vehicles become the vehicles of each stop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.instances.instance import HORIZON, HUGE, LARGEST, Instance
from benchmarks.instances.rounding import CONVENTIONS
from benchmarks.instances.sections import Sections, read_sections
from routing.problem import Matrix, Problem, Stop, TimeWindow, UnloadSite, Vehicle

KEYS = {
    *("NAME", "TYPE", "DIMENSION", "EDGE_WEIGHT_TYPE", "VEHICLES", "CAPACITY", "SERVICE_TIME", "RELEASE_TIME"),
    *("VEHICLES_MAX_DURATION", "VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST"),
}
REMARKS = {"COMMENT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "EDGE_WEIGHT_FORMAT"}
SECTIONS = {
    *("NODE_COORD", "DEPOT", "DEMAND", "LINEHAUL", "BACKHAUL", "SERVICE_TIME", "TIME_WINDOW", "RELEASE_TIME", "PRIZE"),
    *("CAPACITY", "VEHICLES_DEPOT", "VEHICLES_RELOAD_DEPOT", "VEHICLES_ALLOWED_CLIENTS", "VEHICLES_MAX_DURATION"),
    *("VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST"),
}
DIMENSION = "load"
PROFILE = "road"


def read_vrplib(path: Path, rounding: str) -> Instance:
    """Read a file by a convention of `CONVENTIONS`.

    Raises
    ------
    InputError
        When it is damaged, or says something that this reader does not know; the sentence names file and line.
    """
    return _Reader(read_sections(path), rounding).instance()


@dataclass(frozen=True)
class _Kind:
    """What makes vehicles alike; locations count from 0."""

    capacity: int
    depot: int
    max_duration: int
    fixed_cost: int
    cost_per_km: int
    clients: frozenset[int] | None


class _Reader:
    def __init__(self, text: Sections, rounding: str) -> None:
        self.text, self.whole = text, CONVENTIONS[rounding]
        for name in [*text.words, *text.sections]:
            if name not in (SECTIONS if name in text.sections else KEYS | REMARKS):
                raise text.wrong(text.line_of(name), f"{name} is not known to this reader.")
        self.size = text.count("DIMENSION")
        self.depots = self._depots()
        self.clients = range(self.depots, self.size)
        self.vehicles = text.count("VEHICLES") if "VEHICLES" in text else len(self.clients)

    def instance(self) -> Instance:
        kinds = self._kinds()
        numbers = {kind: str(i) for i, kind in enumerate(dict.fromkeys(kinds), 1)}
        names = tuple(numbers[kind] for kind in kinds)
        kept: dict[str, _Kind] = {}
        used: Counter[_Kind] = Counter()
        for place, kind in enumerate(kinds, 1):
            used[kind] += 1
            if used[kind] <= len(self.clients):
                kept[str(place)] = kind
        problem = Problem(
            dimensions=(DIMENSION,),
            stops=tuple(self._stops(kept)),
            vehicles=tuple(self._vehicle(name, numbers[kind], kind) for name, kind in kept.items()),
            unload_sites=tuple(self._sites()),
            matrices={PROFILE: self._matrix()},
        )
        return Instance(problem, names)

    # -- columns -----------------------------------------------------------------------------------------------

    def _by_client(self, name: str) -> NDArray[np.int64]:
        return self._loads(name, self.whole(self.text.column(name, self.size, "DIMENSION", 0)))

    def _by_vehicle(self, name: str, default: float = HORIZON) -> NDArray[np.int64]:
        """Rounded, and never above what stands for "no bound"; a default as it is."""
        if name not in self.text:
            return np.full(self.vehicles, int(default))
        values = np.minimum(self.whole(self.text.column(name, self.vehicles, "VEHICLES", 0)), HORIZON)
        return self._loads(name, values)

    def _loads(self, name: str, values: NDArray[np.int64]) -> NDArray[np.int64]:
        if ((values < 0) | (values > LARGEST)).any():
            raise self.text.wrong(self.text.line_of(name), f"{name} has a number that is not one of 0..{LARGEST}.")
        return values

    def _depots(self) -> int:
        if "DEPOT" not in self.text.sections:
            return 1
        section = self.text.sections["DEPOT"]
        rows = [row for row in section.rows if row != [-1]]
        for i, row in enumerate(rows):
            if row != [i + 1]:
                raise self.text.wrong(section.lines[i], f"depots are the first rows; {i + 1} is expected here.")
        if not 0 < len(rows) < self.size:
            raise self.text.wrong(section.line, "there must be a depot, and a client besides.")
        return len(rows)

    @cached_property
    def _windows(self) -> list[TimeWindow]:
        if "TIME_WINDOW" not in self.text.sections:
            return [TimeWindow(0, HORIZON)] * self.size
        table = np.minimum(self.whole(self.text.table("TIME_WINDOW", self.size, "DIMENSION", 2)), HORIZON)
        for line, (start, end) in zip(self.text.sections["TIME_WINDOW"].lines, table.tolist(), strict=True):
            if not 0 <= start <= end:
                raise self.text.wrong(line, "a window ends before it starts, or starts before 0.")
        return [TimeWindow(start, end) for start, end in table.tolist()]

    # -- stops and sites ---------------------------------------------------------------------------------------

    @cached_property
    def _backhauls(self) -> NDArray[np.int64]:
        return self._by_client("BACKHAUL")

    @property
    def _one_after_the_other(self) -> bool:
        return self.text.word("TYPE") == "VRPB"

    def _stops(self, vehicles: dict[str, _Kind]) -> Iterable[Stop]:
        demands = self._by_client("LINEHAUL" if "LINEHAUL" in self.text else "DEMAND").tolist()
        backhauls = self._backhauls.tolist()
        service, release = self._by_client("SERVICE_TIME").tolist(), self._by_client("RELEASE_TIME").tolist()
        prizes = self._by_client("PRIZE").tolist()
        allowed: dict[int, frozenset[str] | None] = dict.fromkeys(self.clients)
        if "VEHICLES_ALLOWED_CLIENTS" in self.text:
            for at in self.clients:
                allowed[at] = frozenset(name for name, kind in vehicles.items() if at in (kind.clients or ()))
        for at in self.clients:
            yield Stop(
                id=str(at),
                location=at,
                windows=(self._windows[at],),
                service=service[at],
                delivery=(demands[at],),
                pickup=(backhauls[at],),
                prize=prizes[at] or HUGE,
                required=not prizes[at],
                release=release[at],
                vehicles=allowed[at],
                backhaul=self._one_after_the_other and backhauls[at] > 0,
            )

    def _sites(self) -> Iterable[UnloadSite]:
        name = "VEHICLES_RELOAD_DEPOT"
        if name not in self.text.sections:
            return
        rows = self._indices(name, range(self.depots), "a depot")
        for line, row in zip(self.text.sections[name].lines, rows, strict=True):
            if row != rows[0]:
                raise self.text.wrong(line, "all vehicles must load again at the same depots.")
        for at in sorted(rows[0]):
            yield UnloadSite(id=str(at), location=at, hours=self._windows[at], duration=0, reloads=True)

    # -- vehicles ----------------------------------------------------------------------------------------------

    def _kinds(self) -> Sequence[_Kind]:
        depots = self._indices("VEHICLES_DEPOT", range(self.depots), "a depot")
        if any(len(row) > 1 for row in depots):
            raise self.text.wrong(self.text.line_of("VEHICLES_DEPOT"), "a vehicle has more than one depot.")
        columns = (
            self._by_vehicle("CAPACITY").tolist(),
            [next(iter(row), 0) for row in depots] or [0] * self.vehicles,
            self._by_vehicle("VEHICLES_MAX_DURATION").tolist(),
            self._by_vehicle("VEHICLES_FIXED_COST", 0).tolist(),
            self._costs_per_km(),
            self._indices("VEHICLES_ALLOWED_CLIENTS", self.clients, "a client") or [None] * self.vehicles,
        )
        return [_Kind(*values) for values in zip(*columns, strict=True)]

    def _costs_per_km(self) -> list[int]:
        name = "VEHICLES_UNIT_DISTANCE_COST"
        exact = 1000 * self.text.column(name, self.vehicles, "VEHICLES", 1)
        if (exact != np.round(exact)).any():
            raise self.text.wrong(self.text.line_of(name), f"{name} has more than three decimals.")
        return self._loads(name, exact.astype(np.int64)).tolist()

    def _indices(self, name: str, known: range, what: str) -> list[frozenset[int]]:
        """Give the rows of a section of the vehicles as sets of locations, counted from 0; [] where it is not there."""
        if name not in self.text.sections:
            return []
        found = []
        rows = self.text.rows(name, self.vehicles, "VEHICLES")
        for line, row in zip(self.text.sections[name].lines, rows, strict=True):
            for index in row:
                if not index.is_integer() or int(index) - 1 not in known:
                    raise self.text.wrong(line, f"{index:g} is not the number of {what}.")
            if not row:
                raise self.text.wrong(line, f"{what} is missing.")
            found.append(frozenset(int(index) - 1 for index in row))
        return found

    def _vehicle(self, name: str, kind: str, made: _Kind) -> Vehicle:
        return Vehicle(
            id=name,
            type=kind,
            capacity=(made.capacity,),
            start=made.depot,
            end=made.depot,
            shift=self._windows[made.depot],
            profile=PROFILE,
            fixed_cost=made.fixed_cost,
            cost_per_km=made.cost_per_km,
            cost_per_hour=0,
            max_duration=made.max_duration if made.max_duration < HORIZON else None,
            keeps_stock=bool(self._backhauls.any()),
        )

    # -- ways --------------------------------------------------------------------------------------------------

    def _matrix(self) -> Matrix:
        text = self.text
        kind = text.word("EDGE_WEIGHT_TYPE")
        if kind != "EUC_2D" or "NODE_COORD" not in text.sections:
            line = text.line_of("EDGE_WEIGHT_TYPE")
            raise text.wrong(line, f"distances are EUC_2D, from a NODE_COORD_SECTION, not '{kind}'.")
        x, y = text.table("NODE_COORD", self.size, "DIMENSION", 2).T
        ways = self.whole(np.sqrt(np.subtract.outer(x, x) ** 2 + np.subtract.outer(y, y) ** 2))
        if ways.max() > LARGEST:
            raise text.wrong(text.line_of("NODE_COORD"), f"a distance is above {LARGEST}.")
        if self._one_after_the_other:
            ways[: self.depots, self._backhauls > 0] = -1
        ways = ways.astype(np.int32)
        return Matrix(ways, ways)
