"""Our own engine: ruin and recreate under all rules of a day, in loops compiled when the product is set up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from routing.problem import Problem

Orders = list[tuple[str, list[tuple[str, str]]]]
"""Id of each vehicle in use and its services, each ("stop", id) or ("unload", id)."""


def orders_by_ruin(
    problem: Problem,
    seconds: float,
    seed: int = 1,
    cores: int = 1,
    tell: Callable[[float, float], object] | None = None,
    start: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
    iterations: int | None = None,
    executor: Executor | None = None,
) -> Orders:
    """Return the best orders found, beginning from ``start``, whose routes keep all rules.

    ``tell`` is called with the share of the time used and the cost; the search ends when it answers true. With
    ``iterations`` that many are made on each core, whatever the time, so that a seed always gives the same plan.
    """
    from routing.solve.ruin.day import Compiled
    from routing.solve.ruin.engine import search

    began = time.monotonic()
    compiled = Compiled(problem)
    orders = compiled.numbered(start)
    found = search(compiled, seconds, seed, cores, tell, orders, iterations, executor=executor, began=began)
    return compiled.named(found)


def filled(problem: Problem, start: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> Orders:
    """Return ``start``, whose routes keep all rules, with every other stop put in where it adds less than its prize."""
    from routing.solve.ruin.day import Compiled
    from routing.solve.ruin.engine import first_plan

    compiled = Compiled(problem)
    return compiled.named(first_plan(compiled.day, compiled.numbered(start), 1).orders())


def too_dear(problem: Problem, orders: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> dict[str, tuple[str, int]]:
    """Return the stops left out that would fit, each with a vehicle that could take it and the fen that it adds."""
    from routing.solve.ruin.chain import Chain
    from routing.solve.ruin.day import Compiled
    from routing.solve.ruin.engine import spare_routes

    compiled = Compiled(problem)
    numbered = compiled.numbered(orders)
    chain = Chain.of(compiled.day, numbered, 1, spare_routes(compiled.day, numbered))
    found = {}
    for i in chain.left_out():
        item = compiled.day.i[i]
        for x in [] if item["pair"] else compiled.day.i_stop[item["first"] : item["end"]].tolist():
            place = chain.cheapest(x)
            if place is not None:
                found[compiled.stops[x].id] = (compiled.members[place[1]][0].id, round(place[0]))
    return found
