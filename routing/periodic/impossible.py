"""What no timetable can do, day by day and with fixed hours: irreducible sets of points, proven.

`routing.periodic.least` adds up all days; here every point has the days of one of its patterns. What vehicles' time,
what sites take, how many vehicles can be at calls whose hours exclude each other, and what the steps cost on which
calls begin is looked at by itself first, so that it can be said what stands in the way; all of it together only then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from routing.periodic.least import Conflict, conflicts, nearest_ways, ways, working
from routing.periodic.problem import CallPoint, TimetableProblem
from routing.periodic.steps import steps_of

EFFORT = 1.0
"""Deterministic seconds of one question to the solver; one that is not answered by then proves nothing."""

MOST_WHOLE = 60
"""Up to so many points the proof counts whole visits; of more it lets visits be split, which seldom matters."""

ROUNDING = 1e-4
"""What a linear program may be wrong by, in units of what is needed most."""


class Limit(NamedTuple):
    """So much of something is there on a day, and what each point that is visited then needs of it, by pattern."""

    kind: str
    day: int
    room: int
    needs: dict[str, tuple[int, ...]]
    dimension: str = ""
    sites: tuple[str, ...] = ()
    vehicles: int = 0
    span: tuple[int, int] = (0, 0)


class _StoppedError(Exception):
    """Who asked does not want to know any more."""


def always() -> bool:
    """Go on however long it takes."""
    return True


def proven(problem: TimetableProblem, going_on: Callable[[], bool] = always) -> list[Conflict]:
    """Return what `conflicts` finds, and of what it does not see, sets that cannot be without any one of them.

    ``going_on`` is asked before each question; once it answers false, what has been proven by then is returned. Nothing
    returned does not mean that a timetable is possible.
    """
    found = conflicts(problem)
    seen = {(one.kind, one.dimension): one for one in found if one.kind != "room"}
    impossible = {name for one in found if one.kind == "room" for name in one.points}
    points = [p for p in problem.points if p.id not in impossible]
    groups: dict[tuple[str, str], list[Limit]] = {}
    for limit in limits_of(problem, points):
        groups.setdefault((limit.kind, limit.dimension), []).append(limit)
    try:
        for key, limits in groups.items():
            known = seen.get(key)
            asked = points if known is None else [p for p in points if p.id in known.points]
            sets = _proof(asked, limits, going_on)
            if known is None:
                found += sets
            elif sets and len(sets[0].points) < len(known.points):
                found[found.index(known)] = sets[0]
        if not any(one.kind == "time" for one in found):
            found += _by_steps(problem, points, going_on)
        if not any(one.kind != "room" for one in found):
            all_of_it = [limit for limits in groups.values() for limit in limits] + step_limits(problem, points)
            together = _proof(points, all_of_it, going_on)
            found += [replace(one, kind="together", lacking=0.0, dimension="") for one in together]
    except _StoppedError:
        pass
    return found


def _by_steps(problem: TimetableProblem, points: Sequence[CallPoint], going_on: Callable[[], bool]) -> list[Conflict]:
    """Return the points whose calls and waits for the next step take too long; the steps of fewer may be larger."""
    found: list[Conflict] = []
    while sets := _proof(points, step_limits(problem, points), going_on):
        found, before = sets, len(points)
        points = [p for p in points if p.id in sets[0].points]
        if len(points) == before:
            break
    return found


def step_limits(problem: TimetableProblem, points: Sequence[CallPoint]) -> list[Limit]:
    """Return what the steps cost on which calls begin, as limits of the vehicles' time; none where there are none."""
    found = steps_of(problem, points)
    if found is None:
        return []
    needs, there, vehicles = dict(found.needs), sum(found.there), len(problem.vehicles)
    return [Limit("steps", day, there, needs, vehicles=vehicles, span=(0, found.step)) for day in range(problem.days)]


