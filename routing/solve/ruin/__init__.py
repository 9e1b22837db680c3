"""Our own engine: ruin and recreate under all rules of a day, in loops compiled when the product is set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from routing.problem import Problem

if TYPE_CHECKING:
    from routing.solve.ruin.making import Compiled

Orders = list[tuple[str, list[tuple[str, str]]]]
"""Id of each vehicle in use and its services, each ("stop", id) or ("unload", id)."""


def compiled(problem: Problem) -> Compiled:
    """Return the day as the functions below want it. For 10,000 stops that takes seconds and gigabytes: do it once."""
    from routing.solve.ruin.making import Compiled

    return Compiled(problem)


def orders_by_ruin(
    day: Compiled,
    seconds: float,
    seed: int = 1,
    cores: int = 1,
    tell: Callable[[float, float], object] | None = None,
    start: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
    iterations: int | None = None,
    executor: Executor | None = None,
    began: float | None = None,
    notes: list[str] | None = None,
    found: Callable[[Orders], object] | None = None,
) -> Orders:
    """Return the best orders found, beginning from ``start``, whose routes keep all rules.

    ``tell`` is called with the share of the time used and the cost; the search ends when it answers true. With
    ``iterations`` that many are made on each core, whatever the time, so that a seed always gives the same plan.
    The ``seconds`` run from ``began`` on the process's clock, by default from now. ``notes`` are told what went wrong,
    ``found`` each better plan.
    """
    from routing.solve.ruin.engine import search

    orders = day.numbered(start)
    better = None if found is None else lambda best: found(day.named(best))
    best = search(day, seconds, seed, cores, tell, orders, iterations, None, executor, began, notes, better)
    return day.named(best)


def filled(day: Compiled, start: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> Orders:
    """Return ``start``, whose routes keep all rules, with every other stop put in where it adds less than its prize."""
    from routing.solve.ruin.engine import first_plan

    return day.named(first_plan(day.day, day.numbered(start), 1).orders())


def too_dear(day: Compiled, orders: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> dict[str, tuple[str, int]]:
    """Return the stops left out that would fit, each with a vehicle that could take it and the fen that it adds."""
    from routing.solve.ruin.chain import Chain
    from routing.solve.ruin.engine import spare_routes

    numbered = day.numbered(orders)
    chain = Chain.of(day.day, numbered, 1, spare_routes(day.day, numbered))
    found = {}
    for i in chain.left_out():
        item = day.day.i[i]
        for x in [] if item["pair"] else day.day.i_stop[item["first"] : item["end"]].tolist():
            place = chain.cheapest(x)
            if place is not None:
                found[day.stops[x].id] = (day.members[place[1]][0].id, round(place[0]))
    return found
