"""What is left of a day: plans for it, and the whole day's plan that they make with what is done."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from routing.explain import why_not
from routing.insertion import Published, filled_up
from routing.legs import arrival, driving, metres, ways_of
from routing.plan import Plan, Route, Unserved
from routing.pricing import plan_prices, route_prices
from routing.problem import Problem, Stop, Vehicle
from routing.replan.changes import Comparison, compared
from routing.replan.moment import Moment, Standing
from routing.schedule import left_out, plan_of, services_of
from routing.timing import Service, excess, loads
from routing.unloading import with_last_unload

if TYPE_CHECKING:
    from routing.solve import Progress

INSERTION_SHARE = 1 / 3
"""Most of a re-plan's time that goes into the insertion plan from which the engine begins."""

NOW = "now: "
"""Before a vehicle's id: the id of the stop that stands for what it finishes first."""


@dataclass(frozen=True)
class RestOfDay:
    """The rest of a published day.

    Attributes
    ----------
    published, plan, moment
        What it is the rest of.
    problem
        The rest. Each vehicle that is under way begins at a stop of its own, ``now: `` and its id, that lasts until it
        is free; its fixed cost is spent. Prices and balance count from now.
    orders
        The rest of the published plan, less what cannot be any more; it need not keep the rules.
    stranded
        Stops whose goods are on board a vehicle that will not bring them.
    held
        By stop, the vehicle that has its goods on board.
    """

    published: Problem
    plan: Plan
    moment: Moment
    problem: Problem = field(repr=False)
    orders: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    stranded: tuple[Unserved, ...]
    held: Mapping[str, str]

    @cached_property
    def start(self) -> Plan:
        """The published rest, less the stops that keep it from being driven now."""
        from routing.solve.finish import drivable

        vehicles, services = {v.id: v for v in self.problem.vehicles}, services_of(self.problem)
        orders = []
        for name, order in self.orders:
            fit = _fitting(self.problem, vehicles[name], [services[key] for key in order])
            orders.append((name, [("stop" if isinstance(s, Stop) else "unload", s.id) for s in fit]))
        return plan_of(self.problem, drivable(self.problem, orders), "published")

    def insertion(self, reasons: bool = True) -> Plan:
        """Return the published rest with what it leaves out put in, one after the other, where each adds least.

        Why each stop is left out takes longest to say; without `reasons` that is not said.
        """
        return self._told(self._inserted) if reasons else self._inserted

    def explained(self, plan: Plan, until: float) -> Plan:
        """Return a plan with why each stop is left out, as far as that is found by a second of the process's clock.

        What comes later is ``no-place``.
        """
        return self._told(plan, until)

    def _told(self, plan: Plan, until: float | None = None) -> Plan:
        """Return the plan with why each stop is left out."""
        from routing.solve.finish import MOST_PLACES

        stops, services = {s.id: s for s in self.problem.stops}, services_of(self.problem)
        vehicles = {v.id: v for v in self.problem.vehicles}
        fleet = {r.vehicle: [services[v.kind, v.id] for v in r.visits] for r in plan.routes}
        told = (
            why_not(self.problem, vehicles, fleet, stops[u.stop], MOST_PLACES)
            if until is None or time.monotonic() < until
            else Unserved(u.stop, "no-place")
            for u in plan.unserved
        )
        return replace(plan, unserved=tuple(told))

    @cached_property
    def _inserted(self) -> Plan:
        return self._inserting()

    def _inserting(self, until: float | None = None) -> Plan:
        """Put in one stop after the other, and give it up as soon as that will last beyond the second ``until``."""
        return replace(filled_up(Published(self.problem, self.start), until), engine="insertion")

    def replan(
        self,
        seconds: float = 3.0,
        seed: int = 1,
        progress: Progress | None = None,
        cores: int = 1,
        iterations: int | None = None,
        reasons: bool = True,
    ) -> Plan:
        """Return the best plan of the rest: what the engine finds from the insertion plan, or that plan itself.

        The time counts from before the insertion. That is given up as soon as it would take more than a third of it,
        and then the engine puts in what it has not. With ``iterations`` it is made to the end, so that a seed always
        gives the same plan. Without ``reasons`` it is not looked for why stops are left out: `explained` does that.

        Raises
        ------
        routing.solve.BrokenPlanError
            As `routing.solve.solve`.
        """
        from routing.solve import solve

        began = time.monotonic()
        if iterations is not None or "_inserted" in self.__dict__:
            inserted = self._inserted
        else:
            inserted = self._inserting(began + seconds * INSERTION_SHARE)
        seconds = max(seconds / 2, seconds - (time.monotonic() - began))
        found = solve(self.problem, seconds, seed, progress, cores, iterations, start=inserted, reasons=reasons)
        if not self._loaded(found) or self._worth(found) > self._worth(inserted):
            best = self._told(inserted) if reasons else inserted
            return replace(best, seconds=found.seconds, notes=found.notes)
        return found

    def _worth(self, plan: Plan) -> tuple[int, int]:
        """Return how many required stops a plan leaves out, and its cost."""
        required = {s.id for s in self.problem.stops if s.required}
        return sum(u.stop in required for u in plan.unserved), plan.cost

    def _loaded(self, plan: Plan) -> bool:
        """Tell whether every vehicle that is under way begins with what it finishes first."""
        begun = {r.vehicle for r in plan.routes if r.visits and r.visits[0].id == NOW + r.vehicle}
        return {s.id for s in self.problem.stops if s.id.startswith(NOW)} <= {NOW + name for name in begun}

    # -- the whole day --------------------------------------------------------------------------------------------

    @cached_property
    def day(self) -> Problem:
        """The whole day as it is now: the published one with the new stops, without the cancelled ones.

        What was announced has no price in it.
        """
        new = {s.id: s for s in self.moment.new}
        done = {v.id for s in self.moment.vehicles.values() for v in s.visits}
        kept = [s for s in self.published.stops if s.id not in new]
        gone = self.moment.cancelled - done
        stops = tuple(s for s in (*kept, *new.values()) if s.id not in gone)
        names = {s.id for s in stops}
        pairs = tuple(p for p in self.published.pairs if p.collect in names and p.drop in names)
        return replace(self.published, stops=stops, pairs=pairs)

    def whole(self, plan: Plan) -> Plan:
        """Return the plan of the whole `day`: what is done, then a plan of the rest.

        The judge accepts it when the past has kept the rules, and no vehicle is out or was sent elsewhere on its way to
        a service; otherwise it finds against it what went wrong, and nothing of what was planned anew.
        """
        rest = {r.vehicle: r for r in plan.routes}
        routes = []
        for vehicle in self.day.vehicles:
            standing, new = self.moment.vehicles.get(vehicle.id), rest.get(vehicle.id)
            if standing is not None:
                routes.append(self._joined(vehicle, standing, new))
            elif new is not None:
                routes.append(replace(new, cost=sum(route_prices(self.day, vehicle, new).values())))
        served = frozenset(v.id for r in routes for v in r.visits if v.kind == "stop")
        reasons = {u.stop: u for u in (*self.plan.unserved, *plan.unserved, *self.stranded)}
        unserved = tuple(reasons.get(s, Unserved(s, "not-worth")) for s in left_out(self.day, served))
        prices = plan_prices(self.day, routes, unserved)
        return replace(
            plan, routes=tuple(routes), unserved=unserved, prices=prices, cost=sum(prices.values()), bound=None
        )

    def compared(self, plan: Plan) -> Comparison:
        """Return what a plan of the rest changes for those to whom the published one was announced."""
        return compared(self.plan, self.whole(plan))

    def _joined(self, vehicle: Vehicle, standing: Standing, new: Route | None) -> Route:
        """Return a route of what is done and what is planned."""
        day, services = self.day, services_of(self.day)
        fresh = [v for v in new.visits if v.id != NOW + vehicle.id] if new else []
        visits = [*standing.visits, *fresh]
        order = [services[v.kind, v.id] for v in visits]
        leaving, along, _, _ = loads(day, vehicle, order)
        placed = [
            replace(v, load=load, collected=collected) for v, (load, collected) in zip(visits, along, strict=True)
        ]
        places = [vehicle.start, *(s.location for s in order), vehicle.end]
        times = [standing.start, *(v.end for v in visits)]
        ways = [ways_of(day, vehicle.profile, a, b) for a, b in pairwise(places)]
        if standing.out:
            ways.pop()
        far = sum(metres(way, now) for way, now in zip(ways, times, strict=False))
        wheel = sum(driving(way, now) for way, now in zip(ways, times, strict=False))
        if new is not None:
            end = new.end
        elif standing.out:
            end = max([standing.free, *(v.end for v in placed)])
        else:
            published = [r.end for r in self.plan.routes if r.vehicle == vehicle.id and standing.home]
            end = max([arrival(ways[-1], times[-1]), *(r.end for r in standing.rests), *published])
        rests = (*standing.rests, *(new.rests if new else ()))
        route = Route(vehicle.id, standing.start, end, leaving, tuple(placed), tuple(rests), far, wheel, 0)
        return replace(route, cost=sum(route_prices(day, vehicle, route).values()))


def _fitting(problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> list[Service]:
    """Return the order less the stops that keep it from being driven; what is finished first stays."""
    fit = list(order)
    if excess(problem, vehicle, fit):
        fit = with_last_unload(problem, vehicle, fit, settle=False)
    while excess(problem, vehicle, fit):
        outs = [s for s in fit if isinstance(s, Stop) and not s.id.startswith(NOW)]
        if not outs:
            break
        trials = [with_last_unload(problem, vehicle, [s for s in fit if s is not out], settle=False) for out in outs]

        def remains(k: int, trials: list[list[Service]] = trials, outs: list[Stop] = outs) -> tuple[bool, int, int]:
            e = excess(problem, vehicle, trials[k])
            return e.unreachable, e.time + e.overload + e.aboard + e.far + e.turns, outs[k].prize

        fit = trials[min(range(len(outs)), key=remains)]
    return fit
