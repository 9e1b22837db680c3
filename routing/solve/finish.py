"""From bare orders of services to a plan: last unloads, exact times, left-overs fitted in, reasons for the rest."""

from __future__ import annotations

from collections.abc import Sequence

from routing.explain import why_not
from routing.plan import Plan
from routing.problem import Problem, Stop, Vehicle
from routing.timing import Service, build_route, excess
from routing.unloading import placements, with_last_unload


def complete(
    problem: Problem,
    orders: Sequence[tuple[Vehicle, Sequence[Service]]],
    engine: str,
    seconds: float,
) -> Plan:
    """Return the plan of these orders.

    An order that cannot be driven exactly as given loses stops until it can. Stops that no order has are inserted
    where that costs less than leaving them out, the dearest first; a dear stop that fits nowhere may push out
    others that are worth less together. What remains is left out with its reason.
    """
    fleet = _Fleet(problem)
    for vehicle, services in orders:
        fleet.orders[vehicle.id] = fleet.trimmed(vehicle, services)
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
    routes = tuple(build_route(problem, fleet.vehicles[n], order) for n, order in fleet.orders.items() if order)
    unserved = tuple(why_not(problem, fleet.vehicles, fleet.orders, stop) for stop in left)
    cost = sum(r.cost for r in routes) + sum(s.prize for s in left)
    return Plan(routes, unserved, cost, engine, round(seconds, 3), problem.notice)


class _Fleet:
    """Orders of services by vehicle, each of which can be driven."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.vehicles = {v.id: v for v in problem.vehicles}
        self.orders: dict[str, list[Service]] = {v.id: [] for v in problem.vehicles}

    def trimmed(self, vehicle: Vehicle, services: Sequence[Service], keep: Stop | None = None) -> list[Service]:
        """Return the order without the stops that keep it from being driven; `keep` is the last to go."""
        able = [s for s in services if not isinstance(s, Stop) or s.skills <= vehicle.skills]
        order = with_last_unload(self.problem, vehicle, able)
        while excess(self.problem, vehicle, order):
            stops = [s for s in order if isinstance(s, Stop) and s is not keep]
            if not stops:
                return []
            rests = [with_last_unload(self.problem, vehicle, [s for s in order if s is not out]) for out in stops]

            def remains(k: int, stops: list[Stop] = stops, rests: list[list[Service]] = rests) -> tuple[bool, int, int]:
                e = excess(self.problem, vehicle, rests[k])
                return e.unreachable, e.time + e.overload, stops[k].prize

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
            for trial in placements(self.problem, vehicle, order, stop):
                if excess(self.problem, vehicle, trial):
                    continue
                added = build_route(self.problem, vehicle, trial).cost - before
                if best is None or added < best[0]:
                    best = added, name, trial
        if best is None or best[0] >= stop.prize:
            return False
        self.orders[best[1]] = best[2]
        return True

    def make_room(self, stop: Stop) -> list[Stop] | None:
        """Put the stop where the others that must go are worth least, and return them; None if they are worth more."""
        best: tuple[int, str, list[Service], list[Stop]] | None = None
        for name, order in self.orders.items():
            vehicle = self.vehicles[name]
            if not order or not stop.skills <= vehicle.skills:
                continue
            trials = list(placements(self.problem, vehicle, order, stop))
            nearest = min(trials, key=lambda t: self._weight(vehicle, t))
            kept = self.trimmed(vehicle, nearest, keep=stop)
            if stop not in kept:
                continue
            out = [s for s in order if isinstance(s, Stop) and s not in kept]
            worth = sum(s.prize for s in out)
            if worth < stop.prize and (best is None or worth < best[0]):
                best = worth, name, kept, out
        if best is None:
            return None
        self.orders[best[1]] = best[2]
        return best[3]

    def _weight(self, vehicle: Vehicle, order: Sequence[Service]) -> tuple[bool, int]:
        e = excess(self.problem, vehicle, order)
        return e.unreachable, e.time + e.overload
