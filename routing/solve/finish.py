"""From bare orders of services to a plan: last unloads, exact times, left-overs fitted in, reasons for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from routing.explain import why_not
from routing.plan import Plan, Route
from routing.problem import Problem, Stop, Vehicle
from routing.timing import Service, build_route, excess, feasible, open_positions
from routing.unloading import placements, with_last_unload


def complete(
    problem: Problem,
    orders: Sequence[tuple[Vehicle, Sequence[Service]]],
    engine: str = "insertion",
    seconds: float = 0.0,
) -> Plan:
    """Return the plan of these orders.

    An order that cannot be driven exactly as given loses stops until it can; a stop that comes twice keeps its first
    place. Stops that no order has are inserted where that costs less than leaving them out, the dearest first; a dear
    stop that fits nowhere may push out others that are worth less together. What remains is left out with its reason.
    """
    return draft(problem, orders).plan(engine, seconds)


def draft(problem: Problem, orders: Sequence[tuple[Vehicle, Sequence[Service]]]) -> Draft:
    """Return what `complete` makes of these orders, without exact times and reasons yet."""
    fleet = _Fleet(problem)
    given: set[str] = set()
    for vehicle, services in orders:
        fresh: list[Service] = []
        for service in services:
            if not isinstance(service, Stop):
                fresh.append(service)
            elif service.id not in given:
                given.add(service.id)
                fresh.append(service)
        fleet.orders[vehicle.id] = fleet.trimmed(vehicle, fresh)
    placed = {s.id for order in fleet.orders.values() for s in order if isinstance(s, Stop)}
    waiting = [s for s in problem.stops if s.id not in placed]
    left: list[Stop] = []
    while waiting:
        waiting.sort(key=lambda s: (-s.prize, s.id))
        stop = waiting.pop(0)
        if fleet.insert(stop):
            continue
        pushed_out = fleet.make_room(stop)
        if pushed_out is None:
            left.append(stop)
        else:
            waiting += pushed_out
    while inserted := {s.id for s in left if fleet.insert(s)}:  # what others pushed out may have made room
        left = [s for s in left if s.id not in inserted]
    return Draft(problem, fleet.orders, tuple(left))


@dataclass(frozen=True)
class Draft:
    """Orders of services by vehicle, each of which can be driven, and the stops that none of them has."""

    problem: Problem
    orders: Mapping[str, Sequence[Service]]
    left: tuple[Stop, ...]

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes with their times."""
        vehicles = {v.id: v for v in self.problem.vehicles}
        return tuple(build_route(self.problem, vehicles[name], order) for name, order in self.orders.items() if order)

    @property
    def cost(self) -> int:
        """Fen, as `Plan.cost` counts it."""
        return sum(r.cost for r in self.routes) + sum(s.prize for s in self.left)

    def plan(self, engine: str, seconds: float) -> Plan:
        """Return the plan, with the reason of every stop that is left out."""
        vehicles = {v.id: v for v in self.problem.vehicles}
        unserved = tuple(why_not(self.problem, vehicles, self.orders, stop) for stop in self.left)
        return Plan(self.routes, unserved, self.cost, engine, round(seconds, 3), self.problem.notice)


class _Fleet:
    """Orders of services by vehicle, each of which can be driven."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.vehicles = {v.id: v for v in problem.vehicles}
        self.orders: dict[str, list[Service]] = {v.id: [] for v in problem.vehicles}

    def trimmed(self, vehicle: Vehicle, services: Sequence[Service], keep: Stop | None = None) -> list[Service]:
        """Return the order without the stops that keep it from being driven; `keep` is the last to go."""
        able = [s for s in services if not isinstance(s, Stop) or s.skills <= vehicle.skills]
        order = with_last_unload(self.problem, vehicle, able, settle=False)
        while excess(self.problem, vehicle, order):
            stops = [s for s in order if isinstance(s, Stop) and s is not keep]
            if not stops:
                return []
            rests = [
                with_last_unload(self.problem, vehicle, [s for s in order if s is not out], settle=False)
                for out in stops
            ]

            def remains(k: int, stops: list[Stop] = stops, rests: list[list[Service]] = rests) -> tuple[bool, int, int]:
                e = excess(self.problem, vehicle, rests[k])
                return e.unreachable, e.time + e.overload + e.aboard, stops[k].prize

            order = rests[min(range(len(stops)), key=remains)]
        return order

    def insert(self, stop: Stop) -> bool:
        """Put the stop where it adds least, if that is less than its prize."""
        best: tuple[int, str, list[Service]] | None = None
        for name, order in self.orders.items():
            vehicle = self.vehicles[name]
            if not stop.skills <= vehicle.skills:
                continue
            before = build_route(self.problem, vehicle, order).cost if order else 0
            where = open_positions(self.problem, vehicle, order, stop)
            for trial in placements(self.problem, vehicle, order, stop, where, settle=False):
                if not feasible(self.problem, vehicle, trial):
                    continue
                added = build_route(self.problem, vehicle, trial).cost - before
                if best is None or added < best[0]:
                    best = added, name, trial
        if best is None or best[0] >= stop.prize:
            return False
        self.orders[best[1]] = best[2]
        return True

    def make_room(self, stop: Stop) -> list[Stop] | None:
        """Put the stop where others have to go, if that is worth it, and return those; None if it is nowhere.

        It is worth it when the prizes lost and the cost added are less together than the stop's prize.
        """
        best: tuple[int, str, list[Service], list[Stop]] | None = None
        for name, order in self.orders.items():
            vehicle = self.vehicles[name]
            cheaper = any(s.prize < stop.prize for s in order if isinstance(s, Stop))
            if not cheaper or not stop.skills <= vehicle.skills:
                continue
            trials = list(placements(self.problem, vehicle, order, stop))
            nearest = min(trials, key=lambda t: self._weight(vehicle, t))
            kept = self.trimmed(vehicle, nearest, keep=stop)
            if stop not in kept:
                continue
            out = [s for s in order if isinstance(s, Stop) and s not in kept]
            added = build_route(self.problem, vehicle, kept).cost - build_route(self.problem, vehicle, order).cost
            loss = sum(s.prize for s in out) + added
            if loss < stop.prize and (best is None or loss < best[0]):
                best = loss, name, kept, out
        if best is None:
            return None
        self.orders[best[1]] = best[2]
        return best[3]

    def _weight(self, vehicle: Vehicle, order: Sequence[Service]) -> tuple[bool, int]:
        e = excess(self.problem, vehicle, order)
        return e.unreachable, e.time + e.overload
