"""Laws of what a plan says of the stops that it leaves out, for the short trials beside this file and for the soak."""

from __future__ import annotations

from dataclasses import replace

from exact.brute import routes

import routing.explain
from routing.explain import why_not
from routing.fixes import applied
from routing.schedule import services_of
from routing.solve.exact.search import best_of
from routing.solve.finish import complete
from routing.timing import build_route, excess
from routing.unloading import placements


def fits(problem, vehicle, order, stop):
    """Fen that the cheapest place adds, or None where there is none."""
    before = build_route(problem, vehicle, order).cost if order else 0
    added = [
        build_route(problem, vehicle, trial).cost - before
        for trial in placements(problem, vehicle, order, stop)
        if not excess(problem, vehicle, trial)
    ]
    return min(added, default=None)


def eased(problem, late=0, overtime=0, amount=0):
    """The day with every last window, every shift and every capacity wider by so much."""

    def later(window):
        return replace(window, end=window.end + late)

    return replace(
        problem,
        stops=tuple(replace(s, windows=(*s.windows[:-1], later(s.windows[-1]))) for s in problem.stops),
        unload_sites=tuple(replace(u, hours=later(u.hours)) for u in problem.unload_sites),
        vehicles=tuple(
            replace(
                v,
                shift=replace(v.shift, end=v.shift.end + overtime),
                capacity=tuple(c + amount for c in v.capacity),
            )
            for v in problem.vehicles
        ),
    )


def order_in(problem, keys):
    services = {("stop", s.id): s for s in problem.stops} | {("unload", u.id): u for u in problem.unload_sites}
    return [services[key] for key in keys]


def is_true(problem, driven, told):
    """Look at the day itself whether the reason holds, and whether its figures are what it would take."""
    stop = next(s for s in problem.stops if s.id == told.stop)
    able = [v for v in problem.vehicles if stop.skills <= v.skills]
    needs = [max(pair) for pair in zip(stop.delivery, stop.pickup, strict=True)]
    fitting = [v for v in able if all(n <= c for n, c in zip(needs, v.capacity, strict=True))]
    values = dict(told.values)
    named = values.get("vehicle")

    def places(day, vehicle_id, alone=False):
        vehicle = next(v for v in day.vehicles if v.id == vehicle_id)
        same = next(s for s in day.stops if s.id == stop.id)
        return fits(day, vehicle, [] if alone else order_in(day, driven.get(vehicle_id, [])), same)

    if told.reason == "no-site":
        return any(stop.pickup) and not problem.unload_sites
    if told.reason == "skill":
        return not able
    if told.reason == "too-large":
        d = problem.dimensions.index(values["dimension"])
        return able and not fitting and needs[d] == values["need"] > values["capacity"]
    assert fitting
    if told.reason in ("unreachable", "cut-off"):

        def never(vehicle):
            order = order_in(problem, driven.get(vehicle.id, [])) if told.reason == "cut-off" else []
            return all(
                excess(problem, vehicle, trial).unreachable for trial in placements(problem, vehicle, order, stop)
            )

        return all(never(v) for v in fitting)
    if told.reason == "outside-hours":
        more = values["seconds"]
        return (
            all(places(problem, v.id, alone=True) is None for v in fitting)
            and places(eased(problem, more, more), named, alone=True) is not None
        )
    if told.reason == "not-worth":
        found = [p for v in fitting if (p := places(problem, v.id)) is not None]
        return min(found, default=stop.prize) >= stop.prize  # with more unloads than one it may fit where none is found
    if any(places(problem, v.id) is not None for v in fitting):
        return False
    late = values["seconds"] if told.reason == "late" else 0
    overtime = values["seconds"] if told.reason == "overtime" else values.get("overtime", 0)
    assert told.reason in ("late", "overtime", "full")
    assert late or overtime or values["amount"]
    return places(eased(problem, late, overtime, values.get("amount", 0)), named) is not None


def every_reason_is_true(problem):
    """With its figure eased, a stop that is left out fits. Says which reasons there are."""
    plan = complete(problem, [], "insertion", 0.0)
    driven = {r.vehicle: [(v.kind, v.id) for v in r.visits] for r in plan.routes}
    for told in plan.unserved:
        assert is_true(problem, driven, told), told
    return [told.reason for told in plan.unserved]


def every_stop_left_out_has_a_reason(problem):
    """One that routing describes, and `not-worth` only with what it would cost, or where it can be driven.

    What is said to be proven is so: no vehicle serves the stop in any order of any stops, with any sites in between.
    """
    plan = complete(problem, [], "insertion", 0.0)
    services = services_of(problem)
    fleet = {r.vehicle: [services[v.kind, v.id] for v in r.visits] for r in plan.routes}
    vehicles = {v.id: v for v in problem.vehicles}
    for told in plan.unserved:
        assert f"``{told.reason}``" in routing.explain.__doc__
        again = why_not(problem, vehicles, fleet, services["stop", told.stop])
        if again.reason == "not-worth":
            assert told.reason == "not-worth"
        if told.proven and len(problem.stops) <= 3:
            pair = next(({p.collect, p.drop} for p in problem.pairs if told.stop in (p.collect, p.drop)), {told.stop})
            assert not any(pair <= served for v in problem.vehicles for served in routes(problem, v)), told
    return [told.reason for told in plan.unserved]


def every_change_lets_the_stop_be_served(problem):
    """Of another arithmetic: the model of CP-SAT knows plans that serve it and all that was served."""
    plan = complete(problem, [])
    served = {v.id for r in plan.routes for v in r.visits if v.kind == "stop"}
    changes = []
    for left in plan.unserved:
        for fix in left.fixes:
            changed = applied(problem, left.stop, fix)
            kept = served & {s.id for s in changed.stops}
            mates = {name for p in problem.pairs for name in (p.collect, p.drop) if left.stop in (p.collect, p.drop)}
            found = best_of(changed, [], 5.0, must=kept | mates | {left.stop})
            assert not found.impossible, (left, fix)
            changes.append(fix.change)
    return changes
