"""A timetable: the days and hour of each point, and the rounds that keep them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from routing.periodic.problem import TimetableProblem
from routing.problem import Problem, Stop

Service = tuple[str, str]
"""("call", id of a point) or ("unload", id of a site)."""


@dataclass(frozen=True)
class Round:
    """What one vehicle does on one day, in order."""

    day: int
    vehicle: str
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Timetable:
    """The answer to a `TimetableProblem`.

    Attributes
    ----------
    chosen
        (pattern, hour) of each point, as positions in the point's own; points that are left out are not in it.
    rounds
        Of vehicles that are used.
    cost
        Fen, as the problem counts them.
    """

    chosen: Mapping[str, tuple[int, int]]
    rounds: tuple[Round, ...]
    cost: int
    notes: tuple[str, ...] = field(default=(), compare=False)


def day_problem(
    problem: TimetableProblem, timetable: Timetable, day: int, only: Collection[Round] | None = None
) -> Problem:
    """Return one day of a timetable as a day's routing problem: each call a required stop at its hour.

    Loads are those that are expected. Hours cost nothing there, so that a vehicle may wait for a call. With ``only`` it
    has the calls and the vehicles of these rounds.
    """
    stops = []
    calls = {key for one in only or () for kind, key in one.services if kind == "call"}
    used = {one.vehicle for one in only or ()}
    for point in problem.points:
        if point.id in timetable.chosen and (only is None or point.id in calls):
            pattern, hour = timetable.chosen[point.id]
            visit = point.patterns[pattern]
            if day in visit.days:
                empty = (0,) * len(problem.dimensions)
                window = point.hours[hour].window
                stops.append(
                    Stop(point.id, point.location, (window,), visit.dwell, empty, visit.load, prize=0, required=True)
                )
    return Problem(
        dimensions=problem.dimensions,
        stops=tuple(stops),
        vehicles=problem.vehicles if only is None else tuple(v for v in problem.vehicles if v.id in used),
        unload_sites=problem.sites_on(day),
        matrices=problem.matrices,
    )
