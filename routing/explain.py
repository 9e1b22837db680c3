"""Why a stop is left out, found by trying: the reason is the rule that breaks least, with its figure.

Places that break one rule come before places that break several; where only such are left, the reason is the first
of ``late``, ``overtime``, ``too-long``, ``full``, ``too-far``, ``site-full`` and the figures of the others stand beside
its own. A stop of a pair is tried together with the other one.

Reasons
-------
``no-vehicle``      the day has no vehicle at all
``skill``           no vehicle carries what the stop asks for (``skill``)
``not-allowed``     vehicles that carry what it asks for are there, but none that it may be served by
``no-site``         the day has no site where an able vehicle could unload what it gives, and none keeps stock
``too-large``       no able vehicle could hold it even when empty (``dimension``, ``need``, ``capacity``)
``unreachable``     no road leads there and back for any able vehicle
``outside-hours``   even as a vehicle's only stop it would be late or end after the shift (``vehicle``, ``seconds``)
``cut-off``         no road joins it with what the vehicles do already
``apart``           what it belongs together with is on a vehicle that cannot serve it (``vehicle``)
``late``            the best place left on any route makes some service late (``vehicle``, ``seconds``, ``at``)
``overtime``        the best place left makes the route end after its shift (``vehicle``, ``seconds``)
``too-long``        the best place left makes the route longer than its driver may be out (``vehicle``, ``seconds``)
``full``            the best place left overloads the vehicle (``vehicle``, ``dimension``, ``amount``)
``too-far``         the best place left is farther than the battery lasts (``vehicle``, ``metres``)
``site-full``       the best place left brings a site more than it takes in the day (``vehicle``, ``site``, ``over``)
``stranded``        its goods are on board a vehicle that does not get there any more (``vehicle``; `routing.replan`)
``not-worth``       it would fit but cost more than its prize (``vehicle``)
``no-place``        no place was found for it on the routes; of a large day's many stops the reason is found when asked
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.alone import members_of, never_in_time, shortfall, unlike, unloads
from routing.fixes import Fleet, Tried, by_others, cheapest_first, in_place_of, one_more, other_hours
from routing.nearest_places import places
from routing.plan import Fix, Unserved
from routing.problem import Problem, Stop, Vehicle
from routing.site_room import room_left, spilt
from routing.timing import Excess, Service, build_route, excess
from routing.unloading import placements


def why_not(
    problem: Problem, vehicles: Mapping[str, Vehicle], fleet: Fleet, stop: Stop, most: int | None = None
) -> Unserved:
    """Return the stop with the reason why no vehicle of `fleet` takes it, and with what would help.

    One that is `Unserved.proven` holds whatever else is planned. The others are certain for the routes as they are:
    with these promises kept there is no place on them. Who knows already that there is none may let only ``most``
    places be tried, of those that would be least late; of a pair so many orders of both stops.
    """
    tried = Tried(problem, stop, fleet)
    told = _reason(problem, vehicles, fleet, stop, tried, most)
    return replace(told, fixes=cheapest_first([*told.fixes, *tried.fixes(), *_others(problem, vehicles, fleet, stop)]))


def certain(problem: Problem, vehicles: Mapping[str, Vehicle], stop: Stop) -> Unserved | None:
    """Return the reason why no plan at all serves the stop, without what would help; None where none is proven."""
    if not vehicles:
        return Unserved(stop.id, "no-vehicle", proven=True)
    members = members_of(problem, stop)
    skilled = [v for v in vehicles.values() if stop.skills <= v.skills]
    if not skilled:
        missing = min(stop.skills - frozenset().union(*(v.skills for v in vehicles.values())), default="")
        return Unserved(stop.id, "skill", {"skill": missing or ", ".join(sorted(stop.skills))}, proven=True)
    allowed = [v for v in skilled if all(s.takes(v) for s in members)]
    if not allowed:
        return Unserved(stop.id, "not-allowed", proven=True)
    able = [v for v in allowed if unloads(problem, v, members)]
    if not able:
        return Unserved(stop.id, "no-site", proven=True)
    fitting = [v for v in able if shortfall(problem, members, v) is None]
    if not fitting:
        largest = max(able, key=lambda v: v.capacity)
        d, need, room = shortfall(problem, members, largest) or (0, 0, 0)
        values: dict[str, str | int] = {"dimension": problem.dimensions[d], "need": need, "capacity": room}
        return Unserved(stop.id, "too-large", values, proven=True)
    kinds = unlike(fitting)
    if never_in_time(problem, {v.id: v for v in kinds}, members):
        nearest = _best(problem, kinds, {}, members)
        return replace(_told(problem, stop, nearest, "unreachable", "outside-hours"), proven=True)
    return None


def _others(problem: Problem, vehicles: Mapping[str, Vehicle], fleet: Fleet, stop: Stop) -> Iterator[Fix]:
    """What helps besides easing the rule that a place on the routes breaks; of a pair only who else could serve it."""
    members = members_of(problem, stop)
    welcome = [v for v in vehicles.values() if all(_welcome(fleet, v, s) for s in members)]
    welcome = [v for v in welcome if unloads(problem, v, members)]
    able = [v for v in welcome if all(s.takes(v) for s in members)]
    yield from by_others(problem, [v for v in welcome if v not in able], fleet, stop, members)
    if len(members) == 1:
        yield from other_hours(problem, able, fleet, stop)
        yield from in_place_of(problem, able, fleet, stop)


def _reason(
    problem: Problem, vehicles: Mapping[str, Vehicle], fleet: Fleet, stop: Stop, tried: Tried, most: int | None
) -> Unserved:
    """The reason, and with it the places on the routes that were tried."""
    members = members_of(problem, stop)
    known = certain(problem, vehicles, stop)
    able = [v for v in vehicles.values() if all(s.takes(v) for s in members) and unloads(problem, v, members)]
    if known is not None and known.reason == "too-large":
        largest = max(able, key=lambda v: v.capacity)
        if all(_welcome(fleet, largest, s) for s in members):
            _best(problem, [largest], fleet, members, tried, most)
        alone = _best(problem, [largest], {}, members)
        larger = one_more(problem, fleet, stop, largest, alone.order, alone.lacks(problem))
        return replace(known, fixes=tuple(larger))
    fitting = [v for v in able if shortfall(problem, members, v) is None]
    welcome = [v for v in fitting if all(_welcome(fleet, v, s) for s in members)]
    best = _best(problem, welcome, fleet, members, tried, most) if welcome else None
    if known is not None:
        return known
    if best is None:
        return Unserved(stop.id, "apart", {"vehicle": _fellows(fleet, members)})
    told = _told(problem, stop, best)
    if told.reason != "not-worth":
        nearest = _best(problem, unlike(fitting), {}, members)
        return replace(told, fixes=tuple(one_more(problem, fleet, stop, nearest.vehicle, nearest.order)))
    vehicle, order = best.vehicle, best.order
    fen = build_route(problem, vehicle, order).cost
    fen -= build_route(problem, vehicle, fleet[vehicle.id]).cost if fleet.get(vehicle.id) else 0
    return replace(told, fixes=(Fix("prize", fen, {"prize": fen + 1}),))


def _welcome(fleet: Fleet, vehicle: Vehicle, stop: Stop) -> bool:
    """Tell whether nothing that belongs together with the stop is on another vehicle."""
    return not stop.together or all(
        name == vehicle.id or not any(isinstance(s, Stop) and s.together == stop.together for s in order)
        for name, order in fleet.items()
    )


def _fellows(fleet: Fleet, members: Sequence[Stop]) -> str:
    """The vehicle that has what belongs together with one of them."""
    words = {s.together for s in members if s.together}
    return next(
        name for name, order in fleet.items() if any(isinstance(s, Stop) and s.together in words for s in order)
    )


@dataclass(frozen=True)
class _Trial:
    """A place on a vehicle: by how much it breaks the rules of the order, and a site that gets too much by so much."""

    vehicle: Vehicle
    order: Sequence[Service]
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

    def lacks(self, problem: Problem) -> dict[str, str | int]:
        """The ``dimension`` in which the vehicle is overloaded most, and by what ``amount``."""
        return {"amount": self.excess.overload, "dimension": problem.dimensions[self.excess.dimension]}

    def __bool__(self) -> bool:
        return bool(self.excess or self.spilt)


def _told(problem: Problem, stop: Stop, trial: _Trial, blocked: str = "cut-off", hours: str = "") -> Unserved:
    """Put the best place into words; ``blocked`` is what no way to it is called, ``hours`` late or past the shift."""
    e = trial.excess
    if trial.blocked:
        return Unserved(stop.id, blocked)
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
        reasons.append(("site-full", {"site": trial.site, "over": trial.spilt}))
    for _, more in reasons:
        values |= more
    return Unserved(stop.id, reasons[0][0] if reasons else "not-worth", values)


ENOUGH = 12
"""Places that are tried at least, so that there is something to choose from for what would help."""


def _best(
    problem: Problem,
    vehicles: Sequence[Vehicle],
    fleet: Fleet,
    members: Sequence[Stop],
    tried: Tried | None = None,
    most: int | None = None,
) -> _Trial:
    """Return the place that breaks least, and have all that are tried remembered.

    Places come in order of the seconds that they break at least, so that most need not be tried.
    """
    room = {v.id: room_left(problem, {name: order for name, order in fleet.items() if name != v.id}) for v in vehicles}
    best: _Trial | None = None
    tries = 0
    for count, (late, _, vehicle, k) in enumerate(places(problem, vehicles, fleet, members[0])):
        if best is not None and count >= (ENOUGH if most is None else min(ENOUGH, most)):
            settled = not best.blocked and best.weight()[1] <= 1 and late > best.excess.time
            if len(members) == 1 and (not best or settled or (most is not None and count >= most)):
                break
        for order in _orders(problem, vehicle, fleet.get(vehicle.id, ()), members, k):
            if best is not None and len(members) > 1 and most is not None and tries >= most:
                return best
            tries += 1
            e, (site, over) = excess(problem, vehicle, order), spilt(problem, vehicle, order, room[vehicle.id])
            trial = _Trial(vehicle, order, e, site, over)
            if tried is not None:
                tried.note(vehicle, order, e, site, over)
            if best is None or trial.weight() < best.weight():
                best = trial
    if best is None:
        raise LookupError("there is no vehicle")
    return best


def _orders(
    problem: Problem, vehicle: Vehicle, order: Sequence[Service], members: Sequence[Stop], k: int
) -> Iterator[list[Service]]:
    """Yield every order that has the stop at a position as well, or both stops of a pair, the first of them there."""
    first, *rest = members
    for trial in placements(problem, vehicle, order, first, [k]):
        if rest:
            after = next(k for k, s in enumerate(trial) if s is first) + 1
            yield from placements(problem, vehicle, trial, rest[0], range(after, len(trial) + 1))
        else:
            yield trial
