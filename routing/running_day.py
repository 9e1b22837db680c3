"""A day that is being driven, planned anew from a moment on: what the board's process is asked and what it answers.

Only plain data crosses the border of that process, and who asks loads none of the rest.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from routing.hand_day import Broken, HandDay, broken_of, day_of
from routing.plan import Plan, Rest, Route, Unserved, Visit
from routing.problem import Load, Pair, Problem, Stop, TimeWindow, Vehicle

if TYPE_CHECKING:
    from routing.day_roads import Way
    from routing.replan import Moment, RestOfDay, Standing

FIRST_SHARE = 0.6
"""Of the time, for the search that keeps every promise; the rest is for what it leaves out."""

LEAST_SHARE = 0.15
"""Of the time, for what is left out, however long the first search took."""

EXPLAINING = 1.0
"""Seconds after the searches in which it is looked for why stops are left out; of the others it is not said."""

ENOUGH = 60
"""A service that begins so many seconds sooner or later than announced is at the same hour."""


@dataclass(frozen=True)
class Truck:
    """A vehicle that has left, as far as anybody knows.

    Attributes
    ----------
    start
        When it left.
    visits
        What it has done, and what it finishes first; times as they were or are expected, loads empty.
    free
        When it may go elsewhere.
    location
        Where that is, a row of the positions; None for where its last visit is.
    rests
        Breaks that have begun.
    aboard
        What was collected and is on board, one number a dimension, where that is known; None for what its visits say.
    out
        It can do no more today.
    full
        Dimensions of which there is no room left, whatever else is known; none for a truck that is not full.
    """

    start: int
    visits: tuple[Visit, ...]
    free: int
    location: int | None = None
    rests: tuple[Rest, ...] = ()
    aboard: Load | None = None
    out: bool = False
    full: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """What is known of a published day at a second of it, and what has happened.

    Attributes
    ----------
    routes
        As published: services with their announced times, loads empty.
    unavailable, closed, cancelled
        Vehicles that have not left and will not, sites that are closed, stops that are no longer wanted.
    new
        Stops on no route that are to be served now.
    later
        By how many seconds more than promised each stop may begin, rather than not at all.
    opens
        By site the second before which nobody unloads there.
    freed
        Stops that any vehicle may serve now.
    vehicle_price, minute_price, tolerance
        As `routing.replan.Disturbance`.
    prizes
        Fen that leaving out a stop counts while it is searched, instead of its own prize: how stops are ranked where
        not all can be served. No figure that is told has them in it.
    beside
        Stops that are nobody's order, and not in the day: goods that a vehicle takes over from one that is out. They
        are served where that pays, and count in no figure.
    carried
        By stop the one of ``beside`` at which its goods are taken over first, by the vehicle that brings them.
    """

    second: int
    routes: tuple[Route, ...]
    trucks: Mapping[str, Truck]
    unavailable: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    later: Mapping[str, int] = field(default_factory=dict)
    opens: Mapping[str, int] = field(default_factory=dict)
    freed: frozenset[str] = frozenset()
    vehicle_price: int = 0
    minute_price: int = 0
    tolerance: int = 900
    seconds: float = 3.0
    seed: int = 1
    prizes: Mapping[str, int] = field(default_factory=dict)
    beside: tuple[Stop, ...] = ()
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Weighed:
    """A plan of the rest in figures: stops left out, on another vehicle, at another hour, and fen without prizes."""

    left_out: int
    other_vehicle: int
    other_hour: int
    cost: int


@dataclass(frozen=True)
class Found:
    """A plan of the rest of the day.

    Attributes
    ----------
    routes
        What each vehicle has still to do, less what it finishes first.
    ways
        By vehicle the road of each leg of that, and home.
    whole
        The routes of the whole day, with what is done.
    unserved
        Stops that nobody serves any more, and why.
    late
        Stops that begin later than promised.
    broken
        Rules that the rest breaks; none, or it is no proposal.
    cost
        Fen of the whole day.
    this, plain
        The plan in figures, and the one that only puts in what came off its route, one after the other.
    """

    routes: tuple[Route, ...]
    ways: Mapping[str, Sequence[Way]]
    whole: Mapping[str, Route]
    unserved: tuple[Unserved, ...]
    late: tuple[str, ...]
    broken: tuple[Broken, ...]
    cost: int
    this: Weighed
    plain: Weighed
    seconds: float


def load() -> None:
    """Load what the search needs; where that is new, it is compiled first, which takes a minute or two."""
    from routing.solve import load

    load()


def replanned(key: str, asked: Asked) -> Found | None:
    """Answer as `replan`; None when no day of this key is ready."""
    day = day_of(key)
    return None if day is None else replan(day, asked)


def replan(day: HandDay, asked: Asked) -> Found:
    """Return the best plan of the rest that is found in time: promises first, then later rather than not at all.

    Raises
    ------
    InputError
        When something is named that the day does not have.
    """
    from routing.check import check
    from routing.replan import Disturbance, rest_of_day

    began = time.monotonic()
    problem = _as_it_is(day.made.problem, asked)
    plan = _published(problem, asked)
    problem, moment = _moment(problem, asked, day)
    price = Disturbance(asked.vehicle_price, asked.minute_price, asked.tolerance)
    rest = rest_of_day(problem, plan, moment, price)
    found = rest.replan(asked.seconds * FIRST_SHARE, asked.seed, reasons=False)
    waits = {one.stop for one in found.unserved} & set(asked.later)
    if waits:
        stops = {stop.id: stop for stop in (*problem.stops, *moment.new)}
        relaxed = tuple(_later(stops[name], asked) for name in sorted(waits))
        others = tuple(stop for stop in moment.new if stop.id not in waits)
        more = rest_of_day(problem, plan, replace(moment, new=(*others, *relaxed)), price)
        left = max(LEAST_SHARE * asked.seconds, asked.seconds - (time.monotonic() - began))
        second = more.replan(left, asked.seed, reasons=False)
        if {one.stop for one in second.unserved} < {one.stop for one in found.unserved}:
            rest, found = more, second
    found = rest.explained(found, began + asked.seconds + EXPLAINING)
    return _told(day, asked, rest, found, broken_of(check(rest.problem, found)))


# -- what is asked, as the search takes it ----------------------------------------------------------------------------


def _as_it_is(problem: Problem, asked: Asked) -> Problem:
    sites = tuple(
        replace(
            site, hours=TimeWindow(min(max(site.hours.start, asked.opens[site.id]), site.hours.end), site.hours.end)
        )
        if site.id in asked.opens
        else site
        for site in problem.unload_sites
    )
    stops = tuple(_ranked(replace(s, vehicles=None) if s.id in asked.freed else s, asked) for s in problem.stops)
    stops = (*stops, *asked.beside)
    there = {stop.id for stop in stops}
    pairs = (Pair(collect, drop) for drop, collect in asked.carried.items() if {collect, drop} <= there)
    return problem.changed(unload_sites=sites, stops=stops, pairs=(*problem.pairs, *pairs))


def _ranked(stop: Stop, asked: Asked) -> Stop:
    return replace(stop, prize=asked.prizes[stop.id]) if stop.id in asked.prizes else stop


def _published(problem: Problem, asked: Asked) -> Plan:
    known = {("stop", s.id) for s in problem.stops} | {("unload", u.id) for u in problem.unload_sites}
    nothing = (0,) * len(problem.dimensions)
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    routes = [
        replace(
            route,
            load=nothing,
            visits=tuple(
                replace(v, load=nothing, collected=nothing) for v in route.visits if (str(v.kind), v.id) in known
            ),
        )
        for route in asked.routes
        if route.vehicle in vehicles
    ]
    return Plan(tuple(routes), (), 0, "published", 0.0)


def _moment(problem: Problem, asked: Asked, day: HandDay) -> tuple[Problem, Moment]:
    from routing.errors import InputError
    from routing.replan import Moment

    stops = {stop.id: stop for stop in problem.stops}
    sites = {site.id for site in problem.unload_sites}
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    for name in sorted((asked.unavailable | set(asked.trucks)) - set(vehicles)):
        raise InputError("no-vehicle", "The day has no vehicle %(vehicle)s.", vehicle=name)
    for name in sorted(asked.new - set(stops)):
        raise InputError("no-such-stop", "The day has no stop %(stop)s on a road.", stop=name)
    standings = {}
    for name, truck in asked.trucks.items():
        vehicle, standing = _standing(problem, vehicles[name], truck, asked.second, day)
        vehicles[name], standings[name] = vehicle, standing
    problem = problem.changed(vehicles=tuple(vehicles.values()))
    moment = Moment(
        asked.second,
        standings,
        asked.unavailable,
        asked.closed & sites,
        asked.cancelled & set(stops),
        (*(stops[name] for name in sorted(asked.new)), *asked.beside),
    )
    return problem, moment


def _standing(problem: Problem, vehicle: Vehicle, truck: Truck, second: int, day: HandDay) -> tuple[Vehicle, Standing]:
    from routing.legs import metres, ways_of
    from routing.replan import Standing
    from routing.replan.moment import battery_left
    from routing.schedule import services_of
    from routing.timing import loads

    services = services_of(problem)
    done = [v for v in truck.visits if (v.kind, v.id) in services]
    order = [services[v.kind, v.id] for v in done]
    _, along, _, _ = loads(problem, vehicle, order)
    visits = [replace(v, load=load, collected=mine) for v, (load, mine) in zip(done, along, strict=True)]
    if truck.aboard is not None or truck.full:
        over = [visit.collected for visit in visits if visit.end <= second]
        now = truck.aboard or (over[-1] if over else vehicle.load or (0,) * len(problem.dimensions))
        aboard = _fitting(vehicle, filled(problem.dimensions, vehicle, now, truck.full))
        if not visits:
            vehicle = replace(vehicle, load=aboard)
        elif not (visits[-1].kind == "unload" and visits[-1].end > second):
            for visit, service in zip(done, order, strict=True):
                if isinstance(service, Stop) and visit.end > second:  # not on board yet
                    aboard = _fitting(vehicle, tuple(a + b for a, b in zip(aboard, service.pickup, strict=True)))
            visits[-1] = replace(visits[-1], collected=aboard)
    unneeded, leaving = 0, 0
    for pause in vehicle.pauses:
        leaving = max(leaving, pause.window.start + pause.duration)
        if leaving > truck.start:
            break
        unneeded += 1
    location = truck.location
    if location is not None and location in day.made.roads.off.get(vehicle.profile, {}):
        location = None
    battery = battery_left(problem, vehicle, truck.start, tuple(visits))
    if battery is not None and location is not None:
        here = order[-1].location if order else vehicle.start
        battery = max(0, battery - metres(ways_of(problem, vehicle.profile, here, location), second))
    return vehicle, Standing(
        start=truck.start,
        visits=tuple(visits),
        free=max(second, truck.free),
        location=location,
        rests=truck.rests,
        breaks=min(len(vehicle.pauses), unneeded + len(truck.rests)),
        battery=battery,
        out=truck.out,
    )


def filled(dimensions: Sequence[str], vehicle: Vehicle, load: Load, full: frozenset[str]) -> Load:
    """Return a load with no room left in some dimensions, where one shares its room with others in what these leave."""
    found = list(load)
    rows = {name: k for k, name in enumerate(dimensions)}
    for name in sorted(full & set(rows)):
        shared = [part for part in vehicle.compartments if name in part.dimensions]
        room = min((part.capacity for part in shared), default=vehicle.capacity[rows[name]])
        others = max((sum(load[rows[n]] for n in part.dimensions - {name}) for part in shared), default=0)
        found[rows[name]] = max(load[rows[name]], room - others)
    return tuple(found)


def _fitting(vehicle: Vehicle, load: Load) -> Load:
    """Return a load of which no more is on board than there is room for, so that the rest can still be planned."""
    return tuple(min(amount, room) for amount, room in zip(load, vehicle.capacity, strict=True))


def _later(stop: Stop, asked: Asked) -> Stop:
    first, last = stop.windows[0], stop.windows[-1]
    end = max(last.end, asked.second) + asked.later[stop.id]
    return replace(stop, windows=(TimeWindow(first.start, end),))


# -- what is answered -------------------------------------------------------------------------------------------------


def _told(day: HandDay, asked: Asked, rest: RestOfDay, found: Plan, broken: tuple[Broken, ...]) -> Found:
    whole = rest.whole(found)
    routes, ways = [], {}
    for route in found.routes:
        fresh = _fresh(route)
        if fresh is not None:
            routes.append(fresh)
            ways[route.vehicle] = _ways(day, rest.problem, fresh)
    windows = {stop.id: stop.windows for stop in rest.published.stops}
    own = {stop.id: stop.prize for stop in day.made.problem.stops}
    ranked = {stop.id: stop.prize for stop in rest.published.stops}
    more = sum(ranked[u.stop] - own.get(u.stop, 0) for u in whole.unserved if u.stop in ranked)
    late = [v.id for r in routes for v in r.visits if v.kind == "stop" and v.start > windows[v.id][-1].end]
    return Found(
        routes=tuple(routes),
        ways=ways,
        whole={route.vehicle: route for route in whole.routes},
        unserved=(*found.unserved, *rest.stranded),
        late=tuple(late),
        broken=broken,
        cost=whole.cost - more,
        this=_weighed(asked, rest, found),
        plain=_weighed(asked, rest, rest.insertion(reasons=False)),
        seconds=found.seconds,
    )


def _fresh(route: Route) -> Route | None:
    """Return what a vehicle does after what it finishes first, None for nothing."""
    from routing.replan.whole import NOW

    if route.visits and route.visits[0].id == NOW + route.vehicle:
        now, visits = route.visits[0], route.visits[1:]
        route = replace(route, start=now.end, visits=visits)
    return route if route.visits else None


def _ways(day: HandDay, problem: Problem, route: Route) -> Sequence[Way]:
    vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
    at: dict[tuple[str, str], int] = {("stop", s.id): s.location for s in problem.stops}
    at |= {("unload", u.id): u.location for u in problem.unload_sites}
    along = [vehicle.start, *(at[visit.kind, visit.id] for visit in route.visits), vehicle.end]
    return day.made.roads.lines(problem, vehicle.profile, along, route)


def _weighed(asked: Asked, rest: RestOfDay, plan: Plan) -> Weighed:
    announced = {v.id: (r.vehicle, v.start) for r in asked.routes for v in r.visits if v.kind == "stop"}
    now = {v.id: (r.vehicle, v.start) for r in plan.routes for v in r.visits if v.kind == "stop"}
    both = [(announced[name], now[name]) for name in now if name in announced]
    return Weighed(
        left_out=len({one.stop for one in (*plan.unserved, *rest.stranded)} - {stop.id for stop in asked.beside}),
        other_vehicle=sum(was[0] != then[0] for was, then in both),
        other_hour=sum(abs(was[1] - then[1]) > ENOUGH for was, then in both),
        cost=plan.cost - plan.prices.get("prizes", 0) - plan.prices.get("moves", 0) - plan.prices.get("wishes", 0),
    )
