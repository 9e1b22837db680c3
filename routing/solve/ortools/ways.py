"""Seconds, metres and cost of the arcs of the model: one number each for a way, whatever the hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.problem import Matrix, Problem, UnloadSite, Vehicle
from routing.solve.ortools.nodes import FAR, SCALE, Nodes

Table = NDArray[np.int64]
DEAREST = 10**14
"""Most that an arc may cost, so that sums fit 64 bits."""


class Ways:
    """Arcs of each kind of vehicle: `seconds` with the service before them, `metres`, and `cost`."""

    def __init__(self, nodes: Nodes, cautious: bool) -> None:
        self.nodes, self.cautious = nodes, cautious
        self.known: dict[Any, tuple[Table, Table, Table]] = {}
        self.registered: dict[int, int] = {}
        self.dearer: dict[Any, int] = {}
        self.by_hours: dict[Any, tuple[Table, Table]] = {}

    def of(self, vehicle: Vehicle) -> tuple[Table, Table, Table]:
        """Return seconds, metres and cost between all nodes; the way home goes by a site where it must."""
        money = vehicle.cost_per_km / 1000 + vehicle.grams_per_km * self.nodes.problem.carbon_price / 1e6
        hours = (vehicle.shift.start, vehicle.shift.end + vehicle.overtime)
        stays = vehicle.keeps_stock or not (any(vehicle.load) or self._collects())
        key = (vehicle.profile, vehicle.end, vehicle.crew, hours, money, stays)
        if key not in self.known:
            self.known[key] = self._arcs(vehicle, money, stays)
        return self.known[key]

    def register(self, table: Table) -> int:
        """Return the library's number of a table, the same for the same one."""
        if id(table) not in self.registered:
            self.registered[id(table)] = int(self.nodes.routing.RegisterTransitMatrix(table.tolist()))
        return self.registered[id(table)]

    def price(self, vehicle: Vehicle) -> int:
        """Return the library's number of what arcs cost, with what is due for stops announced for other vehicles."""
        _, _, cost = self.of(vehicle)
        moves = tuple(s.stays_price if s.moves(vehicle) else 0 for s in self.nodes.stops)
        if not any(moves):
            return self.register(cost)
        if (id(cost), moves) not in self.dearer:
            table = cost.copy()
            table[: len(moves)] += np.array(moves, np.int64)[:, None] * SCALE
            self.dearer[id(cost), moves] = int(self.nodes.routing.RegisterTransitMatrix(table.tolist()))
        return self.dearer[id(cost), moves]

    def _collects(self) -> bool:
        passing = {pair.collect for pair in self.nodes.problem.pairs}
        return any(any(s.pickup) for s in self.nodes.stops if s.id not in passing)

    def _arcs(self, vehicle: Vehicle, money: float, stays: bool) -> tuple[Table, Table, Table]:
        nodes, places = self.nodes, np.asarray(self.nodes.places)
        seconds, metres = (table[np.ix_(places, places)] for table in self._whole(vehicle))
        services = len(nodes.stops) + len(nodes.copies)
        seconds[services:, services:] = metres[services:, services:] = 0  # a vehicle that stays at home
        if not stays:
            loaded = [*range(len(nodes.stops)), *self._still_loaded()]
            for node in (k for k, end in enumerate(nodes.is_end) if end):
                best = self._way_home(vehicle, places[loaded], int(places[node]))
                if best is not None:
                    seconds[loaded, node], metres[loaded, node] = best
        work = [s.duration(vehicle.crew) for s in nodes.stops] + [c.duration for c in nodes.copies]
        seconds[:services] += np.array(work, np.int64)[:, None]
        cost = np.minimum(np.rint(metres * money * SCALE), DEAREST).astype(np.int64)
        n = len(nodes.stops)
        apart = metres[:n, :n] * (nodes.problem.compactness_price * SCALE / 1000)
        cost[:n, :n] += np.minimum(np.rint(apart), DEAREST).astype(np.int64)
        return seconds, metres, cost

    def _still_loaded(self) -> list[int]:
        """Copies of sites that do not take all."""
        n, names = len(self.nodes.stops), set(self.nodes.problem.dimensions)
        return [n + k for k, c in enumerate(self.nodes.copies) if c.takes is not None and not names <= c.takes]

    def _whole(self, vehicle: Vehicle) -> tuple[Table, Table]:
        key = (vehicle.profile, vehicle.shift, vehicle.overtime)
        if key not in self.by_hours:
            self.by_hours[key] = whole_day(self.nodes.problem, vehicle, self.cautious)
        return self.by_hours[key]

    def _way_home(self, vehicle: Vehicle, here: NDArray[Any], home: int) -> tuple[Table, Table] | None:
        """Seconds and metres from each place by the quickest site to home, unloading included; None without sites."""
        durations, distances = self._whole(vehicle)
        sites = _last_sites(self.nodes.problem, vehicle, durations, home)
        if not sites:
            return None
        times = np.stack([durations[here, s.location] + s.duration + durations[s.location, home] for s in sites])
        ways = np.stack([distances[here, s.location] + distances[s.location, home] for s in sites])
        quickest, columns = times.argmin(axis=0), np.arange(len(here))
        return np.minimum(times[quickest, columns], FAR), np.minimum(ways[quickest, columns], FAR)


def whole_day(problem: Problem, vehicle: Vehicle, cautious: bool) -> tuple[Table, Table]:
    """Return seconds and metres between all locations in a vehicle's shift: means by the hours, or the longest.

    `FAR` where there is no way; a way that is closed at some hours is not there for the cautious.
    """
    base = problem.matrices[vehicle.profile]
    begin, end = vehicle.shift.start, vehicle.shift.end + vehicle.overtime
    parts: list[tuple[int, Matrix]] = []
    rest = max(1, end - begin)
    for period in problem.periods:
        inside = min(end, period.hours.end) - max(begin, period.hours.start)
        if inside > 0 and vehicle.profile in period.matrices:
            parts.append((inside, period.matrices[vehicle.profile]))
            rest -= inside
    if rest > 0 or not parts:
        parts.append((max(1, rest), base))
    return _joined([(w, m.durations) for w, m in parts], cautious), _joined([(w, m.distances) for w, m in parts], False)


def _joined(parts: Sequence[tuple[int, NDArray[np.int32]]], cautious: bool) -> Table:
    tables = np.stack([table for _, table in parts]).astype(np.int64)
    open_ = tables >= 0
    if cautious:
        return np.where(open_.all(axis=0), tables.max(axis=0), FAR)
    weights = np.array([weight for weight, _ in parts], np.int64)[:, None, None] * open_
    mean = (np.where(open_, tables, 0) * weights).sum(axis=0) / np.maximum(1, weights.sum(axis=0))
    return np.where(open_.any(axis=0), np.rint(mean), FAR).astype(np.int64)


def _last_sites(problem: Problem, vehicle: Vehicle, durations: Table, home: int) -> Sequence[UnloadSite]:
    """Sites for the way home: those that take most, open when the last vehicle of the shift comes, else all of them."""

    def most(site: UnloadSite) -> int:
        return len(problem.dimensions) if site.takes is None else len(site.takes)

    unloads = [s for s in problem.unload_sites if most(s)]
    free = [s for s in unloads if s.capacity is None and most(s) == max(map(most, unloads))] or unloads
    end = vehicle.shift.end
    late = [s for s in free if s.hours.end + s.duration + int(durations[s.location, home]) >= end]
    return late or free