def limits_of(problem: TimetableProblem, points: Sequence[CallPoint]) -> Iterator[Limit]:
    """Give what every timetable keeps on each day."""
    nearest = nearest_ways(problem)
    reached = [p for p in points if math.isfinite(nearest[p.location])]
    for cliques, span, able in _exclusive(problem, reached):
        once = {p.id: (1,) * len(p.patterns) for p in cliques}
        for day in range(problem.days):
            yield Limit("hours", day, able, once, vehicles=able, span=span)
    takes_time = {p.id: tuple(int(x.dwell + float(nearest[p.location])) for x in p.patterns) for p in reached}
    there = math.ceil(sum(working(vehicle) for vehicle in problem.vehicles))
    for day in range(problem.days):
        yield Limit("time", day, there, takes_time, vehicles=len(problem.vehicles))
        sites = problem.sites_on(day)
        for d, name in enumerate(problem.dimensions):
            open_to = [site for site in sites if site.takes is None or name in site.takes]
            if all(site.capacity is not None for site in open_to):
                room = sum((site.capacity or ())[d] for site in open_to)
                brings = {p.id: tuple(x.load[d] for x in p.patterns) for p in points}
                yield Limit("site", day, room, brings, name, tuple(site.id for site in open_to))


def _exclusive(
    problem: TimetableProblem, points: Sequence[CallPoint]
) -> Iterator[tuple[list[CallPoint], tuple[int, int], int]]:
    """Give points of which no vehicle can visit two on one day, first and last begin, and how many vehicles could.

    Two exclude each other where neither can be reached in time from the other one, which only hours that leave little
    choice bring about.
    """
    seconds = ways(problem)
    spans = {p.id: (min(h.window.start for h in p.hours), max(h.window.end for h in p.hours)) for p in points}

    def after(a: CallPoint, b: CallPoint) -> bool:
        """Whether b can be visited after a by the same vehicle."""
        dwell = min(x.dwell for x in a.patterns)
        return spans[a.id][0] + dwell + float(seconds[a.location, b.location]) <= spans[b.id][1]

    ordered = sorted(points, key=lambda p: (spans[p.id][0], p.id))
    given: set[frozenset[str]] = set()
    for first in ordered:
        clique = [first]
        for other in sorted(ordered, key=lambda p: _apart(spans[first.id], spans[p.id])):
            if other is not first and not any(after(other, p) or after(p, other) for p in clique):
                clique.append(other)
        names = frozenset(p.id for p in clique)
        if len(clique) > 1 and names not in given:
            given.add(names)
            able = sum(
                any(_there(v.shift.start, v.shift.end + v.overtime, p, spans) for p in clique) for v in problem.vehicles
            )
            yield clique, (min(spans[p.id][0] for p in clique), max(spans[p.id][1] for p in clique)), able


def _apart(a: tuple[int, int], b: tuple[int, int]) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _there(begin: int, end: int, point: CallPoint, spans: dict[str, tuple[int, int]]) -> bool:
    """Tell whether somebody who is there between two seconds can make a whole call at a point."""
    first, last = spans[point.id]
    return begin <= last and max(begin, first) + min(x.dwell for x in point.patterns) <= end


def _proof(points: Sequence[CallPoint], limits: Sequence[Limit], going_on: Callable[[], bool]) -> list[Conflict]:
    """Return the points that cannot keep these limits, none of them too many; none where they can, or nobody knows."""
    named = {name for limit in limits for name in limit.needs}
    chosen = [p for p in points if p.id in named]
    if not chosen or _fits(chosen, limits, going_on):
        return []
    for size in [len(chosen) >> halved for halved in range(1, len(chosen).bit_length())]:  # the large pieces first
        k = 0
        while k < len(chosen):
            fewer = chosen[:k] + chosen[k + size :]
            if fewer and not _fits(fewer, limits, going_on):
                chosen = fewer
            else:
                k += size
    lacking, broken = _lacking(chosen, limits)
    return [
        Conflict(
            broken.kind,
            tuple(p.id for p in chosen),
            lacking,
            broken.dimension,
            broken.sites,
            broken.vehicles,
            _span(chosen) if broken.kind == "hours" else broken.span,
            len({limit.day for limit in limits if limit.kind == broken.kind and _touched(limit, chosen)}),
        )
    ]


def _span(points: Iterable[CallPoint]) -> tuple[int, int]:
    hours = [hour.window for p in points for hour in p.hours]
    return min(w.start for w in hours), max(w.end for w in hours)


