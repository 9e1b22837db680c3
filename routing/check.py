"""The independent judge: recomputes every time, load and cost of a plan from the problem alone.

Shares no code with the engines or with `routing.timing`; a plan that any engine returns must come through here
before anyone drives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routing.plan import Plan, Route
from routing.problem import Problem, Stop, UnloadSite, Vehicle


@dataclass(frozen=True)
class Violation:
    """A broken rule: where, which, and by how much (seconds, load units, fen, or 1 for yes-or-no rules)."""

    vehicle: str
    service: str
    rule: str
    amount: int

    def __str__(self) -> str:
        return f"{self.vehicle or '-'} at {self.service or '-'}: {self.rule} by {self.amount}"


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every rule of the problem that the plan breaks, and every figure in it that is not true."""
    found: list[Violation] = []
    vehicles = {v.id: v for v in problem.vehicles}
    driven: set[str] = set()
    served: dict[str, int] = {}
    money = 0
    for route in plan.routes:
        vehicle = vehicles.get(route.vehicle)
        if vehicle is None:
            found.append(Violation(route.vehicle, "", "unknown vehicle", 1))
            continue
        if route.vehicle in driven:
            found.append(Violation(route.vehicle, "", "vehicle used twice", 1))
        driven.add(route.vehicle)
        for visit in route.visits:
            if visit.kind == "stop":
                served[visit.id] = served.get(visit.id, 0) + 1
        found += _route_faults(problem, vehicle, route)
        money += route.cost
    left_out = [u.stop for u in plan.unserved]
    for stop in problem.stops:
        times = served.pop(stop.id, 0) + left_out.count(stop.id)
        if times == 0:
            found.append(Violation("", stop.id, "neither served nor left out", 1))
        elif times > 1:
            found.append(Violation("", stop.id, "accounted for more than once", times - 1))
        if stop.id in left_out:
            money += stop.prize
    known = {s.id for s in problem.stops}
    found += [Violation("", name, "unknown stop", 1) for name in [*served, *left_out] if name not in known]
    if money != plan.cost:
        found.append(Violation("", "", "cost of the plan is not the sum of its parts", abs(money - plan.cost)))
    if plan.notice != problem.notice:
        found.append(Violation("", "", "the notice of the roads is missing", 1))
    return found


def _route_faults(problem: Problem, vehicle: Vehicle, route: Route) -> list[Violation]:
    stops: dict[str, Stop] = {s.id: s for s in problem.stops}
    sites: dict[str, UnloadSite] = {u.id: u for u in problem.unload_sites}
    table = problem.matrices[vehicle.profile]
    faults: list[Violation] = []

    def fault(service: str, rule: str, amount: int) -> None:
        if amount:
            faults.append(Violation(vehicle.id, service, rule, abs(amount)))

    dims = len(problem.dimensions)
    fresh = [0] * dims  # still to be delivered
    for visit in route.visits:
        stop = stops.get(visit.id) if visit.kind == "stop" else None
        if stop is not None:
            for d in range(dims):
                fresh[d] += stop.delivery[d]
    old = [0] * dims  # collected and not yet unloaded

    def weigh(service: str) -> None:
        for d in range(dims):
            over = fresh[d] + old[d] - vehicle.capacity[d]
            if over > 0:
                fault(service, f"over capacity in {problem.dimensions[d]}", over)

    if tuple(fresh) != tuple(route.load):
        fault("", "load at departure", 1)
    weigh("")

    metres = wheel = 0
    here, free_from = vehicle.start, route.start
    fault("", "leaves before the shift", max(0, vehicle.shift.start - route.start))
    fault("", "comes home after the shift", max(0, route.end - vehicle.shift.end))
    for visit in route.visits:
        place: Stop | UnloadSite | None = stops.get(visit.id) if visit.kind == "stop" else sites.get(visit.id)
        if place is None:
            fault(visit.id, "unknown service", 1)
            continue
        travel = int(table.durations[here, place.location])
        if travel < 0:
            fault(visit.id, "no way there", 1)
        metres += int(table.distances[here, place.location])
        wheel += travel
        paused = sum(max(0, min(r.end, visit.arrival) - max(r.start, free_from)) for r in route.rests)
        fault(visit.id, "arrives too soon", max(0, free_from + travel + paused - visit.arrival))
        fault(visit.id, "begins before arriving", max(0, visit.arrival - visit.start))
        rested = sum(max(0, min(r.end, visit.start) - max(r.start, free_from)) for r in route.rests)
        fault(visit.id, "no time for the break", max(0, free_from + travel + rested - visit.start))
        for r in route.rests:
            fault(visit.id, "break during service", max(0, min(r.end, visit.end) - max(r.start, visit.start)))
        if isinstance(place, Stop):
            fault(visit.id, "service time", visit.end - visit.start - place.service)
            outside = min(max(0, w.start - visit.start) + max(0, visit.start - w.end) for w in place.windows)
            fault(visit.id, "outside its windows", outside)
            for skill in sorted(place.skills - vehicle.skills):
                fault(visit.id, f"vehicle lacks {skill}", 1)
            for d in range(dims):
                fresh[d] -= place.delivery[d]
                old[d] += place.pickup[d]
        else:
            fault(visit.id, "service time", visit.end - visit.start - place.duration)
            fault(
                visit.id,
                "outside its hours",
                max(0, place.hours.start - visit.start) + max(0, visit.start - place.hours.end),
            )
            old = [0] * dims
        weigh(visit.id)
        if tuple(visit.collected) != tuple(old) or tuple(visit.load) != tuple(
            f + o for f, o in zip(fresh, old, strict=True)
        ):
            fault(visit.id, "load on board", 1)
        here, free_from = place.location, visit.end
    travel = int(table.durations[here, vehicle.end])
    if travel < 0:
        fault("", "no way home", 1)
    metres += int(table.distances[here, vehicle.end])
    wheel += travel
    rested = sum(max(0, min(r.end, route.end) - max(r.start, free_from)) for r in route.rests)
    fault("", "home too soon", max(0, free_from + travel + rested - route.end))
    if any(old):
        fault("", "comes home with collected goods", max(old))
    _rest_faults(vehicle, route, fault)
    fault("", "distance", route.distance - metres)
    fault("", "driving time", route.driving - wheel)
    price = vehicle.fixed_cost + (2 * metres * vehicle.cost_per_km + 1000) // 2000
    price += (2 * (route.end - route.start) * vehicle.cost_per_hour + 3600) // 7200
    fault("", "cost", route.cost - price)
    return faults


def _rest_faults(vehicle: Vehicle, route: Route, fault: Callable[[str, str, int], None]) -> None:
    pause = vehicle.pause
    if pause is None:
        fault("", "a break nobody asked for", len(route.rests))
        return
    fault("", "a break nobody asked for", max(0, len(route.rests) - 1))
    for r in route.rests:
        fault("", "break too short", max(0, pause.duration - (r.end - r.start)))
        fault("", "break before its window", max(0, pause.window.start - r.start))
        fault("", "break after its window", max(0, r.start - pause.window.end))
        fault("", "break outside the route", max(0, route.start - r.start) + max(0, r.end - route.end))
    before = route.start >= pause.window.start + pause.duration
    after = route.end <= pause.window.end
    if not route.rests and not before and not after:
        fault("", "no break", 1)
