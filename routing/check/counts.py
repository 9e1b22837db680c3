"""Who serves what: each stop once or left out, by a vehicle that may, with those it belongs to, and in order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from routing.check.able import Able
from routing.check.drive import Drive, Fault
from routing.plan import Plan
from routing.problem import Problem, Stop


def order_faults(drive: Drive, fault: Fault) -> None:
    """Judge whether the vehicle may serve its stops, and in this order."""
    vehicle = drive.vehicle
    for stop in drive.stops():
        for skill in sorted(stop.skills - vehicle.skills):
            fault(stop.id, f"vehicle lacks {skill}", 1)
        named = stop.vehicles is None or vehicle.id in stop.vehicles
        fault(stop.id, "vehicle not allowed", not named or vehicle.id in stop.forbidden)
    for trip in drive.trips():
        stops = list(trip.stops())
        deliveries = [k for k, stop in enumerate(stops) if any(stop.delivery) and not stop.backhaul]
        for k, stop in enumerate(stops):
            fault(stop.id, "backhaul before a delivery", stop.backhaul and k < max(deliveries, default=0))
    order = [stop.id for stop in drive.stops()]
    for pair in drive.problem.pairs:
        if pair.collect in order and pair.drop in order:
            fault(pair.drop, "dropped before it is collected", order.index(pair.drop) < order.index(pair.collect))


def count_faults(problem: Problem, plan: Plan, drives: Sequence[Drive], fault: Fault) -> None:
    """Judge what is served, by one vehicle or several, and what is left out."""
    served: dict[str, list[str]] = defaultdict(list)  # vehicles of each stop's visits
    for drive in drives:
        for visit in drive.route.visits:
            if visit.kind == "stop":
                served[visit.id].append(drive.vehicle.id)
    left_out = Counter(u.stop for u in plan.unserved)
    able = Able(problem)
    for members in alternatives(problem):
        _alternative_faults(members, served, left_out, able, fault)
    known = {s.id for s in problem.stops}
    for name in [*served, *left_out]:
        fault(name, "unknown stop", name not in known)
    words: dict[str, set[str]] = defaultdict(set)
    for stop in problem.stops:
        if stop.together:
            words[stop.together].update(served.get(stop.id, ()))
    for word, used in words.items():
        fault(word, "stops that belong together are apart", max(0, len(used) - 1))
    for pair in problem.pairs:
        collecting, dropping = served.get(pair.collect), served.get(pair.drop)
        if collecting and dropping:
            fault(pair.drop, "pair on two vehicles", set(collecting) != set(dropping))
        elif collecting or dropping:
            fault(pair.drop if collecting else pair.collect, "left out without the other of its pair", 1)


def alternatives(problem: Problem) -> list[list[Stop]]:
    """Return the stops of each group, and every other stop by itself."""
    groups: dict[str, list[Stop]] = defaultdict(list)
    for stop in problem.stops:
        groups[f"group {stop.group}" if stop.group else f"stop {stop.id}"].append(stop)
    return list(groups.values())


def _alternative_faults(
    members: Sequence[Stop],
    served: Mapping[str, Sequence[str]],
    left_out: Mapping[str, int],
    able: Able,
    fault: Fault,
) -> None:
    taken = [stop for stop in members if served.get(stop.id)]
    for stop in members:
        times = len(served.get(stop.id, ())) + left_out.get(stop.id, 0)
        fault(stop.id, "neither served nor left out", not taken and times == 0)
        fault(stop.id, "accounted for more than once", max(0, times - 1))
        beside = bool(taken) and stop not in taken
        fault(stop.id, "left out beside its group", beside and stop.id in left_out)
    fault(members[0].group, "group served more than once", max(0, len(taken) - 1))
    if not taken:
        required = [s for s in members if s.required and s.id in left_out and _possible(able, s)]
        for stop in required[:1]:
            fault(stop.id, "required stop left out", 1)


def _possible(able: Able, stop: Stop) -> bool:
    pairs = [{pair.collect, pair.drop} for pair in able.problem.pairs]
    names = {stop.id}.union(*(pair for pair in pairs if stop.id in pair))
    return all(able.can_be_served(s) for s in able.problem.stops if s.id in names)
