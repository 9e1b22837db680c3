"""Laws that hold on every drawn day, for the short trials beside this file and for the long ones of the soak."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from days import rich_days
from hypothesis import strategies as st

from routing.check import check
from routing.problem import Stop
from routing.schedule import plan_of
from routing.solve import faults_of, solve
from routing.solve.ruin import compiled, orders_by_ruin
from routing.timing import build_route, excess

OF_MORE_THAN_THE_ORDER = {
    "neither served nor left out",
    "accounted for more than once",
    "left out beside its group",
    "group served more than once",
    "required stop left out",
    "stops that belong together are apart",
    "pair on two vehicles",
    "vehicle not allowed",
}
"""What `check` finds that `excess` does not look at, besides skills and what sites get in all."""


SETS = (
    ("overtime", "windows", "pauses", "releases"),
    ("longest", "pauses", "windows", "closed"),
    ("backhauls", "pairs", "reloading", "releases"),
    ("ranges", "charging", "periods", "overtime"),
    ("compartments", "loads", "stock", "partial", "bounded"),
    ("bounded", "reloading", "groups", "together", "wishes"),
    ("pairs", "together", "named", "required", "partial"),
    ("profiles", "carbon", "compactness", "balance", "free hours"),
)
"""Rules that have to do with each other."""


def keys(services):
    return [("stop" if isinstance(s, Stop) else "unload", s.id) for s in services]


@st.composite
def rich_orders(draw, **bounds):
    """A rich day, one of its vehicles, and some of its stops and sites in some order."""
    problem = draw(rich_days(**bounds))
    services = draw(st.permutations(problem.stops))[draw(st.integers(0, len(problem.stops))) :]
    for unload in problem.unload_sites:
        for _ in range(draw(st.integers(0, 2))):
            services.insert(draw(st.integers(0, len(services))), unload)
    if problem.unload_sites and any(any(s.pickup) for s in services if isinstance(s, Stop)) and draw(st.booleans()):
        services.append(draw(st.sampled_from(problem.unload_sites)))
    return problem, draw(st.sampled_from(problem.vehicles)), services


def found_by_check(problem, vehicle, services):
    """What the judge has against the plan of this order alone, of all that is the order's own affair."""
    plan = plan_of(problem, [(vehicle.id, keys(services))])
    collected = {pair.collect for pair in problem.pairs}  # a drop alone is out of turn; what is never dropped is not
    return [
        v
        for v in check(problem, plan)
        if v.rule not in OF_MORE_THAN_THE_ORDER
        and not v.rule.startswith(("vehicle lacks ", "site gets too much"))
        and (v.rule != "left out without the other of its pair" or v.service in collected)
    ]


def excess_agrees_with_check(given):
    """What excess finds nothing against is sound, and what is unsound it finds something against. Says which it is."""
    problem, vehicle, services = given
    if not services:
        return "empty"
    found, judged = excess(problem, vehicle, services), found_by_check(problem, vehicle, services)
    assert bool(found) == bool(judged), (found, judged)
    return "can be driven" if not found else "cannot be driven"


# -- every second tried ------------------------------------------------------------------------------------------

CLOCK = ("windows", "crews", "releases", "pauses", "overtime", "closed", "reloading", "periods", "profiles")
"""Rules about the hour at which something happens."""


def in_turn(pauses):
    """The breaks without those that would not need to be had though one before them is."""
    kept = []
    for pause in pauses:
        last = kept[-1] if kept else pause
        later = pause.window.start + pause.duration >= last.window.start + last.duration
        if later and pause.window.end >= last.window.end:
            kept.append(pause)
    return tuple(kept)


