"""Why a stop is left out, found by trying: the reason is the rule that breaks least, with its figure.

Places that break one rule come before places that break several; where only such are left, the reason is the first
of ``late``, ``overtime``, ``too-long``, ``full``, ``too-far``, ``site-full`` and the figures of the others stand beside
its own. A stop of a pair is tried together with the other one.

Reasons
-------
``no-vehicle``      the day has no vehicle at all
``no-site``         it gives goods, and the day has no site where a vehicle could unload them
``skill``           no vehicle carries what the stop asks for (``skill``)
``not-allowed``     vehicles that carry what it asks for are there, but none that it may be served by
``too-large``       no able vehicle could hold it even when empty (``dimension``, ``need``, ``capacity``)
``unreachable``     no road leads there and back for any able vehicle, or none that joins it with what they do already
``outside-hours``   even as a vehicle's only stop it would be late or end after the shift (``vehicle``, ``seconds``)
``late``            the best place left on any route makes some service late (``vehicle``, ``seconds``, ``at``)
``overtime``        the best place left makes the route end after its shift (``vehicle``, ``seconds``)
``too-long``        the best place left makes the route longer than its driver may be out (``vehicle``, ``seconds``)
``full``            the best place left overloads the vehicle (``vehicle``, ``dimension``, ``amount``)
``too-far``         the best place left is farther than the battery lasts (``vehicle``, ``metres``)
``site-full``       the best place left brings a site more than it takes in the day (``vehicle``, ``site``)
``stranded``        its goods are on board a vehicle that does not get there any more (``vehicle``; `routing.replan`)
``not-worth``       it would fit but cost more than its prize (``vehicle``)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.bounds import bounds
from routing.plan import Unserved
from routing.problem import Problem, Stop, Vehicle
from routing.timing import Excess, Service, excess, unloaded
from routing.unloading import placements

Fleet = Mapping[str, Sequence[Service]]
"""Each vehicle's order of services by its id."""


def why_not(problem: Problem, vehicles: Mapping[str, Vehicle], fleet: Fleet, stop: Stop) -> Unserved:
    """Return the stop with the reason why no vehicle of `fleet` takes it."""
    if not vehicles:
        return Unserved(stop.id, "no-vehicle")
    members = _members(problem, stop)
    if not any(v.keeps_stock for v in vehicles.values()) and _homeless(problem, members):
        return Unserved(stop.id, "no-site")
    skilled = [v for v in vehicles.values() if stop.skills <= v.skills]
    if not skilled:
        missing = min(stop.skills - frozenset().union(*(v.skills for v in vehicles.values())), default="")
        return Unserved(stop.id, "skill", {"skill": missing or ", ".join(sorted(stop.skills))})
    able = [v for v in skilled if all(s.takes(v) and _welcome(fleet, v, s) for s in members)]
    if not able:
        return Unserved(stop.id, "not-allowed")
    fitting = [v for v in able if _shortfall(problem, members, v) is None]
    if not fitting:
        largest = max(able, key=lambda v: v.capacity)
        d, need, room = _shortfall(problem, members, largest) or (0, 0, 0)
        return Unserved(stop.id, "too-large", {"dimension": problem.dimensions[d], "need": need, "capacity": room})
    alone = [_best(problem, v, {}, members) for v in fitting]
    nearest = min(alone, key=_Trial.weight)
    if nearest.blocked or nearest.excess.time:
        return _told(problem, stop, nearest, "outside-hours")
    return _told(problem, stop, min((_best(problem, v, fleet, members) for v in fitting), key=_Trial.weight))


def _members(problem: Problem, stop: Stop) -> list[Stop]:
    """The stop, or both stops of its pair in turn."""
    names = next(((p.collect, p.drop) for p in problem.pairs if stop.id in (p.collect, p.drop)), None)
    if names is None:
        return [stop]
    return [next(s for s in problem.stops if s.id == name) for name in names]


def _homeless(problem: Problem, members: Sequence[Stop]) -> bool:
    """Tell whether they give something that no site takes; what a pair carries needs none."""
    collected = members[:0] if len(members) == 1 else members[:1]
    gives = {d for s in members if s not in collected for d, units in enumerate(s.pickup) if units}
    takes = {
        d
        for u in problem.unload_sites
        for d, name in enumerate(problem.dimensions)
        if u.takes is None or name in u.takes
    }
    return not gives <= takes


def _welcome(fleet: Fleet, vehicle: Vehicle, stop: Stop) -> bool:
    """Tell whether nothing that belongs together with the stop is on another vehicle."""
    return not stop.together or all(
        name == vehicle.id or not any(isinstance(s, Stop) and s.together == stop.together for s in order)
        for name, order in fleet.items()
    )


