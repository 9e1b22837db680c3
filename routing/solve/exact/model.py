"""A day as a model of CP-SAT: who drives where, and when.

Every plan that keeps the rules is a solution that costs no more than the plan; the rules and prices that the model
leaves out (`Model.relaxed`) and the ways that it makes shorter (`routing.solve.exact.between`) only add solutions. So a
bound on its solutions is a bound on plans. Loads, breaks and prices are added by the files beside this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from routing.bounds import bounds
from routing.problem import Problem, Stop, Vehicle
from routing.schedule import Orders, services_of
from routing.solve.exact.between import NEVER, Between, Roads, TooLargeError, Ways
from routing.timing import build_route

MOST_ARCS = 12_000
"""Ways between stops, of all vehicles, above which a day is too large to be proven."""

HOME = -1
"""The number that stands for where a route begins and ends."""


@dataclass(frozen=True)
class Arc:
    """From stop ``tail`` to stop ``head`` in one way; ``used`` is the variable that tells whether it is taken."""

    tail: int
    head: int
    way: Between
    used: Any


@dataclass
class Tour:
    """What a vehicle may do, as variables: whether it is used, which stops are on it, when it leaves and is home."""

    vehicle: Vehicle
    used: Any
    on: dict[int, Any]
    start: Any
    end: Any
    arcs: list[Arc]
    soonest: dict[int, int]
    latest: dict[int, int]

    def work(self, stop: Stop) -> int:
        """Seconds of service."""
        return stop.duration(self.vehicle.crew)


class Model:
    """The model of a day.

    Parameters
    ----------
    must
        Stops that are served whatever it costs; of a group, some stop of it. That a stop is required means nothing to
        the model, since what cannot be served may be left out all the same.

    Raises
    ------
    TooLargeError
        When there are more possibilities than can be looked at.
    """

    def __init__(self, problem: Problem, must: Collection[str] = ()) -> None:
        from ortools.sat.python import cp_model

        self.sat: Any = cp_model
        self.model: Any = cp_model.CpModel()
        self.problem, self.stops = problem, problem.stops
        self.relaxed: list[str] = ["periods"] if problem.periods else []
        self.number = {s.id: k for k, s in enumerate(problem.stops)}
        last = max((v.shift.end + v.overtime for v in problem.vehicles), default=0)
        self.last = last
        self.begin: list[Any] = [self._begin(s) for s in self.stops]
        roads = {name: Roads(problem, name) for name in {v.profile for v in problem.vehicles}}
        self.alike = list(_alike(problem))
        chosen = [v for same in self.alike for v in same[: max(1, len(self.stops))]]
        self.left = MOST_ARCS
        self.tours = [self._tour(v, Ways(problem, v, roads[v.profile])) for v in problem.vehicles if v in chosen]
        self.served: list[Any] = [self._served(k) for k in range(len(self.stops))]
        self._in_time()
        self._in_order()
        self._who_serves(frozenset(must))
        from routing.solve.exact.loads import load_rules
        from routing.solve.exact.pauses import pause_rules
        from routing.solve.exact.prices import prices

        self.rests: list[Any] = []
        for tour in self.tours:
            pause_rules(self, tour)
        load_rules(self)
        self.cost: Any = prices(self)
        self.model.minimize(self.cost)

    def flag(self, name: str) -> Any:
        """A variable that is true or false."""
        return self.model.new_bool_var(name)

    def whole(self, first: int, last: int, name: str) -> Any:
        """A variable that is a whole number; an error where there is none between the two."""
        return self.model.new_int_var(first, max(first, last), name)

    # -- ways ----------------------------------------------------------------------------------------------------

    def _begin(self, stop: Stop) -> Any:
        spans = [[max(0, w.start), min(w.end, self.last)] for w in stop.windows if w.end >= 0 and w.start <= self.last]
        domain = self.sat.Domain.from_intervals(spans or [[0, 0]])
        return self.model.new_int_var_from_domain(domain, f"begin {stop.id}")

    def _tour(self, vehicle: Vehicle, ways: Ways) -> Tour:
        ends = vehicle.shift.end + vehicle.overtime
        soonest, latest = {}, {}
        for k, stop in enumerate(self.stops):
            if not stop.takes(vehicle) or not _fits(self.problem, vehicle, stop):
                continue
            there = vehicle.shift.start + int(ways.roads.seconds[vehicle.start, stop.location])
            back = ends - stop.duration(vehicle.crew) - int(ways.roads.seconds[stop.location, vehicle.end])
            spans = [(max(a, there), min(b, back)) for a, b in _spans(vehicle, stop)]
            spans = [(a, b) for a, b in spans if a <= b]
            if spans:
                soonest[k], latest[k] = spans[0][0], spans[-1][1]
        tour = Tour(
            vehicle,
            self.flag(f"used {vehicle.id}"),
            {k: self.flag(f"{vehicle.id} serves {self.stops[k].id}") for k in soonest},
            self.whole(vehicle.shift.start, vehicle.shift.end, f"{vehicle.id} leaves"),
            self.whole(vehicle.shift.start, ends, f"{vehicle.id} is home"),
            [],
            soonest,
            latest,
        )
        self._arcs(tour, ways)
        node = {k: n for n, k in enumerate([HOME, *tour.on])}
        circuit = [(node[arc.tail], node[arc.head], arc.used) for arc in tour.arcs]
        circuit += [(node[k], node[k], ~on) for k, on in tour.on.items()]
        circuit.append((node[HOME], node[HOME], ~tour.used))
        self.model.add_circuit(circuit)
        for on in tour.on.values():
            self.model.add_implication(on, tour.used)
        return tour

    def _arcs(self, tour: Tour, ways: Ways) -> None:
        vehicle, stops = tour.vehicle, self.stops
        ends = vehicle.shift.end + vehicle.overtime
        nodes = [HOME, *tour.on]
        for i in nodes:
            here = vehicle.start if i == HOME else stops[i].location
            since = vehicle.shift.start if i == HOME else tour.soonest[i] + tour.work(stops[i])
            for j in nodes:
                if i == j:
                    continue
                there = vehicle.end if j == HOME else stops[j].location
                by = ends if j == HOME else tour.latest[j]
                for way in ways.of(here, there, i == HOME, j == HOME, by, since):
                    self.left -= 1
                    if self.left < 0:
                        raise TooLargeError("there are too many ways between stops")
                    tour.arcs.append(Arc(i, j, way, self.flag(f"{vehicle.id} {i} {j} {way.sites}")))

    def _served(self, k: int) -> Any:
        served = self.flag(f"served {self.stops[k].id}")
        self.model.add(sum(tour.on[k] for tour in self.tours if k in tour.on) == served)
        return served

    # -- time ----------------------------------------------------------------------------------------------------

    def free(self, tour: Tour, k: int) -> Any:
        """When the vehicle is free to leave a stop, or home."""
        return tour.start if k == HOME else self.begin[k] + tour.work(self.stops[k])

    def due(self, tour: Tour, k: int) -> Any:
        """When a stop begins, or the vehicle is home."""
        return tour.end if k == HOME else self.begin[k]

    def _in_time(self) -> None:
        add = self.model.add
        for tour in self.tours:
            vehicle = tour.vehicle
            for arc in tour.arcs:
                free, due = self.free(tour, arc.tail), self.due(tour, arc.head)
                add(due >= free + arc.way.seconds).only_enforce_if(arc.used)
                if arc.way.leave_by < NEVER // 2:
                    add(free <= arc.way.leave_by).only_enforce_if(arc.used)
                if arc.way.there_from > -NEVER // 2:
                    add(due >= arc.way.there_from).only_enforce_if(arc.used)
            add(tour.end >= tour.start)
            if vehicle.max_duration is not None:
                add(tour.end - tour.start <= vehicle.max_duration)
            for k, on in tour.on.items():
                domain = self.sat.Domain.from_intervals([list(span) for span in _spans(vehicle, self.stops[k])])
                self.model.add_linear_expression_in_domain(self.begin[k], domain).only_enforce_if(on)
                add(self.begin[k] >= tour.soonest[k]).only_enforce_if(on)
                add(self.begin[k] <= tour.latest[k]).only_enforce_if(on)
            self._released(tour)

    def busy(self, tour: Tour) -> Any:
        """Seconds of driving and work, which is what a route lasts at least."""
        work = sum(tour.work(self.stops[k]) * on for k, on in tour.on.items())
        return work + sum(arc.way.seconds * arc.used for arc in tour.arcs)

    def _released(self, tour: Tour) -> None:
        """What a stop gets is ready when the vehicle loads it, at the depot or at the last reloading before it."""
        late = [k for k in tour.on if self.stops[k].release > tour.vehicle.shift.start]
        if not late:
            return
        loaded = {k: self.whole(0, self.last, f"{tour.vehicle.id} has loaded {k}") for k in tour.on}
        for k in late:
            self.model.add(loaded[k] >= self.stops[k].release).only_enforce_if(tour.on[k])
        for arc in tour.arcs:
            if arc.head == HOME:
                continue
            now = loaded[arc.head]
            if arc.way.loads_by is not None:
                if arc.way.loads_by < 0:
                    self.model.add(arc.used == 0)
                    continue
                self.model.add(now <= arc.way.loads_by).only_enforce_if(arc.used)
                self.model.add(now <= self.due(tour, arc.head) - arc.way.loads_before).only_enforce_if(arc.used)
            else:
                before = tour.start if arc.tail == HOME else loaded[arc.tail]
                self.model.add(now <= before).only_enforce_if(arc.used)

    # -- order ---------------------------------------------------------------------------------------------------

    def _in_order(self) -> None:
        """Of a pair one stop comes after the other, and what is only taken comes after the deliveries of its trip."""
        add, pairs = self.model.add, self.problem.pairs
        if pairs:
            place = [self.whole(1, len(self.stops), f"place of {s.id}") for s in self.stops]
            for tour in self.tours:
                for arc in tour.arcs:
                    if HOME not in (arc.tail, arc.head):
                        add(place[arc.head] >= place[arc.tail] + 1).only_enforce_if(arc.used)
            for pair in pairs:
                add(place[self.number[pair.drop]] >= place[self.number[pair.collect]] + 1)
        if any(s.backhaul for s in self.stops):
            taking = [self.flag(f"only taken until {s.id}") for s in self.stops]
            for k, stop in enumerate(self.stops):
                if stop.backhaul:
                    add(taking[k] == 1)
                elif any(stop.delivery):
                    add(taking[k] == 0)
            for tour in self.tours:
                for arc in tour.arcs:
                    if HOME not in (arc.tail, arc.head) and arc.way.loads_by is None:
                        self.model.add_bool_or([~arc.used, ~taking[arc.tail], taking[arc.head]])

    # -- who serves what -----------------------------------------------------------------------------------------

    def _who_serves(self, must: frozenset[str]) -> None:
        add = self.model.add
        for members in alternatives(self.stops):
            served = [self.served[k] for k in members]
            if any(self.stops[k].id in must for k in members):
                add(sum(served) == 1)
            elif len(members) > 1:
                self.model.add_at_most_one(served)
        words = defaultdict(list)
        for k, stop in enumerate(self.stops):
            if stop.together:
                words[stop.together].append(k)
        for members in words.values():
            hosts = []
            for tour in self.tours:
                host = self.flag(f"{tour.vehicle.id} serves {self.stops[members[0]].together}")
                hosts.append(host)
                for k in members:
                    if k in tour.on:
                        self.model.add_implication(tour.on[k], host)
            self.model.add_at_most_one(hosts)
        for pair in self.problem.pairs:
            a, b = self.number[pair.collect], self.number[pair.drop]
            for tour in self.tours:
                if a in tour.on or b in tour.on:
                    add(tour.on.get(a, 0) == tour.on.get(b, 0))
        for same in self.alike:
            uses = [tour.used for vehicle in same for tour in self.tours if tour.vehicle is vehicle]
            for one, other in pairwise(uses):
                self.model.add_implication(other, one)

    # -- from and to orders --------------------------------------------------------------------------------------

    def hint(self, orders: Orders) -> None:
        """Let the search begin from orders that keep the rules."""
        names = {u.id: k for k, u in enumerate(self.problem.unload_sites)}
        given = {name: order for name, order in orders if order}
        for same in self.alike:  # of vehicles that are alike the first are used
            used = [given[v.id] for v in same if v.id in given]
            for n, vehicle in enumerate(same):
                tour = next((t for t in self.tours if t.vehicle is vehicle), None)
                if tour is not None:
                    self._hint_tour(tour, used[n] if n < len(used) else (), names)
        at_home = {key[1] for order in given.values() for key in order if key[0] == "stop"}
        for k, stop in enumerate(self.stops):
            self.model.add_hint(self.served[k], stop.id in at_home)

    def _hint_tour(self, tour: Tour, order: Sequence[tuple[str, str]], sites: Mapping[str, int]) -> None:
        legs: dict[tuple[int, int], tuple[int, ...]] = {}
        at, chain = HOME, []
        for kind, name in [*order, ("stop", "")] if order else []:
            if kind == "unload":
                chain.append(sites[name])
                continue
            there = self.number[name] if name else HOME
            legs[at, there] = tuple(chain)
            at, chain = there, []
        self.model.add_hint(tour.used, bool(order))
        for k, on in tour.on.items():
            self.model.add_hint(on, any(k == tail for tail, _ in legs))
        for arc in tour.arcs:
            self.model.add_hint(arc.used, legs.get((arc.tail, arc.head)) == arc.way.sites)
        if order:
            services = services_of(self.problem)
            route = build_route(self.problem, tour.vehicle, [services[key] for key in order])
            self.model.add_hint(tour.start, route.start)
            self.model.add_hint(tour.end, route.end)
            for visit in route.visits:
                if visit.kind == "stop":
                    self.model.add_hint(self.begin[self.number[visit.id]], visit.start)

    def orders(self, value: Callable[[Any], int]) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the orders of a solution, by the value of each variable."""
        found = []
        for tour in self.tours:
            follows = {arc.tail: arc for arc in tour.arcs if value(arc.used)}
            order: list[tuple[str, str]] = []
            at = HOME
            while at in follows:
                arc = follows.pop(at)
                order += [("unload", self.problem.unload_sites[k].id) for k in arc.way.sites]
                at = arc.head
                if at == HOME:
                    break
                order.append(("stop", self.stops[at].id))
            if any(kind == "stop" for kind, _ in order):
                found.append((tour.vehicle.id, order))
        return found