class Seconds:
    """A vehicle and an order, driven second by second as the rules have it: all that may be done is tried."""

    def __init__(self, problem, vehicle, services):
        self.problem, self.vehicle, self.services = problem, vehicle, services
        self.until = vehicle.shift.end + vehicle.overtime
        self.places = [vehicle.start, *(s.location for s in services), vehicle.end]
        trips = [[]]
        for s in services:
            if isinstance(s, Stop):
                trips[-1].append(s.release)
            elif s.reloads:
                trips.append([])
        self.ready = [max(trip, default=0) for trip in trips]

    def arrival(self, leg, now):
        """When a leg is over that is set out on now, or when one of the coming periods begins; None for never."""
        a, b = self.places[leg], self.places[leg + 1]
        base = self.problem.matrices[self.vehicle.profile]
        edges = {t for p in self.problem.periods for t in (p.hours.start, p.hours.end) if t > now}
        found = []
        for moment in (now, *edges):
            holds = [p for p in self.problem.periods if p.hours.start <= moment < p.hours.end]
            matrix = holds[0].matrices.get(self.vehicle.profile, base) if holds else base
            if matrix.durations[a, b] >= 0:
                found.append(moment + int(matrix.durations[a, b]))
        return min(found, default=None)

    def may_begin(self, number, now):
        service = self.services[number]
        spans = service.windows if isinstance(service, Stop) else (service.hours,)
        shut = [z.hours for z in self.vehicle.closed if service.location in z.locations]
        trip = sum(not isinstance(s, Stop) and s.reloads for s in self.services[: number + 1])
        ready = not isinstance(service, Stop) and service.reloads and self.ready[trip]
        return (
            any(w.start <= now <= w.end for w in spans)
            and not any(w.start <= now <= w.end for w in shut)
            and now >= ready
        )

    def best(self):
        """The soonest coming home and the latest leaving for it (negative), or None where nothing can be done."""
        found = []
        for start in range(max(self.vehicle.shift.start, self.ready[0]), self.vehicle.shift.end + 1):
            spared = tuple(start >= p.window.start + p.duration for p in self.vehicle.pauses)
            home = self.set_out(0, start, 0, self.until, spared)
            if home is not None:
                found.append((home, -start))
        return min(found, default=None)

    def set_out(self, leg, now, had, by, spared):
        there = self.arrival(leg, now)
        return None if there is None else self.on_the_way(leg, there - now, now, had, by, spared)

    @cache  # noqa: B019 - lives as long as one example
    def on_the_way(self, leg, left, now, had, by, spared):
        """The soonest home with so many seconds of a leg to go, and so many breaks over or left out."""
        if now > by:
            return None
        options = []
        pauses = self.vehicle.pauses
        deadline = by  # which is sooner when a break is left out
        for k in range(had, len(pauses)):
            if pauses[k].window.start <= now <= pauses[k].window.end:
                options.append(self.on_the_way(leg, left, now + pauses[k].duration, k + 1, deadline, spared))
            if not spared[k]:
                deadline = min(deadline, pauses[k].window.end)
        if left:
            options.append(self.on_the_way(leg, left - 1, now + 1, had, by, spared))
        elif leg == len(self.services):
            options.append(now if now <= deadline else None)
        else:
            options.append(self.on_the_way(leg, 0, now + 1, had, by, spared))
            if self.may_begin(leg, now):
                service = self.services[leg]
                spent = service.duration(self.vehicle.crew) if isinstance(service, Stop) else service.duration
                options.append(self.set_out(leg + 1, now + spent, had, by, spared))
        return min((o for o in options if o is not None), default=None)


def no_schedule_is_better(given):
    """The clock finds a schedule where there is one, comes home as soon as can be and leaves as late as that allows."""
    problem, vehicle, services = given
    roomy = replace(vehicle, capacity=(100, 100), pauses=in_turn(vehicle.pauses))
    found = excess(problem, roomy, services)
    best = Seconds(problem, roomy, services).best()
    assert (best is None) == bool(found.time or found.unreachable), (best, found)
    if best is None:
        return "cannot be driven"
    route = build_route(problem, roomy, services)
    assert (route.end, -route.start) == best
    return f"can be driven, {len(route.rests)} breaks"


# -- the compiled walk -------------------------------------------------------------------------------------------