def _touched(limit: Limit, points: Sequence[CallPoint]) -> bool:
    return any(limit.day in x.days for p in points if p.id in limit.needs for x in p.patterns)


def _fits(points: Sequence[CallPoint], limits: Sequence[Limit], going_on: Callable[[], bool]) -> bool:
    """Tell whether these points may keep all limits; true as well where that is not known."""
    if not going_on():
        raise _StoppedError
    if max(_lacking_in_part(points, limits), default=0.0) > ROUNDING:
        return False
    return len(points) > MOST_WHOLE or solved(_model(points, limits, slack=False)[0])[1] != "INFEASIBLE"


def _lacking_in_part(points: Sequence[CallPoint], limits: Sequence[Limit]) -> list[float]:
    """Return what is lacking of each limit, in units of what is needed most, if visits could be split among days.

    It is the least in all, and never more than where they cannot be split.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    columns = [(p, x, k) for p in points for k, x in enumerate(p.patterns)]
    first = {p.id: k for k, p in enumerate(points)}
    whose = [first[p.id] for p, _, _ in columns]
    many, wide = len(columns), len(columns) + len(limits)
    each = coo_array((np.ones(many), (whose, np.arange(many))), shape=(len(points), wide))
    rows, at, needs, rooms = list[int](), list[int](), list[float](), list[float]()
    for row, limit in enumerate(limits):
        most = _most(limit)
        for column, (p, x, k) in enumerate(columns):
            if limit.day in x.days and p.id in limit.needs:
                rows.append(row)
                at.append(column)
                needs.append(limit.needs[p.id][k] / most)
        rows.append(row)
        at.append(many + row)
        needs.append(-1.0)
        rooms.append(limit.room / most)
    found: Any = linprog(
        np.concatenate([np.zeros(many), np.ones(len(limits))]),
        A_ub=coo_array((needs, (rows, at)), shape=(len(limits), wide)).tocsr(),
        b_ub=np.array(rooms),
        A_eq=each.tocsr(),
        b_eq=np.ones(len(points)),
        method="highs",
    )
    return [0.0] * len(limits) if found.x is None else [float(one) for one in found.x[many:]]


def _most(limit: Limit) -> int:
    return max(1, max((max(needs) for needs in limit.needs.values()), default=1))


def _lacking(points: Sequence[CallPoint], limits: Sequence[Limit]) -> tuple[float, Limit]:
    """Return how much is lacking at least on all days together, and a limit of which it is."""
    parts = [part * _most(limit) for part, limit in zip(_lacking_in_part(points, limits), limits, strict=True)]
    total, worst = sum(parts), limits[int(np.argmax(parts))]
    if len(points) <= MOST_WHOLE:
        model, over = _model(points, limits, slack=True)
        model.Minimize(sum(over.values()))
        solver, status = solved(model)
        if over and status in ("OPTIMAL", "FEASIBLE"):
            total = max(total, float(solver.BestObjectiveBound()))
            worst = limits[max(over, key=lambda k: int(solver.Value(over[k])))]
    return total, worst


def _model(points: Sequence[CallPoint], limits: Sequence[Limit], slack: bool) -> tuple[Any, dict[int, Any]]:
    from ortools.sat.python import cp_model  # loads slowly

    model: Any = cp_model.CpModel()
    takes = {p.id: [model.NewBoolVar("") for _ in p.patterns] for p in points}
    for row in takes.values():
        model.AddExactlyOne(row)
    over: dict[int, Any] = {}
    for k, limit in enumerate(limits):
        terms = [
            (need, var)
            for p in points
            if p.id in limit.needs
            for x, need, var in zip(p.patterns, limit.needs[p.id], takes[p.id], strict=True)
            if limit.day in x.days
        ]
        if sum(need for need, _ in terms) <= limit.room:
            continue
        total = sum(need * var for need, var in terms)
        if slack:
            over[k] = model.NewIntVar(0, sum(need for need, _ in terms), "")
            model.Add(total <= limit.room + over[k])
        else:
            model.Add(total <= limit.room)
    return model, over


def solved(model: Any) -> tuple[Any, str]:
    """Return the solver and the name of what it found."""
    from ortools.sat.python import cp_model

    solver: Any = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = EFFORT
    return solver, str(solver.StatusName(solver.Solve(model)))
