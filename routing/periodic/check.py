"""The judge of timetables: shares no code with the search, and asks the day's judge about each day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from routing.bounds import bounds
from routing.check import check as check_day
from routing.periodic.problem import CallPoint, TimetableProblem
from routing.periodic.timetable import Round, Timetable, day_problem
from routing.plan import Plan
from routing.problem import Problem
from routing.schedule import plan_of


@dataclass(frozen=True)
class TimetableFault:
    """A rule that a timetable breaks: day (-1: none), vehicle, point or site ("" where none), and by how much."""

    day: int
    vehicle: str
    place: str
    rule: str
    amount: float


def day_plan(problem: TimetableProblem, timetable: Timetable, day: int) -> Plan:
    """Return a day of a timetable as a plan with its times, whether it keeps all rules or not."""
    return _plan(day_problem(problem, timetable, day), [one for one in timetable.rounds if one.day == day])


def _plan(day: Problem, rounds: Collection[Round]) -> Plan:
    names = {"call": "stop", "unload": "unload"}
    return plan_of(day, [(one.vehicle, [(names[kind], key) for kind, key in one.services]) for one in rounds])


class Judgement(NamedTuple):
    """What a timetable breaks and what it costs in fen; ``cost`` is only true where no visit is missing or too many."""

    faults: list[TimetableFault]
    cost: float


def check_timetable(problem: TimetableProblem, timetable: Timetable) -> list[TimetableFault]:
    """Return every rule of the problem that a timetable breaks, and its cost when it is not the one it says."""
    found, cost = judge(problem, timetable)
    if not found and abs(cost - timetable.cost) > 1 + len(timetable.rounds):
        found.append(TimetableFault(-1, "", "", "cost is not what it says", timetable.cost - cost))
    return found


def judge(
    problem: TimetableProblem, timetable: Timetable, only: Collection[tuple[int, str]] | None = None
) -> Judgement:
    """Return the rules that a timetable breaks, and what its rounds and all choices cost.

    With ``only`` these rounds, by day and vehicle, are looked at, and what all rounds of their days bring to the sites.
    """
    found: list[TimetableFault] = []
    cost = 0.0
    points = {point.id: point for point in problem.points}
    seen: Counter[tuple[int, str]] = Counter()
    used: Counter[tuple[int, str]] = Counter()
    drivers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in timetable.rounds:
        used[one.day, one.vehicle] += 1
        if used[one.day, one.vehicle] > 1:
            found.append(TimetableFault(one.day, one.vehicle, "", "used twice", 1))
        for kind, key in one.services:
            if kind == "call":
                seen[one.day, key] += 1
                drivers[key].append((one.day, one.vehicle))
    for key, point in points.items():
        if key not in timetable.chosen:
            cost += problem.left_out if point.missed is None else point.missed
            continue
        pattern = point.patterns[timetable.chosen[key][0]]
        cost += pattern.price + len(pattern.days) * point.hours[timetable.chosen[key][1]].price
        visits = sorted(drivers[key])
        cost += problem.other_vehicle * sum(vehicle != visits[0][1] for _, vehicle in visits)
        who = [problem.driver(day, vehicle) for day, vehicle in visits]
        cost += problem.other_driver * sum(one != who[0] for one in who)
        for day in range(problem.days):
            wrong = seen[day, key] - (day in pattern.days)
            if wrong:
                found.append(TimetableFault(day, "", key, "visits more than its pattern has", wrong))
    for day, key in seen:
        if key not in timetable.chosen:
            found.append(TimetableFault(day, "", key, "visited, though it has no days", 1))
    if found:
        return Judgement(found, cost)
    by_day: dict[int, list[Round]] = {day: [] for day in range(problem.days)} if only is None else defaultdict(list)
    for one in timetable.rounds:
        if only is None or (one.day, one.vehicle) in only:
            found += _overloads(problem, timetable, points, one)
            by_day[one.day].append(one)
    for day, rounds in by_day.items():
        asked = day_problem(problem, timetable, day, None if only is None else rounds)
        judged: list[TimetableFault] = []
        cost += _judge_day(problem, asked, day, rounds, judged)
        if only is not None:  # the day's judge knows of these rounds alone
            judged = [fault for fault in judged if not fault.rule.startswith(TOO_MUCH)]
            judged += _spilt(problem, timetable, points, day)
        found += judged
    return Judgement(found, cost)


TOO_MUCH = "site gets too much in "


def _spilt(
    problem: TimetableProblem, timetable: Timetable, points: Mapping[str, CallPoint], day: int
) -> list[TimetableFault]:
    """Return where all rounds of a day together bring a site more than it takes."""
    got: Counter[tuple[str, str]] = Counter()
    taken = {site.id: problem.dimensions if site.takes is None else site.takes for site in problem.unload_sites}
    for one in timetable.rounds:
        aboard: Counter[str] = Counter()
        for kind, key in one.services if one.day == day else ():
            if kind == "call":
                aboard.update(
                    dict(zip(problem.dimensions, points[key].patterns[timetable.chosen[key][0]].load, strict=True))
                )
                continue
            for name in taken[key]:
                got[key, name] += aboard.pop(name, 0)
    return [
        TimetableFault(day, "", site.id, TOO_MUCH + name, got[site.id, name] - room)
        for site in problem.sites_on(day)
        for name, room in zip(problem.dimensions, site.capacity or (), strict=site.capacity is not None)
        if got[site.id, name] > room
    ]


def _judge_day(
    problem: TimetableProblem, asked: Problem, day: int, rounds: Collection[Round], found: list[TimetableFault]
) -> float:
    """Add what the day's judge says, and return the rounds' cost as timetables count it."""
    plan = _plan(asked, rounds)
    for violation in check_day(asked, plan):
        found.append(TimetableFault(day, violation.vehicle, violation.service, violation.rule, violation.amount))
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    cost = 0.0
    for route in plan.routes:
        vehicle = vehicles[route.vehicle]
        cost += vehicle.fixed_cost + route.distance * vehicle.cost_per_km / 1000
        cost += route.driving * vehicle.cost_per_hour / 3600
    return cost


def _overloads(
    problem: TimetableProblem, timetable: Timetable, points: Mapping[str, CallPoint], one: Round
) -> list[TimetableFault]:
    """Return where a trip has no room for what is expected and the surety on top."""
    carrier = next(v for v in problem.vehicles if v.id == one.vehicle)
    found = []
    for dims, room in bounds(carrier, problem.dimensions):
        load = variance = 0.0
        names = " + ".join(problem.dimensions[d] for d in sorted(dims))
        for kind, key in one.services:
            if kind == "unload":
                load = variance = 0.0
                continue
            pattern = points[key].patterns[timetable.chosen[key][0]]
            load += sum(pattern.load[d] for d in dims)
            variance += sum(pattern.spread[d] ** 2 for d in dims) if pattern.spread else 0.0
            over = load + problem.surety * variance**0.5 - room
            if over > 1e-6:
                found.append(
                    TimetableFault(one.day, one.vehicle, key, f"no room for what may be brought in {names}", over)
                )
    return found
