"""The least changes with which a stop that is left out could be served, each tried on the routes as they are.

Changes
-------
``vehicle``    there is one more vehicle like ``vehicle``
``larger``     there is one more vehicle like ``vehicle`` that holds ``amount`` more of ``dimension``
``window``     the stop is served by ``vehicle`` at ``start``, outside its windows
``promise``    the service ``at`` may begin ``seconds`` later than its last window lets it
``overtime``   ``vehicle`` may come home ``seconds`` later
``longer``     ``vehicle`` may be out ``seconds`` longer
``room``       ``vehicle`` holds ``amount`` more of ``dimension``
``range``      the battery of ``vehicle`` lasts ``metres`` longer
``site``       ``site`` takes ``amount`` more in the day
``skill``      ``vehicle`` carries ``skill`` as well
``allow``      ``vehicle`` may serve the stop
``instead``    stop ``at`` is left out in its place; stops, when there are several, with commas between
``prize``      leaving it out costs ``prize`` fen
``rearrange``  nothing is changed but the routes: a plan is known that serves it beside all that is served now

`applied` makes a change to a day, so that a fix can be tried: with it the stop fits on a route as the plan has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from routing.plan import Fix
from routing.problem import Compartment, Problem, Stop, TimeWindow, UnloadSite, Vehicle
from routing.site_room import room_left, spilt
from routing.timing import Excess, Service, build_route, excess
from routing.unloading import placements, with_last_unload

Fleet = Mapping[str, Sequence[Service]]
"""Each vehicle's order of services by its id."""

Values = dict[str, str | int]

MOST_PLACES = 10
"""Places that are tried for a change which makes new ones possible: those of the shortest detours."""

MOST_TRIED = 3
"""Places of each broken rule that are tried, those that break it least."""


MOST_LATE = 1 << 20
"""Seconds above which being late means that there is no window at all, as in a zone that is closed all day."""


def applied(problem: Problem, stop: str, fix: Fix) -> Problem:
    """Return the day with the change made; `rearrange` changes nothing."""
    change = _CHANGES.get(fix.change)
    return problem if change is None else change(problem, stop, fix.values)


def _with(problem: Problem, **parts: object) -> Problem:
    """The day with other parts; they are not looked through again, which takes long on a large day."""
    changed = copy(problem)
    for name, value in parts.items():
        object.__setattr__(changed, name, value)
    return changed


Change = Callable[[Problem, str, Mapping[str, str | int]], Problem]


def _stops(problem: Problem, name: str, change: Callable[[Stop], Stop]) -> Problem:
    return _with(problem, stops=tuple(change(s) if s.id == name else s for s in problem.stops))


def _vehicles(problem: Problem, name: object, change: Callable[[Vehicle], Vehicle]) -> Problem:
    return _with(problem, vehicles=tuple(change(v) if v.id == name else v for v in problem.vehicles))


def another(vehicle: Vehicle) -> Vehicle:
    """Return one more vehicle like it."""
    return replace(vehicle, id=f"one more {vehicle.id}")


