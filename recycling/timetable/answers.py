"""A stored timetable as the search knows it."""

from __future__ import annotations

from collections import defaultdict

from recycling.models import Timetable
from routing.periodic.problem import TimetableProblem
from routing.periodic.timetable import Round, Service
from routing.periodic.timetable import Timetable as Answer


def answer_of(problem: TimetableProblem, table: Timetable) -> Answer:
    """Return a stored timetable as an answer to a problem; calls that it does not allow any more are left out."""
    days: dict[str, list[int]] = defaultdict(list)
    minutes: dict[str, int] = {}
    for visit in table.visits:
        days[visit.community_code].append(visit.day)
        minutes[visit.community_code] = visit.start_minute
    chosen: dict[str, tuple[int, int]] = {}
    for point in problem.points:
        pattern = next((k for k, p in enumerate(point.patterns) if p.days == tuple(days.get(point.id, ()))), None)
        hour = next((k for k, h in enumerate(point.hours) if h.window.start == minutes.get(point.id, -1) * 60), None)
        if pattern is not None and hour is not None:
            chosen[point.id] = (pattern, hour)
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    kept = {v.community_code for v in table.visits if v.plate not in vehicles}
    rounds: dict[tuple[int, str], list[Service]] = defaultdict(list)
    for visit in table.visits:
        if visit.community_code in chosen and visit.community_code not in kept:
            rounds[visit.day, visit.plate].append(("call", visit.community_code))
            if visit.unload_after:
                rounds[visit.day, visit.plate].append(("unload", visit.unload_after))
    return Answer(
        {code: choice for code, choice in chosen.items() if code not in kept},
        tuple(Round(day, plate, tuple(services)) for (day, plate), services in sorted(rounds.items())),
        0,
    )
