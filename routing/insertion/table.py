"""All positions of all routes side by side, and the quick look at each: can it be, and what does it add?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from routing.bounds import bounds
from routing.insertion.curves import FIRST, Curve, never
from routing.insertion.segments import Segment
from routing.insertion.vectors import Curves, Ints, Roads
from routing.legs import NEVER
from routing.plan import Route
from routing.pricing import route_prices
from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.timing import Service, openings, unloaded

NO_SITE = -1


class Table:
    """Positions of `segments` in rows; ``routes`` has the published route of each vehicle that has one."""

    def __init__(self, problem: Problem, segments: Sequence[Segment], routes: Mapping[str, Route]) -> None:
        self.problem, self.segments, self.routes = problem, segments, routes
        self.vehicles = list({s.vehicle.id: s.vehicle for s in segments}.values())
        self.profiles = sorted({v.profile for v in self.vehicles})
        number = {v.id: k for k, v in enumerate(self.vehicles)}
        pairs = [(n, k) for n, s in enumerate(segments) for k in range(s.positions)]
        self.segment = np.array([n for n, _ in pairs], np.int64)
        self.position = np.array([k for _, k in pairs], np.int64)
        self.vehicle = np.array([number[segments[n].vehicle.id] for n, _ in pairs], np.int64)
        self.here = np.array([segments[n].places[k] for n, k in pairs], np.int64)
        self.there = np.array([segments[n].places[k + 1] for n, k in pairs], np.int64)
        self.layers = max((len(v.pauses) for v in self.vehicles), default=0) + 1
        self.home = self._curves([segments[n].home[k] for n, k in pairs], NEVER)
        self.start = self._curves([segments[n].start[k] for n, k in pairs], FIRST)
        self._released: dict[int, list[Ints]] = {}
        self._stock()
        self._rules()
        self._prices()

    def _curves(self, curves: Sequence[Sequence[Curve]], value: int) -> list[Curves]:
        return [Curves.of([c[b] if b < len(c) else never(value) for c in curves]) for b in range(self.layers)]

    # -- what is known of each position ---------------------------------------------------------------------------

    def done(self, release: int) -> list[Ints]:
        """By layer: when each position can be left with goods that are ready at ``release``."""
        first = min((v.shift.start for v in self.vehicles), default=0)
        key = release if release > first else FIRST
        if key not in self._released:
            if len(self._released) > 100:
                self._released.clear()
            rows = [row for s in self.segments for row in s.done(key)[: s.positions]]
            self._released[key] = [
                np.array([row[b] if b < len(row) else NEVER for row in rows], np.int64) for b in range(self.layers)
            ]
        return self._released[key]

    def _stock(self) -> None:
        """What is on board where, and what that leaves room for."""
        problem = self.problem
        dims = range(len(problem.dimensions))
        limits = [dict(bounds(v, problem.dimensions)) for v in self.vehicles]
        sums = sorted({row for own in limits for row in own}, key=sorted)
        self.in_sum = np.array([[d in row for row in sums] for d in dims], np.int64).reshape(len(dims), len(sums))
        room = np.array([[own.get(row, NEVER) for row in sums] for own in limits], np.int64)
        self.room = room.reshape(-1, len(sums))[self.vehicle]
        taken = [frozenset(d for d in dims if _takes(u, problem.dimensions[d])) for u in problem.unload_sites]
        self.takes = np.array([[d in some for d in dims] for some in taken], np.bool_).reshape(-1, len(dims))
        number = {u.id: k for k, u in enumerate(problem.unload_sites)}
        before, behind, collected, receiver = [], [], [], []
        for s in self.segments:
            along, held = (np.array(rows, np.int64) for rows in s.aboard)
            met = along @ self.in_sum
            sites = [(j, number[x.id]) for j, x in enumerate(s.services) if isinstance(x, UnloadSite)]
            loading = 0
            for k in range(s.positions):
                if k and isinstance(x := s.services[k - 1], UnloadSite) and x.reloads:
                    loading = k
                before.append(met[loading : k + 1].max(axis=0))
                ends = [next((j for j, u in sites if j >= k and taken[u] & row), len(s.services)) for row in sums]
                behind.append([int(met[k : end + 1, r].max()) for r, end in enumerate(ends)])
                collected.append(held[k])
                receiver.append([next((u for j, u in sites if j >= k and d in taken[u]), NO_SITE) for d in dims])
        shape = (len(self.segment), -1)
        self.before, self.behind = _ints(before, shape), _ints(behind, shape)
        self.collected, self.receiver = _ints(collected, shape), _ints(receiver, shape)

    def _rules(self) -> None:
        """Order within a trip, batteries, and what sites can still take."""
        problem = self.problem
        brought, backed, release, left_metres, ahead = [], [], [], [], []
        for s in self.segments:
            legs = Roads(problem, [s.vehicle.profile])
            a, b = np.array(s.places[:-1]), np.array(s.places[1:])
            metres = legs.legs(np.zeros(len(a), np.int64), a, b)[1]
            battery, full = NEVER, NEVER
            if s.vehicle.range is not None and not problem.periods:
                full = s.vehicle.range
                battery = full if s.vehicle.charge is None else s.vehicle.charge
            for k in range(s.positions):
                trip, rest = _trip(s.services, k)
                brought.append(any(x.backhaul is False and any(x.delivery) for x in rest))
                backed.append(any(x.backhaul for x in trip))
                release.append(max((x.release for x in rest), default=FIRST))
                since = max((j for j in range(k) if _charges(s.services[j])), default=-1)
                until = next((j for j in range(k, len(s.services)) if _charges(s.services[j])), len(s.services))
                left_metres.append((battery if since < 0 else full) - int(metres[since + 1 : k].sum()))
                ahead.append(int(metres[k + 1 : until + 1].sum()))
        self.brought, self.backed = np.array(brought, np.bool_), np.array(backed, np.bool_)
        self.release, self.left, self.ahead = (np.array(x, np.int64) for x in (release, left_metres, ahead))
        self.full = np.array([v.range if v.range is not None else NEVER for v in self.vehicles], np.int64)
        pauses = np.zeros((len(self.vehicles), self.layers - 1, 3), np.int64)
        pauses[:, :, 1] = -NEVER
        for k, v in enumerate(self.vehicles):
            for j, p in enumerate(v.pauses):
                pauses[k, j] = p.window.start, p.window.end, p.duration
        self.pauses = pauses
        self.profile = np.array([self.profiles.index(v.profile) for v in self.vehicles], np.int64)
        self.longest = np.array([NEVER if v.max_duration is None else v.max_duration for v in self.vehicles], np.int64)

    def places_of(self, vehicle: Vehicle) -> Ints:
        """Locations of the stops that a vehicle serves as published."""
        services = next(s.services for s in self.segments if s.vehicle.id == vehicle.id)
        return np.array([s.location for s in services if isinstance(s, Stop)], np.int64)

    @cached_property
    def spare(self) -> Ints:
        """What each site can take from a vehicle, what it gets from it now included: (vehicles, sites, dimensions)."""
        problem = self.problem
        dims, sites = len(problem.dimensions), problem.unload_sites
        got = np.zeros((len(self.vehicles), len(sites), dims), np.int64)
        number = {u.id: k for k, u in enumerate(sites)}
        seen = set()
        for s in self.segments:
            if s.vehicle.id in seen:
                continue
            seen.add(s.vehicle.id)
            for x, units in zip(s.services, unloaded(problem, s.vehicle, s.services), strict=True):
                if isinstance(x, UnloadSite):
                    got[len(seen) - 1, number[x.id]] += units
        room = np.array([u.capacity or (NEVER,) * dims for u in sites], np.int64).reshape(len(sites), dims)
        spare: Ints = room - got.sum(axis=0) + got
        return spare

    @cached_property
    def hours(self) -> tuple[Ints, Ints]:
        """When the sites are open, as `hours` has it."""
        return hours(self.vehicles, self.problem.unload_sites)

    def _prices(self) -> None:
        """What each segment costs as published, and how much of it could be saved by other hours."""
        self.metres_now, self.seconds_now, self.fen_now, self.wishes_now = [], [], [], []
        stops = {s.id: s for s in self.problem.stops}
        for v in self.vehicles:
            route = self.routes.get(v.id)
            prices = route_prices(self.problem, v, route) if route else {}
            self.metres_now.append(route.distance if route else 0)
            self.seconds_now.append(route.end - route.start if route else 0)
            self.fen_now.append(sum(prices.values()) - prices.get("wishes", 0) - prices.get("compactness", 0))
            self.wishes_now.append(prices.get("wishes", 0))
        self.floor = []
        self.moves = []
        for s in self.segments:
            legs = Roads(self.problem, [s.vehicle.profile])
            a, b = np.array(s.places[:-1]), np.array(s.places[1:])
            self.floor.append(int(legs.legs(np.zeros(len(a), np.int64), a, b)[1].sum()))
            served = [stops[x.id] for x in s.services if isinstance(x, Stop)]
            self.moves.append(sum(x.stays_price for x in served if x.stays not in ("", s.vehicle.id)))


def hours(vehicles: Sequence[Vehicle], services: Sequence[Service]) -> tuple[Ints, Ints]:
    """Return windows (services, vehicles, windows, 2) in which each vehicle may begin each service, and its seconds."""
    spans = [[openings(v, s) for v in vehicles] for s in services]
    width = max((len(some) for row in spans for some in row), default=1) or 1
    windows = np.full((len(services), len(vehicles), width, 2), NEVER)
    windows[..., 1] = -NEVER
    for k, row in enumerate(spans):
        for j, some in enumerate(row):
            for w, window in enumerate(some):
                windows[k, j, w] = window.start, window.end
    lengths = [[s.duration(v.crew) if isinstance(s, Stop) else s.duration for v in vehicles] for s in services]
    return windows, np.array(lengths, np.int64).reshape(len(services), len(vehicles))


def _takes(site: UnloadSite, dimension: str) -> bool:
    return site.takes is None or dimension in site.takes


def _charges(service: Service) -> bool:
    return isinstance(service, UnloadSite) and service.charges


def _trip(services: Sequence[Service], k: int) -> tuple[list[Stop], list[Stop]]:
    """Stops of the trip of position k before and after it."""
    before: list[Stop] = []
    for s in reversed(services[:k]):
        if isinstance(s, Stop):
            before.append(s)
        elif s.reloads:
            break
    behind: list[Stop] = []
    for s in services[k:]:
        if isinstance(s, Stop):
            behind.append(s)
        elif s.reloads:
            break
    return before, behind


def _ints(rows: Sequence[object], shape: tuple[int, int]) -> Ints:
    return np.array(rows, np.int64).reshape(shape) if rows else np.zeros((0, 0), np.int64)