def _vehicle(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    more = tuple(another(v) for v in problem.vehicles if v.id == values["vehicle"])
    return _with(problem, vehicles=problem.vehicles + more)


def _larger(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    more = _vehicle(problem, stop, values)
    return _room(more, stop, {**values, "vehicle": more.vehicles[-1].id})


def _window(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    start = int(values["start"])

    def change(s: Stop) -> Stop:
        before = [w for w in s.windows if w.end < start]
        return replace(s, windows=(*before, TimeWindow(start, start), *(w for w in s.windows if w.start > start)))

    return _stops(problem, stop, change)


def _promise(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    later, name = int(values["seconds"]), str(values["at"])

    def change(s: Stop) -> Stop:
        return replace(s, windows=(*s.windows[:-1], replace(s.windows[-1], end=s.windows[-1].end + later)))

    sites = tuple(
        replace(u, hours=replace(u.hours, end=u.hours.end + later)) if u.id == name else u for u in problem.unload_sites
    )
    if any(s.id == name for s in problem.stops):
        return _stops(problem, name, change)
    return _with(problem, unload_sites=sites)


def _overtime(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    return _vehicles(problem, values["vehicle"], lambda v: replace(v, overtime=v.overtime + int(values["seconds"])))


def _longer(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    more = int(values["seconds"])
    return _vehicles(problem, values["vehicle"], lambda v: replace(v, max_duration=(v.max_duration or 0) + more))


def _room(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    name, more = str(values["dimension"]), int(values["amount"])
    d = problem.dimensions.index(name)

    def roomier(part: Compartment) -> Compartment:
        return replace(part, capacity=part.capacity + more) if name in part.dimensions else part

    def change(v: Vehicle) -> Vehicle:
        capacity = tuple(units + more * (k == d) for k, units in enumerate(v.capacity))
        return replace(v, capacity=capacity, compartments=tuple(roomier(c) for c in v.compartments))

    return _vehicles(problem, values["vehicle"], change)


def _range(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    more = int(values["metres"])

    def change(v: Vehicle) -> Vehicle:
        return replace(v, range=(v.range or 0) + more, charge=None if v.charge is None else v.charge + more)

    return _vehicles(problem, values["vehicle"], change)


def _site(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    more = int(values["amount"])

    def change(u: UnloadSite) -> UnloadSite:
        return replace(u, capacity=None if u.capacity is None else tuple(units + more for units in u.capacity))

    sites = tuple(change(u) if u.id == values["site"] else u for u in problem.unload_sites)
    return _with(problem, unload_sites=sites)


def _skill(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    more = frozenset(str(values["skill"]).split(", "))
    return _vehicles(problem, values["vehicle"], lambda v: replace(v, skills=v.skills | more))


def _allow(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    name = str(values["vehicle"])

    def change(s: Stop) -> Stop:
        named = None if s.vehicles is None else s.vehicles | {name}
        return replace(s, vehicles=named, forbidden=s.forbidden - {name})

    return _stops(problem, stop, change)


def _instead(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    out = set(str(values["at"]).split(", "))
    pairs = tuple(p for p in problem.pairs if not {p.collect, p.drop} & out)
    return _with(problem, stops=tuple(s for s in problem.stops if s.id not in out), pairs=pairs)


def _prize(problem: Problem, stop: str, values: Mapping[str, str | int]) -> Problem:
    return _stops(problem, stop, lambda s: replace(s, prize=int(values["prize"])))


_CHANGES: dict[str, Change] = {
    "vehicle": _vehicle,
    "larger": _larger,
    "window": _window,
    "promise": _promise,
    "overtime": _overtime,
    "longer": _longer,
    "room": _room,
    "range": _range,
    "site": _site,
    "skill": _skill,
    "allow": _allow,
    "instead": _instead,
    "prize": _prize,
}


@dataclass
class Tried:
    """Places on the routes at which a stop was tried and broke one rule, with the change that would mend it."""

    problem: Problem
    stop: Stop
    fleet: Fleet
    places: dict[str, list[tuple[int, Vehicle, Sequence[Service], Values]]] = field(default_factory=dict)

    def note(self, vehicle: Vehicle, order: Sequence[Service], e: Excess, site: str = "", spilt: int = 0) -> None:
        """Remember a place if a change of one thing could mend it."""
        broken = [
            name
            for name, by in (
                ("late", e.late),
                ("overtime", e.overtime),
                ("longer", e.long),
                ("room", e.overload),
                ("range", e.far),
                ("site", spilt),
            )
            if by
        ]
        if len(broken) != 1 or e.late > MOST_LATE or e.unreachable or e.turns or e.aboard:
            return
        (change,) = broken
        by, values = 0, Values(vehicle=vehicle.id)
        if change == "late" and e.late_at == self.stop.id:
            change, by = "window", e.late
            values["start"] = self.stop.windows[-1].end + e.late
        elif change == "late":
            change, by = "promise", e.late
            values = {"at": e.late_at, "seconds": e.late}
        elif change in ("overtime", "longer"):
            by = values["seconds"] = e.overtime or e.long
        elif change == "room":
            by = values["amount"] = e.overload
            values["dimension"] = self.problem.dimensions[e.dimension]
        elif change == "range":
            by = values["metres"] = e.far
        else:
            by, values = spilt, {"site": site, "amount": spilt}
        self.places.setdefault(change, []).append((by, vehicle, order, values))

    def fixes(self) -> Iterator[Fix]:
        """Give for each change the place that needs least of it, with its price, where the change does mend it."""
        for change, places in self.places.items():
            for _, vehicle, order, values in sorted(places, key=lambda place: place[0])[:MOST_TRIED]:
                fix = Fix(change, 0, values)
                cost = price(self.problem, self.fleet, self.stop, fix, vehicle, order)
                if cost is not None:
                    yield replace(fix, cost=cost)
                    break


def price(
    problem: Problem, fleet: Fleet, stop: Stop, fix: Fix, vehicle: Vehicle, order: Sequence[Service]
) -> int | None:
    """Return the fen that the route costs more when the order is driven after the change, or None if it cannot be."""
    changed = applied(problem, stop.id, fix)
    stops, sites = {s.id: s for s in changed.stops}, {u.id: u for u in changed.unload_sites}
    new = next(v for v in changed.vehicles if v.id == vehicle.id)
    services = [stops.get(s.id, s) if isinstance(s, Stop) else sites[s.id] for s in order]
    others = {name: services for name, services in fleet.items() if name != vehicle.id}
    if excess(changed, new, services) or spilt(changed, new, services, room_left(changed, others))[1]:
        return None
    before = fleet.get(vehicle.id, ())
    old = build_route(problem, vehicle, before).cost if before else 0
    return build_route(changed, new, services).cost - old


def one_more(
    problem: Problem, fleet: Fleet, stop: Stop, vehicle: Vehicle, order: Sequence[Service], larger: Values | None = None
) -> Iterator[Fix]:
    """Give one more vehicle like one that could serve the stop by this order if it had nothing else to do.

    Not where the vehicle is under way or loaded, which no other one is, and not for what belongs together with others.

    Parameters
    ----------
    larger
        ``amount`` and ``dimension`` of what it has to hold more than its like.
    """
    new = another(vehicle)
    if vehicle.start != vehicle.end or any(vehicle.load):
        return
    if any(isinstance(s, Stop) and (s.together or not s.takes(new)) for s in order):
        return
    fix = Fix("larger" if larger else "vehicle", 0, {"vehicle": vehicle.id, **(larger or {})})
    cost = price(problem, fleet, stop, fix, new, order)
    if cost is not None:
        yield replace(fix, cost=cost)


def other_hours(problem: Problem, able: Sequence[Vehicle], fleet: Fleet, stop: Stop) -> Iterator[Fix]:
    """Give another hour at which the stop could be served, where the detour is short."""
    long = (TimeWindow(0, max((v.shift.end + v.overtime for v in able), default=0)),)
    whenever = replace(stop, windows=long)
    for vehicle, order in _short_detours(problem, able, fleet, whenever):
        if not excess(problem, vehicle, order):
            visits = build_route(problem, vehicle, order).visits
            start = next(v.start for v in visits if v.kind == "stop" and v.id == stop.id)
            if not any(w.start <= start <= w.end for w in stop.windows):
                fix = Fix("window", 0, {"vehicle": vehicle.id, "start": start})
                cost = price(problem, fleet, stop, fix, vehicle, [stop if s is whenever else s for s in order])
                if cost is not None:
                    yield replace(fix, cost=cost)
                    return


def by_others(
    problem: Problem, others: Sequence[Vehicle], fleet: Fleet, stop: Stop, members: Sequence[Stop]
) -> Iterator[Fix]:
    """Give what a vehicle lacks, or that it is not allowed, which could serve the stop but may not.

    ``members`` are the stop itself, or both stops of its pair, of which the other one must be allowed already.
    """
    found: dict[str, Fix] = {}
    for vehicle, order in _short_detours_of_all(problem, others, fleet, members):
        missing = ", ".join(sorted(frozenset[str]().union(*(s.skills for s in members)) - vehicle.skills))
        banned = [s for s in members if _banned(s, vehicle)]
        if (banned and (missing or banned != [stop])) or excess(problem, vehicle, order):
            continue
        values: Values = {"vehicle": vehicle.id, "skill": missing} if missing else {"vehicle": vehicle.id}
        fix = Fix("skill" if missing else "allow", 0, values)
        cost = price(problem, fleet, stop, fix, vehicle, order)
        if cost is not None and (fix.change not in found or cost < found[fix.change].cost):
            found[fix.change] = replace(fix, cost=cost)
    yield from found.values()


def in_place_of(problem: Problem, able: Sequence[Vehicle], fleet: Fleet, stop: Stop) -> Iterator[Fix]:
    """Give a stop with a lower prize whose place it could have."""
    tied = {name for p in problem.pairs for name in (p.collect, p.drop)}
    options = [
        (s.prize, v, k)
        for v in able
        for k, s in enumerate(fleet.get(v.id, ()))
        if isinstance(s, Stop) and s.prize < stop.prize and not s.required and not s.group and s.id not in tied
    ]
    best: Fix | None = None
    for prize, vehicle, k in sorted(options, key=lambda option: option[0])[:MOST_PLACES]:
        order = list(fleet[vehicle.id])
        out = order[k]
        order[k] = stop
        order = with_last_unload(problem, vehicle, order)
        if not excess(problem, vehicle, order):
            fix = Fix("instead", 0, {"vehicle": vehicle.id, "at": out.id})
            cost = price(problem, fleet, stop, fix, vehicle, order)
            if cost is not None and (best is None or cost + prize < best.cost):
                best = replace(fix, cost=cost + prize)
    if best is not None:
        yield best


def _short_detours(
    problem: Problem, vehicles: Sequence[Vehicle], fleet: Fleet, stop: Stop
) -> Iterator[tuple[Vehicle, list[Service]]]:
    """The places of the shortest detours, the shortest first, as orders; of empty vehicles that are alike one."""
    places: list[tuple[int, int, int]] = []
    empty: set[Vehicle] = set()
    for n, vehicle in enumerate(vehicles):
        order, ways = fleet.get(vehicle.id, ()), problem.matrices[vehicle.profile].durations
        if not order:
            alike = replace(vehicle, id="")
            if alike in empty:
                continue
            empty.add(alike)
        at = [vehicle.start, *(s.location for s in order), vehicle.end]
        for k in range(len(order) + 1):
            there, on, direct = ways[at[k], stop.location], ways[stop.location, at[k + 1]], ways[at[k], at[k + 1]]
            if there >= 0 and on >= 0:
                places.append((int(there) + int(on) - max(0, int(direct)), n, k))
    for _, n, k in sorted(places)[:MOST_PLACES]:
        order = fleet.get(vehicles[n].id, ())
        yield vehicles[n], with_last_unload(problem, vehicles[n], [*order[:k], stop, *order[k:]])


def _banned(stop: Stop, vehicle: Vehicle) -> bool:
    return vehicle.id in stop.forbidden or (stop.vehicles is not None and vehicle.id not in stop.vehicles)


def _short_detours_of_all(
    problem: Problem, vehicles: Sequence[Vehicle], fleet: Fleet, members: Sequence[Stop]
) -> Iterator[tuple[Vehicle, list[Service]]]:
    """As `_short_detours` to the first of them, with the other one at each place after it."""
    first, *rest = members
    for vehicle, order in _short_detours(problem, vehicles, fleet, first):
        if not rest:
            yield vehicle, order
            continue
        after = next(k for k, s in enumerate(order) if s is first) + 1
        for both in placements(problem, vehicle, order, rest[0], range(after, len(order) + 1)):
            yield vehicle, both


def cheapest_first(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Return the fixes in order of their prices, of each change the cheapest."""
    kept: dict[str, Fix] = {}
    for fix in sorted(fixes, key=lambda fix: fix.cost):
        kept.setdefault(fix.change, fix)
    return tuple(kept.values())
