"""From any orders of services to a plan that keeps every rule: what cannot be driven loses stops, others are put in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from routing.explain import certain, why_not
from routing.fixes import Fleet
from routing.insertion import Published, filled_up
from routing.plan import Fix, Plan, Unserved
from routing.pricing import prizes_lost
from routing.problem import Problem, Stop, Vehicle
from routing.schedule import Orders, left_out, orders_of, plan_of, services_of
from routing.solve import load
from routing.timing import Service, excess, unloaded
from routing.unloading import with_last_unload

if TYPE_CHECKING:
    from routing.solve.ruin.making import Compiled

MOST_PLACES = 40
"""Places that are tried for the reason of a stop: the engine knows already that it fits at none."""

FEW_PLACES = 3
"""The same for those whose turn comes when the time is over."""
LARGE = 1_400
"""Stops of a day above which to find all reasons takes too long, with hundreds of vehicles seconds for each.
`routing.solve.exact.asked` finds what is missing for whoever asks."""

AT_LEAST, PROVEN_AT_LEAST = 5, 100
"""Of a large day's stops that must be served, how many get their reason also when the time is over; and how many of
all have it looked for what keeps every plan from serving them."""


def complete(
    problem: Problem, orders: Orders, engine: str = "insertion", seconds: float = 0.0, loops: bool = True
) -> Plan:
    """Return the plan of these orders, mended as `drivable` does, with left-overs put in and reasons for the rest.

    Without ``loops``, and where they cannot be loaded, nothing compiled is used, which is slower and puts in no pairs.
    """
    fit, day = drivable(problem, orders), None
    if problem.stops and problem.vehicles:
        loops = loops and usable()
        if loops:
            from routing.solve.ruin import compiled, filled

            day = compiled(problem)
            fit = drivable(problem, filled(day, fit))
            paying = _paying(problem, fit)
            if len(paying) < len(fit):  # a route that does not pay to the fen is gone; its stops may pay elsewhere
                fit = drivable(problem, filled(day, paying))
        else:
            fit = drivable(problem, orders_of(filled_up(Published(problem, plan_of(problem, fit)))))
    return with_reasons(problem, fit, engine, seconds, day, loops=loops)


def usable() -> bool:
    """Tell whether the compiled loops can be loaded."""
    try:
        load()
    except Exception:  # numba and what it stands on fail in many ways
        return False
    return True


def drivable(problem: Problem, orders: Orders) -> Orders:
    """Return orders that keep every rule.

    A stop that comes twice keeps its first place; others go until each order can be driven, nothing is served beside
    another of its group, away from what it belongs together with or without the other of its pair, and no site gets
    more than it takes.
    """
    vehicles, services = {v.id: v for v in problem.vehicles}, services_of(problem)
    given: set[tuple[str, str]] = set()
    fleet: dict[str, list[Service]] = {}
    for name, order in orders:
        fleet[name] = []
        for key in order:
            if key[0] != "stop" or key not in given:
                given.add(key)
                fleet[name].append(services[key])
    while True:
        fleet = {name: trimmed(problem, vehicles[name], order) for name, order in fleet.items()}
        out = {s.id for s in _unfit(problem, fleet)} or {s.id for s in _too_much(problem, vehicles, fleet)}
        if not out:
            break
        fleet = {
            name: [s for s in order if not isinstance(s, Stop) or s.id not in out] for name, order in fleet.items()
        }
    return [
        (name, [("stop" if isinstance(s, Stop) else "unload", s.id) for s in order])
        for name, order in fleet.items()
        if order
    ]


def _unfit(problem: Problem, fleet: Mapping[str, Sequence[Service]]) -> Iterator[Stop]:
    """Give the stops that a rule forbids beside what is served before them."""
    by = {s.id: name for name, order in fleet.items() for s in order if isinstance(s, Stop)}
    mates = {p.collect: p.drop for p in problem.pairs} | {p.drop: p.collect for p in problem.pairs}
    groups: set[str] = set()
    homes: dict[str, str] = {}
    for stop in problem.stops:
        name = by.get(stop.id)
        if name is None:
            continue
        apart = stop.together and homes.setdefault(stop.together, name) != name
        widowed = stop.id in mates and by.get(mates[stop.id]) != name
        if apart or widowed or stop.group in groups:
            yield stop
        elif stop.group:
            groups.add(stop.group)


def _too_much(
    problem: Problem, vehicles: Mapping[str, Vehicle], fleet: Mapping[str, Sequence[Service]]
) -> Iterator[Stop]:
    """Give stops of the first order that brings a site more than it takes: the last that gave some of it."""
    room = {u.id: list(u.capacity) for u in problem.unload_sites if u.capacity is not None}
    for name, order in fleet.items():
        for k, (site, goods) in enumerate(zip(order, unloaded(problem, vehicles[name], order), strict=True)):
            if isinstance(site, Stop) or site.id not in room:
                continue
            room[site.id] = [a - b for a, b in zip(room[site.id], goods, strict=True)]
            over = [d for d, units in enumerate(room[site.id]) if units < 0]
            if over:
                gave = [s for s in order[:k] if isinstance(s, Stop) and any(s.pickup[d] for d in over)]
                yield from gave[-1:] or [s for s in order if isinstance(s, Stop)]
                return


def trimmed(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> list[Service]:
    """Return the order without the stops that keep it from being driven; nothing when none is left."""
    order = [s for s in services if not isinstance(s, Stop) or s.takes(vehicle)]
    if excess(problem, vehicle, order):
        order = with_last_unload(problem, vehicle, order, settle=False)
    while stops := [s for s in order if isinstance(s, Stop)]:
        if not excess(problem, vehicle, order):
            return order
        rests = [with_last_unload(problem, vehicle, [s for s in order if s is not out], settle=False) for out in stops]

        def remains(k: int, stops: list[Stop] = stops, rests: list[list[Service]] = rests) -> tuple[bool, int, int]:
            e = excess(problem, vehicle, rests[k])
            return e.unreachable, e.time + e.overload + e.aboard + e.far + e.turns, stops[k].prize

        order = rests[min(range(len(stops)), key=remains)]
    return []


def with_reasons(
    problem: Problem,
    orders: Orders,
    engine: str,
    seconds: float,
    day: Compiled | None = None,
    until: float | None = None,
    loops: bool = True,
    asked: bool = True,
) -> Plan:
    """Return the plan of orders that keep every rule, and why each stop that they do not have is left out.

    ``day`` is the compiled problem of whoever has it already. From the second ``until`` of the process's clock on, less
    is tried for a reason; unless they are ``asked`` for, none is looked for. For ``loops`` see `complete`.
    """
    orders = _paying(problem, orders)
    services, vehicles = services_of(problem), {v.id: v for v in problem.vehicles}
    fleet = {name: [services[key] for key in order] for name, order in orders}
    served = frozenset(key[1] for _, order in orders for key in order if key[0] == "stop")
    stops = {s.id: s for s in problem.stops}
    dear = {}
    if len(served) < len(stops) and vehicles and loops and usable():
        from routing.solve.ruin import compiled, too_dear

        dear = too_dear(day or compiled(problem), orders)
    reasons = {name: _not_worth(name, v, fen) for name, (v, fen) in dear.items()}
    left = [name for name in left_out(problem, served) if name not in reasons]
    if asked:
        reasons |= _looked_for(problem, vehicles, fleet, [stops[name] for name in left], until)
    reasons |= {name: Unserved(name, "no-place") for name in left if name not in reasons}
    return plan_of(problem, orders, engine, seconds, reasons)


def _looked_for(
    problem: Problem, vehicles: Mapping[str, Vehicle], fleet: Fleet, left: Sequence[Stop], until: float | None
) -> dict[str, Unserved]:
    """The reasons of stops left out; of a large day's, of those that must be served, or that no plan could serve."""

    def over() -> bool:
        return until is not None and time.monotonic() >= until

    large = len(problem.stops) > LARGE
    reasons: dict[str, Unserved] = {}
    must = [s for s in left if s.required] if large else left
    for tries, stop in enumerate(must):
        if large and tries >= AT_LEAST and over():
            break
        reasons[stop.id] = why_not(problem, vehicles, fleet, stop, FEW_PLACES if over() else MOST_PLACES)
    if large:
        others = sorted((s for s in left if s.id not in reasons), key=lambda s: not s.required)
        for tries, stop in enumerate(others):
            if tries >= PROVEN_AT_LEAST and over():
                break
            if (told := certain(problem, vehicles, stop)) is not None:
                reasons[stop.id] = told
    return reasons


def _not_worth(stop: str, vehicle: str, fen: int) -> Unserved:
    worth = Fix("prize", fen, {"prize": fen + 1})
    return Unserved(stop, "not-worth", {"vehicle": vehicle, "cost": fen}, (worth,))


def _paying(problem: Problem, orders: Orders) -> Orders:
    """Return the orders whose routes do not cost more than the prizes that they save, to the fen."""
    stops = {s.id: s for s in problem.stops}
    plan = plan_of(problem, orders)
    kept = []
    for (name, order), route in zip([o for o in orders if o[1]], plan.routes, strict=True):
        served = [stops[key[1]] for key in order if key[0] == "stop"]
        saved = prizes_lost(problem, [s.id for s in served])
        if route.cost <= saved or any(s.required for s in served) or not served:
            kept.append((name, order))
    return kept
