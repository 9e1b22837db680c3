"""Whether a stop can be served by anyone: what excuses a plan that leaves out a required one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from routing.check.drive import Ways
from routing.check.loads import unplaced
from routing.problem import Load, Problem, Stop, TimeWindow, Vehicle

NEVER = 2**62


class Able:
    """What can be proven about stops that nothing can serve.

    For the proof each vehicle is free of everything else: it drives at once, over any locations, rests never, and
    needs a site only to unload what it takes at the stop. What fails even then is proven.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ways = {name: Ways(problem, name) for name in problem.matrices}
        self.known: dict[tuple[str, int, int], NDArray[np.int64]] = {}

    def can_be_served(self, stop: Stop) -> bool:
        """Tell whether nothing proves that no vehicle can serve the stop."""
        return any(
            stop.takes(vehicle)
            and self._holds(vehicle, stop.delivery)
            and self._holds(vehicle, stop.pickup)
            and self._in_time(vehicle, stop)
            for vehicle in self.problem.vehicles
        )

    def _holds(self, vehicle: Vehicle, load: Load) -> bool:
        loads = dict(zip(self.problem.dimensions, load, strict=True))
        inside = all(units <= room for units, room in zip(load, vehicle.capacity, strict=True))
        return inside and not unplaced(loads, vehicle.compartments)

    def _in_time(self, vehicle: Vehicle, stop: Stop) -> bool:
        again = any(site.reloads for site in self.problem.unload_sites)
        leaves = vehicle.shift.start if again else max(vehicle.shift.start, stop.release)
        there = int(self._soonest(vehicle, vehicle.start, leaves)[stop.location])
        begin = _opening(vehicle, stop.location, stop.windows, max(stop.release, there))
        done = self._soonest(vehicle, stop.location, begin + stop.duration(vehicle.crew))
        last = vehicle.shift.end + vehicle.overtime
        if done[vehicle.end] > last:
            return False
        if vehicle.keeps_stock or any(stop.id == pair.collect for pair in self.problem.pairs):
            return True
        emptied: set[str] = set()
        for site in self.problem.unload_sites:
            begin = _opening(vehicle, site.location, [site.hours], int(done[site.location]))
            if self._soonest(vehicle, site.location, begin + site.duration)[vehicle.end] <= last:
                emptied.update(self.problem.dimensions if site.takes is None else site.takes)
        return all(name in emptied for name, units in zip(self.problem.dimensions, stop.pickup, strict=True) if units)

    def _soonest(self, vehicle: Vehicle, here: int, free: int) -> NDArray[np.int64]:
        """Return when every location can be reached at the soonest, over others as well; NEVER where it cannot."""
        key = vehicle.profile, here, free
        if key in self.known:
            return self.known[key]
        ways = self.ways[vehicle.profile]
        soonest = np.full(len(ways.base.durations), NEVER, np.int64)
        soonest[here] = free
        done = np.zeros(len(soonest), np.bool_)
        while True:
            at = int(np.argmin(np.where(done, NEVER, soonest)))
            if done[at] or soonest[at] >= NEVER:
                break
            done[at] = True
            for leaves, matrix in ways.departures(int(soonest[at])):
                row = matrix.durations[at].astype(np.int64)
                np.minimum(soonest, np.where(row < 0, NEVER, leaves + row), out=soonest)
        self.known[key] = soonest
        return soonest


def _opening(vehicle: Vehicle, location: int, windows: Iterable[TimeWindow], arrival: int) -> int:
    """Return the soonest second from the arrival on at which a service may begin there, or NEVER."""
    closed = sorted((z.hours.start, z.hours.end) for z in vehicle.closed if location in z.locations)
    for window in windows:
        begin = max(window.start, arrival)
        for first, last in closed:
            if first <= begin <= last:
                begin = last + 1
        if begin <= window.end:
            return begin
    return NEVER
