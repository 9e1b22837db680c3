"""Published days to put stops into: some order of a day, mended so that it can be driven; and every place, tried."""

from __future__ import annotations

from dataclasses import replace

from days import rich_days
from hypothesis import strategies as st

from routing.pricing import plan_prices
from routing.problem import Stop, TimeWindow, UnloadSite
from routing.schedule import plan_of
from routing.solve.finish import drivable
from routing.timing import build_route, excess, loads, soonest_begins, unloaded


def key(service):
    return ("stop" if isinstance(service, Stop) else "unload", service.id)


@st.composite
def published_days(draw, **bounds):
    """A day without one of its stops, a plan that keeps its rules, and that stop."""
    problem = draw(rich_days(**{"stops": (1, 5), "vehicles": (1, 2), "sites": (0, 2), **bounds}))
    paired = {name for p in problem.pairs for name in (p.collect, p.drop)}
    alone = [s for s in problem.stops if s.id not in paired] or [replace(problem.stops[0], id="new")]
    new = alone[draw(st.integers(0, len(alone) - 1))]
    problem = replace(problem, stops=tuple(s for s in problem.stops if s.id != new.id))
    orders = {v.id: [] for v in problem.vehicles}
    for s in draw(st.permutations([*problem.stops, *problem.unload_sites])):
        orders[draw(st.sampled_from(sorted(orders)))].append(key(s))
    fit = drivable(problem, sorted(orders.items()))
    return problem, plan_of(problem, fit), new


def useful(problem, vehicle, past, stop, before, after):
    """Whether a site beside the stop does something there: it takes goods that are on board, loads, or charges."""
    _, along, _, _ = loads(problem, vehicle, past)
    aboard = along[-1][1] if along else vehicle.load or (0,) * len(problem.dimensions)

    def gets(site, goods):
        names = [name for name, units in zip(problem.dimensions, goods, strict=True) if units]
        return any(site.takes is None or name in site.takes for name in names)

    if before and not gets(before, aboard) and not (before.reloads and any(stop.delivery)):
        return before.charges and vehicle.range is not None
    return not after or gets(after, stop.pickup) or after.charges


def arrangements(problem, vehicle, order, stop, position):
    """Every way to have the stop there: with a site beside it or none, with another last unload or one more."""
    names = frozenset(problem.dimensions)

    def takes(site):
        return names if site.takes is None else site.takes & names

    last = order[-1] if order and isinstance(order[-1], UnloadSite) else None
    endings = [order]
    if last and takes(last) and not last.reloads and not last.charges and position < len(order):
        endings += [[*order[:-1], site] for site in problem.unload_sites if takes(site)]
    if not vehicle.keeps_stock:
        there = takes(last) if last else frozenset()
        endings += [[*order, site] for site in problem.unload_sites if not takes(site) <= there]
    for ending in endings:
        for before in (None, *problem.unload_sites):
            for after in (None, *problem.unload_sites):
                if (before is None or after is None) and useful(
                    problem, vehicle, ending[:position], stop, before, after
                ):
                    put = [s for s in (before, stop, after) if s]
                    yield [*ending[:position], *put, *ending[position:]]


class Everywhere:
    """Brute force over all positions of a published day: the least fen at each, and what it would break."""

    def __init__(self, problem, plan, stop):
        self.plan, self.stop = plan, stop
        self.problem = replace(problem, stops=(*problem.stops, stop))
        services = {key(s): s for s in (*self.problem.stops, *problem.unload_sites)}
        self.orders = {v.id: [] for v in problem.vehicles}
        self.orders |= {r.vehicle: [services[v.kind, v.id] for v in r.visits] for r in plan.routes}

    def usable(self, vehicle):
        others = [(n, s) for n, order in self.orders.items() for s in order if isinstance(s, Stop)]
        if self.stop.group and any(s.group == self.stop.group for _, s in others):
            return False
        apart = self.stop.together and any(s.together == self.stop.together and n != vehicle.id for n, s in others)
        return self.stop.takes(vehicle) and not apart

    def sites_hold(self, vehicle, order):
        orders = {**self.orders, vehicle.id: order}
        for d in range(len(self.problem.dimensions)):
            for site in self.problem.unload_sites:
                got = sum(
                    units[d]
                    for v in self.problem.vehicles
                    for s, units in zip(orders[v.id], unloaded(self.problem, v, orders[v.id]), strict=True)
                    if s is site
                )
                if site.capacity is not None and got > site.capacity[d]:
                    return False
        return True

    def added(self, problem, vehicle, order):
        route = build_route(problem, vehicle, order)
        routes = [r for r in self.plan.routes if r.vehicle != vehicle.id]
        return sum(plan_prices(problem, [*routes, route], ()).values()) - sum(
            plan_prices(problem, self.plan.routes, ()).values()
        )

    def clean(self):
        """Return the least fen by vehicle and position."""
        found = {}
        for vehicle in self.problem.vehicles:
            order = self.orders[vehicle.id]
            for position in range(len(order) + 1) if self.usable(vehicle) else ():
                for trial in arrangements(self.problem, vehicle, order, self.stop, position):
                    if not excess(self.problem, vehicle, trial) and self.sites_hold(vehicle, trial):
                        fen = self.added(self.problem, vehicle, trial)
                        found[vehicle.id, position] = min(fen, found.get((vehicle.id, position), fen))
        return found

    def told(self, service, begin):
        """Return the service with its last window up to when it begins, if it is a stop that was promised already."""
        if not isinstance(service, Stop) or service.id == self.stop.id:
            return service
        *others, last = service.windows
        return replace(service, windows=(*others, TimeWindow(last.start, max(begin, last.end))))

    def moving(self):
        """Return the least fen by vehicle and position when stops may be served late, as little as can be."""
        found = {}
        for vehicle in self.problem.vehicles:
            order = self.orders[vehicle.id]
            for position in range(len(order) + 1) if self.usable(vehicle) else ():
                for trial in arrangements(self.problem, vehicle, order, self.stop, position):
                    if excess(self.problem, vehicle, trial).unreachable:
                        continue
                    begins = soonest_begins(self.problem, vehicle, trial)
                    late = [self.told(s, at) for s, at in zip(trial, begins, strict=True)]
                    told = {s.id: s for s in late if isinstance(s, Stop)}
                    problem = replace(self.problem, stops=tuple(told.get(s.id, s) for s in self.problem.stops))
                    if not excess(problem, vehicle, late) and self.sites_hold(vehicle, trial):
                        fen = self.added(problem, vehicle, late)
                        found[vehicle.id, position] = min(fen, found.get((vehicle.id, position), fen))
        return found