def alternatives(stops: Sequence[Stop]) -> list[list[int]]:
    """Return the numbers of the stops of each group, and of every other stop by itself."""
    groups: dict[str, list[int]] = defaultdict(list)
    for k, stop in enumerate(stops):
        groups[f"group {stop.group}" if stop.group else f"stop {stop.id}"].append(k)
    return list(groups.values())


def _alike(problem: Problem) -> Iterator[list[Vehicle]]:
    """Vehicles that could change places with each other, together."""
    named = frozenset[str]().union(*((s.vehicles or frozenset()) | s.forbidden | {s.stays} for s in problem.stops))
    groups: dict[Vehicle, list[Vehicle]] = {}
    for vehicle in problem.vehicles:
        groups.setdefault(vehicle if vehicle.id in named else replace(vehicle, id=""), []).append(vehicle)
    yield from groups.values()


def _fits(problem: Problem, vehicle: Vehicle, stop: Stop) -> bool:
    """Tell whether the vehicle could hold what the stop gets or gives, with nothing else on board."""
    return all(
        max(sum(stop.delivery[d] for d in dims), sum(stop.pickup[d] for d in dims)) <= room
        for dims, room in bounds(vehicle, problem.dimensions)
    )


def _spans(vehicle: Vehicle, stop: Stop) -> list[tuple[int, int]]:
    """The seconds in which the vehicle may begin at a stop."""
    left = [(w.start, w.end) for w in stop.windows]
    for zone in vehicle.closed:
        if stop.location in zone.locations:
            before = [(a, min(b, zone.hours.start - 1)) for a, b in left]
            after = [(max(a, zone.hours.end + 1), b) for a, b in left]
            left = sorted({(a, b) for a, b in (*before, *after) if a <= b})
    return left
