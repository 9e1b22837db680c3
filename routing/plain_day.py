"""A day planned without a search: each stop goes where it is cheapest, the dearest to leave out first.

What is offered when the search of a day fails. It shares the roads with it, and nothing of the engines.
"""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module
from multiprocessing.connection import Connection

from routing.day import DayJob, DayResult, drawn, stated
from routing.insertion import Published
from routing.memory import limit_memory
from routing.plan import Plan, Unserved
from routing.problem import Problem, Stop
from routing.schedule import orders_of, plan_of
from routing.solve import Progress

ENGINE = "insertion"
NOTE = "Made without a search: each order was put where it was cheapest, one after the other."
ROADS_PART = 0.2
"""Share of the progress that the roads stand for."""


def plain_day(job: DayJob, progress: Progress | None = None) -> DayResult:
    """Return a day's plan in which each stop was put where it was cheapest, one after the other.

    Raises
    ------
    InputError
        As `routing.day.stated`.
    """
    made = stated(job)
    return drawn(made, plain_plan(made.problem, progress))


def plain_plan(problem: Problem, progress: Progress | None = None) -> Plan:
    """Return a plan by insertion alone; it keeps every rule."""
    day = Published(problem, plan_of(problem, []))
    left: dict[str, Unserved] = {}
    stops = sorted(problem.stops, key=_first)
    for number, stop in enumerate(stops):
        found = day.offers(stop, limit=1)
        if found:
            day = day.accepted(found[0])
        else:
            left[stop.id] = Unserved(stop.id, "no-place")
        if progress is not None:
            progress(ROADS_PART + (1 - ROADS_PART) * (number + 1) / len(stops), None)
    return replace(plan_of(problem, orders_of(day.plan), ENGINE, reasons=left), notes=(NOTE,))


def _first(stop: Stop) -> tuple[int, int, str]:
    """Return what says which stops come first: those dearest to leave out, then those with the shortest windows."""
    return -stop.prize, sum(window.end - window.start for window in stop.windows), stop.id


def plain_in_child(connection: Connection, job: DayJob, memory_mb: int) -> DayResult:
    """Plan the day in a process of its own, as `routing.day.solve_in_child` does with a search."""
    os.nice(5)
    import_module("routing.roads.kernels")
    limit_memory(memory_mb)

    def progress(share: float, cost: int | None) -> None:
        connection.send((share, cost))

    progress(0.0, None)
    return plain_day(job, progress)
