"""Why a stop is left out, found by trying: the reason is the rule that breaks least, with its figure.

Places that break one rule come before places that break several; where only such are left, the reason is the first
of ``late``, ``overtime``, ``full`` and the figures of the others stand beside its own.

Reasons
-------
``no-vehicle``      the day has no vehicle at all
``no-site``         it gives goods, and the day has no site where a vehicle could unload them
``skill``           no vehicle carries what the stop asks for (``skill``)
``too-large``       no able vehicle could hold it even when empty (``dimension``, ``need``, ``capacity``)
``unreachable``     no road leads there and back for any able vehicle, or none that joins it with what they do already
``outside-hours``   even as a vehicle's only stop it would be late or end after the shift (``vehicle``, ``seconds``)
``late``            the best place left on any route makes some service late (``vehicle``, ``seconds``, ``at``)
``overtime``        the best place left makes the route end after its shift (``vehicle``, ``seconds``)
``full``            the best place left overloads the vehicle (``vehicle``, ``dimension``, ``amount``)
``not-worth``       it would fit but cost more than its prize (``vehicle``)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routing.plan import Unserved
from routing.problem import Problem, Stop, Vehicle
from routing.timing import Excess, Service, excess
from routing.unloading import placements


def why_not(
    problem: Problem,
    vehicles: Mapping[str, Vehicle],
    fleet: Mapping[str, Sequence[Service]],
    stop: Stop,
) -> Unserved:
    """Return the stop with the reason why no vehicle of `fleet` (its order of services by id) takes it."""
    if not vehicles:
        return Unserved(stop.id, "no-vehicle")
    if any(stop.pickup) and not problem.unload_sites:
        return Unserved(stop.id, "no-site")
    able = [v for v in vehicles.values() if stop.skills <= v.skills]
    if not able:
        missing = min(stop.skills - frozenset().union(*(v.skills for v in vehicles.values())), default="")
        return Unserved(stop.id, "skill", {"skill": missing or ", ".join(sorted(stop.skills))})
    fitting = [v for v in able if _shortfall(stop, v) is None]
    if not fitting:
        largest = max(able, key=lambda v: v.capacity)
        d, need = _shortfall(stop, largest) or (0, 0)
        return Unserved(
            stop.id,
            "too-large",
            {"dimension": problem.dimensions[d], "need": need, "capacity": largest.capacity[d]},
        )
    alone = [(_try(problem, v, [], stop), v) for v in fitting]
    reachable = [(e, v) for e, v in alone if not e.unreachable]
    if not reachable:
        return Unserved(stop.id, "unreachable")
    if all(e for e, _ in reachable):
        e, v = min(reachable, key=lambda p: p[0].time)
        return Unserved(stop.id, "outside-hours", {"vehicle": v.id, "seconds": e.time})
    tries = [(_try(problem, v, fleet.get(v.id, ()), stop), v) for v in fitting]
    e, v = min(tries, key=lambda p: _weight(p[0]))
    if e.unreachable:
        return Unserved(stop.id, "unreachable")
    values: dict[str, str | int] = {"vehicle": v.id}
    if e.overload:
        values |= {"dimension": problem.dimensions[e.dimension], "amount": e.overload}
    if e.late:
        values |= {"seconds": e.late, "at": e.late_at}
        if e.overtime:
            values |= {"overtime": e.overtime}
        return Unserved(stop.id, "late", values)
    if e.overtime:
        return Unserved(stop.id, "overtime", values | {"seconds": e.overtime})
    return Unserved(stop.id, "full" if e.overload else "not-worth", values)


def _shortfall(stop: Stop, vehicle: Vehicle) -> tuple[int, int] | None:
    for d, room in enumerate(vehicle.capacity):
        need = max(stop.delivery[d], stop.pickup[d])
        if need > room:
            return d, need
    return None


def _weight(e: Excess) -> tuple[bool, int, int, int]:
    rules = bool(e.late) + bool(e.overtime) + bool(e.overload)
    return e.unreachable, rules, e.time, e.overload


def _try(problem: Problem, vehicle: Vehicle, order: Sequence[Service], stop: Stop) -> Excess:
    """Return the smallest excess over all positions of the order."""
    return min((excess(problem, vehicle, trial) for trial in placements(problem, vehicle, order, stop)), key=_weight)