def walked(problem, vehicle, services):
    """What the compiled walk says of an order, and its price."""
    from routing.solve.ruin.chain import Chain
    from routing.solve.ruin.making import Compiled
    from routing.solve.ruin.walk import walk

    compiled = Compiled(problem)
    chain = Chain.of(compiled.day, compiled.numbered([(vehicle.id, keys(services))]), 1, [0] * len(compiled.day.c))
    slot = int(chain.state.slot[0])
    says = walk(compiled.day.record, chain.state.record, slot, True)
    return says, float(chain.state.slots["cost"][slot])


def pairs_in_turn(problem, services):
    """Tell whether nothing is dropped that was not collected before, which the walk leaves to insertions."""
    order = [s.id for s in services if isinstance(s, Stop)]
    return all(pair.drop not in order or pair.collect in order[: order.index(pair.drop)] for pair in problem.pairs)


def walk_agrees_with_excess(given):
    """The walk says yes where nothing is in excess, and the price; where wishes or hours count only nearly that."""
    problem, vehicle, services = given
    if not services or not pairs_in_turn(problem, services):
        return "not looked at"
    found = excess(problem, vehicle, services)
    says, cost = walked(problem, vehicle, services)
    assert (says == 0) == (not found), (says, found)
    if found:
        return "cannot be driven"
    wished = any(s.wishes and s.wish_price for s in services if isinstance(s, Stop))
    if not wished and not problem.periods:
        true = build_route(problem, vehicle, services).cost
        assert abs(cost - true) <= 3, (cost, true)
    return "can be driven"


# -- whole plans -------------------------------------------------------------------------------------------------


def every_plan_is_sound(problem, cores=1, iterations=300):
    """What `solve` gives is sound, comes from our engine, and is the same again. Says what is left out and why.

    The engine's orders need no mending either; only how far the hours of the day let a vehicle drive it knows nearly.
    """
    if problem.stops and not (problem.periods and any(v.range is not None for v in problem.vehicles)):
        orders = orders_by_ruin(compiled(problem), 1.0, 3, cores, iterations=iterations)
        assert faults_of(problem, plan_of(problem, orders)) == []
    plan, again = (solve(problem, seed=3, cores=cores, iterations=iterations) for _ in range(2))
    assert faults_of(problem, plan) == []
    assert plan.notes == ()
    assert plan.engine == ("ruin" if problem.stops else "insertion")
    assert replace(again, seconds=plan.seconds) == plan
    return sorted({u.reason for u in plan.unserved})


# -- memory ------------------------------------------------------------------------------------------------------

ZONE = 4096
"""Bytes before and after each array that nobody may write to."""


class Guarded:
    """The arrays of searches, each with a zone around it."""

    def __init__(self, made):
        self.made, self.states = made, []

    def __call__(self, *args):
        state = self.made(*args)
        zones, arrays = {}, {}
        for name in state._fields:
            if name != "record":
                array = getattr(state, name)
                zones[name] = np.full(array.nbytes + 2 * ZONE, 0xA5, np.uint8)
                inside = zones[name][ZONE : ZONE + array.nbytes]
                arrays[name] = inside.view(array.dtype).reshape(array.shape)
                arrays[name][...] = array
                state.record[name] = arrays[name].ctypes.data
        self.states.append(zones)
        return state._replace(**arrays)

    def written(self):
        """Names of the arrays around which something was written."""
        return sorted(
            name
            for zones in self.states
            for name, zone in zones.items()
            if (zone[:ZONE] != 0xA5).any() or (zone[-ZONE:] != 0xA5).any()
        )


def nothing_is_written_outside(problem):
    """The compiled loops, which do not look at bounds, write to nothing but their arrays."""
    from routing.solve.ruin import chain

    guarded = Guarded(chain.empty_state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "empty_state", guarded)
        plan = solve(problem, seed=3, iterations=300)
    assert guarded.written() == []
    return f"{len(plan.routes)} routes"
