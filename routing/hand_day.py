"""A day arranged by hand: what an order of services comes to, whether it keeps the rules or not, and who takes a stop.

The day is kept ready in a process of its own; the functions at the end of this file are what that process is asked.
Only plain data crosses its border, and who asks loads none of the rest.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from routing.allowances import Allowance, allowed_stops, allowed_vehicles
from routing.day import DayJob
from routing.errors import InputError
from routing.memory import limit_memory
from routing.plan import Plan, Route

if TYPE_CHECKING:
    from routing.check import Violation
    from routing.day import Stated
    from routing.day_roads import Way
    from routing.problem import Problem, Stop, Vehicle
    from routing.schedule import Orders
    from routing.timing import Service

MOST_DAYS = 4
"""So many days are kept ready; that which was asked about longest ago makes room."""

MOST_PLACES = 32
"""So many places are tried for a stop: those of the shortest detours."""

Order = Sequence[tuple[str, str]]
"""Services of a vehicle: each ("stop", id) or ("unload", id of a site)."""


@dataclass(frozen=True)
class Broken:
    """A rule that is broken: of which vehicle, at which service ("" for the whole route), which, and by how much.

    ``rule`` is as `routing.check` names it, ``amount`` in its unit.
    """

    vehicle: str
    service: str
    rule: str
    amount: int


@dataclass(frozen=True)
class Sketch:
    """A vehicle's order as it would be driven.

    Attributes
    ----------
    order
        Its services: those that were asked for that the day still has, with the last unload that suits them.
    route
        None when nothing is left to be done.
    ways
        The road of each leg; none unless they were asked for.
    """

    vehicle: str
    order: Order
    route: Route | None
    broken: tuple[Broken, ...]
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Whole:
    """All routes of a day together: the plan, the rules that it breaks, and the road of each leg by vehicle."""

    plan: Plan
    broken: tuple[Broken, ...]
    ways: Mapping[str, Sequence[Way]]


class HandDay:
    """A day with its roads, ready to be asked what orders of services come to."""

    def __init__(self, made: Stated) -> None:
        self.made = made
        self._stops = {stop.id: stop for stop in made.problem.stops}
        self._sites = {site.id: site for site in made.problem.unload_sites}
        self._vehicles = {vehicle.id: vehicle for vehicle in made.problem.vehicles}

    def sketches(
        self, orders: Mapping[str, Order], allowances: Sequence[Allowance] = (), drawn: bool = False
    ) -> list[Sketch]:
        """Return what each vehicle's order comes to, under the rules that are left when some may be broken.

        Raises
        ------
        InputError
            When the day has no such vehicle.
        """
        return [self._sketch(name, order, allowances, drawn) for name, order in orders.items()]

    def fitted(
        self, stop: str, orders: Mapping[str, Order], allowances: Sequence[Allowance] = ()
    ) -> tuple[str, Order] | None:
        """Return the vehicle that takes a stop most cheaply within the rules, and its order with it.

        Of all places those of the shortest detours are tried. When none keeps the rules it is the place that breaks
        them least; None when no vehicle gets there.

        Raises
        ------
        InputError
            When the day has no such stop or vehicle.
        """
        from routing.timing import excess, route_within_rules
        from routing.unloading import placements

        if stop not in self._stops:
            raise _no_road(stop)
        best: tuple[int, int, str, list[Service]] | None = None
        known: dict[str, tuple[Problem, Vehicle, list[Service], Stop, int]] = {}
        for name, position in self._nearest(stop, orders):
            if name not in known:
                problem, vehicle = self._part(name, [("stop", stop), *orders[name]], allowances)
                now = self._services(problem, orders[name])
                had = route_within_rules(problem, vehicle, now)
                new = next(s for s in problem.stops if s.id == stop)
                known[name] = problem, vehicle, now, new, had.cost if had is not None else 0
            problem, vehicle, now, new, before = known[name]
            for order in placements(problem, vehicle, now, new, [position]):
                route = route_within_rules(problem, vehicle, order) if new.takes(vehicle) else None
                if route is not None:
                    rank = (0, route.cost - before)
                else:
                    over = excess(problem, vehicle, order)
                    if over.unreachable:
                        continue
                    worse = over.time + 3600 * bool(over.overload + over.aboard) + 7200 * (not new.takes(vehicle))
                    rank = (1, worse)
                if best is None or rank < best[:2]:
                    best = (*rank, name, order)
        if best is None:
            return None
        return best[2], [self._key(service) for service in best[3]]

    def whole(self, orders: Orders, allowances: Sequence[Allowance] = ()) -> Whole:
        """Return the plan of all orders, judged, with the road of each leg."""
        from routing.check import check
        from routing.schedule import plan_of

        problem = self._allowed(self.made.problem, allowances)
        kept = [(name, self._known(order)) for name, order in orders if name in self._vehicles]
        plan = plan_of(problem, [(name, order) for name, order in kept if order])
        ways = {route.vehicle: self._ways(problem, self._vehicles[route.vehicle], route) for route in plan.routes}
        return Whole(plan, broken_of(check(problem, plan)), ways)

    # -- parts of it ------------------------------------------------------------------------------------------------

    def _sketch(self, name: str, order: Order, allowances: Sequence[Allowance], drawn: bool) -> Sketch:
        from routing.check import check
        from routing.schedule import plan_of
        from routing.unloading import with_last_unload

        problem, vehicle = self._part(name, order, allowances)
        services = with_last_unload(problem, vehicle, self._services(problem, order))
        settled = [self._key(service) for service in services]
        if not settled:
            return Sketch(name, (), None, ())
        plan = plan_of(problem, [(name, settled)])
        (route,) = plan.routes
        ways = tuple(self._ways(problem, vehicle, route)) if drawn else ()
        return Sketch(name, tuple(settled), route, broken_of(check(problem, plan)), ways)

    def _part(self, name: str, order: Order, allowances: Sequence[Allowance]) -> tuple[Problem, Vehicle]:
        """Return the day of one vehicle and the stops of its order alone."""
        if name not in self._vehicles:
            raise InputError("no-vehicle", "The day has no vehicle %(vehicle)s.", vehicle=name)
        stops = tuple({key: self._stops[key] for kind, key in order if kind == "stop" and key in self._stops}.values())
        part = self.made.problem.changed(stops=stops, vehicles=(self._vehicles[name],), pairs=())
        part = self._allowed(part, allowances)
        return part, part.vehicles[0]

    @staticmethod
    def _allowed(problem: Problem, allowances: Sequence[Allowance]) -> Problem:
        if not allowances:
            return problem
        stops, vehicles = allowed_stops(problem.stops, allowances), allowed_vehicles(problem.vehicles, allowances)
        return problem.changed(stops=stops, vehicles=vehicles)

    def _known(self, order: Order) -> list[tuple[str, str]]:
        """Return the services of an order that the day has."""
        return [(kind, key) for kind, key in order if key in (self._stops if kind == "stop" else self._sites)]

    def _services(self, problem: Problem, order: Order) -> list[Service]:
        stops = {stop.id: stop for stop in problem.stops}
        return [stops[key] if kind == "stop" else self._sites[key] for kind, key in self._known(order)]

    @staticmethod
    def _key(service: Service) -> tuple[str, str]:
        from routing.problem import Stop

        return ("stop" if isinstance(service, Stop) else "unload", service.id)

    def _nearest(self, stop: str, orders: Mapping[str, Order]) -> list[tuple[str, int]]:
        """Return the places of the shortest detours, as vehicle and position, of vehicles that may serve it first."""
        import numpy as np

        at, found = self._stops[stop].location, []
        for name, order in orders.items():
            if name not in self._vehicles:
                raise InputError("no-vehicle", "The day has no vehicle %(vehicle)s.", vehicle=name)
            vehicle = self._vehicles[name]
            ways = self.made.problem.matrices[vehicle.profile].distances
            places = [vehicle.start, *(s.location for s in self._services(self.made.problem, order)), vehicle.end]
            here, there = np.array(places[:-1]), np.array(places[1:])
            detours = ways[here, at].astype(np.int64) + ways[at, there] - ways[here, there]
            last = 1 << 40 if not self._stops[stop].takes(vehicle) else 0
            found += [(last + int(detour), name, k) for k, detour in enumerate(detours)]
        found.sort()
        return [(name, k) for _, name, k in found[:MOST_PLACES]]

    def _ways(self, problem: Problem, vehicle: Vehicle, route: Route) -> list[Way]:
        at = {("stop", s.id): s.location for s in self._stops.values()}
        at |= {("unload", u.id): u.location for u in self._sites.values()}
        along = [vehicle.start, *(at[visit.kind, visit.id] for visit in route.visits), vehicle.end]
        return self.made.roads.lines(problem, vehicle.profile, along, route)


def broken_of(violations: Sequence[Violation]) -> tuple[Broken, ...]:
    """Return what the judge finds against a plan as plain data."""
    return tuple(Broken(v.vehicle, v.service, v.rule, v.amount) for v in violations)


def _no_road(stop: str) -> InputError:
    return InputError("no-such-stop", "The day has no stop %(stop)s on a road.", stop=stop)


# -- what the process is asked --------------------------------------------------------------------------------------

_days: OrderedDict[str, HandDay] = OrderedDict()


def begin(memory_mb: int) -> None:
    """Make the process ready: a hard limit of memory, and the compiled loops of the roads."""
    os.nice(1)
    import_module("routing.roads.kernels")
    limit_memory(memory_mb)


def open_day(key: str, job: DayJob) -> None:
    """Make a day ready under a key.

    Raises
    ------
    InputError
        As `routing.day.stated`.
    """
    from routing.day import stated

    if key not in _days:
        _days[key] = HandDay(stated(job))
        while len(_days) > MOST_DAYS:
            _days.popitem(last=False)


def sketches(
    key: str, orders: Mapping[str, Order], allowances: Sequence[Allowance], drawn: bool
) -> list[Sketch] | None:
    """Answer as `HandDay.sketches`; None when no day of this key is ready."""
    day = day_of(key)
    return None if day is None else day.sketches(orders, allowances, drawn)


def fitted(
    key: str, stop: str, orders: Mapping[str, Order], allowances: Sequence[Allowance]
) -> tuple[tuple[str, Order] | None] | None:
    """Answer as `HandDay.fitted`, in a tuple; None when no day of this key is ready."""
    day = day_of(key)
    return None if day is None else (day.fitted(stop, orders, allowances),)


def whole(key: str, orders: Orders, allowances: Sequence[Allowance]) -> Whole | None:
    """Answer as `HandDay.whole`; None when no day of this key is ready."""
    day = day_of(key)
    return None if day is None else day.whole(orders, allowances)


def day_of(key: str) -> HandDay | None:
    """Return the day that is kept ready under a key, None when it has made room for others."""
    if key in _days:
        _days.move_to_end(key)
    return _days.get(key)