def _shortfall(problem: Problem, members: Sequence[Stop], vehicle: Vehicle) -> tuple[int, int, int] | None:
    """The dimension, need and room of what they give or get that the empty vehicle cannot hold."""
    for stop in members:
        for dims, room in bounds(vehicle, problem.dimensions):
            need = max(sum(stop.delivery[d] for d in dims), sum(stop.pickup[d] for d in dims))
            if need > room:
                return min(dims), need, room
    return None


@dataclass(frozen=True)
class _Trial:
    """A place on a vehicle: by how much it breaks the rules of the order, and a site that gets too much by so much."""

    vehicle: Vehicle
    excess: Excess
    site: str = ""
    spilt: int = 0

    @property
    def blocked(self) -> bool:
        """Whether it is no place at all."""
        return self.excess.unreachable or self.excess.turns > 0

    def weight(self) -> tuple[bool, int, int, int]:
        """How bad it is, the number of rules broken first."""
        e = self.excess
        rules = sum(map(bool, (e.late, e.overtime, e.long, e.overload, e.aboard, e.far, self.spilt)))
        return self.blocked, rules, e.time, e.overload + e.aboard + e.far + self.spilt

    def __bool__(self) -> bool:
        return bool(self.excess or self.spilt)


def _told(problem: Problem, stop: Stop, trial: _Trial, hours: str = "") -> Unserved:
    """Put the best place into words; ``hours`` is what late or past the shift is called, if not by its own name."""
    e = trial.excess
    if trial.blocked:
        return Unserved(stop.id, "unreachable")
    if e.aboard:
        return Unserved(stop.id, "no-site")
    values: dict[str, str | int] = {"vehicle": trial.vehicle.id}
    reasons: list[tuple[str, dict[str, str | int]]] = []
    if hours and (e.late or e.overtime):
        reasons.append((hours, {"seconds": e.time}))
    elif e.late:
        reasons.append(("late", {"seconds": e.late, "at": e.late_at}))
        values |= {"overtime": e.overtime} if e.overtime else {}
    elif e.overtime:
        reasons.append(("overtime", {"seconds": e.overtime}))
    elif e.long:
        reasons.append(("too-long", {"seconds": e.long}))
    if e.overload:
        reasons.append(("full", {"dimension": problem.dimensions[e.dimension], "amount": e.overload}))
    if e.far:
        reasons.append(("too-far", {"metres": e.far}))
    if trial.spilt:
        reasons.append(("site-full", {"site": trial.site}))
    for _, more in reasons:
        values |= more
    return Unserved(stop.id, reasons[0][0] if reasons else "not-worth", values)


def _best(problem: Problem, vehicle: Vehicle, fleet: Fleet, members: Sequence[Stop]) -> _Trial:
    """Return the place on the vehicle that breaks least."""
    others = {name: order for name, order in fleet.items() if name != vehicle.id}
    room = _room(problem, others)
    trials = (
        _Trial(vehicle, excess(problem, vehicle, order), *_spilt(problem, vehicle, order, room))
        for order in _orders(problem, vehicle, fleet.get(vehicle.id, ()), members)
    )
    return min(trials, key=_Trial.weight)


def _orders(
    problem: Problem, vehicle: Vehicle, order: Sequence[Service], members: Sequence[Stop]
) -> Iterator[list[Service]]:
    """Yield every order that has the stop as well, or both stops of a pair in turn."""
    first, *rest = members
    for trial in placements(problem, vehicle, order, first):
        if rest:
            after = next(k for k, s in enumerate(trial) if s is first) + 1
            yield from placements(problem, vehicle, trial, rest[0], range(after, len(trial) + 1))
        else:
            yield trial


Room = dict[str, list[int]]


def _room(problem: Problem, fleet: Fleet) -> Room:
    """What sites with a bound still take when these orders have been driven."""
    room = {u.id: list(u.capacity) for u in problem.unload_sites if u.capacity is not None}
    vehicles = {v.id: v for v in problem.vehicles}
    for name, order in fleet.items() if room else ():
        _fill(room, problem, vehicles[name], order)
    return room


def _fill(room: Room, problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> None:
    for site, load in zip(order, unloaded(problem, vehicle, order), strict=True):
        if not isinstance(site, Stop) and site.id in room:
            room[site.id] = [a - b for a, b in zip(room[site.id], load, strict=True)]


def _spilt(problem: Problem, vehicle: Vehicle, order: Sequence[Service], room: Room) -> tuple[str, int]:
    """The site that the order brings too much, and how much too much."""
    if not room:
        return "", 0
    left = dict(room)
    _fill(left, problem, vehicle, order)
    site = min(left, key=lambda name: min(left[name]))
    over = -min(left[site])
    return (site, over) if over > 0 else ("", 0)
