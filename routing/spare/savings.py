"""What our own day costs less when a stop is no longer ours."""

from __future__ import annotations

from dataclasses import dataclass

from routing.plan import Plan, Route
from routing.pricing import prices_of
from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.schedule import services_of
from routing.timing import Service, route_within_rules


@dataclass(frozen=True)
class Saving:
    """Fen that our day costs less without a stop; ``left_out``: it has no place in it, and these are its prize."""

    fen: int
    left_out: bool = False


class OurDay:
    """A planned day of ours from which stops are taken, one after the other.

    What several stops save together is the sum of what each saved when it was taken.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._problem = problem
        self._vehicles = {v.id: v for v in problem.vehicles}
        self._stops = {s.id: s for s in problem.stops}
        services = services_of(problem)
        self._orders: dict[str, list[Service]] = {
            r.vehicle: [services[v.kind, v.id] for v in r.visits] for r in plan.routes
        }
        self._costs = {r.vehicle: r.cost for r in plan.routes}
        self._on = {s.id: name for name, order in self._orders.items() for s in order if isinstance(s, Stop)}

    def vehicle_of(self, stop: str) -> str:
        """Return the vehicle that serves a stop; "" for one that is left out."""
        return self._on.get(stop, "")

    def saving(self, stop: str) -> Saving | None:
        """Return what the day costs less without a stop; None for one that the day does not have."""
        if stop not in self._stops:
            return None
        name = self.vehicle_of(stop)
        if not name:
            return Saving(self._stops[stop].prize, left_out=True)
        return Saving(max(0, self._costs[name] - self._without(name, stop)[1]))

    def take(self, stop: str) -> None:
        """Take a stop out of the day."""
        name = self._on.pop(stop, "")
        if name:
            self._orders[name], self._costs[name] = self._without(name, stop)
        del self._stops[stop]

    def _without(self, name: str, stop: str) -> tuple[list[Service], int]:
        """Return the order of a vehicle without a stop, and its cost; unloads that are not needed any more go too."""
        vehicle = self._vehicles[name]
        order = [s for s in self._orders[name] if s.id != stop or isinstance(s, UnloadSite)]
        cost = self._cost(vehicle, order)
        for place in reversed(range(len(order))):
            if isinstance(order[place], UnloadSite):
                fewer = [*order[:place], *order[place + 1 :]]
                less = self._cost(vehicle, fewer)
                if less is not None and (cost is None or less <= cost):
                    order, cost = fewer, less
        # a route without one of its stops keeps the rules, unless roads that change by the hour make it later
        return order, self._costs[name] if cost is None else cost

    def _cost(self, vehicle: Vehicle, order: list[Service]) -> int | None:
        stops = [s for s in order if isinstance(s, Stop)]
        if not stops:
            return 0
        route: Route | None = route_within_rules(self._problem, vehicle, order)
        return None if route is None else sum(prices_of(self._problem, vehicle, route, stops).values())
