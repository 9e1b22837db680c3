"""What would make it possible that points have their visits of which it is proven that they cannot all have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from routing.periodic.impossible import always, proven
from routing.periodic.least import Conflict, nearest_ways, working
from routing.periodic.problem import CallHour, TimetableProblem
from routing.problem import TimeWindow

MOST_VEHICLES = 12
"""So many vehicles more are tried at most."""

MINUTE = 60

OF_TIME = ("time", "steps")
"""Kinds of conflict in which vehicles are there for too short."""


@dataclass(frozen=True)
class Remedy:
    """One change after which the proof holds no more; a timetable may even then not be possible.

    Attributes
    ----------
    change
        "vehicles": so many (``count``) more, each there for ``minutes`` a day. "shift": each of ``count`` vehicles is
        there for ``minutes`` longer a day. "fewer": a call a week fewer at ``point``, which frees ``minutes`` a week;
        it is not tried, because such a call takes longer. "holds": a vehicle that holds ``amount`` of ``dimension``.
        "calls": so many (``count``) calls of ``point`` in the horizon, which bring ``amount`` each. "takes": a site
        takes ``amount`` more on each of ``days``. "step": calls that begin each ``minutes``. "hour": another hour for
        any one of the points. "without": any one of them left out; ``point`` is the one that costs least, where that
        differs.
    """

    change: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def remedies(problem: TimetableProblem, conflict: Conflict, going_on: Callable[[], bool] = always) -> list[Remedy]:
    """Return what would undo a conflict, each change by itself and tried out; fewer once ``going_on`` answers false."""
    points = tuple(p for p in problem.points if p.id in conflict.points)
    alone = replace(problem, points=points)

    def undone(changed: TimetableProblem) -> bool:
        return going_on() and not any(
            (one.kind, one.dimension) == (conflict.kind, conflict.dimension) for one in proven(changed, going_on)
        )

    if conflict.kind == "room":
        return _for_room(alone, conflict)
    found = []
    if conflict.kind in OF_TIME:
        found += _longer_shift(alone, conflict, undone)
    if conflict.kind in (*OF_TIME, "hours", "together"):
        found += _more_vehicles(alone, undone)
    if conflict.kind == "steps":
        found += _finer_steps(alone, conflict.span[1], undone)
    if conflict.kind in OF_TIME:
        found += _fewer_calls(alone)
    if conflict.kind == "site":
        found += _more_taken(alone, conflict, undone)
    if conflict.kind == "hours":
        found.append(Remedy("hour"))
    return [*found, _without(alone)] if len(points) > 1 else found


def _without(alone: TimetableProblem) -> Remedy:
    """Leave one out: the one that costs least."""
    prices = {point.id: alone.missing(point) for point in alone.points}
    same = len(set(prices.values())) == 1
    return Remedy("without", {} if same else {"point": min(prices, key=lambda name: prices[name])})


def _for_room(alone: TimetableProblem, conflict: Conflict) -> list[Remedy]:
    """A larger vehicle, or more calls of which each brings less."""
    (point,) = alone.points
    dims = [k for k, name in enumerate(alone.dimensions) if name in conflict.dimension.split(" + ")]

    def needs(share: float) -> float:
        return min(
            sum(x.load[d] for d in dims) * share
            + alone.surety * share * math.sqrt(sum(x.spread[d] ** 2 for d in dims) if x.spread else 0.0)
            for x in point.patterns
        )

    most = math.ceil(needs(1.0))
    room = most - conflict.lacking
    times = min(len(x.days) for x in point.patterns)
    calls = next((n for n in range(times + 1, alone.days + 1) if needs(times / n) <= room + 1e-6), 0)
    found = [Remedy("holds", {"amount": most, "dimension": conflict.dimension})]
    if calls:
        each = math.ceil(needs(times / calls))
        found.append(
            Remedy("calls", {"point": point.id, "count": calls, "amount": each, "dimension": conflict.dimension})
        )
    return found


def _longer_shift(
    alone: TimetableProblem, conflict: Conflict, undone: Callable[[TimetableProblem], bool]
) -> list[Remedy]:
    count = len(alone.vehicles)
    minutes = math.ceil(conflict.lacking / MINUTE / (count * max(1, conflict.days)))
    while minutes <= 24 * MINUTE:
        longer = [
            replace(
                vehicle,
                shift=TimeWindow(vehicle.shift.start, vehicle.shift.end + minutes * MINUTE),
                max_duration=None if vehicle.max_duration is None else vehicle.max_duration + minutes * MINUTE,
            )
            for vehicle in alone.vehicles
        ]
        if undone(replace(alone, vehicles=tuple(longer))):
            return [Remedy("shift", {"count": count, "minutes": minutes})]
        minutes += max(1, minutes // 5)
    return []


def _more_vehicles(alone: TimetableProblem, undone: Callable[[TimetableProblem], bool]) -> list[Remedy]:
    """As many more like the one that is there longest as it takes."""
    longest = max(alone.vehicles, key=working)
    for count in range(1, MOST_VEHICLES + 1):
        more = tuple(replace(longest, id=f"{longest.id} +{k}") for k in range(1, count + 1))
        if undone(replace(alone, vehicles=(*alone.vehicles, *more))):
            values: dict[str, str | int] = {"count": count, "type": longest.type}
            return [Remedy("vehicles", values | {"minutes": int(working(longest) // MINUTE)})]
    return []


def _finer_steps(alone: TimetableProblem, step: int, undone: Callable[[TimetableProblem], bool]) -> list[Remedy]:
    """Let calls begin more often: on the half of a step, a third of it, and so on, in whole minutes."""
    for parts in range(2, step // MINUTE + 1):
        if step % (parts * MINUTE):
            continue
        finer = step // parts
        points = tuple(replace(point, hours=_between(point.hours, finer)) for point in alone.points)
        if undone(replace(alone, points=points)):
            return [Remedy("step", {"minutes": finer // MINUTE})]
    return []


def _between(hours: tuple[CallHour, ...], step: int) -> tuple[CallHour, ...]:
    """Return hours on a step from the first to the last of some; one alone stays so."""
    first, last = min(hour.window.start for hour in hours), max(hour.window.start for hour in hours)
    return tuple(CallHour(TimeWindow(at, at)) for at in range(first, last + 1, step))


def _fewer_calls(alone: TimetableProblem) -> list[Remedy]:
    """A call a week fewer where that frees most."""
    nearest = nearest_ways(alone)
    weeks = max(1, alone.days // 7)
    frees = {
        p.id: min(x.dwell for x in p.patterns) + float(nearest[p.location])
        for p in alone.points
        if min(len(x.days) for x in p.patterns) > weeks
    }
    if not frees:
        return []
    most = max(frees, key=lambda name: frees[name])
    return [Remedy("fewer", {"point": most, "minutes": int(frees[most] // MINUTE)})]


def _more_taken(
    alone: TimetableProblem, conflict: Conflict, undone: Callable[[TimetableProblem], bool]
) -> list[Remedy]:
    """So much more a day at one of the sites; whichever it is."""
    d = alone.dimensions.index(conflict.dimension)
    amount = math.ceil(conflict.lacking / max(1, conflict.days))
    first = conflict.sites[0]
    while amount <= sum(max(x.load[d] for x in p.patterns) for p in alone.points):
        sites = tuple(
            replace(site, capacity=tuple(units + amount * (k == d) for k, units in enumerate(site.capacity)))
            if site.id == first and site.capacity is not None
            else site
            for site in alone.unload_sites
        )
        if undone(replace(alone, unload_sites=sites)):
            values: dict[str, str | int] = {"amount": amount, "dimension": conflict.dimension}
            return [Remedy("takes", values | {"days": conflict.days})]
        amount += max(1, amount // 5)
    return []
